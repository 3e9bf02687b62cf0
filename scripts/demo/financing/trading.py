"""Act one: invoices become receivables, and one is passed on down the tiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from client import drafts
from ledger.business_day import BUSINESS_ZONE
from ledger.documents import read_invoice
from ledger.ids import ClaimNo
from ledger.money import Units
from scripts.demo.cast import DEBTOR
from scripts.demo.financing.cast import DIRECTOR, TIER_1, TIER_2, TIER_3, TREASURER
from scripts.demo.financing.invoices import Delivery, write_invoice
from scripts.demo.financing.story import Story, money
from scripts.lots import lot_of

FACE, TO_TIER_2, TO_TIER_3 = 1_130_000_00, 610_000_00, 300_000_00


@dataclass(frozen=True)
class Owed:
    """A receivable, and the document behind it."""

    claim: ClaimNo
    document: str
    face: int
    maturity: date


def issue(story: Story, delivery: Delivery, maturity: date) -> Owed:
    """Tier 1 lays its invoice before the core enterprise, whose two signers accept it."""
    supplier = story.member(TIER_1)
    content = write_invoice(delivery, datetime.now(BUSINESS_ZONE))
    invoice = read_invoice(content)
    document = supplier.upload(content)
    parties = drafts.Parties(story.numbers[DEBTOR], story.numbers[TIER_1])
    terms = drafts.Terms(drafts.Maturity(maturity, "as agreed"))
    act = supplier.draft_issue(invoice, document, parties, terms)
    signers = [supplier, story.member(TREASURER), story.member(DIRECTOR)]
    done = story.agree(act, signers, [document["id"]])
    return Owed(ClaimNo(done["claim"] or 0), document["id"], act.face, maturity)


def pass_on(story: Story, owed: Owed) -> None:
    """Tier 1 pays tier 2 with a part of what it is owed, and tier 2 pays tier 3."""
    for giver, taker, amount in ((TIER_1, TIER_2, TO_TIER_2), (TIER_2, TIER_3, TO_TIER_3)):
        lot = lot_of(story.only_lot(giver, owed.claim))
        act = drafts.transfer(lot, story.numbers[taker], amount)
        story.agree(act, [story.signer(giver), story.signer(taker)])
        story.screen.say(f"{giver} → {taker}: {money(amount)}")


def bearings(on: date) -> Delivery:
    return Delivery("*轴承*调心滚子轴承", Units(FACE), on, 1)


def housings(on: date) -> Delivery:
    return Delivery("*铸件*轴承座", Units(226_000_00), on, 2)
