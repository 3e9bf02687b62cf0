"""The officer's desk over HTTP: the inbox, what there is to see, what was decided on it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from pydantic import WithJsonSchema

from api import asking, quoting
from api.auth import SignedIn
from api.desk_facts import Glance
from api.desk_view import look
from api.finance_requests import FinanceRequest, show
from api.problems import NotFound
from api.quotes import desk_of
from api.routing import Route
from api.services import Given
from api.wire import (
    Address,
    Hash,
    Id,
    IdPath,
    In,
    Moment,
    Note,
    Out,
    Page,
    Paged,
    id_cursor,
    iso_moment,
)
from ledger.hexadecimal import hexed, unhexed
from ledger.store.connection import Connection
from ledger.store.keeping import finance_decisions
from ledger.store.keeping.finance_decisions import DecisionKind, KeptDecision, ShownView

router = APIRouter(route_class=Route, prefix="/v1/desk", tags=["financing"])

_OBJECT = {"type": "object", "additionalProperties": True}
_VIEW_TYPE = "application/vnd.yuanliu.desk-view+json"

JsonObject = Annotated[dict[str, Any], WithJsonSchema(_OBJECT)]


class DeskView(Out):
    """What the officer is shown. ``hash`` names it when deciding, within 15 minutes."""

    hash: Hash
    shown: Moment
    view: JsonObject


class DeclineRequest(In):
    seen: Hash
    reason: Note


class DeskDecision(Out):
    """What an officer decided, on what: ``/view`` gives the view's exact bytes."""

    id: Id
    request: Id
    quote: Id | None
    officer: Address
    kind: DecisionKind
    view_hash: Hash
    pack_hash: Hash
    rules: JsonObject
    justifications: dict[str, str]
    created: Moment


class DeskDecisionPage(Page[DeskDecision]):
    pass


@router.post("/requests/{request_id}/views", status_code=status.HTTP_201_CREATED)
def look_at_request(services: Given, caller: SignedIn, request_id: IdPath) -> DeskView:
    """Everything that it takes to decide, as it is now; kept as shown, for the record.

    ``registration`` is the bank's own that covers the units, as oracle members witnessed it: a
    quote names its number.
    """
    desk = desk_of(services)
    glance = Glance(caller, desk.catalogue, desk.now)

    def work(connection: Connection) -> ShownView:
        found = asking.find_asked(connection, caller, request_id, desk.now)
        seen = look(connection, found, glance)
        shown = ShownView(seen.hash, seen.content, seen.registration, desk.now)
        finance_decisions.keep_view(connection, found, caller.address, shown)
        return shown

    shown = services.database.write(work)
    return DeskView(
        hash=hexed(shown.hash), shown=iso_moment(shown.created), view=json.loads(shown.content)
    )


@router.post("/requests/{request_id}/decline")
def decline_request(
    services: Given, caller: SignedIn, request_id: IdPath, request: DeclineRequest
) -> FinanceRequest:
    """The bank says no; the holder reads the reason."""
    seen, desk = unhexed(request.seen), desk_of(services)

    def work(connection: Connection) -> FinanceRequest:
        found = quoting.decline(connection, caller, request_id, seen, request.reason, desk)
        return show(connection, caller, found, desk.now)

    return services.database.write(work)


@router.get("/decisions")
def list_decisions(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    request: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")] = None,
) -> DeskDecisionPage:
    """What officers of the caller's bank decided, newest first."""
    bank, after = caller.party, paging.behind(id_cursor, None)
    with services.database.read() as connection:
        found = finance_decisions.list_decisions(
            connection, bank, after, paging.fetch, request=request
        )
    return DeskDecisionPage(**paging.cut(found, lambda one: one.id, _show))


@router.get("/decisions/{decision_id}")
def show_decision(services: Given, caller: SignedIn, decision_id: IdPath) -> DeskDecision:
    with services.database.read() as connection:
        found = finance_decisions.find_decision(connection, caller.party, decision_id)
    if found is None:
        raise NotFound
    return _show(found)


@router.get(
    "/decisions/{decision_id}/view",
    response_class=Response,
    responses={200: {"content": {_VIEW_TYPE: {"schema": _OBJECT}}}},
)
def show_decided_view(services: Given, caller: SignedIn, decision_id: IdPath) -> Response:
    """What the officer saw, byte for byte: ``view_hash`` is its hash."""
    with services.database.read() as connection:
        found = finance_decisions.find_decision(connection, caller.party, decision_id)
    if found is None:
        raise NotFound
    return Response(found.view, media_type=_VIEW_TYPE)


def _show(found: KeptDecision) -> DeskDecision:
    return DeskDecision(
        id=found.id,
        request=found.request,
        quote=found.quote,
        officer=found.officer,
        kind=found.kind,
        view_hash=hexed(found.view_hash),
        pack_hash=hexed(found.pack_hash),
        rules=json.loads(found.rules),
        justifications=found.justifications,
        created=iso_moment(found.created),
    )
