"""The facts that rules ask for. Unknown is None, and never helps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from ledger.canonical import Field, MalformedFile
from ledger.rules.errors import FactMistyped, FactUnknown

T = TypeVar("T")


class Act(StrEnum):
    """What the facts are about; each rule says which acts it applies to."""

    ISSUE = "issue"
    TRANSFER = "transfer"
    FINANCE = "finance"


DAY_FACTS = frozenset({"issued_on", "delivered_on", "maturity"})
FLAG_FACTS = frozenset(
    {
        "buyer_is_large",
        "supplier_is_sme",
        "supplier_accepts_freely",
        "registered",
        "issuer_blocked",
        "invoice_reversed",
    }
)
COUNT_FACTS = frozenset({"split_layer", "days_captured_late", "earlier_registrations"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one act. Raises ``FactMistyped``."""

    act: Act
    issued_on: date | None = None
    delivered_on: date | None = None
    """Delivery, or its acceptance where the contract lets payment wait for that."""

    maturity: date | None = None
    buyer_is_large: bool | None = None
    supplier_is_sme: bool | None = None
    supplier_accepts_freely: bool | None = None
    registered: bool | None = None
    """The movables registry's entry for this financing is attested."""

    issuer_blocked: bool | None = None
    split_layer: int | None = None
    """How many times the lot has passed on since issue: 0 for the first creditor's."""

    days_captured_late: int | None = None
    """How long before this decision the financing took effect: 0 unless an old book is brought
    over."""

    invoice_reversed: bool | None = None
    """Red letters took back so much of an invoice that what it backs isn't covered any more."""

    earlier_registrations: int | None = None
    """How many registrations of others in the movables registry come before this financing's."""

    def __post_init__(self) -> None:
        for name, kind in _TYPES.items():
            value = getattr(self, name)
            if value is not None and type(value) is not kind:
                raise FactMistyped(name)
        for name in COUNT_FACTS:
            if self.knows(name) and getattr(self, name) < 0:
                raise FactMistyped(name)

    def knows(self, name: str) -> bool:
        return getattr(self, name) is not None

    def day(self, name: str) -> date:
        """A known date; FactUnknown."""
        return self._known(name, date)

    def flag(self, name: str) -> bool:
        """A known truth; FactUnknown."""
        return self._known(name, bool)

    def count(self, name: str) -> int:
        """A known number; FactUnknown."""
        return self._known(name, int)

    def members(self) -> dict[str, Any]:
        """For canonical JSON. Unknown facts are left out, so that new ones change no old bytes."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _written(value) for name, value in known.items() if value is not None}

    def _known(self, name: str, kind: type[T]) -> T:
        value = getattr(self, name)
        if value is None:
            raise FactUnknown(name)
        if not isinstance(value, kind):
            raise FactMistyped(name)
        return value


_TYPES: dict[str, type] = {
    "act": Act,
    **dict.fromkeys(DAY_FACTS, date),
    **dict.fromkeys(FLAG_FACTS, bool),
    **dict.fromkeys(COUNT_FACTS, int),
}


def read_facts(field: Field) -> Facts:
    """Facts from their canonical JSON; MalformedFile."""
    if not isinstance(field.value, dict) or "act" not in field.value:
        raise MalformedFile(field.path, "must be an object with an act")
    members = dict(zip(field.value, field.members(*field.value), strict=True))
    unknown = members.keys() - _TYPES.keys()
    if unknown:
        raise MalformedFile(field.path, f"has unknown facts: {', '.join(sorted(unknown))}")
    return Facts(**{name: _read(name, member) for name, member in members.items()})


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read(name: str, field: Field) -> Any:
    if name in FLAG_FACTS:
        if type(field.value) is not bool:
            raise MalformedFile(field.path, "must be true or false")
        return field.value
    if name in COUNT_FACTS:
        return field.integer()
    if name != "act":
        return field.day()
    try:
        return Act(field.text())
    except ValueError:
        raise MalformedFile(field.path, "is no act") from None
