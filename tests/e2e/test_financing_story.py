"""The story of chain financing as a user runs it, and what its last line has to add up to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.documents import Direction, read_statement
from ledger.remittance import is_reference
from tests.e2e.conftest import SAMPLES, Run
from tests.e2e.processes import processes_below

_AMOUNTS = ("advanced", "repaid", "recoursed", "outstanding", "line_used", "line_limit")


@pytest.mark.parametrize(
    "profile",
    ["dev", pytest.param("consortium", marks=pytest.mark.xdist_group("consortium"))],
)
def test_demo_financing__on_each_engine__adds_up_to_the_fen(
    yuanliu: Run, tmp_path: Path, profile: str
) -> None:
    folder = tmp_path / "play"
    played = yuanliu("demo", "--story", "financing", "--data-dir", str(folder), PROFILE=profile)
    assert played.returncode == 0, played.stderr
    assert processes_below(folder) == []
    told = json.loads(played.stdout.splitlines()[-1])
    assert told["engine"] == profile
    _require_sound(told)
    booked = _booked(folder / "demo")
    _require_booked(told, booked)
    for claim in (1, 2):
        bundle = folder / "demo" / f"claim-{claim}.bundle.json"
        trust = "trust.json" if profile == "consortium" else f"claim-{claim}.trust.json"
        verified = yuanliu("verify", str(bundle), "--trust", str(bundle.parent / trust))
        assert verified.returncode == 0, verified.stdout
        _require_silent(bundle, booked)


def test_demo_financing__with_an_invoice__is_refused_before_anything_starts(
    yuanliu: Run, tmp_path: Path
) -> None:
    folder, invoice = tmp_path / "play", SAMPLES / "invoice-ubl.xml"
    told = ("--invoice", str(invoice), "--data-dir", str(folder))
    ended = yuanliu("demo", "--story", "financing", *told)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert not folder.exists()


def _require_sound(told: dict[str, Any]) -> None:
    advanced, repaid, recoursed, outstanding, used, limit = (int(told[name]) for name in _AMOUNTS)
    assert told["drift"] == 0
    # Two ways to one figure: the lots that banks hold, and what their lines have in use.
    assert 0 < outstanding == used < limit
    # Banks earn on what they lend, and the core enterprise still owes one of them.
    assert 0 < advanced < repaid + recoursed + outstanding
    assert recoursed > 0


def _require_booked(told: dict[str, Any], booked: dict[str, int]) -> None:
    """What banks booked under deals' references is what the last line says, but for the lots."""
    under_deals = sum(units for name, units in booked.items() if is_reference(name))
    of_lots = 100_000_00
    assert of_lots in booked.values()
    told_of = sum(int(told[name]) for name in ("advanced", "repaid", "recoursed"))
    assert under_deals == told_of - of_lots


def _require_silent(bundle: Path, booked: dict[str, int]) -> None:
    """Nothing that goes to the chain names a deal's payment, not even hidden in calldata."""
    content = bundle.read_text(encoding="utf-8").lower()
    for reference in filter(is_reference, booked):
        assert reference.lower() not in content
        assert reference.encode().hex() not in content


def _booked(folder: Path) -> dict[str, int]:
    """What banks paid out, by EndToEndId, as their statements have it."""
    found: dict[str, int] = {}
    for path in folder.glob("camt.053-*.xml"):
        for line in read_statement(path.read_bytes()).lines:
            assert line.direction is Direction.DEBIT
            found[line.end_to_end_id] = line.units
    return found
