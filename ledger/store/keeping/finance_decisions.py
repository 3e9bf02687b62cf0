"""What officers were shown, and what they decided on it, kept byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from ledger.ids import Address, PartyNo
from ledger.rules import Decision
from ledger.store.columns import new_id
from ledger.store.financing import desk_views, finance_decisions, finance_quotes, finance_requests
from ledger.store.keeping.finance_requests import FinanceRequest
from ledger.store.keeping.upsert import insert_once


class DecisionKind(StrEnum):
    QUOTE = "quote"
    APPROVE = "approve"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class ShownView:
    """What one officer was shown, when (Unix seconds). ``registration`` is the one in the movables
    registry that the bank can quote on; 32 zero bytes for none."""

    hash: bytes
    content: bytes
    registration: bytes
    created: int


@dataclass(frozen=True, slots=True)
class NewDecision:
    officer: Address
    kind: DecisionKind
    view: ShownView
    rules: Decision
    justifications: Mapping[str, str]
    quote: int | None = None
    """The row of the quote that was made or approved."""


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """``request`` and ``quote`` are public ids; ``rules`` the canonical decision document."""

    id: str
    request: str
    quote: str | None
    officer: Address
    kind: DecisionKind
    view: bytes
    view_hash: bytes
    rules: bytes
    pack_hash: bytes
    justifications: dict[str, str]
    created: int


def keep_view(
    connection: Connection, request: FinanceRequest, officer: Address, view: ShownView
) -> None:
    """Keep what an officer is shown now; the same view again is as fresh as this showing."""
    row = {
        "request": request.row,
        "officer": officer,
        "hash": view.hash,
        "content": view.content,
        "registration": view.registration,
        "created": view.created,
    }
    if not insert_once(connection, desk_views, row):
        connection.execute(
            update(desk_views)
            .where(*_shown(request, officer, view.hash))
            .values(created=view.created)
        )


def find_view(
    connection: Connection, request: FinanceRequest, officer: Address, view_hash: bytes
) -> ShownView | None:
    """The view of this hash, if just this officer was shown it."""
    query = select(desk_views).where(*_shown(request, officer, view_hash))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return ShownView(row.hash, row.content, row.registration, row.created)


def add_decision(
    connection: Connection, request: FinanceRequest, new: NewDecision, now: int
) -> str:
    """The new decision's id."""
    decision_id = new_id()
    row = {
        "id": decision_id,
        "request": request.row,
        "quote": new.quote,
        "bank": request.bank,
        "officer": new.officer,
        "kind": new.kind,
        "view": new.view.content,
        "view_hash": new.view.hash,
        "rules": new.rules.document(),
        "pack_hash": new.rules.pack_hash,
        "justifications": dict(new.justifications),
        "created": now,
    }
    connection.execute(insert(finance_decisions).values(row))
    return decision_id


def find_decision(connection: Connection, bank: PartyNo, decision_id: str) -> KeptDecision | None:
    found = _read(connection, bank, finance_decisions.c.id == decision_id, limit=1)
    return found[0] if found else None


def list_decisions(
    connection: Connection,
    bank: PartyNo,
    after: str | None,
    limit: int,
    *,
    request: str | None = None,
) -> list[KeptDecision]:
    """The bank's own, newest first, those behind the one with the id ``after``."""
    conditions = []
    if request is not None:
        conditions.append(finance_requests.c.id == request)
    if after is not None:
        behind = select(finance_decisions.c.row).where(
            finance_decisions.c.id == after, finance_decisions.c.bank == bank
        )
        conditions.append(finance_decisions.c.row < behind.scalar_subquery())
    return _read(connection, bank, *conditions, limit=limit)


def _shown(
    request: FinanceRequest, officer: Address, view_hash: bytes
) -> tuple[ColumnElement[bool], ...]:
    columns = desk_views.c
    return columns.request == request.row, columns.officer == officer, columns.hash == view_hash


def _read(
    connection: Connection, bank: PartyNo, *conditions: Any, limit: int
) -> list[KeptDecision]:
    query = (
        select(
            finance_decisions,
            finance_requests.c.id.label("request_id"),
            finance_quotes.c.id.label("quote_id"),
        )
        .join(finance_requests, finance_requests.c.row == finance_decisions.c.request)
        .outerjoin(finance_quotes, finance_quotes.c.row == finance_decisions.c.quote)
        .where(finance_decisions.c.bank == bank, *conditions)
        .order_by(finance_decisions.c.row.desc())
        .limit(limit)
    )
    return [
        KeptDecision(
            id=row.id,
            request=row.request_id,
            quote=row.quote_id,
            officer=Address(row.officer),
            kind=DecisionKind(row.kind),
            view=row.view,
            view_hash=row.view_hash,
            rules=row.rules,
            pack_hash=row.pack_hash,
            justifications=row.justifications,
            created=row.created,
        )
        for row in connection.execute(query)
    ]
