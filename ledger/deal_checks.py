"""What can be known of an act over a deal before the chain sees it; see ``ledger.checks``."""

from __future__ import annotations

from ledger.business_day import require_date
from ledger.consent import Signed, require_consent
from ledger.deals import (
    BuyBack,
    Demand,
    Duty,
    Enforcement,
    Finance,
    Mode,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.hexadecimal import hexed
from ledger.refusals import (
    NoRecourse,
    NotPledge,
    NotRescindable,
    RemittanceMismatch,
    RoleMissing,
    SelfDealing,
    ZeroAmount,
)
from ledger.roles import Role
from ledger.standing import DealParties, Standing


def check_finance(act: Finance, standing: Standing) -> None:
    """A deal's terms, whoever has signed them."""
    if act.seller == act.bank:
        raise SelfDealing(act.seller)
    Mode.of(act.mode)
    if act.start >= act.end:
        raise ZeroAmount
    require_date(act.dueOn)
    if not standing.party(act.bank).roles & Role.BANK:
        raise RoleMissing(act.bank, Role.BANK)


def check_over_deal(
    act: BuyBack | Demand | Surplus | Repayment | Enforcement, deal: DealParties
) -> None:
    """Whether a deal of this mode has such an act at all, whoever has signed it."""
    number, mode = hexed(act.deal), deal.mode
    match act:
        case BuyBack() | Demand() if mode is not Mode.RECOURSE:
            raise NoRecourse(number, mode.number)
        case Surplus() if mode is Mode.SALE:
            raise NoRecourse(number, mode.number)
        case Repayment() | Enforcement() if mode is not Mode.PLEDGE:
            raise NotPledge(number, mode.number)
    if isinstance(act, BuyBack) and act.start >= act.end:
        raise ZeroAmount


def check_signed_finance(act: Finance, signed: Signed, standing: Standing) -> None:
    check_finance(act, standing)
    seller, bank = signed.signers
    require_consent(act.seller, seller, act.end - act.start, standing)
    require_consent(act.bank, bank, act.end - act.start, standing)


def check_signed_over_deal(
    act: BuyBack | Demand | Surplus | Repayment | Enforcement, signed: Signed, standing: Standing
) -> None:
    """Whose consent such an act needs, the deal tells."""
    deal = standing.deal(act.deal)
    check_over_deal(act, deal)
    amount = act.end - act.start if isinstance(act, BuyBack) else deal.amount
    for side, signers in zip(signed.act.kind.sides, signed.signers, strict=True):
        require_consent(deal.seller if side == "seller" else deal.bank, signers, amount, standing)


def check_rescission(act: Rescission, signed: Signed, standing: Standing) -> None:
    owed = standing.obligations.get(act.commitment)
    if owed is None:
        raise RemittanceMismatch(hexed(act.commitment))
    if owed.duty not in (Duty.ADVANCE, Duty.BUY_BACK):
        raise NotRescindable(hexed(act.commitment))
    deal = standing.deal(owed.deal)
    creditor = deal.seller if owed.duty is Duty.ADVANCE else deal.bank
    require_consent(creditor, signed.signers[0], deal.amount, standing)
