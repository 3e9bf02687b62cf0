"""Named refusals of rule packs and of decisions. Dates in their fields are ISO text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused


@dataclass
class MalformedPack(Refused):
    """A pack or the index doesn't have the form it must have; ``path`` says where."""

    path: str
    reason: str
    status: ClassVar[int] = 500
    summary: ClassVar[str] = "{path}: {reason}."


@dataclass
class PackMissing(Refused):
    """No known pack has this id or hash: it was removed, or never was here."""

    pack: str
    status: ClassVar[int] = 500
    summary: ClassVar[str] = "The rule pack {pack} is missing."


@dataclass
class PackAltered(Refused):
    """The pack's content isn't what the index pins."""

    pack: str
    expected: str
    found: str
    status: ClassVar[int] = 500
    summary: ClassVar[str] = "The rule pack {pack} has the hash {found}, not {expected}."


@dataclass
class PackNotPinned(Refused):
    """A pack lies beside the index without being in it."""

    pack: str
    status: ClassVar[int] = 500
    summary: ClassVar[str] = "The rule pack {pack} isn't pinned in the index."


@dataclass
class PacksOverlap(Refused):
    """Two packs would be in force on one day, or one stands in the index twice."""

    pack: str
    other: str
    status: ClassVar[int] = 500
    summary: ClassVar[str] = "The rule packs {pack} and {other} overlap."


@dataclass
class PackAlreadyDated(Refused):
    """Only a pack that is announced without a date can be given one."""

    pack: str
    summary: ClassVar[str] = "The rule pack {pack} has a date in the index already."


@dataclass
class NoPackInForce(Refused):
    """No known pack is in force on this day."""

    on: str
    summary: ClassVar[str] = "No rule pack is in force on {on}."


@dataclass
class PackNotInForce(Refused):
    """The pack is announced only, or its time is another."""

    pack: str
    on: str
    summary: ClassVar[str] = "The rule pack {pack} is not in force on {on}."


@dataclass
class RuleMissing(Refused):
    """The pack has no rule of this kind in force."""

    pack: str
    kind: str
    summary: ClassVar[str] = "The rule pack {pack} has no rule of the kind {kind} in force."


@dataclass
class FactMistyped(Refused):
    """A fact isn't of its type; ``None`` is how a fact is unknown."""

    fact: str
    summary: ClassVar[str] = "The fact {fact} is not of its type."


@dataclass
class FactUnknown(Refused):
    """The fact is needed and isn't known."""

    fact: str
    summary: ClassVar[str] = "The fact {fact} is not known."


@dataclass
class DelayUnknown(Refused):
    """A debt can't be classified without its days past due."""

    debt: str
    summary: ClassVar[str] = "How long {debt} is past due is not known."


@dataclass
class DebtsInSeveralCurrencies(Refused):
    """Shares of a debt can't be taken over amounts in several currencies."""

    currencies: str
    summary: ClassVar[str] = "The debts are in {currencies}; convert them to one currency first."


@dataclass
class DecisionNotReproduced(Refused):
    """Evaluated again, the stored decision comes out differently: it or the code was changed."""

    expected: str
    found: str
    status: ClassVar[int] = 500
    summary: ClassVar[str] = "The decision has the hash {expected}; evaluated again, {found}."
