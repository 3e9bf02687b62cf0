"""Asking banks for finance, and what either side can do with a request. Each function is part of
one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from api.auth import Caller
from api.documents import NotYourDocument
from api.problems import NotFound
from api.proposal_terms import DocumentNotVisible
from ledger.business_day import DAY_SECONDS, business_day, day_of
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.pricing.errors import NoTerm
from ledger.refusals import (
    LotChanged,
    LotNotLive,
    OutsideLot,
    PartyNotActive,
    RoleMissing,
    SelfDealing,
    UnknownLot,
)
from ledger.roles import Role
from ledger.store.connection import Connection
from ledger.store.keeping import documents, finance_requests
from ledger.store.keeping.finance_requests import FinanceRequest, NewAsk, RequestStatus
from ledger.store.reading import members
from ledger.store.reading.receivables import current_lots
from ledger.words import Claim, Lot, LotRef, LotState

LONGEST_DAYS = 90
"""How far ahead a request may run, and how far from today its value date may lie.

Behind today, where an existing book is brought over: the rules then ask for a justification."""


@dataclass
class RequestClosed(Refused):
    """The request has been withdrawn, declined, accepted or has run out."""

    request: str
    state: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "Request {request} is {state}."


@dataclass
class NotForHolder(Refused):
    """The bank that was asked does this."""

    request: str
    status: ClassVar[int] = 403
    summary: ClassVar[str] = "Request {request}: that is for the bank that was asked."


@dataclass
class NotForBank(Refused):
    """The holder who asked does this."""

    request: str
    status: ClassVar[int] = 403
    summary: ClassVar[str] = "Request {request}: that is for the holder who asked."


@dataclass
class RequestRunsWrong(Refused):
    """A request ends within days from now; its value date lies within days of today."""

    field: str
    days: int
    summary: ClassVar[str] = "{field} lies outside the {days} days that it may."


def ask(
    connection: Connection, caller: Caller, new: NewAsk, banks: Sequence[PartyNo], now: int
) -> list[FinanceRequest]:
    """One request for each bank, each with an id of its own.

    Raises ``UnknownLot``, ``LotChanged``, ``LotNotLive``, ``OutsideLot``, ``RequestRunsWrong``,
    ``NoTerm``, ``UnknownParty``, ``PartyNotActive``, ``RoleMissing``, ``SelfDealing``,
    ``DocumentNotVisible`` or ``NotYourDocument``.
    """
    lot, claim = require_held(connection, new.lot, new.holder)
    if not lot.start <= new.start < new.end <= lot.end:
        raise OutsideLot(new.start, new.end, lot.start, lot.end)
    _require_in_time(new, claim, now)
    _require_banks(connection, new.holder, banks)
    _open_documents(connection, caller, new.documents, banks, now)
    made = finance_requests.add_ask(connection, new, banks, now)
    return finance_requests.requests_of_ask(connection, new.holder, made)


def require_held(connection: Connection, ref: LotRef, holder: PartyNo) -> tuple[Lot, Claim]:
    """The lot, if it still is as at this version, live and this holder's.

    Raises ``UnknownLot`` (also for a lot of somebody else), ``LotChanged`` or ``LotNotLive``.
    """
    found = current_lots(connection, [ref]).get((ref.claim, ref.start))
    if found is None:
        raise UnknownLot(ref.claim, ref.start)
    lot, claim = found
    if lot.holder != holder:
        raise UnknownLot(ref.claim, ref.start)
    if lot.version != ref.version:
        raise LotChanged(ref.claim, ref.start, ref.version, lot.version)
    if lot.state is not LotState.LIVE:
        raise LotNotLive(ref.claim, ref.start, lot.state)
    return lot, claim


def find(connection: Connection, caller: Caller, request_id: str) -> FinanceRequest:
    """Raises ``NotFound`` for anyone but the holder and the bank of this one request."""
    found = finance_requests.find_request(connection, caller.party, request_id)
    if found is None:
        raise NotFound
    return found


def find_open(connection: Connection, caller: Caller, request_id: str, now: int) -> FinanceRequest:
    """Raises ``NotFound`` or ``RequestClosed``."""
    found = find(connection, caller, request_id)
    require_open(found, now)
    return found


def find_asked(connection: Connection, caller: Caller, request_id: str, now: int) -> FinanceRequest:
    """An open request that the caller's bank was asked; NotFound, NotForHolder, RequestClosed."""
    found = find(connection, caller, request_id)
    if found.bank != caller.party:
        raise NotForHolder(found.id)
    caller.require_role(Role.BANK)
    require_open(found, now)
    return found


def require_open(found: FinanceRequest, now: int) -> None:
    status = found.status(now)
    if status is not RequestStatus.OPEN:
        raise RequestClosed(found.id, status.value)


def require_unmoved(connection: Connection, request: FinanceRequest) -> None:
    """The lot is as it was when the holder asked; LotChanged or LotNotLive."""
    found = current_lots(connection, [request.ref]).get((request.claim, request.lot))
    version = 0 if found is None else found[0].version
    if found is None or version != request.version:
        raise LotChanged(request.claim, request.lot, request.version, version)
    if found[0].state is not LotState.LIVE:
        raise LotNotLive(request.claim, request.lot, found[0].state)


def withdraw(connection: Connection, caller: Caller, request_id: str, now: int) -> FinanceRequest:
    """The holder takes it back; the other banks' requests stay."""
    found = find_open(connection, caller, request_id, now)
    if found.holder != caller.party:
        raise NotForBank(found.id)
    finance_requests.close_request(connection, found, RequestStatus.WITHDRAWN, None)
    return find(connection, caller, request_id)


def say(
    connection: Connection, caller: Caller, request_id: str, text: str, now: int
) -> FinanceRequest:
    """The bank asks for more, or the holder answers."""
    found = find_open(connection, caller, request_id, now)
    finance_requests.add_message(connection, found, caller.party, text, now)
    return found


def _require_in_time(new: NewAsk, claim: Claim, now: int) -> None:
    today, value_date = business_day(now), day_of(new.value_date)
    if not now < new.expires <= now + LONGEST_DAYS * DAY_SECONDS:
        raise RequestRunsWrong("expires", LONGEST_DAYS)
    if abs(value_date - today) > timedelta(days=LONGEST_DAYS):
        raise RequestRunsWrong("value_date", LONGEST_DAYS)
    maturity = day_of(claim.maturity)
    if maturity <= value_date:
        raise NoTerm(value_date.isoformat(), maturity.isoformat())


def _require_banks(connection: Connection, holder: PartyNo, banks: Sequence[PartyNo]) -> None:
    standing = members.standing_of_parties(connection, banks)
    for bank in banks:
        if bank == holder:
            raise SelfDealing(bank)
        found = standing.party(bank)
        if not found.roles & Role.BANK:
            raise RoleMissing(bank, int(Role.BANK))
        if not found.active:
            raise PartyNotActive(bank)


def _open_documents(
    connection: Connection,
    caller: Caller,
    wanted: Sequence[str],
    banks: Sequence[PartyNo],
    now: int,
) -> None:
    """Lets the banks read what the holder owns, and nothing else."""
    found = documents.find_documents(connection, caller.scope, wanted)
    for name in wanted:
        if name not in found:
            raise DocumentNotVisible(name)
        document = found[name]
        readers = documents.readers_of(connection, document)
        for bank in banks:
            if bank in readers:
                continue
            if document.owner != caller.party:
                raise NotYourDocument(document.id)
            documents.open_to(connection, document, bank, now)
