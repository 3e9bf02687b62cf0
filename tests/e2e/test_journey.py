"""The command as people use it, each at their own desk: from a second invoice to its settlement."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.demo.bank import Booking, carry_out
from tests.e2e.conftest import SAMPLES, SECONDS, command, environment


class Desk:
    """Commands on one running stack, with the passphrase of its demonstration's keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = environment() | {
            "YUANLIU_DATA_DIR": str(folder),
            "YUANLIU_PASSPHRASE_FILE": str(folder / "passphrase"),
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=self.folder.parent,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        ended = self.run(*arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demonstration's stack, kept running after the play."""
    folder = tmp_path_factory.mktemp("journey") / "data"
    log = folder.parent / "demo.log"
    with log.open("w") as output:
        arguments = ("demo", "--data-dir", str(folder), "--keep-running")
        process = subprocess.Popen(
            command(*arguments), env=environment(), stdout=output, stderr=output
        )
    deadline = time.monotonic() + SECONDS
    while "stays up until Ctrl-C" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    yield Desk(folder)
    process.terminate()
    assert process.wait(SECONDS) == 0


def test_journey__part_of_an_invoice__is_issued_split_paid_and_settled(desk: Desk) -> None:
    text = (SAMPLES / "einvoice-cn.xml").read_text(encoding="utf-8")
    invoice = desk.folder / "second.xml"
    invoice.write_text(text.replace("26332000000000000017", "26332000000000000099"), "utf-8")
    amount = ("--amount", "1000.50")
    proposed = desk.json("propose", "issue", str(invoice), "--key", "tier-1", "--yes", *amount)
    assert proposed["status"] == "open"
    claim = _conclude(desk, proposed["id"], "core-enterprise-treasurer")["claim"]

    lot, giver = f"{claim}:0", ("--key", "tier-1", "--yes")
    proposed = desk.json("propose", "transfer", lot, "--to", "3", "--amount", "200.25", *giver)
    _conclude(desk, proposed["id"], "tier-2a")

    statement = _pay(desk, claim)
    lines = desk.json("statement", "submit", str(statement), "--key", "bank")["lines"]
    assert {line["status"] for line in lines} == {"matched"}
    for member in ("oracle-tax", "oracle-registry"):
        attested = desk.json("attest", str(statement), "--key", member, "--yes")
    acts = [one["attested"]["act"]["digest"] for one in attested]
    while any(_act(desk, digest)["status"] != "confirmed" for digest in acts):
        time.sleep(0.1)
    shown = desk.json("show", "receivable", str(claim), "--key", "core-enterprise-director")
    assert (shown["face"], shown["discharged"]) == ("100050", "100050")
    assert desk.json("audit", "replay")["drift"] == 0


def test_signing__nobody_to_confirm__signs_nothing(desk: Desk) -> None:
    invoice = str(SAMPLES / "einvoice-cn.xml")
    before = desk.json("proposals", "--key", "tier-1")
    ended = desk.run("propose", "issue", invoice, "--key", "tier-1", "--amount", "0.01")
    assert ended.returncode == 2
    assert desk.json("proposals", "--key", "tier-1") == before


def test_council__one_signature_of_two__is_refused(desk: Desk) -> None:
    ended = desk.run(
        "council", "enrol", "uscc:91110000600037341L", "--role", "supplier",
        "--signer", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "--key", "council-1", "--yes",
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("ApprovalsMissing: ")


def test_agreement_file__signed_offline_from_hand_to_hand__takes_effect(desk: Desk) -> None:
    message = {
        "identifier": "uscc:91110000600037341L",
        "roles": 2,
        "signers": ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
        "quorum": 1,
        "dualAbove": "0",
        "validUntil": str(int(time.time()) + 600),
    }
    paper = desk.folder.parent / "enrolment.json"
    paper.write_text(json.dumps({"kind": "Enrolment", "message": message}))
    for member in ("council-1", "council-2"):
        signed = desk.run("sign", str(paper), "--side", "council", "--key", member, "--yes")
        assert signed.returncode == 0, signed.stderr
    assert desk.json("hand-in", str(paper), "--key", "council-3")["status"] == "confirmed"


def test_stranger__with_a_key_of_his_own__gets_no_session(desk: Desk) -> None:
    desk.json("keys", "new", "stranger", "--demonstration")
    ended = desk.run("sign-in", "--key", "stranger")
    assert ended.returncode == 2
    assert ended.stderr.startswith("NotEnrolled: ")


def _conclude(desk: Desk, proposal: str, other: str) -> dict[str, Any]:
    assert desk.json("countersign", proposal, "--key", other, "--yes")["status"] == "ready"
    act: dict[str, Any] = desk.json("submit", proposal, "--key", other)
    assert act["status"] == "confirmed"
    return act


def _pay(desk: Desk, claim: int) -> Path:
    instruction, statement = desk.folder / "pay.xml", desk.folder / "statement.xml"
    payer = ("--key", "core-enterprise-treasurer", "--out", str(instruction))
    assert desk.run("pay", "instructions", str(claim), *payer).returncode == 0
    booking = Booking(datetime.now(UTC), "20261122000099")
    statement.write_bytes(carry_out(instruction.read_bytes(), booking))
    return statement


def _act(desk: Desk, digest: str) -> dict[str, Any]:
    act: dict[str, Any] = desk.json("show", "act", digest, "--key", "core-enterprise-director")
    return act
