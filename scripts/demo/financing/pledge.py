"""Act five: tier 2 pledges what it holds for a loan, repays it, and holds it free again."""

from __future__ import annotations

from datetime import timedelta

from client.deals import repayment
from ledger.deals import Duty, Mode
from ledger.money import Units
from ledger.pricing import Timing
from scripts.demo.financing import dealing, paying
from scripts.demo.financing.cast import NORTH, TIER_2, officers
from scripts.demo.financing.dealing import Answer, Struck, Wish
from scripts.demo.financing.story import Story, money
from scripts.demo.financing.trading import Owed
from scripts.terms import GivenTerms

LOAN = Units(180_000_00)
LENT_BEFORE = timedelta(days=30)


def pledge(story: Story, owed: Owed) -> Struck:
    """A loan of last month, with its pledge, is entered."""
    lot = story.only_lot(TIER_2, owed.claim)
    value_date = story.today - LENT_BEFORE
    wish = Wish(TIER_2, lot, int(lot["amount"]), Mode.PLEDGE, value_date)
    asked = dealing.ask(story, wish, [NORTH])
    given = GivenTerms(rate="4.35", timing=Timing.ARREARS)
    answer = Answer(NORTH, given, owed.maturity, LOAN)
    struck = dealing.accept(story, TIER_2, dealing.quote(story, asked[NORTH], answer))
    paid = paying.pay_debt(story, struck, Duty.ADVANCE, value_date)
    story.screen.say(
        f"{NORTH} had lent {TIER_2} {money(paid)} on {value_date} on a pledge of "
        f"{money(wish.amount)}"
    )
    return struck


def redeem(story: Story, struck: Struck) -> None:
    """Both agree on what ends the loan today; once it is proven paid, the lien is gone."""
    debt = repayment(dealing.read(story, TIER_2, struck))
    signers = [story.member(name) for name in (TIER_2, *officers(NORTH))]
    story.agree(debt.act, signers, owed=debt.owed)
    paid = paying.pay_debt(story, struck, Duty.REPAYMENT, story.today)
    story.require_free(TIER_2, struck.claim)
    story.screen.say(f"{TIER_2} repays {money(paid)}, interest included, and its lot is released")
