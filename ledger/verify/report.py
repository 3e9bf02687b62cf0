"""What a verification found, and how it is told to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.business_day import BUSINESS_ZONE, LAST_MOMENT
from ledger.errors import Refused
from ledger.evidence import Finalised
from ledger.ids import EntryIndex
from ledger.money import Currency, UnknownCurrency, format_units

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, in one entry or in the bundle as a whole."""

    refusal: Refused
    entry: EntryIndex | None = None

    def __str__(self) -> str:
        return str(self.refusal) if self.entry is None else f"entry {self.entry}: {self.refusal}"


@dataclass(frozen=True, slots=True)
class Report:
    """With any problem nothing is proven, and ``proven`` is empty."""

    problems: tuple[Problem, ...] = ()
    proven: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    entries: int = 0
    signatures: int = 0
    finalised: Finalised | None = None
    """The block that validators signed; None without consensus."""

    @property
    def ok(self) -> bool:
        return not self.problems


def render(report: Report) -> str:
    """The report as text for a terminal, ending in one line that says the outcome."""
    if report.problems:
        shown = [f"  ✗ {_plain(str(problem))}" for problem in report.problems[:_MOST_SHOWN]]
        more = len(report.problems) - len(shown)
        rest = [f"  … and {more} more"] if more else []
        verdict = "NOT VERIFIED: nothing in this bundle may be relied on."
        return "\n".join(["Problems", *shown, *rest, "", verdict])
    verdict = f"VERIFIED: {report.entries} entries, {report.signatures} signatures."
    return "\n".join(
        [
            "Proven",
            *(f"  ✓ {_plain(statement)}" for statement in report.proven),
            "",
            "Not proven by this bundle",
            *(f"  – {_plain(statement)}" for statement in report.unproven),
            "",
            verdict,
        ]
    )


def _plain(text: str) -> str:
    """On one line and without control or direction marks: what a document says of itself must
    not be able to draw a line of its own into this report."""
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)


def amount_text(units: int, currency: str) -> str:
    """``1234.50 CNY``; minor units for a code that ISO 4217 doesn't know."""
    try:
        return f"{format_units(units, Currency(currency))} {currency}"
    except UnknownCurrency:
        return f"{units} minor units of {currency}"


def time_text(nanoseconds: int) -> str:
    """A time since 1970 to the second, in Shanghai and in UTC."""
    seconds = nanoseconds // 1_000_000_000
    if seconds > LAST_MOMENT:
        return f"second {seconds} after 1970"
    time = datetime.fromtimestamp(seconds, UTC)
    here = time.astimezone(BUSINESS_ZONE)
    return f"{here:%Y-%m-%d %H:%M:%S} in Shanghai ({time:%Y-%m-%dT%H:%M:%SZ})"
