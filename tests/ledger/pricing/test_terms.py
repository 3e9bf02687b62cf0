"""Terms: what is refused, and one encoding that a commitment holds."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MalformedFile, write_canonical
from ledger.commitments import WeakSalt, commit
from ledger.errors import Refused
from ledger.money import MAX_UNITS, NegativeAmount, UnknownCurrency
from ledger.pricing import Fees, InterestRatio, Terms, rate_of, read_terms
from ledger.pricing.errors import (
    FeeTooHigh,
    InvalidRatio,
    NegativeRate,
    NoTerm,
    RateTooHigh,
    UnknownDayCount,
    UnknownYearBase,
)
from ledger.refusals import AmountTooLarge, ZeroAmount
from tests.ledger.pricing.samples import any_terms, terms

SALT = bytes(range(32))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"financed": 0}, ZeroAmount),
        ({"financed": -1}, NegativeAmount),
        ({"financed": MAX_UNITS + 1}, AmountTooLarge),
        ({"currency": "RMB"}, UnknownCurrency),
        ({"maturity": date(2026, 1, 5)}, NoTerm),
        ({"maturity": date(2025, 12, 31)}, NoTerm),
        ({"rate": -1}, NegativeRate),
        ({"rate": 10_001}, RateTooHigh),
        ({"rate": 1_000_000}, RateTooHigh),
        ({"late_rate": -1}, NegativeRate),
        ({"late_rate": 1_000_000}, RateTooHigh),
    ],
)
def test_terms__impossible__refused(changes: dict[str, Any], refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as caught:
        terms(**changes)
    assert str(caught.value)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda: Fees(-1), NegativeAmount),
        (lambda: Fees(0, -1), NegativeAmount),
        (lambda: Fees(0, 10_001), FeeTooHigh),
        (lambda: InterestRatio(0, 0), InvalidRatio),
        (lambda: InterestRatio(-1, 2), InvalidRatio),
    ],
)
def test_terms__impossible_part__refused(make: Any, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as caught:
        make()
    assert str(caught.value)


@pytest.mark.parametrize("rate", [0, 1, 10_000])
def test_rate_of__zero_to_the_limit__taken(rate: int) -> None:
    assert rate_of(rate) == rate


def test_document__known_terms__known_bytes() -> None:
    assert terms().document() == (
        b'{"currency":"CNY","day_count":"actual","fees":{"bp":0,"flat":"0"},'
        b'"financed":"100000000","interest_ratio":{"core":0,"holder":1},'
        b'"kind":"yuanliu.pricing.terms.v1","late_rate_bp":548,"maturity":"2026-07-04",'
        b'"rate_bp":365,"timing":"discount","value_date":"2026-01-05","year_base":"360"}\n'
    )


def test_commitment__known_terms__salted_document() -> None:
    assert terms().commitment(SALT) == commit(SALT, terms().document())


def test_commitment__salt_of_zeros__refused() -> None:
    with pytest.raises(WeakSalt):
        terms().commitment(bytes(32))


@given(any_terms())
def test_read_terms__any_document__the_same_terms(one: Terms) -> None:
    assert read_terms(one.document()) == one


@given(any_terms(), any_terms())
def test_commitment__different_terms__differ(one: Terms, other: Terms) -> None:
    assert (one.commitment(SALT) == other.commitment(SALT)) == (one == other)


@pytest.mark.parametrize(
    ("member", "value", "refusal"),
    [
        ("year_base", "0", UnknownYearBase),
        ("day_count", "30", UnknownDayCount),
        ("rate_bp", 1_000_000, RateTooHigh),
        ("rate_bp", -1, MalformedFile),
        ("rate_bp", 3.65, MalformedFile),
        ("rate_bp", True, MalformedFile),
        ("financed", 100_000_000, MalformedFile),
        ("financed", "0100", MalformedFile),
        ("financed", "9223372036854775808", MalformedFile),
        ("maturity", "2026-02-29", MalformedFile),
        ("maturity", "20260704", MalformedFile),
        ("timing", "sometime", MalformedFile),
        ("kind", "yuanliu.pricing.terms.v2", MalformedFile),
        ("fees", {"bp": 0}, MalformedFile),
        ("extra", 1, MalformedFile),
    ],
)
def test_read_terms__one_member_wrong__refused(
    member: str, value: Any, refusal: type[Refused]
) -> None:
    document = json.loads(terms().document()) | {member: value}
    with pytest.raises(refusal):
        read_terms(write_canonical(document))


def test_read_terms__another_spelling__refused() -> None:
    document = terms().document()
    with pytest.raises(MalformedFile):
        read_terms(document.replace(b",", b", "))
    with pytest.raises(MalformedFile):
        read_terms(document.rstrip())


@given(st.binary(max_size=64), st.integers(0, 200))
def test_read_terms__damaged_document__refused_by_name(junk: bytes, at: int) -> None:
    document = terms().document()
    damaged = document[:at] + junk + document[at + len(junk) :]
    try:
        assert read_terms(damaged).document() == damaged
    except Refused:
        return
