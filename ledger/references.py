"""Lot references as payments carry them: the EndToEndId of ISO 20022, and of every bank after it.

``YL`` check ``-`` claim ``-`` start ``-`` version, numbers in base 36 without leading zeros:
``YLO-C-0-1`` is claim 12, the lot that begins at unit 0, its version 1. At most 33 characters of
the 35 allowed, all of them in every bank's character set.

The check character is ISO 7064's pure system MOD 37-2 with ``-`` for ``*``, over the three numbers
and then the prefix. Its weights are powers of 2, which has order 36 modulo 37: in a text this short
they all differ, so every single wrong character and every transposition, even of characters far
apart, is found. (MOD 97-10 reads "1B" and "B1" alike; hybrid MOD 37,36 misses transpositions.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stdnum.iso7064 import mod_37_2

from ledger.errors import Refused
from ledger.ids import ClaimNo
from ledger.words import LotRef

PREFIX = "YL"
MAX_LENGTH = 35

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHECKED = _DIGITS + "-"
_NUMBER = "(0|[1-9A-Z][0-9A-Z]{0,12})"
_SHAPE = re.compile(f"{PREFIX}([0-9A-Z-])-{_NUMBER}-{_NUMBER}-{_NUMBER}", re.ASCII)
_LIMITS = {"claim": 1 << 32, "start": 1 << 64, "version": 1 << 32}


@dataclass
class NotLotReference(Refused):
    """The text is no lot's reference: most payments on a statement have other references."""

    text: str
    summary: ClassVar[str] = "{text!r} is not a reference to a lot."


@dataclass
class LotReferenceMistyped(Refused):
    """The text has a lot reference's shape, but its check character doesn't fit."""

    text: str
    summary: ClassVar[str] = "{text!r} looks like a reference to a lot but contains an error."


def lot_reference(lot: LotRef) -> str:
    """The text that names this lot at this version in a payment."""
    if not _in_range(lot):
        raise ValueError(f"{lot} is no lot the ledger can hold")
    numbers = "-".join(map(_base36, (lot.claim, lot.start, lot.version)))
    check = mod_37_2.calc_check_digit(numbers + PREFIX, _CHECKED)
    return f"{PREFIX}{check}-{numbers}"


def read_lot_reference(text: str) -> LotRef:
    """The lot that a payment's reference names; NotLotReference or LotReferenceMistyped."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise NotLotReference(text[:MAX_LENGTH])
    check, *numbers = match.groups()
    checked = "-".join(numbers) + PREFIX + check
    claim, start, version = (int(number, 36) for number in numbers)
    lot = LotRef(ClaimNo(claim), start, version)
    if not _in_range(lot) or mod_37_2.checksum(checked, _CHECKED) != 1:
        raise LotReferenceMistyped(text)
    return lot


def _in_range(lot: LotRef) -> bool:
    return all(0 <= getattr(lot, name) < limit for name, limit in _LIMITS.items())


def _base36(number: int) -> str:
    digits = ""
    while number >= len(_DIGITS):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return _DIGITS[number] + digits
