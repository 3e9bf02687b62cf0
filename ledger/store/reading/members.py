"""Parties, signers, the council and the oracle members, as they are now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from ledger.consent import Signed
from ledger.ids import Address, PartyNo
from ledger.standing import Electorate, PartyStanding, Standing
from ledger.store.private import profiles
from ledger.store.reading.deals import deals_behind
from ledger.store.tables import (
    councils,
    identifiers,
    oracle_configs,
    parties,
    policies,
    signers,
    validators,
)


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """A party as enrolled; ``name`` is what it calls itself, "" before it said so."""

    number: PartyNo
    identifier: str
    name: str
    version: int
    standing: PartyStanding


@dataclass(frozen=True, slots=True)
class ValidatorRecord:
    """A validator as its last change left it; ``power`` 0 once it is removed."""

    key: bytes
    party: PartyNo
    power: int
    version: int


def standing_for(connection: Connection, signed: Collection[Signed]) -> Standing:
    """What ``ledger.checks`` needs to know for these acts, in a fixed number of queries."""
    made, owed = deals_behind(connection, [one.act.agreement for one in signed])
    numbers = {number for one in signed for number in one.parties}
    numbers |= {number for deal in made.values() for number in (deal.seller, deal.bank)}
    addresses = {signer for one in signed for side in one.signers for signer in side}
    return Standing(
        parties=standings(connection, numbers),
        party_of=parties_of(connection, addresses),
        deals=made,
        obligations=owed,
        council=council(connection),
        oracles=oracles(connection),
    )


def standing_of_parties(connection: Connection, numbers: Iterable[PartyNo]) -> Standing:
    """What is known of these parties alone, nobody having signed yet."""
    return Standing(parties=standings(connection, numbers))


def parties_of(connection: Connection, addresses: Iterable[str]) -> dict[Address, PartyNo]:
    """Which party each of these addresses signs for; those that sign for none are left out."""
    rows = connection.execute(
        select(signers.c.signer, signers.c.party).where(
            signers.c.until.is_(None), signers.c.signer.in_(list(addresses))
        )
    )
    return {Address(signer): PartyNo(number) for signer, number in rows}


def signers_of_parties(
    connection: Connection, numbers: Iterable[PartyNo]
) -> Mapping[PartyNo, frozenset[Address]]:
    """Who signs for each of these parties now."""
    wanted = list(numbers)
    found: dict[PartyNo, set[Address]] = {number: set() for number in wanted}
    query = select(signers.c.party, signers.c.signer).where(
        signers.c.until.is_(None), signers.c.party.in_(wanted)
    )
    for number, signer in connection.execute(query):
        found[number].add(Address(signer))
    return {number: frozenset(addresses) for number, addresses in found.items()}


def standings(connection: Connection, numbers: Iterable[PartyNo]) -> dict[PartyNo, PartyStanding]:
    query = select(parties).where(parties.c.until.is_(None), parties.c.number.in_(list(numbers)))
    return {PartyNo(row.number): _standing(row) for row in connection.execute(query)}


def party(connection: Connection, number: PartyNo) -> PartyRecord | None:
    row = connection.execute(_parties().where(parties.c.number == number)).one_or_none()
    return None if row is None else _record(row)


def list_parties(connection: Connection, after: int, limit: int) -> list[PartyRecord]:
    """Parties in the order of their numbers, those above ``after``."""
    query = _parties().where(parties.c.number > after).order_by(parties.c.number).limit(limit)
    return [_record(row) for row in connection.execute(query)]


def party_by_identifier(connection: Connection, identifier: str) -> PartyRecord | None:
    """The one party that is called this; None when none is, or more than one reads like it."""
    query = _parties().where(identifiers.c.identifier == identifier).limit(2)
    rows = connection.execute(query).all()
    return _record(rows[0]) if len(rows) == 1 else None


def council(connection: Connection) -> Electorate | None:
    row = connection.execute(_current(councils)).one_or_none()
    return None if row is None else Electorate(row.epoch, frozenset(row.members), row.quorum)


def oracles(connection: Connection) -> Electorate | None:
    row = connection.execute(_current(oracle_configs)).one_or_none()
    if row is None:
        return None
    return Electorate(row.epoch, frozenset(row.members), row.quorum, row.config)


def list_validators(connection: Connection) -> list[ValidatorRecord]:
    """Every validator there is or was, by key: a removed one's version still counts."""
    query = select(validators).where(validators.c.until.is_(None)).order_by(validators.c.key)
    return [
        ValidatorRecord(row.key, PartyNo(row.party), row.power, row.version)
        for row in connection.execute(query)
    ]


def list_policies(connection: Connection) -> dict[Address, bool]:
    """Every policy contract there was a decision on, and whether it may post now."""
    query = select(policies).where(policies.c.until.is_(None)).order_by(policies.c.policy)
    return {Address(row.policy): row.authorised for row in connection.execute(query)}


def _current(table: Table) -> Select[Any]:
    # Epochs are not closed by their successors: the newest one holds.
    return select(table).where(table.c.until.is_(None)).order_by(table.c.epoch.desc()).limit(1)


def _parties() -> Select[Any]:
    return (
        select(parties, identifiers.c.identifier, func.coalesce(profiles.c.name, "").label("name"))
        .join(identifiers, identifiers.c.party == parties.c.number)
        .outerjoin(profiles, profiles.c.party == parties.c.number)
        .where(parties.c.until.is_(None))
    )


def _record(row: Any) -> PartyRecord:
    return PartyRecord(row.number, row.identifier, row.name, row.version, _standing(row))


def _standing(row: Any) -> PartyStanding:
    return PartyStanding(row.roles, row.active, row.quorum, int(row.dual_above))
