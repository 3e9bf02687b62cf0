"""What the API answers with about risk: amounts are decimal strings of minor units."""

from __future__ import annotations

from typing import TypedDict


class SeenTo(TypedDict):
    address: str
    note: str
    at: str


class RiskAlert(TypedDict):
    id: str
    kind: str
    urgency: str
    about: int
    deal: str | None
    claim: int | None
    since: str
    facts: dict[str, str]
    acknowledged: SeenTo | None


class OwedInAll(TypedDict):
    currency: str
    outstanding: str
    past_due: str
    non_performing: str


class DebtorCategory(TypedDict):
    party: int
    category: str
    by_contagion: bool
    debts: int
    most_days_past_due: int
    owed: list[OwedInAll]
    on: str
    pack_hash: str


class DebtCategory(TypedDict):
    deal: str
    claim: int
    mode: str
    currency: str
    outstanding: str
    due_on: str
    days_past_due: int
    own: str
    category: str
    by_contagion: bool


class CollectionTask(TypedDict):
    deal: str
    claim: int
    debtor: int
    seller: int
    bank: int
    step: str
    actor: int | None
    until: str | None
    due_on: str | None
    days_past_due: int
    outstanding: str
    currency: str


class InvoiceReversal(TypedDict):
    id: str
    fingerprint: str
    letter: str
    number: str
    original: str
    amount: str
    currency: str
    issued_on: str
    side: str
    party: int | None
    created: str
