"""The demonstration as a user runs it: every kind of invoice, and none that makes no claim."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.e2e.conftest import SAMPLES, Run
from tests.e2e.processes import processes_below


@pytest.mark.parametrize(
    ("sample", "face", "currency"),
    [
        ("einvoice-cn.xml", "113000000", "CNY"),
        ("invoice-ubl.xml", "200000", "EUR"),
        ("invoice-cii.xml", "56500000", "CNY"),
    ],
)
def test_demo__any_kind_of_invoice__settles_in_full_and_proves_it(
    yuanliu: Run, tmp_path: Path, sample: str, face: str, currency: str
) -> None:
    folder = tmp_path / "play"
    played = yuanliu("demo", "--invoice", str(SAMPLES / sample), "--data-dir", str(folder))
    assert played.returncode == 0, played.stderr
    told = json.loads(played.stdout.splitlines()[-1])
    assert (told["face"], told["discharged"], told["currency"]) == (face, face, currency)
    assert (told["lots"], told["engine"]) == (5, "dev")
    assert processes_below(folder) == []

    verified = yuanliu("verify", told["bundle"], "--trust", told["trust"])
    assert verified.returncode == 0, verified.stdout + verified.stderr
    _flip_one_byte(Path(told["bundle"]))
    assert yuanliu("verify", told["bundle"], "--trust", told["trust"]).returncode == 2


def test_demo__one_minor_unit__goes_whole_down_the_tiers(yuanliu: Run, tmp_path: Path) -> None:
    text = (SAMPLES / "einvoice-cn.xml").read_text(encoding="utf-8")
    amounts = {"1130000.00": "0.01", "1000000.00": "0.01", "130000.00": "0.00"}
    for long, short in amounts.items():
        text = text.replace(f">{long}<", f">{short}<")
    invoice = tmp_path / "tiny.xml"
    invoice.write_text(text, encoding="utf-8")
    played = yuanliu("demo", "--invoice", str(invoice), "--data-dir", str(tmp_path / "play"))
    assert played.returncode == 0, played.stderr
    told = json.loads(played.stdout.splitlines()[-1])
    assert (told["face"], told["discharged"], told["lots"]) == ("1", "1", 1)


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        ("credit-note.xml", "CreditNoteNotReceivable"),
        ("negative.xml", "NegativeInvoice"),
        ("red-letter-cn.xml", "RedLetterInvoice"),
        ("statement-camt053.xml", "UnknownDocument"),
    ],
)
def test_demo__what_makes_no_claim__is_refused_before_anything_starts(
    yuanliu: Run, tmp_path: Path, sample: str, name: str
) -> None:
    folder = tmp_path / "play"
    ended = yuanliu("demo", "--invoice", str(SAMPLES / sample), "--data-dir", str(folder))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"{name}: ")
    assert not folder.exists()


def test_demo__in_a_folder_in_use__touches_nothing(yuanliu: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    ended = yuanliu("demo", "--data-dir", str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr.startswith("FolderInUse: ")


def _flip_one_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    path.write_bytes(content)
