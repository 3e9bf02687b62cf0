"""Amounts as whole minor units: the only place where decimal text becomes money and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NewType

import iso4217

from ledger.errors import Refused
from ledger.refusals import AmountTooLarge

Currency = NewType("Currency", str)
"""An ISO 4217 alphabetic code of a currency that has a minor unit, upper case."""

Units = NewType("Units", int)
"""A count of minor units (fen, cent, yen); the currency stands beside it."""

MAX_UNITS = 2**63 - 1
"""The largest amount: signed 64-bit integers everywhere hold it, and the contracts enforce it."""

_DECIMAL = re.compile(r"(?P<sign>[+-]?)(?=\.?[0-9])(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?")
_MAX_DIGITS = 64


@dataclass
class UnknownCurrency(Refused):
    """The code is not a current ISO 4217 currency with a minor unit."""

    code: str
    summary: ClassVar[str] = "{code!r} is not an ISO 4217 currency with a minor unit."


@dataclass
class MalformedAmount(Refused):
    """The text is not a plain decimal number (no exponent, separators, inf or nan)."""

    text: str
    summary: ClassVar[str] = "{text!r} is not a plain decimal amount."


@dataclass
class TooManyDecimals(Refused):
    """The amount has a fraction of a minor unit, and money is never rounded here."""

    text: str
    currency: str
    exponent: int
    summary: ClassVar[str] = "{text} {currency} is not a whole number of units of 10^-{exponent}."


@dataclass
class NegativeAmount(Refused):
    """The amount is below zero where only zero or more has a meaning."""

    text: str
    summary: ClassVar[str] = "{text} is negative."


def currency_of(code: str) -> Currency:
    """The currency with this exact ISO 4217 code; raises ``UnknownCurrency``."""
    _exponent_of(code)
    return Currency(code)


def exponent(currency: Currency) -> int:
    """Decimal places of the currency's minor unit: CNY 2, JPY 0, KWD 3 (ISO 4217)."""
    return _exponent_of(currency)


def minor_units(text: str, currency: Currency) -> Units:
    """Exact minor units of a non-negative decimal text: ``("1234.5", CNY)`` is 123450.

    Trailing zeros beyond the currency's exponent are fine, any other digit there is not.
    Raises ``MalformedAmount``, ``TooManyDecimals``, ``AmountTooLarge``, ``NegativeAmount``.
    """
    units = signed_minor_units(text, currency)
    if units < 0:
        raise NegativeAmount(_excerpt(text))
    return units


def signed_minor_units(text: str, currency: Currency) -> Units:
    """As ``minor_units``, for figures that may be negative (allowances, rounding, corrections)."""
    match = _DECIMAL.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        raise MalformedAmount(_excerpt(text))
    places = exponent(currency)
    part = (match["part"] or "").rstrip("0")
    if len(part) > places:
        raise TooManyDecimals(text, currency, places)
    units = int("0" + match["whole"] + part.ljust(places, "0"))
    if units > MAX_UNITS:
        raise AmountTooLarge(units)
    return Units(-units if match["sign"] == "-" else units)


def format_units(units: int, currency: Currency) -> str:
    """Decimal text with exactly the currency's decimals: ``(123450, CNY)`` is ``"1234.50"``."""
    places = exponent(currency)
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(places + 1, "0")
    if places == 0:
        return sign + digits
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


@cache
def _exponent_of(code: str) -> int:
    try:
        places = iso4217.Currency(code).exponent
    except ValueError:
        raise UnknownCurrency(_excerpt(code)) from None
    if places is None:
        raise UnknownCurrency(code)
    return int(places)


def _excerpt(text: str) -> str:
    return text if len(text) <= _MAX_DIGITS else text[:_MAX_DIGITS] + "…"
