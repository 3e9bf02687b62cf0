"""What payments left for people: lines that match nothing, and members who disagree."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from api.acts import Act, show_act
from api.auth import SignedIn
from api.messages import FactMessage
from api.routing import Route
from api.services import Given
from api.statements import StatementLine, config_in_force, show_line
from api.wire import Address, Hash, Out, Page, Paged, id_cursor
from ledger.acts import equivocation_act
from ledger.hexadecimal import hexed
from ledger.store.connection import Connection
from ledger.store.keeping import attestations, statements
from ledger.store.outbox import ActRecord, read_acts
from ledger.witnessing import FactKind, fact_kind

router = APIRouter(route_class=Route, prefix="/v1/worklist", tags=["payments"])

MOST_DISAGREEMENTS = 100


class ContraryReading(Out):
    """One of several readings of a source, and the members that signed it."""

    digest: Hash
    kind: FactKind
    message: FactMessage  # type: ignore[valid-type]
    members: list[Address]


class SelfContradiction(Out):
    """A member that signed contrary readings of a source, and so counts for none of them. ``act``
    tells the chain of it, which takes only payments as evidence."""

    member: Address
    act: Act | None


class Disagreement(Out):
    """Members read one statement line, or one number of the movables registry, in different ways.
    ``hidden`` is how many of the readings concern others only."""

    source: Hash
    readings: list[ContraryReading]
    hidden: int
    equivocations: list[SelfContradiction]


class Worklist(Page[StatementLine]):
    """Lines to look at, newest first, and the newest disagreements between members."""

    disagreements: list[Disagreement]


@router.get("")
def show_worklist(services: Given, caller: SignedIn, paging: Paged) -> Worklist:
    """What needs a person: lines that match nothing, pay too much, too little or what another
    line pays, and contrary readings.

    For those who handed a line in and those whose receivable it concerns.
    """
    after = paging.behind(id_cursor, None)
    with services.database.read() as connection:
        config = config_in_force(connection)
        found = statements.worklist(connection, caller.scope, after, paging.fetch)
        contrary = (
            attestations.disagreements(connection, caller.scope, config, MOST_DISAGREEMENTS)
            if config
            else []
        )
        evidence = _evidence(connection, contrary)
    page = paging.cut(found, lambda one: one.id, lambda one: show_line(one, config))
    disagreements = [_disagreement(one, evidence) for one in contrary]
    return Worklist(**page, disagreements=disagreements)


def _evidence(
    connection: Connection, contrary: list[attestations.Disagreement]
) -> dict[bytes, ActRecord]:
    """The acts that tell the chain of members that contradict themselves, by digest."""
    digests = [equivocation_act(one.source, member) for one in contrary for member in one.two_faced]
    return {record.digest: record for record in read_acts(connection, digests)}


def _disagreement(
    found: attestations.Disagreement, evidence: Mapping[bytes, ActRecord]
) -> Disagreement:
    told = {
        member: evidence.get(equivocation_act(found.source, member)) for member in found.two_faced
    }
    return Disagreement(
        source=hexed(found.source),
        hidden=found.hidden,
        equivocations=[
            SelfContradiction(member=member, act=None if act is None else show_act(act))
            for member, act in told.items()
        ],
        readings=[
            ContraryReading(
                digest=hexed(one.digest),
                kind=fact_kind(one.fact),
                message=one.fact.to_json(),
                members=list(one.signatures),
            )
            for one in found.readings
        ],
    )
