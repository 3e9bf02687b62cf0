"""Money moves between accounts; the bank's statement proves it; members attest what they read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from client.deals import open_debt
from ledger.business_day import BUSINESS_ZONE
from ledger.deals import Duty
from ledger.documents import read_statement
from ledger.money import Units
from scripts.demo.bank import Booking, carry_out
from scripts.demo.cast import DEBTOR
from scripts.demo.financing import dealing
from scripts.demo.financing.cast import BANKS, NORTH
from scripts.demo.financing.dealing import Struck
from scripts.demo.financing.story import Story, money
from scripts.demo.financing.trading import Owed
from scripts.demo.witnessing import witness_statement

COVERED = Units(100_000_00)
"""What the core enterprise has left for the sold lot."""


def pay_debt(story: Story, struck: Struck, duty: Duty, on: date) -> int:
    """Whoever owes it instructs its bank, whose statement a quorum reads; minor units."""
    payer = struck.bank if duty in (Duty.ADVANCE, Duty.SURPLUS) else struck.holder
    deal = dealing.read(story, payer, struck)
    debt = open_debt(deal, story.numbers[payer])
    api = story.signer(payer).api
    instruction = api.deal_payment_instruction(deal["digest"], debt["commitment"])
    return _witnessed(story, payer if payer in BANKS else NORTH, instruction, on)


def pay_lots(story: Story, owed: Owed, bank: str) -> None:
    """The core enterprise pays all of a claim's lots before their day; for a bank's its account
    has too little."""
    lot = story.only_lot(bank, owed.claim)
    instruction = story.signer(DEBTOR).api.payment_instructions(owed.claim)
    _witnessed(story, NORTH, instruction, story.today, {lot["reference"]: COVERED})
    story.screen.say(f"{bank} is paid {money(COVERED)} of {money(int(lot['amount']))}")


def _witnessed(
    story: Story,
    bank: str,
    instruction: bytes,
    on: date,
    short: Mapping[str, Units] | None = None,
) -> int:
    """A bank carries out an instruction and hands in its statement, whose lines members attest;
    what it booked, minor units."""
    story.booked += 1
    now = datetime.now(BUSINESS_ZONE)
    moment = datetime.combine(on, now.timetz())
    number = f"{now:%y%m%d%H%M%S}{story.booked:03d}"
    statement = carry_out(instruction, Booking(moment, number, short or {}))
    (story.folder / f"pain.001-{story.booked}.xml").write_bytes(instruction)
    (story.folder / f"camt.053-{story.booked}.xml").write_bytes(statement)
    story.signer(bank).api.submit_statement(statement)
    witness_statement(story, statement)
    return sum(line.units for line in read_statement(statement).lines)
