"""Who has seen to an alert. Alerts are derived; only this is kept, by the alert's id."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger.ids import Address, PartyNo
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import acknowledgements


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Of one party: another side's says nothing here. ``created`` in Unix seconds."""

    alert: bytes
    party: PartyNo
    address: Address
    note: str
    created: int


def acknowledge(connection: Connection, given: Acknowledgement) -> bool:
    """Whether it is the party's first of this alert; the first one stays."""
    row = {name: getattr(given, name) for name in Acknowledgement.__slots__}
    return insert_once(connection, acknowledgements, row)


def acknowledgements_of(
    connection: Connection, party: PartyNo, alerts: Collection[bytes]
) -> dict[bytes, Acknowledgement]:
    """The party's, by alert."""
    query = select(acknowledgements).where(
        acknowledgements.c.party == party, acknowledgements.c.alert.in_(list(alerts))
    )
    return {
        bytes(row.alert): Acknowledgement(
            bytes(row.alert), PartyNo(row.party), Address(row.address), row.note, row.created
        )
        for row in connection.execute(query)
    }
