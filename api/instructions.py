"""Payment instructions for a debtor: one credit transfer per live lot, to whoever holds it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query, Response

from api.auth import SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import Amount, ClaimNumber, Currency, Day, Out, iso_day
from ledger.documents import AccountHolder, Agent, PaymentInstruction, Transfer, write_instruction
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.money import Units, currency_of
from ledger.references import lot_reference
from ledger.store.keeping.profiles import Profile, find_profiles
from ledger.store.reading.receivables import Receivable, list_lots, receivable
from ledger.words import Lot, LotState

router = APIRouter(route_class=Route, prefix="/v1/payment-instructions", tags=["payments"])

MOST_LOTS = 10_000
_BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


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


@router.get(
    "",
    response_model=PaymentInstructions,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
def show_payment_instructions(
    services: Given,
    caller: SignedIn,
    claim: Annotated[ClaimNumber, Query()],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> PaymentInstructions | Response:
    """For the claim's debtor: JSON, or with ``Accept: application/xml`` a pain.001.001.09 message.

    The same lots give the same message id, so that a bank can tell a message sent twice.
    """
    now = datetime.fromtimestamp(services.clock(), UTC)
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
    today = now.astimezone(_BUSINESS_ZONE).date()
    instructions = _instructions(found, lots, profiles, today)
    if "application/xml" in accept or "text/xml" in accept:
        return Response(_message(instructions, now), media_type="application/xml")
    return instructions


def _instructions(
    found: Receivable, lots: list[Lot], profiles: dict[PartyNo, Profile], today: date
) -> PaymentInstructions:
    references = [lot_reference(lot.ref) for lot in lots]
    stamp = hashlib.sha256("\n".join(references).encode()).hexdigest()[:16]
    return PaymentInstructions(
        message_id=f"YL-{found.number}-{stamp}",
        claim=found.number,
        requested_on=max(iso_day(found.claim.maturity), today.isoformat()),
        debtor=_account(found.claim.debtor, profiles),
        payments=[
            InstructedPayment(
                end_to_end_id=reference,
                amount=str(lot.amount),
                currency=found.claim.currency,
                creditor=_account(lot.holder, profiles),
                holder=lot.holder,
            )
            for lot, reference in zip(lots, references, strict=True)
        ],
    )


def _account(party: PartyNo, profiles: dict[PartyNo, Profile]) -> Account:
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


def _message(instructions: PaymentInstructions, now: datetime) -> bytes:
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


def _holder(account: Account) -> AccountHolder:
    agent = Agent(account.agent_bic or "", account.clearing_code or "", account.agent_name or "")
    return AccountHolder(account.name, account.account, agent)
