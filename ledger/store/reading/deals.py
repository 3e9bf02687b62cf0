"""Deals as the entries tell them: who made them, what is owed and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger.deals import (
    OVER_DEAL,
    DealState,
    Duty,
    Mode,
    Outcome,
    Remittance,
    Rescission,
)
from ledger.ids import ClaimNo, EntryIndex, PartyNo
from ledger.projection import Step
from ledger.standing import DealParties, ObligationOf
from ledger.store.reading.visible import concerns
from ledger.store.tables import claims, deal_steps, deals, obligations
from ledger.typed import Struct
from ledger.visibility import Scope

DealsBehind = tuple[dict[bytes, DealParties], dict[bytes, ObligationOf]]


@dataclass(frozen=True, slots=True)
class ObligationRecord:
    """``line`` and ``booked_on`` (YYYYMMDD) are of the statement line that proved it paid."""

    commitment: bytes
    duty: Duty
    pay_by: int
    outcome: Outcome
    line: bytes | None
    booked_on: int | None
    since: int


@dataclass(frozen=True, slots=True)
class DealRecord:
    """A deal and its obligations in the order agreed; ``since`` is the entry that made it."""

    deal: bytes
    claim: ClaimNo
    start: int
    end: int
    seller: PartyNo
    bank: PartyNo
    mode: Mode
    state: DealState
    demanded: bool
    due_on: int
    terms: bytes
    rules: bytes
    registration: bytes
    obligations: tuple[ObligationRecord, ...]
    since: int


def deal_by(connection: Connection, scope: Scope, deal: bytes) -> DealRecord | None:
    """A deal that the caller's view reaches: its seller's and its bank's."""
    found = _records(connection, _visible(scope).where(deals.c.deal == deal))
    return found[0] if found else None


def list_deals(connection: Connection, scope: Scope, after: int, limit: int) -> list[DealRecord]:
    """Deals within the scope in the order of their entries, those above ``after``."""
    # Each side by itself: asked for either at once, a database reads all that there ever was.
    sides = [concerns(scope, deals.c.claim, side) for side in (deals.c.seller, deals.c.bank)]
    numbers = {
        (since, bytes(deal))
        for side in sides
        for since, deal in connection.execute(
            select(deals.c.since, deals.c.deal)
            .where(side, deals.c.since > after)
            .order_by(deals.c.since)
            .limit(limit)
        )
    }
    return deal_records(connection, [deal for _, deal in sorted(numbers)[:limit]])


def deal_records(connection: Connection, numbers: Collection[bytes]) -> list[DealRecord]:
    """These deals, in the order of their entries. Unscoped: the caller has looked for its own."""
    query = select(deals).where(deals.c.deal.in_(list(numbers))).order_by(deals.c.since)
    return _records(connection, query)


def deals_behind(connection: Connection, acts: Collection[Struct]) -> DealsBehind:
    """Deals that acts name, and what is owed under commitments that they rescind or prove paid."""
    commitments = {act.commitment for act in acts if isinstance(act, Rescission | Remittance)}
    owed = _owed(connection, commitments) if commitments else {}
    named = {act.deal for act in acts if isinstance(act, OVER_DEAL)}
    named |= {one.deal for one in owed.values()}
    if not named:
        return {}, owed
    rows = connection.execute(select(deals).where(deals.c.deal.in_(named)))
    made = {
        bytes(row.deal): DealParties(
            PartyNo(row.seller), PartyNo(row.bank), row.end - row.start, Mode.of(row.mode)
        )
        for row in rows
    }
    return made, owed


def currencies_of(connection: Connection, wanted: Collection[bytes]) -> dict[bytes, str]:
    """Of the claim that each of these deals is over. Unscoped: for those who may see the deals."""
    query = (
        select(deals.c.deal, claims.c.currency)
        .join(claims, claims.c.number == deals.c.claim)
        .where(deals.c.deal.in_(list(wanted)), deals.c.until.is_(None), claims.c.until.is_(None))
    )
    return {bytes(deal): currency for deal, currency in connection.execute(query)}


def parties_behind(
    connection: Connection, acts: Mapping[EntryIndex, Struct]
) -> dict[EntryIndex, frozenset[PartyNo]]:
    """Seller and bank of the deal that each act is about, by the acts' entries."""
    made, owed = deals_behind(connection, list(acts.values()))
    found = {}
    for index, act in acts.items():
        between = made.get(deal_named(act, owed))
        if between is not None:
            found[index] = frozenset({between.seller, between.bank})
    return found


def deal_named(act: Struct, owed: Mapping[bytes, ObligationOf]) -> bytes:
    """The deal that an act is about, b"" if it names none that is known."""
    if isinstance(act, Rescission | Remittance):
        known = owed.get(act.commitment)
        return b"" if known is None else known.deal
    return act.deal if isinstance(act, OVER_DEAL) else b""


def _owed(connection: Connection, commitments: Iterable[bytes]) -> dict[bytes, ObligationOf]:
    query = select(obligations).where(obligations.c.commitment.in_(list(commitments)))
    return {
        bytes(row.commitment): ObligationOf(bytes(row.deal), Duty(row.duty))
        for row in connection.execute(query)
    }


def _visible(scope: Scope) -> Select[Any]:
    return select(deals).where(concerns(scope, deals.c.claim, deals.c.seller, deals.c.bank))


def _records(connection: Connection, query: Select[Any]) -> list[DealRecord]:
    rows = connection.execute(query).all()
    numbers = [row.deal for row in rows]
    owed = _obligations_of(connection, numbers)
    steps = select(deal_steps.c.subject, deal_steps.c.step).where(deal_steps.c.subject.in_(numbers))
    taken = {(bytes(subject), step) for subject, step in connection.execute(steps)}
    return [_record(row, owed.get(bytes(row.deal), ()), taken) for row in rows]


def _obligations_of(
    connection: Connection, numbers: Collection[bytes]
) -> Mapping[bytes, tuple[ObligationRecord, ...]]:
    query = (
        select(obligations, deal_steps.c.step, deal_steps.c.line, deal_steps.c.booked_on)
        .outerjoin(deal_steps, deal_steps.c.subject == obligations.c.commitment)
        .where(obligations.c.deal.in_(numbers))
        .order_by(obligations.c.since)
    )
    found: dict[bytes, tuple[ObligationRecord, ...]] = {}
    for row in connection.execute(query):
        outcome = Outcome[row.step.upper()] if row.step else Outcome.OPEN
        record = ObligationRecord(
            commitment=bytes(row.commitment),
            duty=Duty(row.duty),
            pay_by=int(row.pay_by),
            outcome=outcome,
            line=row.line,
            booked_on=row.booked_on,
            since=row.since,
        )
        found[bytes(row.deal)] = (*found.get(bytes(row.deal), ()), record)
    return found


def _record(
    row: Any, owed: tuple[ObligationRecord, ...], taken: Collection[tuple[bytes, str]]
) -> DealRecord:
    number = bytes(row.deal)
    return DealRecord(
        deal=number,
        claim=ClaimNo(row.claim),
        start=row.start,
        end=row.end,
        seller=PartyNo(row.seller),
        bank=PartyNo(row.bank),
        mode=Mode.of(row.mode),
        state=_state(owed, enforced=(number, Step.ENFORCED) in taken),
        demanded=(number, Step.DEMANDED) in taken,
        due_on=row.due_on,
        terms=row.terms,
        rules=row.rules,
        registration=row.registration,
        obligations=owed,
        since=row.since,
    )


def _state(owed: tuple[ObligationRecord, ...], *, enforced: bool) -> DealState:
    outcomes = {(one.duty, one.outcome) for one in owed}
    if enforced:
        return DealState.ENFORCED
    if (Duty.REPAYMENT, Outcome.PAID) in outcomes:
        return DealState.REPAID
    if (Duty.ADVANCE, Outcome.RESCINDED) in outcomes:
        return DealState.RESCINDED
    advanced = (Duty.ADVANCE, Outcome.PAID) in outcomes
    return DealState.ADVANCED if advanced else DealState.CONCLUDED
