"""What the two sides of a deal may read of it, and what it has one of them pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from api.instructions import InstructedPayment, PaymentInstructions, account_of, message_id
from api.problems import NotFound
from ledger.business_day import business_day, day_of
from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.dues import Dues, Receipt, dues_on
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.money import Units
from ledger.pricing import Terms, read_terms
from ledger.quoting import Opening
from ledger.store.connection import Connection
from ledger.store.keeping import openings as kept_openings
from ledger.store.keeping.finance_quotes import opened_deals
from ledger.store.keeping.openings import DebtOpening
from ledger.store.keeping.profiles import find_profiles
from ledger.store.reading.deal_book import bought_back, lots_of_deal, paid_by_debtor, passed_on
from ledger.store.reading.deals import DealRecord, ObligationRecord
from ledger.words import Lot

_OWING = (DealState.ADVANCED, DealState.ENFORCED)


@dataclass
class NothingOwed(Refused):
    """The debt was paid, or whoever it was owed to has withdrawn."""

    commitment: str
    outcome: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "What {commitment} commits to is {outcome}: it is owed no more."


@dataclass
class OpeningUnknown(Refused):
    """The two agreed on the debt elsewhere: how much it is only they know."""

    commitment: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "What opens {commitment} was never told to this API."


@dataclass(frozen=True)
class OpenedDeal:
    """A deal's price as both of its sides know it."""

    opening: Opening
    terms: Terms


def openings(
    connection: Connection, party: PartyNo | None, found: Sequence[DealRecord]
) -> Mapping[bytes, DebtOpening]:
    """By commitment, those that the caller's own party pays or is paid."""
    if party is None:
        return {}
    return kept_openings.openings_of(connection, party, [one.deal for one in found])


def opened_deal(
    connection: Connection, party: PartyNo | None, deal: DealRecord
) -> OpenedDeal | None:
    """For the deal's seller and bank, where it was quoted through this API."""
    if party not in (deal.seller, deal.bank):
        return None
    opening = opened_deals(connection, party, [deal.deal]).get(deal.deal)
    return None if opening is None else OpenedDeal(opening, read_terms(opening.terms))


def dues_of(connection: Connection, deal: DealRecord, opened: OpenedDeal, day: date) -> Dues | None:
    """What is owed to the bank; None before the advance is paid, and once the deal is over."""
    if deal.state not in _OWING:
        return None
    own = kept_openings.openings_of(connection, deal.bank, [deal.deal])
    admitted = sum(
        own[one.commitment].amount
        for one in deal.obligations
        if one.duty is Duty.SURPLUS and one.commitment in own
    )
    receipts = [*_from_debtor(connection, deal), *_from_seller(connection, deal, own)]
    receipts += _passed_on(connection, deal)
    return dues_on(day, deal.mode, opened.terms, receipts, admitted)


def lots_shown(connection: Connection, party: PartyNo | None, deal: DealRecord) -> list[Lot]:
    """Lots of the deal that the party holds or has a lien on; and under recourse those that the
    bank holds, which the seller may have to buy back. Who got them later is nobody's business."""
    return [
        lot
        for lot in lots_of_deal(connection, deal)
        if party in (lot.holder, lot.lien)
        or (deal.mode is Mode.RECOURSE and party == deal.seller and lot.holder == deal.bank)
    ]


def instruct(
    connection: Connection,
    party: PartyNo | None,
    deal: DealRecord,
    commitment: bytes,
    today: date,
) -> PaymentInstructions:
    """What the party has to have its bank carry out for one debt.

    Raises ``NotFound`` for any but the payer, ``NothingOwed``, ``OpeningUnknown``, or
    ``AccountUnknown``.
    """
    owed = _owed_by(party, deal, commitment)
    if owed.outcome is not Outcome.OPEN:
        raise NothingOwed(hexed(commitment), owed.outcome.name.lower())
    opening = kept_openings.openings_by_commitment(connection, [commitment]).get(commitment)
    if opening is None or opening.deal != deal.deal:
        raise OpeningUnknown(hexed(commitment))
    profiles = find_profiles(connection, {opening.payer, opening.payee})
    return PaymentInstructions(
        message_id=message_id(deal.claim, [opening.reference]),
        claim=deal.claim,
        requested_on=_payable_from(connection, deal, opening, today).isoformat(),
        debtor=account_of(opening.payer, profiles),
        payments=[
            InstructedPayment(
                end_to_end_id=opening.reference,
                amount=str(opening.amount),
                currency=opening.currency,
                creditor=account_of(opening.payee, profiles),
                holder=opening.payee,
            )
        ],
    )


def _owed_by(party: PartyNo | None, deal: DealRecord, commitment: bytes) -> ObligationRecord:
    for owed in deal.obligations:
        if owed.commitment == commitment and owed.duty.sides(deal.seller, deal.bank)[0] == party:
            return owed
    raise NotFound


def _payable_from(
    connection: Connection, deal: DealRecord, opening: DebtOpening, today: date
) -> date:
    """An advance on its value date, all else at once; neither in the past."""
    opened = opened_deal(connection, opening.payer, deal)
    if opened is None or opening.duty is not Duty.ADVANCE:
        return today
    return max(opened.terms.value_date, today)


def _from_debtor(connection: Connection, deal: DealRecord) -> list[Receipt]:
    return [
        Receipt(day_of(one.booked_on), Units(one.end - one.start))
        for one in paid_by_debtor(connection, deal)
    ]


def _passed_on(connection: Connection, deal: DealRecord) -> list[Receipt]:
    """What the bank has sold on is owed to whoever has it, and to it no more."""
    if deal.mode is Mode.PLEDGE and deal.state is not DealState.ENFORCED:
        return []
    return [
        Receipt(business_day(one.time), Units(one.end - one.start))
        for one in passed_on(connection, deal)
    ]


def _from_seller(
    connection: Connection, deal: DealRecord, own: Mapping[bytes, DebtOpening]
) -> list[Receipt]:
    """Buy-backs that were paid: units, and what was paid beyond them."""
    booked = {one.commitment: one.booked_on for one in deal.obligations}
    found = []
    for one in bought_back(connection, deal):
        units, on, opening = one.end - one.start, booked[one.commitment], own.get(one.commitment)
        beyond = 0 if opening is None else max(0, opening.amount - units)
        if on is not None:
            found.append(Receipt(day_of(on), Units(units), Units(beyond)))
    return found
