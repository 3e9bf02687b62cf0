"""Payments that oracle members have signed, and their signatures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from ledger.agreements import Payment
from ledger.ids import Address, Digest, PartyNo
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import witness_signatures, witnessed
from ledger.store.reading.visible import concerns
from ledger.visibility import Scope
from ledger.words import LotRef


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One reading of a statement line and who has signed it, by member, oldest first."""

    digest: Digest
    payment: Payment
    signatures: dict[Address, bytes]
    created: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How one payment stands. ``given`` are current members whose signature counts.

    ``contradicted`` is set when the member whose signature was just handed in has signed
    another reading of the same line: both are kept as evidence, neither counts.
    """

    digest: Digest
    payment: Payment
    given: tuple[Address, ...]
    needed: int
    others: tuple[Digest, ...]
    """Other readings of the same line."""
    contradicted: Address | None = None


def keep_signature(
    connection: Connection,
    digest: Digest,
    payment: Payment,
    concerned: tuple[PartyNo | None, PartyNo | None],
    member: Address,
    approval: bytes,
    now: int,
) -> None:
    """``concerned`` are the debtor and the holder of the lot, where it is known."""
    debtor, holder = concerned
    row = {
        "digest": digest,
        "config": payment.config,
        "line": payment.line,
        "message": payment.to_json(),
        "claim": LotRef.from_subject(payment.subject).claim,
        "debtor": debtor,
        "holder": holder,
        "created": now,
    }
    insert_once(connection, witnessed, row)
    signature = {"digest": digest, "member": member, "approval": approval, "created": now}
    insert_once(connection, witness_signatures, signature)


def readings_of(connection: Connection, config: bytes, line: bytes) -> list[Witnessed]:
    """Every reading of a statement line under one configuration, oldest first."""
    query = select(witnessed).where(witnessed.c.config == config, witnessed.c.line == line)
    return _with_signatures(connection, connection.execute(query.order_by(witnessed.c.row)).all())


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
) -> list[list[Witnessed]]:
    """Lines that were read in several ways under this configuration, newest first."""
    in_config = (witnessed.c.config == config, _visible(scope))
    lines = (
        select(witnessed.c.line)
        .where(*in_config)
        .group_by(witnessed.c.line)
        .having(func.count() > 1)
        .order_by(func.max(witnessed.c.row).desc())
        .limit(limit)
    )
    return [readings_of(connection, config, line) for line in connection.scalars(lines)]


def _visible(scope: Scope) -> ColumnElement[bool]:
    """Oracle members see each other's signatures; others what concerns them."""
    columns = witnessed.c
    if scope.is_oracle:
        return true()
    return concerns(scope, columns.claim, columns.debtor, columns.holder)


def _with_signatures(connection: Connection, rows: Iterable[Any]) -> list[Witnessed]:
    found = [
        Witnessed(Digest(row.digest), Payment.from_json(row.message), {}, row.created)
        for row in rows
    ]
    by_digest = {one.digest: one.signatures for one in found}
    query = select(witness_signatures).where(witness_signatures.c.digest.in_(list(by_digest)))
    ordered = query.order_by(witness_signatures.c.created, witness_signatures.c.member)
    for row in connection.execute(ordered):
        by_digest[row.digest][Address(row.member)] = row.approval
    return found
