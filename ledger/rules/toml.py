"""TOML values with the path to them, read as what they must be, or MalformedPack."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from ledger.canonical import write_canonical
from ledger.rules.errors import MalformedPack

E = TypeVar("E", bound=StrEnum)

_MOST = 1_000_000
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read_toml(path: str, data: bytes) -> Entry:
    try:
        return Entry(path, tomllib.loads(data.decode()))
    except ValueError as error:
        raise MalformedPack(path, f"is not TOML: {error}") from None


def canonical_form(entry: Entry) -> bytes:
    """The one spelling of what a TOML file says: comments and layout don't count."""
    return write_canonical(_plain(entry))


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a TOML file."""

    path: str
    value: Any

    def table(self, names: Collection[str], optional: Collection[str] = ()) -> dict[str, Entry]:
        """The members of a table that has these, perhaps the optional ones, and no others."""
        if not isinstance(self.value, dict):
            raise MalformedPack(self.path, "must be a table")
        missing = set(names) - self.value.keys()
        unknown = self.value.keys() - set(names) - set(optional)
        if missing or unknown:
            odd = ", ".join(sorted(missing | unknown))
            raise MalformedPack(self.path, f"has missing or unknown members: {odd}")
        return {name: Entry(f"{self.path}.{name}", value) for name, value in self.value.items()}

    def items(self) -> Iterator[Entry]:
        if not isinstance(self.value, list):
            raise MalformedPack(self.path, "must be a list")
        return (Entry(f"{self.path}[{n}]", value) for n, value in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            raise MalformedPack(self.path, "must be text")
        return self.value

    def name(self) -> str:
        """Lower-case words with hyphens: safe in a file's name."""
        if not _NAME.fullmatch(self.text()):
            raise MalformedPack(self.path, "must be a name of lower-case words with hyphens")
        return self.text()

    def whole(self) -> int:
        if type(self.value) is not int or not 0 <= self.value <= _MOST:
            raise MalformedPack(self.path, f"must be a whole number from 0 to {_MOST}")
        return self.value

    def flag(self) -> bool:
        if type(self.value) is not bool:
            raise MalformedPack(self.path, "must be true or false")
        return self.value

    def day(self) -> date:
        if type(self.value) is not date:
            raise MalformedPack(self.path, "must be a date")
        return self.value

    def among(self, names: Collection[str]) -> str:
        if self.text() not in names:
            raise MalformedPack(self.path, f"must be one of: {', '.join(sorted(names))}")
        return self.text()

    def member(self, kind: type[E]) -> E:
        return kind(self.among([one.value for one in kind]))


def _plain(entry: Entry) -> Any:
    value = entry.value
    if isinstance(value, dict):
        return {name: _plain(Entry(f"{entry.path}.{name}", one)) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in entry.items()]
    if type(value) is date:
        return value.isoformat()
    if type(value) in (str, int, bool):
        return value
    raise MalformedPack(entry.path, "must be text, a whole number, true, false or a date")
