"""Whether a bank's quote says what it was asked for, and what its opened terms say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from ledger.business_day import day_of, end_of, number_of
from ledger.commitments import verify_opening
from ledger.consent import require_in_time
from ledger.deals import Finance, Mode
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.pricing import Price, Terms, Timing, price, read_terms
from ledger.pricing.errors import CalendarUnknown
from ledger.remittance import commitment_to

LONGEST_CLOSURE = 10
"""Days for which China's interbank market was ever closed at a stretch since 2008, at the most: by
so much a maturity can be rolled where its year's holidays aren't published yet."""

LONGEST_WAIT = 30 * 86_400
"""Seconds beyond offer and value date after which an advance has to be paid at the latest: for as
long the holder can't withdraw from the deal."""


@dataclass
class QuoteDiffers(Refused):
    """What is signed isn't what was asked for, or isn't what it opens to."""

    field: str
    stated: str
    expected: str
    summary: ClassVar[str] = "The quote's {field} is {stated}; it has to be {expected}."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the holder asked this bank about, and on what footing the bank answers."""

    claim: int
    lot: int
    version: int
    start: int
    end: int
    holder: int
    bank: int
    mode: Mode
    currency: str
    claim_maturity: int
    value_date: date
    documents: bytes
    registration: bytes
    """What the officer stated of the movables registry."""

    expires: int

    @property
    def amount(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a quote's commitments: private to bank and holder."""

    terms: bytes
    salt: bytes
    reference: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A quote that says what it should, read."""

    terms: Terms
    price: Price


def check_quote(finance: Finance, opening: Opening, asked: Asked, rules: bytes, now: int) -> Opened:
    """The quote's terms and price.

    Raises ``Expired``, ``QuoteDiffers``, ``CommitmentMismatch``, ``WeakSalt``, ``MalformedFile``,
    or what terms and price refuse.
    """
    require_in_time(finance, now)
    verify_opening(finance.terms, opening.salt, opening.terms)
    terms = read_terms(opening.terms)
    found = price(terms)
    expected = _signed_as_asked(asked) | {
        "rules": rules,
        "dueOn": number_of(terms.maturity),
        "advance": commitment_to(opening.reference, terms.currency, found.advance),
    }
    for name, value in expected.items():
        _require(name, getattr(finance, name), value)
    _require_span(finance, asked)
    for name, stated, value in _terms_as_asked(terms, asked):
        _require(name, stated, value)
    return Opened(terms, found)


def _signed_as_asked(asked: Asked) -> dict[str, Any]:
    return {
        "claim": asked.claim,
        "lot": asked.lot,
        "version": asked.version,
        "start": asked.start,
        "end": asked.end,
        "seller": asked.holder,
        "bank": asked.bank,
        "mode": asked.mode.number,
        "documents": asked.documents,
        "registration": asked.registration,
    }


def _require_span(finance: Finance, asked: Asked) -> None:
    """An offer ends with the request at the latest; the advance is due no earlier than it, and not
    so late that the holder could never withdraw."""
    if finance.validUntil > asked.expires:
        raise QuoteDiffers("validUntil", str(finance.validUntil), f"{asked.expires} at most")
    if finance.payBy < finance.validUntil:
        raise QuoteDiffers("payBy", str(finance.payBy), f"{finance.validUntil} at least")
    latest = max(finance.validUntil, end_of(asked.value_date)) + LONGEST_WAIT
    if finance.payBy > latest:
        raise QuoteDiffers("payBy", str(finance.payBy), f"{latest} at most")


def _terms_as_asked(terms: Terms, asked: Asked) -> Iterator[tuple[str, Any, Any]]:
    yield "currency", terms.currency, asked.currency
    yield "value date", terms.value_date.isoformat(), asked.value_date.isoformat()
    if asked.mode is Mode.PLEDGE:
        # What is lent may be less than what is pledged for it.
        yield "amount", terms.financed, min(terms.financed, asked.amount)
        return
    due = day_of(asked.claim_maturity)
    yield "amount", terms.financed, asked.amount
    yield "timing", terms.timing.value, Timing.DISCOUNT.value
    fits = terms.maturity == due or _is_rolled(due, terms.maturity)
    yield "maturity", terms.maturity.isoformat(), (terms.maturity if fits else due).isoformat()


def _is_rolled(due: date, maturity: date) -> bool:
    """Whether the debtor, who owes on ``due``, may take until ``maturity``: the next business day,
    or what may turn out to be it in a year whose holidays aren't published yet."""
    if not 0 < (maturity - due).days <= LONGEST_CLOSURE:
        return False
    # Not at the top: it brings QuantLib, which most quotes do without.
    from ledger.pricing.calendar import Roll, roll

    try:
        return maturity == roll(due, Roll.FOLLOWING)
    except CalendarUnknown:
        return True


def _require(name: str, stated: Any, expected: Any) -> None:
    if stated != expected:
        raise QuoteDiffers(name, _text(stated), _text(expected))


def _text(value: Any) -> str:
    return hexed(value) if isinstance(value, bytes) else str(value)
