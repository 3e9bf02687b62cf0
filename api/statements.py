"""Bank statements handed in, and the worklist of what they left open."""

from __future__ import annotations

from fastapi import APIRouter, status

from api.auth import SignedIn
from api.messages import PaymentMessage, RemittanceMessage
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    Currency,
    Day,
    Hash,
    Id,
    IdPath,
    Moment,
    Out,
    Page,
    Paged,
    id_cursor,
    iso_day,
    iso_moment,
)
from api.xml_body import XML_REQUEST, XmlBody
from ledger.agreements import Payment
from ledger.deals import Remittance
from ledger.documents import Direction
from ledger.hexadecimal import hexed
from ledger.roles import Role
from ledger.store.connection import Connection
from ledger.store.keeping import statements
from ledger.store.keeping.statements import KeptStatement, LineStatus, Reason, Upload
from ledger.store.keeping.statements import Line as KeptLine
from ledger.store.reading.members import oracles

router = APIRouter(route_class=Route, prefix="/v1", tags=["payments"])


class StatementLine(Out):
    """``payment`` (of a lot) or ``remittance`` (of a debt under a deal) is what a member would
    sign for a matched line, under the configuration in force. ``surplus`` is what was paid beyond
    the lot; ``claim`` is the lot's. ``repeated``: another line pays under the same reference."""

    id: Id
    statement: Id
    fingerprint: Hash
    end_to_end_id: str
    direction: Direction
    amount: Amount
    currency: Currency
    booked_on: Day | None
    status: LineStatus
    reason: Reason | None
    surplus: Amount
    claim: int | None
    payment: PaymentMessage | None  # type: ignore[valid-type]
    remittance: RemittanceMessage | None  # type: ignore[valid-type]
    repeated: bool
    resolution: str | None


class StatementSummary(Out):
    id: Id
    message: str
    message_id: str
    created: Moment


class StatementPage(Page[StatementSummary]):
    pass


class Statement(StatementSummary):
    lines: list[StatementLine]


@router.post("/statements", status_code=status.HTTP_201_CREATED, openapi_extra=XML_REQUEST)
def add_statement(services: Given, caller: SignedIn, content: XmlBody) -> Statement:
    """Takes a camt.053 or camt.054 message from a bank or an oracle member.

    Every line is matched to the lot or the debt that its EndToEndId names. The same file again is
    the same statement, its lines matched anew. Nothing is settled by this: members attest.
    """
    caller.require_role(Role.BANK, Role.ORACLE)
    upload = Upload(caller.address, caller.scope.party, content)
    statement_id = services.witness.take_statement(upload, services.clock())
    return show_statement(services, caller, statement_id)


@router.get("/statements")
def list_statements(services: Given, caller: SignedIn, paging: Paged) -> StatementPage:
    """Statements that the caller, or another signer of its party, handed in, newest first."""
    after = paging.behind(id_cursor, None)
    with services.database.read() as connection:
        found = statements.list_statements(connection, caller.scope, after, paging.fetch)
    return StatementPage(
        **paging.cut(found, lambda one: one.id, lambda one: StatementSummary(**_summary(one)))
    )


@router.get("/statements/{statement_id}")
def show_statement(services: Given, caller: SignedIn, statement_id: IdPath) -> Statement:
    with services.database.read() as connection:
        found = statements.find_statement(connection, caller.scope, statement_id)
        if found is None:
            raise NotFound
        config = config_in_force(connection)
        lines = [show_line(one, config) for one in statements.lines_of(connection, found)]
    return Statement(**_summary(found), lines=lines)


def config_in_force(connection: Connection) -> bytes:
    """The digest of the oracle configuration in force; empty before the first."""
    members = oracles(connection)
    return b"" if members is None else members.config


def _summary(found: KeptStatement) -> dict[str, str]:
    return {
        "id": found.id,
        "message": found.message,
        "message_id": found.message_id,
        "created": iso_moment(found.created),
    }


def show_line(kept: KeptLine, config: bytes) -> StatementLine:
    match = kept.match
    return StatementLine(
        id=kept.id,
        statement=kept.statement,
        fingerprint=hexed(match.fingerprint),
        end_to_end_id=match.end_to_end_id,
        direction=Direction(match.direction),
        amount=str(match.amount),
        currency=match.currency,
        booked_on=None if match.booked_on is None else iso_day(match.booked_on),
        status=match.status,
        reason=match.reason,
        surplus=str(match.surplus),
        claim=None if match.lot is None else match.lot.claim,
        payment=_payment(kept, config),
        remittance=_remittance(kept, config),
        repeated=kept.repeated,
        resolution=kept.resolution,
    )


def _payment(kept: KeptLine, config: bytes) -> dict[str, object] | None:
    match = kept.match
    if match.status is LineStatus.UNMATCHED or match.lot is None or match.booked_on is None:
        return None
    if not config:
        return None
    payment = Payment(
        config=config,
        line=match.fingerprint,
        subject=match.lot.subject,
        currency=match.currency,
        amount=match.amount,
        bookedOn=match.booked_on,
    )
    return payment.to_json()


def _remittance(kept: KeptLine, config: bytes) -> dict[str, object] | None:
    match = kept.match
    if match.status is LineStatus.UNMATCHED or match.debt is None or match.booked_on is None:
        return None
    if not config:
        return None
    fact = Remittance(
        config=config,
        line=match.fingerprint,
        commitment=match.debt.commitment,
        bookedOn=match.booked_on,
    )
    return fact.to_json()
