"""What oracle members saw in the movables registry, as the entries tell it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from ledger.business_day import number_of
from ledger.ids import ClaimNo, PartyNo
from ledger.store.reading.visible import concerns
from ledger.store.tables import lots, registrations
from ledger.visibility import Scope


@dataclass(frozen=True, slots=True)
class RegistrationRecord:
    """``number`` commits to the registry's number; ``registered_at`` in Unix seconds;
    ``expires_on`` is YYYYMMDD, the last day it holds; ``since`` is the entry that has it so."""

    number: bytes
    claim: ClaimNo
    start: int
    end: int
    bank: PartyNo
    registered_at: int
    expires_on: int
    since: int


def list_registrations(
    connection: Connection, scope: Scope, after: int, limit: int, claim: ClaimNo | None = None
) -> list[RegistrationRecord]:
    """Those of the scope's banks as they are now, in the order of their entries."""
    query = _current().where(
        concerns(scope, registrations.c.claim, registrations.c.bank),
        registrations.c.since > after,
    )
    if claim is not None:
        query = query.where(registrations.c.claim == claim)
    found = connection.execute(query.order_by(registrations.c.since).limit(limit))
    return [_record(row) for row in found]


@dataclass(frozen=True, slots=True)
class Units:
    """Units ``[start, end)`` of a claim."""

    claim: ClaimNo
    start: int
    end: int


def registration_of(
    connection: Connection, bank: PartyNo, units: Units, today: date
) -> RegistrationRecord | None:
    """The bank's earliest registration that covers these units and hasn't lapsed. Unscoped."""
    covering = (
        registrations.c.bank == bank,
        registrations.c.start <= units.start,
        registrations.c.end >= units.end,
    )
    found = _holding(connection, units, today, *covering)
    return min(found, key=_priority, default=None)


def registration_numbered(connection: Connection, number: bytes) -> RegistrationRecord | None:
    """As it was witnessed last. Unscoped."""
    row = connection.execute(_current().where(registrations.c.number == number)).one_or_none()
    return None if row is None else _record(row)


def registered_before(
    connection: Connection,
    moment: int | None,
    units: Units,
    today: date,
    besides: Collection[PartyNo],
) -> list[RegistrationRecord]:
    """Registrations of any of these units up to a moment (None: ever), by rising time, that
    haven't lapsed; those of parties ``besides`` left out. Unscoped. The same second comes before:
    nobody can tell."""
    found = _holding(
        connection,
        units,
        today,
        registrations.c.bank.not_in(list(besides)),
        registrations.c.start < units.end,
        registrations.c.end > units.start,
    )
    earlier = [one for one in found if moment is None or one.registered_at <= moment]
    return sorted(earlier, key=_priority)


def has_held(connection: Connection, party: PartyNo, units: Units) -> bool:
    """Whether the party holds, or ever held, any of these units. Unscoped."""
    query = select(lots.c.claim).where(
        lots.c.claim == units.claim,
        lots.c.holder == party,
        lots.c.start < units.end,
        lots.c.end > units.start,
    )
    return connection.execute(query.limit(1)).first() is not None


def _holding(
    connection: Connection, units: Units, today: date, *conditions: Any
) -> list[RegistrationRecord]:
    query = _current().where(
        registrations.c.claim == units.claim,
        registrations.c.expires_on >= number_of(today),
        *conditions,
    )
    return [_record(row) for row in connection.execute(query)]


def _priority(record: RegistrationRecord) -> tuple[int, int]:
    return record.registered_at, record.since


def _current() -> Select[Any]:
    return select(registrations).where(registrations.c.until.is_(None))


def _record(row: Any) -> RegistrationRecord:
    return RegistrationRecord(
        number=bytes(row.number),
        claim=ClaimNo(row.claim),
        start=row.start,
        end=row.end,
        bank=PartyNo(row.bank),
        registered_at=int(row.registered_at),
        expires_on=row.expires_on,
        since=row.since,
    )
