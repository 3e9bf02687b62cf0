"""What payments left for people: lines that match nothing, and members who disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from api.acts import Act, show_act
from api.auth import Caller, SignedIn
from api.messages import PaymentMessage
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.statements import StatementLine, config_in_force, show_line
from api.wire import Address, Hash, IdPath, In, Note, Out, Page, Paged, id_cursor
from ledger.acts import equivocation_act
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.store.connection import Connection
from ledger.store.keeping import attestations, statements
from ledger.store.keeping.attestations import Witnessed
from ledger.store.keeping.statements import Line as KeptLine
from ledger.store.outbox import read_acts

router = APIRouter(route_class=Route, prefix="/v1/worklist", tags=["payments"])

MOST_DISAGREEMENTS = 100


@dataclass
class LineResolved(Refused):
    """Somebody has dealt with the line."""

    line: str
    status = 409
    summary = "Line {line} has been resolved already."


@dataclass
class NotYourStatement(Refused):
    """Only who handed a statement in closes its lines."""

    line: str
    status = 403
    summary = "Line {line} is of a statement that someone else handed in."


class ContraryReading(Out):
    """One of several readings of a line, and the members that signed it."""

    digest: Hash
    payment: PaymentMessage  # type: ignore[valid-type]
    members: list[Address]


class SelfContradiction(Out):
    """A member that signed two readings of a line, and the act that tells the chain of it."""

    member: Address
    act: Act


class Disagreement(Out):
    """Members read one statement line in different ways."""

    line: Hash
    readings: list[ContraryReading]
    equivocations: list[SelfContradiction]


class Worklist(Page[StatementLine]):
    """Lines to look at, newest first, and the newest disagreements between members."""

    disagreements: list[Disagreement]


class Resolution(In):
    note: Note


@router.get("")
def show_worklist(services: Given, caller: SignedIn, paging: Paged) -> Worklist:
    """What needs a person: lines that match nothing or pay too much, and contrary readings.

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
        accused = _equivocations(connection, contrary)
    page = paging.cut(found, lambda one: one.id, lambda one: show_line(one, config))
    disagreements = [_disagreement(readings, accused) for readings in contrary]
    return Worklist(**page, disagreements=disagreements)


@router.post("/{line_id}/resolution")
def resolve_line(
    services: Given, caller: SignedIn, line_id: IdPath, request: Resolution
) -> StatementLine:
    """Takes a line off the worklist, with a note of what was done about it."""
    now = services.clock()

    def work(connection: Connection) -> StatementLine:
        line = _find_line(connection, caller, line_id)
        if not statements.is_uploader(connection, caller.scope, line):
            raise NotYourStatement(line_id)
        if not statements.resolve(connection, line, request.note, caller.address, now):
            raise LineResolved(line_id)
        return show_line(_find_line(connection, caller, line_id), config_in_force(connection))

    return services.database.write(work)


def _find_line(connection: Connection, caller: Caller, line_id: str) -> KeptLine:
    found = statements.find_line(connection, caller.scope, line_id)
    if found is None:
        raise NotFound
    return found


def _equivocations(
    connection: Connection, contrary: list[list[Witnessed]]
) -> dict[bytes, list[SelfContradiction]]:
    """By line, the members that contradict themselves, each with its act in the outbox."""
    places = {
        equivocation_act(reading.payment.line, member): (reading.payment.line, member)
        for readings in contrary
        for reading in readings
        for member in reading.signatures
    }
    acts = {record.digest: show_act(record) for record in read_acts(connection, places)}
    found: dict[bytes, list[SelfContradiction]] = {}
    for digest, (line, member) in places.items():
        if digest in acts:
            one = SelfContradiction(member=member, act=acts[digest])
            found.setdefault(line, []).append(one)
    return found


def _disagreement(
    readings: list[Witnessed], accused: Mapping[bytes, list[SelfContradiction]]
) -> Disagreement:
    line = readings[0].payment.line
    return Disagreement(
        line=hexed(line),
        equivocations=accused.get(line, []),
        readings=[
            ContraryReading(
                digest=hexed(one.digest),
                payment=one.payment.to_json(),
                members=list(one.signatures),
            )
            for one in readings
        ],
    )
