"""Canonical JSON: one value, one spelling, so that no byte of a file is free to change.

As RFC 8785: keys sorted, no spaces, UTF-8; and a line break at the end. There are no floats:
amounts and indexes, which may pass 2**53, are text in decimal digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from eth_utils.address import to_checksum_address

from ledger.errors import Refused
from ledger.ids import Address

T = TypeVar("T")

_SAFE_INTEGER = 1 << 53
_MOST_DEPTH = 32
_BYTES_A_BRACKET, _FEW_BRACKETS = 16, 1_000
# A string that never ends is taken whole, and nothing is given back: else the search would begin
# again at each quote in it.
_STRINGS_AND_FLAT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^][{}"]+', re.DOTALL)


@dataclass
class MalformedFile(Refused):
    """A bundle or trust file doesn't have the form it must have; ``path`` says where."""

    path: str
    reason: str
    summary: ClassVar[str] = "{path}: {reason}"


def write_canonical(value: Any) -> bytes:
    """The one spelling of a JSON value made of objects, lists, text, booleans and integers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def read_json(data: bytes) -> Any:
    """Any JSON that isn't nested beyond reason; MalformedFile."""
    _require_content(data)
    _require_shallow(data)
    try:
        return json.loads(data.decode())
    except ValueError as error:
        raise MalformedFile("file", f"is not JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a JSON file with the path to it, read as what it must be or MalformedFile."""

    path: str
    value: Any

    def members(self, *names: str) -> list[Field]:
        """The members of an object that has exactly these."""
        if not isinstance(self.value, Mapping) or self.value.keys() != set(names):
            raise MalformedFile(self.path, f"must be an object with exactly: {', '.join(names)}")
        return [Field(f"{self.path}.{name}", self.value[name]) for name in names]

    def kind(self) -> str:
        """The member ``kind`` of an object: it tells which others there must be."""
        if not isinstance(self.value, Mapping) or not isinstance(self.value.get("kind"), str):
            raise MalformedFile(self.path, "must be an object that names its kind")
        return str(self.value["kind"])

    def items(self) -> Iterable[Field]:
        if not isinstance(self.value, list):
            raise MalformedFile(self.path, "must be a list")
        return (Field(f"{self.path}[{n}]", value) for n, value in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.isascii():
            raise MalformedFile(self.path, "must be ASCII text")
        return self.value

    def constant(self, expected: str) -> None:
        if self.value != expected:
            raise MalformedFile(self.path, f"must be {expected!r}")

    def integer(self) -> int:
        if type(self.value) is not int or not 0 <= self.value < _SAFE_INTEGER:
            raise MalformedFile(self.path, "must be a whole number from 0 to 2**53 − 1")
        return self.value

    def uint(self, bits: int) -> int:
        """A number written as text, since it may pass 2**53."""
        text = self.text()
        if not text.isdigit() or len(text) > len(str(1 << bits)) or int(text) >> bits:
            raise MalformedFile(self.path, f"must be a number of {bits} bits, as text")
        return int(text)

    def day(self) -> date:
        return self._parsed(_calendar_day, "must be a day like 2026-11-22")

    def data(self) -> bytes:
        return self._parsed(_unhex, "must be 0x and hexadecimal digits")

    def hash(self) -> bytes:
        data = self.data()
        if len(data) != 32:
            raise MalformedFile(self.path, "must be 32 bytes")
        return data

    def address(self) -> Address:
        return self._parsed(_checksummed, "must be an address with its EIP-55 checksum")

    def _parsed(self, parse: Callable[[str], T], reason: str) -> T:
        try:
            return parse(self.text())
        except ValueError:
            raise MalformedFile(self.path, reason) from None


def _require_content(data: bytes) -> None:
    """An empty list takes two bytes of a file and sixty of memory: of those there are few."""
    brackets = data.count(b"[") + data.count(b"{")
    if brackets > _FEW_BRACKETS + len(data) // _BYTES_A_BRACKET:
        raise MalformedFile("file", "has more lists and objects than it could have a use for")


def _require_shallow(data: bytes) -> None:
    """The parser recurses in C: where the recursion limit was raised, depth would crash it."""
    depth = 0
    for bracket in _STRINGS_AND_FLAT.sub(b"", data):
        depth += 1 if bracket in b"[{" else -1
        if depth > _MOST_DEPTH:
            raise MalformedFile("file", f"is nested more than {_MOST_DEPTH} deep")


def _calendar_day(text: str) -> date:
    found = date.fromisoformat(text)
    if found.isoformat() != text:  # 20261122 and 2026-W47-7 are that day too
        raise ValueError
    return found


def _unhex(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError
    return bytes.fromhex(text[2:])


@lru_cache(maxsize=256)
def _checksummed(text: str) -> Address:
    if to_checksum_address(text) != text:
        raise ValueError
    return Address(text)
