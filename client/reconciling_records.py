"""What the API answers about a day's reconciliation: amounts are decimal strings."""

from __future__ import annotations

from typing import TypedDict


class DayFlowRecord(TypedDict):
    """``opening + came - went - paid - closing = residual``."""

    what: str
    currency: str
    opening: str
    came: str
    went: str
    paid: str
    closing: str
    residual: str


class AccountDayRecord(TypedDict):
    account: str
    currency: str
    opening: str | None
    credits: str
    debits: str
    closing: str | None
    balance_residual: str | None
    settled: str
    listed: str
    residual: str


class DifferenceRecord(TypedDict):
    """A statement line of which something isn't settled."""

    line: str
    account: str
    reference: str
    direction: str
    amount: str
    currency: str
    settled: str
    waiting: str
    over: str
    repeated: str
    unmatched: str
    resolution: str | None


class DueRecord(TypedDict):
    """``due = paid + open + lapsed``."""

    reference: str
    kind: str
    currency: str
    payer: int
    payee: int
    due_on: str | None
    due: str
    instructed: str
    stated: str
    paid: str
    open: str
    lapsed: str
    state: str


class DayEndRecord(TypedDict):
    """``balances``: every residual is 0. ``items`` are all there are."""

    day: str
    entries: int
    balances: bool
    flows: list[DayFlowRecord]
    accounts: list[AccountDayRecord]
    differences: list[DifferenceRecord]
    unopened: int
    items: list[DueRecord]


class InstructionRecord(TypedDict):
    """A pain.001 message as it was first handed out."""

    id: str
    message_id: str
    currency: str
    requested_on: str
    payments: int
    total: str
    created: str


class JournalEntry(TypedDict):
    """A signed resolution in its place; ``head`` is the journal's after it."""

    id: str
    position: int
    line: str
    digest: str
    message: dict[str, object]
    signers: list[str]
    approvals: list[str]
    head: str
    created: str
