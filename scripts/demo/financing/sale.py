"""Act three: tier 3 sells half of its lot, without recourse, at the better of two quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from client.records import Quote
from ledger.deals import Duty, Mode
from ledger.errors import Refused
from ledger.refusals import LotChanged
from scripts.demo.financing import dealing, paying
from scripts.demo.financing.cast import BANKS, NORTH, SOUTH, TIER_3
from scripts.demo.financing.dealing import Answer, Struck, Wish
from scripts.demo.financing.story import Story, money
from scripts.demo.financing.trading import Owed
from scripts.terms import GivenTerms


@dataclass
class FinancedTwice(Refused):
    """Two quotes over one lot were taken: something is wrong with us, not with the audience."""

    quote: str
    summary: ClassVar[str] = "Quote {quote} was taken over units that had been sold already."


# The dearer one has the lower rate: what counts is all of it over what is paid out.
_OFFERS = {
    NORTH: GivenTerms(rate="3.30", fee="800.00"),
    SOUTH: GivenTerms(rate="4.10"),
}


def sell_half(story: Story, owed: Owed) -> Struck:
    """Two banks answer; the holder takes the one that costs it less."""
    lot = story.only_lot(TIER_3, owed.claim)
    half = int(lot["amount"]) // 2
    wish = Wish(TIER_3, lot, half, Mode.SALE, story.today)
    story.screen.say(f"{TIER_3} asks {' and '.join(BANKS)} about {money(half)}, half of its lot")
    asked = dealing.ask(story, wish, BANKS)
    for bank, given in _OFFERS.items():
        dealing.quote(story, asked[bank], Answer(bank, given, owed.maturity))
    offers = dealing.offers(story, TIER_3)
    struck = dealing.accept(story, TIER_3, offers[0])
    paid = paying.pay_debt(story, struck, Duty.ADVANCE, story.today)
    story.screen.say(f"{TIER_3} takes the offer of {struck.bank}, and has {money(paid)}, proven")
    _try_again(story, offers[1])
    return struck


def _try_again(story: Story, other: Quote) -> None:
    """The same half isn't financed twice, though the other offer stands until it runs out."""
    try:
        dealing.accept(story, TIER_3, other)
    except LotChanged as refusal:
        story.screen.say(f"taking the other offer as well is refused: {refusal.name}")
        return
    raise FinancedTwice(other["id"])
