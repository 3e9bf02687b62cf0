"""Finding an invoice's parties among those enrolled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from client.records import Party
from ledger.documents import InvoiceParty
from ledger.errors import Refused
from ledger.ids import PartyNo


@dataclass
class PartyNotEnrolled(Refused):
    """None of a party's identifiers is enrolled."""

    party: str
    identifiers: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "{party} is not enrolled under any of {identifiers}."


def party_of(stated: InvoiceParty, enrolled: Iterable[Party]) -> PartyNo:
    """The number under which an invoice's seller or buyer is enrolled, by its best identifier.

    Raises ``PartyNotEnrolled``.
    """
    numbers = {party["identifier"]: party["number"] for party in enrolled}
    for identifier in stated.ids:
        if identifier in numbers:
            return PartyNo(numbers[identifier])
    raise PartyNotEnrolled(stated.name, ", ".join(stated.ids))
