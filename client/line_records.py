"""What the API answers with about credit lines: amounts are decimal strings of minor units."""

from __future__ import annotations

from typing import TypedDict


class CreditLineRecord(TypedDict):
    id: str
    party: int
    kind: str
    currency: str
    limit: str
    expires_on: str
    version: int
    open: str
    drawn: str
    remaining: str


class LineChange(TypedDict):
    version: int
    digest: str
    limit: str
    expires_on: str
    reason: str
    used: str
    signers: list[str]
    created: str


class LineHolder(TypedDict):
    """A quote, deal or issue that takes up ``held`` of a line."""

    digest: str
    state: str
    amount: str
    held: str
    claim: int | None
    valid_until: str
    created: str


class PartyExposure(TypedDict):
    """``share`` in basis points."""

    kind: str
    currency: str
    limit: str
    expires_on: str
    open: str
    drawn: str
    remaining: str
    share: int


class IssuanceLimit(TypedDict):
    currency: str
    limit: str
    used: str
    remaining: str
