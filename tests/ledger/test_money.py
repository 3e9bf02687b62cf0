"""Amounts: exact, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.errors import Refused
from ledger.money import MAX_UNITS, currency_of, exponent, format_units, minor_units
from ledger.refusals import AmountTooLarge

CNY, JPY, KWD = (currency_of(code) for code in ("CNY", "JPY", "KWD"))
currencies = st.sampled_from([CNY, JPY, KWD, currency_of("EUR"), currency_of("CLF")])


@pytest.mark.parametrize(("currency", "places"), [(CNY, 2), (JPY, 0), (KWD, 3)])
def test_exponent__iso_4217__decimal_places(currency: money.Currency, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize("code", ["cny", "CN", "XAU", "XXX", "RMB", "", "CNY ", "QQQ"])
def test_currency_of__no_currency_with_a_minor_unit__refused(code: str) -> None:
    with pytest.raises(money.UnknownCurrency):
        currency_of(code)


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [
        ("1234.5", CNY, 123450),
        ("1234.50000", CNY, 123450),
        ("+0.01", CNY, 1),
        (".5", CNY, 50),
        ("7.", CNY, 700),
        ("0", CNY, 0),
        ("-0.00", CNY, 0),
        ("1234", JPY, 1234),
        ("1234.00", JPY, 1234),
        ("1.234", KWD, 1234),
        ("92233720368547758.07", CNY, MAX_UNITS),
    ],
)
def test_minor_units__plain_decimal__exact(text: str, currency: money.Currency, units: int) -> None:
    assert minor_units(text, currency) == units


@pytest.mark.parametrize(
    ("text", "currency", "refusal"),
    [
        ("1.23456", CNY, money.TooManyDecimals),
        ("0.001", CNY, money.TooManyDecimals),
        ("1.5", JPY, money.TooManyDecimals),
        ("1.2345", KWD, money.TooManyDecimals),
        ("1e3", CNY, money.MalformedAmount),
        ("1E-2", CNY, money.MalformedAmount),
        ("inf", CNY, money.MalformedAmount),
        ("NaN", CNY, money.MalformedAmount),
        ("1,234.50", CNY, money.MalformedAmount),
        ("1_000", CNY, money.MalformedAmount),
        (" 1", CNY, money.MalformedAmount),
        ("1\n", CNY, money.MalformedAmount),
        ("", CNY, money.MalformedAmount),
        (".", CNY, money.MalformedAmount),
        ("-", CNY, money.MalformedAmount),
        ("--1", CNY, money.MalformedAmount),
        ("0x10", CNY, money.MalformedAmount),
        ("１２", CNY, money.MalformedAmount),
        ("9" * 10_000, CNY, money.MalformedAmount),
        ("-0.01", CNY, money.NegativeAmount),
        ("92233720368547758.08", CNY, AmountTooLarge),
        ("99999999999999999999", JPY, AmountTooLarge),
    ],
)
def test_minor_units__anything_else__named_refusal(
    text: str, currency: money.Currency, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal) as caught:
        minor_units(text, currency)
    assert str(caught.value)


@given(st.integers(-MAX_UNITS, MAX_UNITS), currencies)
def test_format_units__read_back__same_units(units: int, currency: money.Currency) -> None:
    text = format_units(units, currency)
    assert money.signed_minor_units(text, currency) == units


@given(st.integers(0, MAX_UNITS), currencies)
def test_format_units__any_amount__has_the_currency_s_decimals(
    units: int, currency: money.Currency
) -> None:
    _, _, part = format_units(units, currency).partition(".")
    assert len(part) == exponent(currency)


@given(st.text())
def test_minor_units__any_text__units_or_a_named_refusal(text: str) -> None:
    try:
        units = minor_units(text, CNY)
    except Refused:
        return
    assert 0 <= units <= MAX_UNITS
