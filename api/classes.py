"""The five categories of a bank's own debtors, by today's rule pack."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from api.auth import SignedIn
from api.problems import NotFound
from api.risk_day import risk_day
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    ClaimPath,
    Currency,
    Day,
    Hash,
    Out,
    Page,
    Paged,
    number_cursor,
)
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.risk import Debt, DebtorClass, classify_debtor
from ledger.rules import Category, Pack
from ledger.store.reading.positions import obligors_of, positions_owed_by

router = APIRouter(route_class=Route, prefix="/v1/risk/classes", tags=["risk"])

_WHOLE = 2**32
CategoryName = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
ModeName = Literal["sale", "recourse", "pledge"]


class OwedInAll(Out):
    """Sums over a debtor's debts, in minor units."""

    currency: Currency
    outstanding: Amount
    past_due: Amount
    non_performing: Amount


class DebtorCategory(Out):
    """The worst category of all that a party owes the bank. ``pack_hash`` names the rules."""

    party: int
    category: CategoryName
    by_contagion: bool
    debts: int
    most_days_past_due: int
    owed: list[OwedInAll]
    on: Day
    pack_hash: Hash


class DebtorCategoryPage(Page[DebtorCategory]):
    """``limit`` counts parties looked at: a page may be shorter and have a ``next``."""


class DebtCategory(Out):
    """``own`` is the category by the debt's own delay."""

    deal: Hash
    claim: int
    mode: ModeName
    currency: Currency
    outstanding: Amount
    due_on: Day
    days_past_due: int
    own: CategoryName
    category: CategoryName
    by_contagion: bool


class DebtCategoryPage(Page[DebtCategory]):
    pass


@router.get("")
def list_classes(services: Given, caller: SignedIn, paging: Paged) -> DebtorCategoryPage:
    """Everyone who owes the caller's bank something, by party number."""
    after, day = min(paging.behind(number_cursor, 0), _WHOLE), risk_day(services)
    bank = caller.party
    with services.database.read() as connection:
        parties = obligors_of(connection, bank, after, paging.fetch)
        looked = parties[: paging.limit]
        owed = positions_owed_by(connection, bank, looked)
    found = [classify_debtor(day.pack, one, owed[one], day.on) for one in looked]
    items = [_debtor(one, day.on.isoformat(), day.pack) for one in found if one.debts]
    last = str(looked[-1]) if len(parties) > len(looked) else None
    return DebtorCategoryPage(items=items, next=last)


@router.get("/{number}")
def list_debts(
    services: Given, caller: SignedIn, number: ClaimPath, paging: Paged
) -> DebtCategoryPage:
    """One party's debts to the caller's bank, each with its category."""
    after, day, party = paging.behind(number_cursor, 0), risk_day(services), PartyNo(number)
    with services.database.read() as connection:
        owed = positions_owed_by(connection, caller.party, [party])
    debts = classify_debtor(day.pack, party, owed[party], day.on).debts
    if not debts:
        raise NotFound
    behind = [one for one in debts if one.position.concluded > after]
    return DebtCategoryPage(**paging.cut(behind, lambda one: str(one.position.concluded), _debt))


def _debtor(found: DebtorClass, on: str, pack: Pack) -> DebtorCategory:
    return DebtorCategory(
        party=found.party,
        category=_name(found.category),
        by_contagion=any(debt.by_contagion for debt in found.debts),
        debts=len(found.debts),
        most_days_past_due=found.most_days_past_due,
        owed=[
            OwedInAll(
                currency=currency,
                outstanding=str(found.sum(currency)),
                past_due=str(found.sum(currency, past_due=True)),
                non_performing=str(found.sum(currency, non_performing=True)),
            )
            for currency in found.currencies
        ],
        on=on,
        pack_hash=hexed(pack.hash),
    )


def _debt(debt: Debt) -> DebtCategory:
    position = debt.position
    return DebtCategory(
        deal=hexed(position.deal),
        claim=position.claim,
        mode=position.mode.value,
        currency=position.currency,
        outstanding=str(position.outstanding),
        due_on=position.due.isoformat(),
        days_past_due=debt.days_past_due,
        own=_name(debt.own),
        category=_name(debt.category),
        by_contagion=debt.by_contagion,
    )


def _name(category: Category) -> CategoryName:
    names: dict[Category, CategoryName] = {
        Category.NORMAL: "normal",
        Category.SPECIAL_MENTION: "special_mention",
        Category.SUBSTANDARD: "substandard",
        Category.DOUBTFUL: "doubtful",
        Category.LOSS: "loss",
    }
    return names[category]
