"""Credit lines: how much a bank trusts whom with, and what of it a deal still takes up.

A line's change is signed like an agreement, but never sent to the chain: lines are the bank's own
affair, and no validator may read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledger.acts import REGISTRY
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.typed import CURRENCY, TEXT, UINT32, UINT64, Domain, Kind, Struct

HIGHEST_LIMIT = 10**17
"""Minor units. Far above any line, far below 2**63: sums of uses stay within the database's."""

Interval = tuple[int, int]
"""Units ``[start, end)``."""


class LineKind(StrEnum):
    """What a bank trusts a party with."""

    DEBTOR = "debtor"
    """To pay, as core enterprise, the receivables that the bank finances."""

    RECOURSE = "recourse"
    """To pay back, as seller, what the debtor doesn't; or a loan on a pledge."""

    ISSUANCE = "issuance"
    """To issue, as core enterprise, receivables to its suppliers (剩余可开立额度)."""


@dataclass(frozen=True)
class CreditLine(Struct):
    """The bank sets its line; ``version`` is the line's before this change, 0 for none.

    ``limit`` in minor units; usable until the end of ``expiresOn`` (YYYYMMDD, Asia/Shanghai).
    """

    bank: int
    party: int
    kind: str
    currency: str
    limit: int
    expiresOn: int  # noqa: N815 - signed under this name, as in agreements
    reason: str
    version: int
    validUntil: int  # noqa: N815
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "bank": UINT32,
        "party": UINT32,
        "kind": TEXT,
        "currency": CURRENCY,
        "limit": UINT64,
        "expiresOn": UINT32,
        "reason": TEXT,
        "version": UINT32,
        "validUntil": UINT64,
    }


def credit_domain(deployment: Deployment) -> Domain:
    """Lines are signed for the Registry, which says who signs for the bank."""
    return Domain(deployment.chain_id, deployment.address(REGISTRY))


@dataclass
class NoCreditLine(Refused):
    """The bank has no such line."""

    party: int
    kind: str
    currency: str
    status = 409
    summary = "There is no {kind} line in {currency} for party {party}."


@dataclass
class LineExpired(Refused):
    """A line has to last as long as what is promised under it can be taken up."""

    party: int
    kind: str
    expires_on: int
    needed_on: int
    status = 409
    summary = (
        "The {kind} line for party {party} ends on {expires_on}; it is needed until {needed_on}."
    )


@dataclass
class LineExceeded(Refused):
    """``used`` counts open quotes."""

    limit: int
    used: int
    wanted: int
    status = 409
    summary = "{used} of {limit} are used; {wanted} more don't fit."


@dataclass
class IssuanceLimitReached(Refused):
    """Without figures: whoever holds both signatures may hand an issue in, and banks' limits are
    for the debtor's eyes, who asks for what remains."""

    debtor: int
    status = 409
    summary = "Party {debtor} may not issue as much as this any more: its banks' limit is reached."


@dataclass
class LineBelowUse(Refused):
    """A limit is never set below what is used, open quotes included."""

    limit: int
    used: int
    status = 409
    summary = "The limit can't be {limit}: {used} are used."


@dataclass
class LimitTooHigh(Refused):
    limit: int
    highest: int
    summary = "The limit can't be {limit}; the highest is {highest}."


@dataclass
class LineChanged(Refused):
    """The change was signed for another version of the line."""

    version: int
    current: int
    status = 409
    summary = "The line is at version {current}, not {version}."


@dataclass
class LineOfAnother(Refused):
    """Only for our own code: who asks for another bank's is told that there is no such thing."""

    status = 404
    summary = "There is no such thing, or not for you."


@dataclass
class ReservedOtherwise(Refused):
    """One signed quote takes up one amount of each line, whoever says it again."""

    digest: str
    status = 409
    summary = "{digest} has reserved other amounts or other lines."


def held(amount: int, outstanding: int, units: int) -> int:
    """What of ``amount`` a deal over ``units`` still takes up: its share, rounded up, so that
    nothing is 0 while anything is owed."""
    return -(-amount * outstanding // units)


def units_left(pieces: Iterable[Interval], taken: Sequence[Interval]) -> int:
    """How many units of ``pieces`` (which don't overlap) are in none of ``taken``."""
    return sum(end - start - _covered(start, end, taken) for start, end in pieces)


def within(piece: Interval, bounds: Interval) -> Interval:
    """What of ``piece`` lies within ``bounds``, given that they overlap."""
    return max(piece[0], bounds[0]), min(piece[1], bounds[1])


def _covered(start: int, end: int, taken: Sequence[Interval]) -> int:
    covered, reached = 0, start
    for first, last in sorted(taken):
        first, last = max(first, reached), min(last, end)
        if first < last:
            covered += last - first
            reached = last
    return covered
