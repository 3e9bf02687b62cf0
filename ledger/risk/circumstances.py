"""What befell a deal besides time: payments, freezes, reversed invoices, its registration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Receipt:
    """Units ``[start, end)`` of the deal that a statement line paid."""

    line: bytes
    start: int
    end: int
    booked_on: date


@dataclass(frozen=True, slots=True)
class Freeze:
    """The council's order of this entry froze the lot that begins at ``lot``."""

    lot: int
    entry: int
    evidence: bytes
    on: date


@dataclass(frozen=True, slots=True)
class ReversedInvoice:
    """An invoice that backs the claim, and the red-letter invoices against it.

    ``total`` is what the claim's parties signed for; ``reversed`` what red letters took back;
    ``letters`` are their identities. ``told_by`` are the sides that handed them in.
    """

    fingerprint: bytes
    total: int
    reversed: int
    letters: tuple[bytes, ...]
    told_by: tuple[str, ...]
    since: date


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``registered_until`` is the last day of the bank's longest registration of all the units;
    ``layer`` how often units had been passed on when the deal was made."""

    concluded_on: date
    receipts: tuple[Receipt, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    reversals: tuple[ReversedInvoice, ...] = ()
    registered_until: date | None = None
    layer: int = 0
