"""Act two: banks say whom they trust with how much."""

from __future__ import annotations

from datetime import date, timedelta

from client.credit_lines import LineTerms, set_line
from ledger.credit import LineKind
from ledger.money import Currency, Units
from scripts.demo.cast import DEBTOR
from scripts.demo.financing.cast import BANKS, TIER_1, TIER_2
from scripts.demo.financing.story import CURRENCY, Story, money

ON_DEBTOR, ON_SELLER = Units(5_000_000_00), Units(1_000_000_00)
_YEAR = timedelta(days=365)


def open_lines(story: Story) -> None:
    """Each bank trusts the core enterprise, and the sellers who stand in for it; two officers
    sign. Where a line stands already, from an earlier performance, it is set anew."""
    for bank in BANKS:
        for party, kind, limit in (
            (DEBTOR, LineKind.DEBTOR, ON_DEBTOR),
            (TIER_1, LineKind.RECOURSE, ON_SELLER),
            (TIER_2, LineKind.RECOURSE, ON_SELLER),
        ):
            terms = LineTerms(
                party=story.numbers[party],
                kind=kind,
                currency=Currency(CURRENCY),
                limit=limit,
                expires_on=_next_year(story.today),
                reason="annual review",
            )
            set_line(story.signer(bank), terms, [story.second_officer(bank).key])
        story.screen.say(f"{bank}: {money(ON_DEBTOR)} on the core enterprise, for itself alone")


def used_and_limit(story: Story) -> tuple[int, int]:
    """What the banks' lines on the core enterprise have in use, and their limits, minor units."""
    used = limit = 0
    for bank in BANKS:
        for line in story.signer(bank).api.lines(story.numbers[DEBTOR]):
            if (line["kind"], line["currency"]) == (LineKind.DEBTOR, CURRENCY):
                used += int(line["open"]) + int(line["drawn"])
                limit += int(line["limit"])
    return used, limit


def _next_year(today: date) -> date:
    return today + _YEAR
