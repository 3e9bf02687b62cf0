"""Act seven: every party's day balances, and the ledger is what the chain says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from chain.bundling import write_bundle
from chain.engine import open_engine
from client.reconciling_records import DayEndRecord
from ledger.errors import Refused
from ledger.ids import ClaimNo
from scripts.demo.financing.cast import BANKS
from scripts.demo.financing.story import Story, money
from scripts.demo.house import House
from scripts.output import print_table

_FLOWS = ("opening", "came", "went", "paid", "closing", "residual")
_NAMES = {
    "held": "receivables held",
    "owed": "receivables owed",
    "to_pay": "money to pay under deals",
    "to_receive": "money to receive under deals",
}


@dataclass
class DayUnbalanced(Refused):
    """A day-end report doesn't balance: something is wrong with us, not with the audience."""

    party: str
    day: str
    summary: ClassVar[str] = "The books of {party} don't balance on {day}."


def close_day(story: Story) -> dict[str, DayEndRecord]:
    """Every party's day-end report of today, each as that party reads it; DayUnbalanced."""
    reports = {part.name: story.signer(part.name).api.day_end() for part in story.parts}
    for name, report in reports.items():
        if not report["balances"]:
            raise DayUnbalanced(name, report["day"])
    for bank in BANKS:
        for item in reports[bank]["items"]:
            if item["state"] == "short":
                due, paid = money(int(item["due"])), money(int(item["paid"]))
                story.screen.say(f"{bank} has {paid} of {due} due under {item['reference']}: short")
    return reports


def show_day(reports: dict[str, DayEndRecord], parties: Sequence[str]) -> None:
    day = reports[parties[0]]["day"]
    rows = [row for party in parties for row in _rows(party, reports[party])]
    print_table(("party", "what", *(f"{name}>" for name in _FLOWS)), rows, f"Day-end, {day}")


def prove(story: Story, house: House, claims: Iterable[ClaimNo]) -> int:
    """Write a bundle of each claim, which executes every act of its deals again, offline, under
    the rules as signed; how many entries that proved. Raises ``UnsoundBundle``."""
    with open_engine(house.profile, house.endpoints) as engine:
        written = [
            write_bundle(engine, story.deployment, claim, [], story.folder) for claim in claims
        ]
    return sum(one.report.entries for one in written)


def _rows(party: str, report: DayEndRecord) -> Iterable[tuple[object, ...]]:
    for flow in report["flows"]:
        amounts = (flow[name] for name in _FLOWS)  # type: ignore[literal-required]
        yield party, _NAMES[flow["what"]], *(money(int(one)) for one in amounts)
