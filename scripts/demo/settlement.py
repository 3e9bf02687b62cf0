"""Act three: the bank pays, members witness it, every lot is discharged."""

from __future__ import annotations

from datetime import datetime

from client.drafts import BUSINESS_ZONE
from client.records import LotRecord
from ledger.ids import Digest
from scripts.demo.bank import Booking, carry_out
from scripts.demo.cast import BANK, DEBTOR, ORACLES
from scripts.demo.scene import Scene


def pay(scene: Scene) -> bytes:
    """The debtor's instruction carried out by its bank, which hands in its statement."""
    debtor = scene.member(f"{DEBTOR}-treasurer")
    instruction = debtor.api.payment_instructions(scene.claim)
    (scene.folder / "pain.001.xml").write_bytes(instruction)
    now = datetime.now(BUSINESS_ZONE)
    statement = carry_out(instruction, Booking(now, f"{now:%Y%m%d}{scene.claim:06d}"))
    (scene.folder / "camt.053.xml").write_bytes(statement)
    scene.member(BANK).api.submit_statement(statement)
    return statement


def witness(scene: Scene, statement: bytes) -> None:
    """Each member reads the statement by itself and signs; a quorum settles each lot."""
    paid: set[Digest] = set()
    for name in ORACLES:
        member = scene.member(name)
        for reading in member.read_statement(statement):
            member.attest(reading)
            if reading.payment is not None:
                paid.add(scene.deployment.digest(reading.payment))
    for digest in paid:
        member.api.confirmed(digest)
    scene.acts += len(paid)


def lots(scene: Scene) -> list[LotRecord]:
    """Every lot of the claim as the debtor sees it, by its first unit."""
    debtor = scene.member(f"{DEBTOR}-treasurer")
    return sorted(debtor.api.lots_of(scene.claim), key=lambda lot: int(lot["start"]))
