"""What the API answers with about deals: amounts are decimal strings of minor units."""

from __future__ import annotations

from typing import Literal, TypedDict

from client.records import LotRecord, QuotePrice


class DebtOpeningRecord(TypedDict):
    """What opens a debt's commitment; for its payer and its payee."""

    commitment: str
    reference: str
    currency: str
    amount: str


class DebtRecord(TypedDict):
    commitment: str
    duty: Literal["advance", "buy_back", "repayment", "surplus"]
    payer: int
    payee: int
    pay_by: str | None
    outcome: Literal["open", "paid", "rescinded"]
    booked_on: str | None
    line: str | None
    entry: int
    opening: DebtOpeningRecord | None


class DealRecord(TypedDict):
    digest: str
    claim: int
    start: str
    end: str
    amount: str
    currency: str
    seller: int
    bank: int
    mode: Literal["sale", "recourse", "pledge"]
    state: Literal["concluded", "advanced", "rescinded", "repaid", "enforced"]
    demanded: bool
    due_on: str
    terms: str
    rules: str
    registration: str
    entry: int
    obligations: list[DebtRecord]


class DealActRecord(TypedDict):
    entry: int
    at: str
    act: str
    kind: str
    commitment: str | None


class DealPriceRecord(TypedDict):
    """The terms' canonical JSON, which ``salt`` opens the deal's ``terms`` to."""

    terms: str
    salt: str
    price: QuotePrice


class DealDuesRecord(TypedDict):
    on: str
    days_past_due: int
    principal: str
    charges: str
    late_interest: str
    total: str
    received: str
    surplus: str


class DealDetail(DealRecord):
    acts: list[DealActRecord]
    lots: list[LotRecord]
    opened: DealPriceRecord | None
    dues: DealDuesRecord | None
