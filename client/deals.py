"""A deal after it was made: read with every opening checked, and what its sides do with it.

The amounts that the API works out are a proposal: what is signed is a commitment to the amount
that both sides agree on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from client import deal_drafts
from client.api import Api
from client.deal_drafts import ADVANCE_SECONDS, Owed
from client.deal_records import DealDetail, DealRecord, DebtRecord
from client.drafts import valid_until
from client.records import LotRecord
from ledger.commitments import verify_opening
from ledger.deals import BuyBack, Demand, Enforcement, Repayment, Rescission, Surplus
from ledger.dues import Dues
from ledger.errors import Refused
from ledger.hexadecimal import unhexed
from ledger.ids import ClaimNo, PartyNo
from ledger.money import Units
from ledger.remittance import require_opening
from ledger.words import Lot, LotState


@dataclass
class NothingLeft(Refused):
    """The deal has nothing left that this could be done with."""

    deal: str
    what: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "Deal {deal} has {what}."


@dataclass
class SeveralOpen(Refused):
    """More than one fits: the commitment has to be named."""

    deal: str
    commitments: list[str]
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "Deal {deal} has several: name one of {commitments}."


@dataclass(frozen=True)
class Debt:
    """An act that makes a debt, with what opens it."""

    act: BuyBack | Repayment | Surplus
    owed: Owed


def read_deal(api: Api, digest: str) -> DealDetail:
    """A deal whose price and debts open to what the chain has of them.

    Raises ``CommitmentMismatch``, ``WeakSalt`` or ``OpeningDiffers``.
    """
    found = api.deal(digest)
    check_debts(found)
    opened = found["opened"]
    if opened is not None:
        salt = unhexed(opened["salt"])
        verify_opening(unhexed(found["terms"]), salt, opened["terms"].encode())
    return found


def check_debts(deal: DealRecord) -> None:
    """Raises ``OpeningDiffers`` if what is said of a debt isn't what was signed."""
    for one in deal["obligations"]:
        opening = one["opening"]
        if opening is not None:
            commitment, amount = unhexed(one["commitment"]), int(opening["amount"])
            require_opening(commitment, opening["reference"], opening["currency"], amount)


def open_debt(deal: DealRecord, payer: PartyNo) -> DebtRecord:
    """The one debt of the deal that this party has yet to pay; NothingLeft, SeveralOpen."""
    return _only_open(deal, [one for one in deal["obligations"] if one["payer"] == payer])


def dues_of(deal: DealDetail) -> Dues:
    """What is owed today as the API has worked it out; NothingLeft before and after."""
    dues = deal["dues"]
    if dues is None:
        raise NothingLeft(deal["digest"], f"nothing due: it is {deal['state']}")
    return Dues(
        on=date.fromisoformat(dues["on"]),
        days_past_due=dues["days_past_due"],
        principal=Units(int(dues["principal"])),
        charges=Units(int(dues["charges"])),
        late_interest=Units(int(dues["late_interest"])),
        received=Units(int(dues["received"])),
        surplus=Units(int(dues["surplus"])),
    )


def unpaid_lots(deal: DealDetail) -> list[Lot]:
    """Lots of the deal that the bank holds and the debtor hasn't paid."""
    return [
        _lot(one)
        for one in deal["lots"]
        if one["state"] == "live" and one["holder"] == deal["bank"]
    ]


def rescission(deal: DealRecord, creditor: PartyNo) -> Rescission:
    """Withdraws from what this party should have been paid by now: an advance or a buy-back."""
    due = [
        one
        for one in deal["obligations"]
        if one["duty"] in ("advance", "buy_back") and one["payee"] == creditor
    ]
    return Rescission(unhexed(_only_open(deal, due)["commitment"]), valid_until())


def demand(deal: DealDetail) -> Demand:
    """The bank demands payment from the seller for the first lot that the debtor left unpaid."""
    return deal_drafts.demand(unhexed(deal["digest"]), _one_of(deal, unpaid_lots(deal)))


def buy_back(
    deal: DealDetail,
    amount: int | None = None,
    start: int | None = None,
    pay_by: int | None = None,
) -> Debt:
    """The seller buys the unpaid lot at ``start`` (the first, if not given) back for ``amount``
    minor units (by default what is owed on it today)."""
    lots = [lot for lot in unpaid_lots(deal) if start in (None, lot.start)]
    lot = _one_of(deal, lots)
    units = min(lot.end, int(deal["end"])) - max(lot.start, int(deal["start"]))
    owed = Owed(deal["currency"], dues_of(deal).price_of(units) if amount is None else amount)
    act = BuyBack(
        deal=unhexed(deal["digest"]),
        claim=lot.claim,
        lot=lot.start,
        version=lot.version,
        # A bank may have merged the lot with its neighbour: only the deal's units go back.
        start=max(lot.start, int(deal["start"])),
        end=min(lot.end, int(deal["end"])),
        commitment=owed.commitment,
        payBy=valid_until(ADVANCE_SECONDS) if pay_by is None else pay_by,
        validUntil=valid_until(),
    )
    return Debt(act, owed)


def repayment(deal: DealDetail, amount: int | None = None, pay_by: int | None = None) -> Debt:
    """What ends a pledge: ``amount`` minor units, by default what is owed today."""
    owed = Owed(deal["currency"], dues_of(deal).total if amount is None else amount)
    until = valid_until(ADVANCE_SECONDS) if pay_by is None else pay_by
    return Debt(deal_drafts.repayment(unhexed(deal["digest"]), owed, until), owed)


def surplus(deal: DealDetail, amount: int | None = None) -> Debt:
    """The bank owes the seller what it got beyond its due; NothingLeft if that is nothing."""
    units = dues_of(deal).surplus if amount is None else amount
    if not units:
        raise NothingLeft(deal["digest"], "no surplus")
    owed = Owed(deal["currency"], units)
    return Debt(deal_drafts.surplus(unhexed(deal["digest"]), owed), owed)


def enforcement(deal: DealRecord) -> Enforcement:
    """The bank takes what was pledged."""
    return deal_drafts.enforcement(unhexed(deal["digest"]))


def _only_open(deal: DealRecord, debts: Sequence[DebtRecord]) -> DebtRecord:
    found = [one for one in debts if one["outcome"] == "open"]
    if not found:
        raise NothingLeft(deal["digest"], "no open debt of that kind")
    if len(found) > 1:
        raise SeveralOpen(deal["digest"], [one["commitment"] for one in found])
    return found[0]


def _one_of(deal: DealRecord, lots: Sequence[Lot]) -> Lot:
    if not lots:
        raise NothingLeft(deal["digest"], "no unpaid lot of the bank's there")
    return lots[0]


def _lot(record: LotRecord) -> Lot:
    return Lot(
        claim=ClaimNo(record["claim"]),
        start=int(record["start"]),
        end=int(record["end"]),
        holder=PartyNo(record["holder"]),
        lien=PartyNo(record["lien"]),
        state=LotState[record["state"].upper()],
        version=record["version"],
    )
