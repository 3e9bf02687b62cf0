"""Act three: the bank pays every lot."""

from __future__ import annotations

from datetime import datetime

from client.records import LotRecord
from ledger.business_day import BUSINESS_ZONE
from scripts.demo.bank import Booking, carry_out
from scripts.demo.cast import BANK, DEBTOR
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


def lots(scene: Scene) -> list[LotRecord]:
    """Every lot of the claim as the debtor sees it, by its first unit."""
    debtor = scene.member(f"{DEBTOR}-treasurer")
    return sorted(debtor.api.lots_of(scene.claim), key=lambda lot: int(lot["start"]))
