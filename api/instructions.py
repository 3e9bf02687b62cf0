"""Payment instructions: for a debtor, one credit transfer per live lot, to whoever holds it.

Those for a deal's debts (``api.deals``) have the same form, which is made here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import StringConstraints

from api.auth import Caller, SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given, Services
from api.wire import (
    Amount,
    ClaimNumber,
    Currency,
    Day,
    Id,
    Moment,
    Out,
    Page,
    Paged,
    id_cursor,
    iso_day,
    iso_moment,
    read_day,
)
from ledger.business_day import business_day
from ledger.documents import AccountHolder, Agent, PaymentInstruction, Transfer, write_instruction
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.money import Units, currency_of
from ledger.references import lot_reference
from ledger.store.keeping.instructions import (
    Instructed,
    KeptInstruction,
    NewInstruction,
    keep_instruction,
    list_instructions,
)
from ledger.store.keeping.profiles import Profile, find_profiles
from ledger.store.reading.receivables import Receivable, list_lots, receivable
from ledger.words import Lot, LotState

router = APIRouter(route_class=Route, prefix="/v1/payment-instructions", tags=["payments"])

MOST_LOTS = 10_000


@dataclass
class AccountUnknown(Refused):
    """The party has not said where it is paid, or pays from, or at which bank that is."""

    party: int
    status = 409
    summary = "Party {party} has not stated its account and bank (PUT /v1/parties/me/profile)."


@dataclass
class TooManyLots(Refused):
    claim: int
    limit: int
    status = 409
    summary = "Claim {claim} has more than {limit} live lots: too many for one instruction."


@dataclass
class NothingToPay(Refused):
    claim: int
    status = 409
    summary = "Claim {claim} has no live lots left."


class Account(Out):
    name: str
    account: str
    agent_bic: str | None
    clearing_code: str | None
    agent_name: str | None


class InstructedPayment(Out):
    """``end_to_end_id`` names the lot: the bank has to carry it, for the payment to be matched."""

    end_to_end_id: str
    amount: Amount
    currency: Currency
    creditor: Account
    holder: int


class PaymentInstructions(Out):
    """What to pay on ``requested_on``: the maturity, or today if that is past."""

    message_id: str
    claim: int
    requested_on: Day
    debtor: Account
    payments: list[InstructedPayment]


class HandedOut(Out):
    """A pain.001 message as it was first taken; ``total`` of its ``payments``."""

    id: Id
    message_id: str
    currency: Currency
    requested_on: Day
    payments: int
    total: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,24}$")]
    created: Moment


class HandedOutPage(Page[HandedOut]):
    pass


XML_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/xml": {"schema": {"type": "string"}}}}
}


@router.get("", response_model=PaymentInstructions, responses=XML_TOO)
def show_payment_instructions(
    services: Given,
    caller: SignedIn,
    claim: Annotated[ClaimNumber, Query()],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> PaymentInstructions | Response:
    """For the claim's debtor: JSON, or with ``Accept: application/xml`` a pain.001.001.09 message.

    The same lots give the same message id, so that a bank can tell a message sent twice. A
    message is recorded when it is taken: the day-end report shows what banks were told.
    """
    today = business_day(services.clock())
    with services.database.read() as connection:
        found = receivable(connection, caller.scope, claim)
        if found is None or found.claim.debtor != caller.scope.party:
            raise NotFound
        state, behind = LotState.LIVE, (claim, -1)
        held = list_lots(connection, caller.scope, behind, MOST_LOTS + 1, claim=claim, state=state)
        lots = [one.lot for one in held]
        if len(lots) > MOST_LOTS:
            raise TooManyLots(claim, MOST_LOTS)
        if not lots:
            raise NothingToPay(claim)
        profiles = find_profiles(connection, {caller.party, *(lot.holder for lot in lots)})
    instructions = _instructions(found, lots, profiles, today)
    return in_form(services, caller, instructions, accept)


@router.get("/handed-out")
def list_handed_out(services: Given, caller: SignedIn, paging: Paged) -> HandedOutPage:
    """Messages that the caller's party took for its bank, newest first, each when it was first
    taken."""
    after = paging.behind(id_cursor, None)
    with services.database.read() as connection:
        found = list_instructions(connection, caller.party, after, paging.fetch)
    return HandedOutPage(**paging.cut(found, lambda one: one.id, _show_handed_out))


def in_form(
    services: Services, caller: Caller, instructions: PaymentInstructions, accept: str
) -> PaymentInstructions | Response:
    """JSON, or the pain.001 message, recorded as taken by the caller's party for its bank."""
    if "application/xml" not in accept and "text/xml" not in accept:
        return instructions
    now = services.clock()
    message = message_of(instructions, datetime.fromtimestamp(now, UTC))
    new = _new(caller.party, instructions, message)
    services.database.write(lambda connection: keep_instruction(connection, new, now))
    return Response(message, media_type="application/xml")


def message_id(claim: int, references: Sequence[str]) -> str:
    """The same for the same payments, so that a bank can tell a message sent twice."""
    stamp = hashlib.sha256("\n".join(references).encode()).hexdigest()[:16]
    return f"YL-{claim}-{stamp}"


def _instructions(
    found: Receivable, lots: list[Lot], profiles: dict[PartyNo, Profile], today: date
) -> PaymentInstructions:
    references = [lot_reference(lot.ref) for lot in lots]
    return PaymentInstructions(
        message_id=message_id(found.number, references),
        claim=found.number,
        requested_on=max(iso_day(found.claim.maturity), today.isoformat()),
        debtor=account_of(found.claim.debtor, profiles),
        payments=[
            InstructedPayment(
                end_to_end_id=reference,
                amount=str(lot.amount),
                currency=found.claim.currency,
                creditor=account_of(lot.holder, profiles),
                holder=lot.holder,
            )
            for lot, reference in zip(lots, references, strict=True)
        ],
    )


def account_of(party: PartyNo, profiles: dict[PartyNo, Profile]) -> Account:
    profile = profiles.get(party)
    if profile is None or profile.account is None:
        raise AccountUnknown(party)
    if not (profile.agent_bic or profile.agent_cnaps or profile.agent_name):
        raise AccountUnknown(party)
    return Account(
        name=profile.name,
        account=profile.account,
        agent_bic=profile.agent_bic,
        clearing_code=profile.agent_cnaps,
        agent_name=profile.agent_name,
    )


def message_of(instructions: PaymentInstructions, now: datetime) -> bytes:
    instruction = PaymentInstruction(
        message_id=instructions.message_id,
        created=now,
        debtor=_holder(instructions.debtor),
        requested_date=date.fromisoformat(instructions.requested_on),
        transfers=tuple(
            Transfer(
                end_to_end_id=one.end_to_end_id,
                units=Units(int(one.amount)),
                currency=currency_of(one.currency),
                creditor=_holder(one.creditor),
            )
            for one in instructions.payments
        ),
    )
    return write_instruction(instruction)


def _new(party: PartyNo, instructions: PaymentInstructions, message: bytes) -> NewInstruction:
    return NewInstruction(
        party=party,
        message_id=instructions.message_id,
        currency=instructions.payments[0].currency,
        requested_on=read_day("requested_on", instructions.requested_on),
        sha256=hashlib.sha256(message).digest(),
        payments=[
            Instructed(one.end_to_end_id, int(one.amount), PartyNo(one.holder))
            for one in instructions.payments
        ],
    )


def _show_handed_out(kept: KeptInstruction) -> HandedOut:
    return HandedOut(
        id=kept.id,
        message_id=kept.message_id,
        currency=kept.currency,
        requested_on=iso_day(kept.requested_on),
        payments=kept.payments,
        total=str(kept.total),
        created=iso_moment(kept.created),
    )


def _holder(account: Account) -> AccountHolder:
    agent = Agent(account.agent_bic or "", account.clearing_code or "", account.agent_name or "")
    return AccountHolder(account.name, account.account, agent)
