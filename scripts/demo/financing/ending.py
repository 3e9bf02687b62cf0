"""How it ends: the banks' books as a table for people, one JSON object for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from client.deal_records import DealDetail
from client.deals import read_deal
from scripts.demo.financing.cast import BANKS
from scripts.demo.financing.lines import used_and_limit
from scripts.demo.financing.story import CURRENCY, Story, money
from scripts.output import print_table

_COLUMNS = ("bank", "seller", "how", "units>", "advanced>", "came back>", "bought back>", "open>")


@dataclass(frozen=True)
class Book:
    """What one deal came to by now; minor units. ``open`` is what the bank's hold is still on."""

    deal: DealDetail
    advanced: int
    repaid: int
    recoursed: int
    open: int


def books(story: Story) -> list[Book]:
    """Every deal of both banks, each as its bank reads it."""
    return [_book(deal) for bank in BANKS for deal in _deals(story, bank)]


def show(story: Story, kept: Sequence[Book]) -> None:
    print_table(_COLUMNS, [_row(story, one) for one in kept], "What the banks financed")


def summary(story: Story, kept: Sequence[Book], drift: int) -> dict[str, Any]:
    """The last line of the story; amounts are minor units as text. ``line_used`` and
    ``line_limit`` are of the banks' lines on the core enterprise."""
    used, limit = used_and_limit(story)
    return {
        "advanced": str(sum(one.advanced for one in kept)),
        "repaid": str(sum(one.repaid for one in kept)),
        "recoursed": str(sum(one.recoursed for one in kept)),
        "outstanding": str(sum(one.open for one in kept)),
        "line_used": str(used),
        "line_limit": str(limit),
        "drift": drift,
        "currency": CURRENCY,
        "deals": len(kept),
        "acts": story.acts,
        "engine": story.deployment.engine,
    }


def _deals(story: Story, bank: str) -> Iterator[DealDetail]:
    api = story.signer(bank).api
    for deal in api.deals():
        yield read_deal(api, deal["digest"])


def _book(deal: DealDetail) -> Book:
    hold = deal["bank"]
    lots = deal["lots"]
    paid_to_bank = sum(
        int(lot["amount"])
        for lot in lots
        if lot["state"] == "discharged" and hold in (lot["holder"], lot["lien"])
    )
    still = [lot for lot in lots if lot["state"] in ("live", "frozen")]
    return Book(
        deal=deal,
        advanced=_paid(deal, "advance"),
        repaid=paid_to_bank + _paid(deal, "repayment"),
        recoursed=_paid(deal, "buy_back"),
        open=sum(int(lot["amount"]) for lot in still if hold in (lot["holder"], lot["lien"])),
    )


def _paid(deal: DealDetail, duty: str) -> int:
    """What was paid under a deal for one reason, as its bank can open it."""
    return sum(
        int(one["opening"]["amount"])
        for one in deal["obligations"]
        if (one["duty"], one["outcome"]) == (duty, "paid") and one["opening"] is not None
    )


def _row(story: Story, one: Book) -> tuple[object, ...]:
    deal = one.deal
    parties = story.role_of(deal["bank"]), story.role_of(deal["seller"])
    amounts = (int(deal["amount"]), one.advanced, one.repaid, one.recoursed, one.open)
    return *parties, deal["mode"], *map(money, amounts)
