"""The forms in which values travel: hexadecimal, amounts as text, dates as ISO days, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from fastapi import Depends, Query
from fastapi.params import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ledger.business_day import day_of, number_of
from ledger.errors import Refused
from ledger.hexadecimal import unhexed
from ledger.money import MAX_UNITS
from ledger.refusals import AmountTooLarge
from ledger.remittance import REFERENCE_PATTERN

T = TypeVar("T")
R = TypeVar("R")

MAX_PAGE = 200
_LAST_MOMENT = 253_402_300_799


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not contain control characters")
    return text


def _hexadecimal(text: str) -> str:
    if len(text) % 2:
        raise ValueError("must have an even number of digits")
    return text


Hash = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$"), Field(examples=["450000"])]
"""Minor units, decimal."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
RequestId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Reference = Annotated[str, StringConstraints(pattern=REFERENCE_PATTERN)]
"""The EndToEndId of a payment whose amount stays private."""
Moment = Annotated[str, Field(examples=["2026-11-22T08:00:00Z"])]
"""ISO 8601, UTC."""
PartyNumber = Annotated[int, Field(ge=1, lt=2**32)]
ClaimNumber = Annotated[int, Field(ge=1, lt=2**32)]
Approval = Annotated[
    str,
    StringConstraints(pattern=r"^0x[0-9a-fA-F]{40,4096}$"),
    AfterValidator(_hexadecimal),
    Field(description="A 65-byte signature, or a contract's address and its ERC-1271 signature."),
]

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=140),
    AfterValidator(_printable),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_printable),
]

HashPath = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{64}$")]
IdPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
ClaimPath = Annotated[int, Path(ge=1, lt=2**32)]
UnitPath = Annotated[int, Path(ge=0, lt=2**63, description="A lot's first unit.")]


class In(BaseModel):
    """A request's body: unknown fields are refused, nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Out(BaseModel):
    """A response's body."""

    model_config = ConfigDict(frozen=True)


class Page(Out, Generic[T]):
    """One page of a list; ``next`` is the ``cursor`` of the page after it, null on the last."""

    items: list[T]
    next: str | None


@dataclass
class MalformedCursor(Refused):
    """The cursor is none that a page of this list gave."""

    status: ClassVar[int] = 400
    summary: ClassVar[str] = "The cursor is none that this list gave."


@dataclass
class NotADay(Refused):
    """The text has a day's form, but no calendar has that day."""

    field: str
    text: str
    summary: ClassVar[str] = "{field}: there is no {text}."


@dataclass(frozen=True)
class Paging:
    cursor: str | None
    limit: int

    def behind(self, read: Callable[[str], T], first: T) -> T:
        """What the cursor stands for, or ``first`` without one; raises ``MalformedCursor``."""
        if self.cursor is None:
            return first
        try:
            return read(self.cursor)
        except ValueError:
            raise MalformedCursor from None

    def cut(
        self, found: Sequence[T], cursor: Callable[[T], str], show: Callable[[T], R]
    ) -> dict[str, Any]:
        """The page of ``found``, which was asked for with ``fetch`` as its limit."""
        items = found[: self.limit]
        more = len(found) > self.limit
        return {"items": [show(one) for one in items], "next": cursor(items[-1]) if more else None}

    @property
    def fetch(self) -> int:
        """One more than is shown, to see whether there is a next page."""
        return self.limit + 1


def _paging(
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of a page")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> Paging:
    return Paging(cursor, limit)


Paged = Annotated[Paging, Depends(_paging)]
"""Where in a list to begin and how much of it to give, as a handler's parameter."""


def hash_cursor(value: str) -> bytes:
    found = unhexed(value)
    if len(found) != 32:
        raise ValueError(value)
    return found


def id_cursor(value: str) -> str:
    if len(value) != 32 or not set(value) <= set("0123456789abcdef"):
        raise ValueError(value)
    return value


def number_cursor(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 19 or int(value) >= 2**63:
        raise ValueError(value)
    return int(value)


def iso_moment(seconds: int) -> str:
    """Unix seconds as ISO text; what lies beyond the year 9999 as its end."""
    return datetime.fromtimestamp(min(seconds, _LAST_MOMENT), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_day(number: int) -> str:
    """YYYYMMDD as ISO text."""
    return day_of(number).isoformat()


def read_day(field: str, text: str) -> int:
    """YYYYMMDD of an ISO day; raises ``NotADay``."""
    try:
        return number_of(date.fromisoformat(text))
    except ValueError:
        raise NotADay(field, text) from None


def read_units(text: str) -> int:
    """An ``Amount``; raises ``AmountTooLarge``."""
    if int(text) > MAX_UNITS:
        raise AmountTooLarge(int(text))
    return int(text)
