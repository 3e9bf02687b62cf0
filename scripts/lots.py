"""Naming a lot on the command line, and reading one from the API's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from client.api import Api
from client.records import LotRecord
from ledger.errors import Refused
from ledger.ids import ClaimNo, PartyNo
from ledger.refusals import UnknownLot
from ledger.words import Lot, LotState


@dataclass
class NotALotName(Refused):
    """A lot is named by its claim and its first unit."""

    text: str
    summary: ClassVar[str] = "{text!r} names no lot: write CLAIM:START, e.g. 12:0."


@dataclass(frozen=True)
class Place:
    """Where a lot begins."""

    claim: ClaimNo
    start: int

    @classmethod
    def named(cls, text: str) -> Place:
        claim, _, start = text.partition(":")
        if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in (claim, start)):
            raise NotALotName(text[:64])
        return cls(ClaimNo(int(claim)), int(start))


def lot_of(record: LotRecord) -> Lot:
    return Lot(
        claim=ClaimNo(record["claim"]),
        start=int(record["start"]),
        end=int(record["end"]),
        holder=PartyNo(record["holder"]),
        lien=PartyNo(record["lien"]),
        state=LotState[record["state"].upper()],
        version=record["version"],
    )


def find_lot(api: Api, place: Place) -> LotRecord:
    """The lot that begins here now, as far as the caller may see; raises ``UnknownLot``."""
    for record in api.lots_of(place.claim):
        if int(record["start"]) == place.start:
            return record
    raise UnknownLot(place.claim, place.start)
