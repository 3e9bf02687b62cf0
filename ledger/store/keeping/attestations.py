"""Facts that oracle members have signed, and their signatures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true, update

from ledger.ids import Address, ClaimNo, Digest, PartyNo
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import witness_signatures, witnessed
from ledger.store.reading.visible import concerns
from ledger.visibility import Scope
from ledger.witnessing import Fact, fact_kind, read_fact, source_of, stem_of


@dataclass(frozen=True, slots=True)
class About:
    """Whom a fact concerns, where that is known: who paid and who was paid, or a registration's
    bank; and the claim it is about."""

    claim: ClaimNo | None = None
    party: PartyNo | None = None
    counterparty: PartyNo | None = None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One reading of a source and who has signed it, by member, oldest first."""

    digest: Digest
    fact: Fact
    signatures: dict[Address, bytes]
    created: int

    @property
    def stem(self) -> bytes:
        return stem_of(self.fact)


@dataclass(frozen=True, slots=True)
class Tally:
    """How one fact stands. ``given`` are current members whose signature counts.

    ``contradicted`` is set when the member whose signature was just handed in has signed a
    contrary reading of the same source: both are kept, neither counts. ``evidence`` is then the
    act that tells the chain, where it is one the chain can judge.
    """

    digest: Digest
    fact: Fact
    given: tuple[Address, ...]
    needed: int
    others: tuple[Digest, ...]
    """Contrary readings of the same source."""
    contradicted: Address | None = None
    evidence: Digest | None = None


@dataclass(frozen=True, slots=True)
class MemberSignature:
    """A member's approval of a fact, and when it came (Unix seconds)."""

    member: Address
    approval: bytes
    created: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Contrary readings of one source: those for the caller's eyes, and how many others there
    are; and the members that signed contrary ones."""

    source: bytes
    readings: list[Witnessed]
    hidden: int
    two_faced: list[Address]


def keep_signature(
    connection: Connection, digest: Digest, fact: Fact, about: About, given: MemberSignature
) -> None:
    """The same again changes nothing."""
    row = {
        "digest": digest,
        "kind": fact_kind(fact),
        "config": fact.config,
        "source": source_of(fact),
        "stem": stem_of(fact),
        "message": fact.to_json(),
        "claim": about.claim,
        "party": about.party,
        "counterparty": about.counterparty,
        "created": given.created,
    }
    if not insert_once(connection, witnessed, row) and about.claim is not None:
        _tell_whom(connection, digest, about)
    signature = {name: getattr(given, name) for name in MemberSignature.__slots__}
    insert_once(connection, witness_signatures, signature | {"digest": digest})


def _tell_whom(connection: Connection, digest: Digest, about: About) -> None:
    """What a fact is about may be on the ledger later than the fact is signed."""
    values = {"claim": about.claim, "party": about.party, "counterparty": about.counterparty}
    untold = (witnessed.c.digest == digest, witnessed.c.claim.is_(None))
    connection.execute(update(witnessed).where(*untold).values(values))


def readings_of(connection: Connection, config: bytes, source: bytes) -> list[Witnessed]:
    """Every reading of a source under one configuration, oldest first."""
    query = select(witnessed).where(witnessed.c.config == config, witnessed.c.source == source)
    return _with_signatures(connection, connection.execute(query.order_by(witnessed.c.row)).all())


def two_faced(readings: Iterable[Witnessed]) -> set[Address]:
    """Members that have signed contrary readings among these, which are of one source."""
    stems: dict[Address, set[bytes]] = defaultdict(set)
    for reading in readings:
        for member in reading.signatures:
            stems[member].add(reading.stem)
    return {member for member, signed in stems.items() if len(signed) > 1}


def list_witnessed(
    connection: Connection, scope: Scope, after: bytes | None, limit: int
) -> list[Witnessed]:
    """Newest first, those behind the one with the digest ``after``."""
    query = select(witnessed).where(_visible(scope))
    if after is not None:
        behind = select(witnessed.c.row).where(witnessed.c.digest == after).scalar_subquery()
        query = query.where(witnessed.c.row < behind)
    rows = connection.execute(query.order_by(witnessed.c.row.desc()).limit(limit)).all()
    return _with_signatures(connection, rows)


def disagreements(
    connection: Connection, scope: Scope, config: bytes, limit: int
) -> list[Disagreement]:
    """Sources with contrary readings under this configuration, the newest first."""
    seen = select(witnessed.c.source).where(witnessed.c.config == config, _visible(scope))
    contrary = (
        select(witnessed.c.source)
        .where(witnessed.c.config == config, witnessed.c.source.in_(seen))
        .group_by(witnessed.c.source)
        .having(func.count(witnessed.c.stem.distinct()) > 1)
        .order_by(func.max(witnessed.c.row).desc())
        .limit(limit)
    )
    return [
        _disagreement(connection, scope, config, source) for source in connection.scalars(contrary)
    ]


def _disagreement(
    connection: Connection, scope: Scope, config: bytes, source: bytes
) -> Disagreement:
    readings = readings_of(connection, config, source)
    visible = set(
        connection.scalars(
            select(witnessed.c.digest).where(
                witnessed.c.config == config, witnessed.c.source == source, _visible(scope)
            )
        )
    )
    shown = [one for one in readings if one.digest in visible]
    return Disagreement(source, shown, len(readings) - len(shown), sorted(two_faced(readings)))


def _visible(scope: Scope) -> ColumnElement[bool]:
    """Oracle members see each other's signatures; others what concerns them."""
    columns = witnessed.c
    if scope.is_oracle:
        return true()
    return concerns(scope, columns.claim, columns.party, columns.counterparty)


def _with_signatures(connection: Connection, rows: Iterable[Any]) -> list[Witnessed]:
    found = [
        Witnessed(Digest(row.digest), read_fact(row.kind, row.message), {}, row.created)
        for row in rows
    ]
    by_digest = {one.digest: one.signatures for one in found}
    query = select(witness_signatures).where(witness_signatures.c.digest.in_(list(by_digest)))
    ordered = query.order_by(witness_signatures.c.created, witness_signatures.c.member)
    for row in connection.execute(ordered):
        by_digest[row.digest][Address(row.member)] = row.approval
    return found
