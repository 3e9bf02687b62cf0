"""The whole story, in order, before an API that is up."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from client import drafts
from client.api import Api
from ledger.business_day import BUSINESS_ZONE
from scripts.demo import enrolment, validators
from scripts.demo.cast import DEBTOR
from scripts.demo.financing import closing, ending, lines, paying, pledge, recourse, sale, trading
from scripts.demo.financing.cast import BANKS, cast
from scripts.demo.financing.story import Story
from scripts.demo.house import House
from scripts.demo.people import People
from scripts.demo.screen import Screen

_OVERDUE, _INVOICED = timedelta(days=20), timedelta(days=85)


def perform(house: House, screen: Screen) -> dict[str, Any]:
    """Play it all; the facts of the last line."""
    house.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as doors:
        people = People(house.keys_dir, house.passphrase, house.api_url, doors)
        story = Story(
            parts=cast(datetime.now(BUSINESS_ZONE)),
            people=people,
            deployment=doors.enter_context(Api.at(house.api_url)).deployment(),
            council=house.council,
            folder=house.folder,
            screen=screen,
            today=drafts.today(),
        )
        return _play(story, house)


def _play(story: Story, house: House) -> dict[str, Any]:
    screen, today = story.screen, story.today
    with screen.step(f"The council enrols {len(story.parts)} parties and 3 oracle members"):
        enrolment.enrol(story)
    if house.profile.proof != "none":
        with screen.step("The council admits the validators that make the network"):
            validators.admit(story, house, (*BANKS, DEBTOR))
    with screen.step("Two banks open credit lines, each known to nobody else"):
        lines.open_lines(story)
    with screen.step("Two invoices become receivables, one of them overdue already"):
        maturity = today + timedelta(days=drafts.DEFAULT_TERM_DAYS)
        owed = trading.issue(story, trading.bearings(today), maturity)
        overdue = trading.issue(story, trading.housings(today - _INVOICED), today - _OVERDUE)
        trading.pass_on(story, owed)
    with screen.step("A tier-3 supplier sells half of its lot at the better of two quotes"):
        sold = sale.sell_half(story, owed)
    with screen.step("A deal with recourse is overdue: demanded, and bought back"):
        brought = recourse.bring_over(story, overdue)
        recourse.be_warned(story, brought)
        recourse.take_recourse(story, brought)
    with screen.step("A pledge is repaid and released"):
        pledge.redeem(story, pledge.pledge(story, owed))
    with screen.step("The core enterprise pays, and runs short at one lot"):
        paying.pay_lots(story, owed, sold.bank)
    with screen.step("Every party's day balances to the fen"):
        reports = closing.close_day(story)
    with screen.step("Two bundles prove every act offline; the projection is rebuilt, compared"):
        closing.prove(story, house, (owed.claim, overdue.claim))
        drift = house.audit()
    kept = ending.books(story)
    closing.show_day(reports, BANKS)
    ending.show(story, kept)
    return ending.summary(story, kept, drift)
