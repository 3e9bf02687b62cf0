"""Debts that two sides of a deal agree on: whose they are, and what opens their commitments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from api.proposal_board import OverDeal, Proposable
from ledger.deal_checks import check_over_deal
from ledger.deals import BuyBack, Duty, Repayment, Rescission, Surplus
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.refusals import DealUnknown, NotRescindable, RemittanceMismatch
from ledger.standing import DealParties
from ledger.store.connection import Connection
from ledger.store.keeping.openings import DebtOpening, keep_opening
from ledger.store.keeping.proposals import Side
from ledger.store.reading.deals import currencies_of, deal_named, deals_behind

_DUTIES = {BuyBack: Duty.BUY_BACK, Repayment: Duty.REPAYMENT, Surplus: Duty.SURPLUS}


@dataclass
class OpeningMissing(Refused):
    """Who proposes a debt opens its commitment to the other side, or neither could check it."""

    kind: str
    summary: ClassVar[str] = "A {kind} needs the reference and amount of what is owed."


@dataclass
class OpeningUnasked(Refused):
    """The agreement commits to no debt."""

    kind: str
    summary: ClassVar[str] = "A {kind} commits to no debt: it has nothing to open."


@dataclass(frozen=True)
class GivenOpening:
    """``amount`` in minor units of the claim's currency."""

    reference: str
    amount: int


def sides_over_deal(
    connection: Connection, party: PartyNo, act: OverDeal | Rescission, names: tuple[str, ...]
) -> tuple[Side, ...]:
    """Who signs an act over a deal, by the deal.

    Raises ``DealUnknown`` or ``RemittanceMismatch``, also for the deals of others; ``NoRecourse``,
    ``NotPledge``, ``NotRescindable``, ``ZeroAmount``.
    """
    made, owed = deals_behind(connection, [act])
    deal = made.get(deal_named(act, owed))
    if deal is None or party not in (deal.seller, deal.bank):
        raise _unknown(act)
    if isinstance(act, Rescission):
        duty = owed[act.commitment].duty
        return (Side(names[0], _creditor(act, duty, deal)),)
    check_over_deal(act, deal)
    return tuple(Side(name, deal.seller if name == "seller" else deal.bank) for name in names)


def keep_debt(
    connection: Connection, act: Proposable, given: GivenOpening | None, now: int
) -> None:
    """Keeps what opens the debt that an act commits to.

    Raises ``OpeningMissing``, ``OpeningUnasked``, ``OpeningDiffers`` or ``ReferenceTaken``.
    """
    if not isinstance(act, BuyBack | Repayment | Surplus):
        if given is not None:
            raise OpeningUnasked(type(act).__name__)
        return
    if given is None:
        raise OpeningMissing(type(act).__name__)
    made, _ = deals_behind(connection, [act])
    deal, duty = made[act.deal], _DUTIES[type(act)]
    payer, payee = duty.sides(deal.seller, deal.bank)
    opening = DebtOpening(
        commitment=act.commitment,
        deal=act.deal,
        duty=duty,
        reference=given.reference,
        currency=currencies_of(connection, [act.deal])[act.deal],
        amount=given.amount,
        payer=PartyNo(payer),
        payee=PartyNo(payee),
    )
    keep_opening(connection, opening, now)


def _unknown(act: OverDeal | Rescission) -> Refused:
    if isinstance(act, Rescission):
        return RemittanceMismatch(hexed(act.commitment))
    return DealUnknown(hexed(act.deal))


def _creditor(act: Rescission, duty: Duty, deal: DealParties) -> PartyNo:
    if duty not in (Duty.ADVANCE, Duty.BUY_BACK):
        raise NotRescindable(hexed(act.commitment))
    return duty.sides(deal.seller, deal.bank)[1]
