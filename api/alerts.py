"""Alerts after a deal: derived at each look, acknowledged by people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, status

from api.auth import Caller, SignedIn
from api.problems import NotFound
from api.risk_day import RiskDay, risk_day
from api.routing import Route
from api.services import Given
from api.wire import (
    Address,
    Day,
    Hash,
    HashPath,
    In,
    Moment,
    Note,
    Out,
    Page,
    Paged,
    iso_moment,
    number_cursor,
)
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.risk import Alert, AlertKind, Position, Urgency, alerts_of, concentration_alerts
from ledger.store.connection import Connection
from ledger.store.keeping.acknowledgements import (
    Acknowledgement,
    acknowledge,
    acknowledgements_of,
)
from ledger.store.reading.befallen import circumstances, shares_of
from ledger.store.reading.positions import position_of, positions

router = APIRouter(route_class=Route, prefix="/v1/risk/alerts", tags=["risk"])


@dataclass
class AlertAcknowledged(Refused):
    """Somebody of the party has seen to it; who did, and their note, stay."""

    alert: str
    by: str
    status = 409
    summary = "Alert {alert} was acknowledged by {by}."


class SeenTo(Out):
    address: Address
    note: str
    at: Moment


class RiskAlert(Out):
    """``about`` is the party that gives cause. ``facts`` say what happened, by name; amounts in
    minor units. ``acknowledged`` is by the caller's own party."""

    id: Hash
    kind: AlertKind
    urgency: Urgency
    about: int
    deal: Hash | None
    claim: int | None
    since: Day
    facts: dict[str, str]
    acknowledged: SeenTo | None


class RiskAlertPage(Page[RiskAlert]):
    """``limit`` counts deals looked at: a page may be empty and have a ``next``."""


class AcknowledgeRequest(In):
    """``deal`` as in the alert."""

    deal: Hash | None = None
    note: Note


@router.get("")
def list_alerts(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    open_only: Annotated[bool, Query(description="Only what nobody has acknowledged")] = False,
) -> RiskAlertPage:
    """What to be alarmed at in the caller's own deals, in their order; first how far a bank's
    lines lean on one debtor."""
    after, day = paging.behind(number_cursor, 0), risk_day(services)
    with services.database.read() as connection:
        looked = positions(connection, caller.scope, after, paging.limit)
        alerts = _about_deals(connection, caller, looked.positions, day)
        if paging.cursor is None:
            alerts = [*_about_lines(connection, caller, day), *alerts]
        shown = _shown(connection, caller, alerts)
    items = [one for one in shown if not (open_only and one.acknowledged)]
    return RiskAlertPage(
        items=items, next=None if looked.more_behind is None else str(looked.more_behind)
    )


@router.post("/{alert}/acknowledgement", status_code=status.HTTP_201_CREATED)
def acknowledge_alert(
    services: Given, caller: SignedIn, alert: HashPath, request: AcknowledgeRequest
) -> RiskAlert:
    """Keeps who has seen to an alert, and what was done. The alert stays while its cause does."""
    day = risk_day(services)

    def work(connection: Connection) -> RiskAlert:
        found = _find(connection, caller, unhexed(alert), request.deal, day)
        given = Acknowledgement(found.id, caller.party, caller.address, request.note, day.now)
        if not acknowledge(connection, given):
            first = acknowledgements_of(connection, caller.party, [found.id])[found.id]
            raise AlertAcknowledged(alert, first.address)
        return _shown(connection, caller, [found])[0]

    return services.database.write(work)


def _find(
    connection: Connection, caller: Caller, alert: bytes, deal: str | None, day: RiskDay
) -> Alert:
    """An alert that concerns the caller's own party; whoever reads by mandate sees to none."""
    if deal is None:
        alerts = _about_lines(connection, caller, day)
    else:
        position = position_of(connection, caller.scope, unhexed(deal))
        alerts = _about_deals(connection, caller, [position] if position else [], day)
    for one in alerts:
        if one.id == alert and caller.party in one.audience:
            return one
    raise NotFound


def _about_deals(
    connection: Connection, caller: Caller, found: list[Position], day: RiskDay
) -> list[Alert]:
    befallen = circumstances(connection, found)
    return [
        alert
        for position in found
        for alert in alerts_of(position, befallen[position.deal], day.limits, day.on)
        if caller.scope.covers(position.claim, alert.audience)
    ]


def _about_lines(connection: Connection, caller: Caller, day: RiskDay) -> list[Alert]:
    if caller.scope.party is None:
        return []
    shares = shares_of(connection, caller.scope.party)
    return list(concentration_alerts(shares, day.limits, day.on))


def _shown(connection: Connection, caller: Caller, alerts: Iterable[Alert]) -> list[RiskAlert]:
    listed = {alert.id: alert for alert in alerts}
    party = caller.scope.party
    known = {} if party is None else acknowledgements_of(connection, party, listed)
    return [_show(alert, known.get(name)) for name, alert in listed.items()]


def _show(alert: Alert, known: Acknowledgement | None) -> RiskAlert:
    return RiskAlert(
        id=hexed(alert.id),
        kind=alert.kind,
        urgency=alert.urgency,
        about=alert.about,
        deal=None if alert.deal is None else hexed(alert.deal),
        claim=alert.claim,
        since=alert.since.isoformat(),
        facts=dict(alert.facts),
        acknowledged=None if known is None else _seen_to(known),
    )


def _seen_to(known: Acknowledgement) -> SeenTo:
    return SeenTo(address=known.address, note=known.note, at=iso_moment(known.created))
