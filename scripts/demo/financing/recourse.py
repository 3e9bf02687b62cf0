"""Act four: a deal with recourse, brought over from before: the debtor doesn't pay, the seller
does."""

from __future__ import annotations

from datetime import timedelta

from client.deals import buy_back, demand
from ledger.deals import Duty, Mode
from scripts.demo.cast import DEBTOR
from scripts.demo.financing import dealing, paying
from scripts.demo.financing.cast import NORTH, TIER_1, officers
from scripts.demo.financing.dealing import Answer, Struck, Wish
from scripts.demo.financing.story import Story, money
from scripts.demo.financing.trading import Owed
from scripts.terms import GivenTerms

FINANCED_BEFORE = timedelta(days=80)


def bring_over(story: Story, owed: Owed) -> Struck:
    """Tier 1 and its bank enter what they agreed before the ledger was there. Two officers sign."""
    lot = story.only_lot(TIER_1, owed.claim)
    value_date = story.today - FINANCED_BEFORE
    wish = Wish(TIER_1, lot, int(lot["amount"]), Mode.RECOURSE, value_date, [owed.document])
    asked = dealing.ask(story, wish, [NORTH])
    answer = Answer(NORTH, GivenTerms(rate="3.85"), owed.maturity)
    struck = dealing.accept(story, TIER_1, dealing.quote(story, asked[NORTH], answer))
    paid = paying.pay_debt(story, struck, Duty.ADVANCE, value_date)
    story.screen.say(
        f"{NORTH} had paid {TIER_1} {money(paid)} on {value_date} for {money(wish.amount)}, with "
        "recourse: two officers enter it, and say why so late"
    )
    return struck


def be_warned(story: Story, struck: Struck) -> None:
    """What the ledger tells the bank of this deal by itself: alerts, category, whose move it is."""
    api, digest = story.signer(NORTH).api, struck.quote["digest"]
    kinds = [one["kind"] for one in api.alerts() if one["deal"] == digest]
    debts = api.debt_categories(story.numbers[DEBTOR])
    category = [one["category"] for one in debts if one["deal"] == digest]
    steps = [one["step"] for one in api.collections() if one["deal"] == digest]
    told = [*kinds, *(f"category {one}" for one in category), *(f"next: {one}" for one in steps)]
    story.screen.say(f"{NORTH} is warned: {', '.join(told).replace('_', ' ')}")


def take_recourse(story: Story, struck: Struck) -> None:
    """The bank demands what the debtor left unpaid, and the seller buys it back."""
    bank, seller = [story.member(name) for name in officers(NORTH)], story.member(TIER_1)
    story.agree(demand(dealing.read(story, NORTH, struck)), bank)
    overdue = (story.today - struck.terms.maturity).days
    story.screen.say(f"{NORTH} demands payment of {TIER_1}: {overdue} days overdue")
    debt = buy_back(dealing.read(story, TIER_1, struck))
    story.agree(debt.act, [seller, *bank], owed=debt.owed)
    paid = paying.pay_debt(story, struck, Duty.BUY_BACK, story.today)
    story.require_free(TIER_1, struck.claim)
    story.screen.say(f"{TIER_1} pays {money(paid)}, late interest too, and holds its lot again")
