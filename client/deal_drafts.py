"""Financing agreements, drafted from what they are about and ready to be signed."""

from __future__ import annotations

from dataclasses import dataclass, field

from client.drafts import valid_until
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Order,
    Recovery,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.ids import PartyNo
from ledger.remittance import commitment_to, new_reference
from ledger.words import Lot

ADVANCE_SECONDS = 3 * 24 * 3600
"""How long the bank has for an advance, or the seller for a buy-back, if nothing else is agreed."""


@dataclass(frozen=True)
class Owed:
    """A payment that two parties agree on: what the payer's bank has to carry.

    ``amount`` is in minor units. Both keep it; the chain sees its commitment alone.
    """

    currency: str
    amount: int
    reference: str = field(default_factory=new_reference)

    @property
    def commitment(self) -> bytes:
        return commitment_to(self.reference, self.currency, self.amount)

    @property
    def opening(self) -> dict[str, str]:
        """As the API takes it: the currency is the claim's."""
        return {"reference": self.reference, "amount": str(self.amount)}


def rescission(late: Owed) -> Rescission:
    """Withdraws, since an advance or a buy-back wasn't paid in time."""
    return Rescission(late.commitment, valid_until())


def buy_back(deal: bytes, lot: Lot, price: Owed, pay_by: int | None = None) -> BuyBack:
    """The seller buys a whole lot back after maturity."""
    return BuyBack(
        deal=deal,
        claim=lot.claim,
        lot=lot.start,
        version=lot.version,
        start=lot.start,
        end=lot.end,
        commitment=price.commitment,
        payBy=valid_until(ADVANCE_SECONDS) if pay_by is None else pay_by,
        validUntil=valid_until(),
    )


def demand(deal: bytes, lot: Lot) -> Demand:
    """The bank demands payment for a lot that the debtor left unpaid."""
    return Demand(deal, lot.start, lot.version, valid_until())


def surplus(deal: bytes, owed: Owed) -> Surplus:
    """The bank owes the seller what it got beyond its due."""
    return Surplus(deal, owed.commitment, valid_until())


def repayment(deal: bytes, owed: Owed, pay_by: int) -> Repayment:
    """What ends a pledge; until ``pay_by`` (Unix seconds) the bank won't enforce it."""
    return Repayment(deal, owed.commitment, pay_by, valid_until())


def enforcement(deal: bytes) -> Enforcement:
    """The bank takes what was pledged."""
    return Enforcement(deal, valid_until())


def order(lot: Lot, evidence: bytes, *, freeze: bool) -> Order:
    """The council freezes a lot on an authority's order, or ends the freeze."""
    return Order(lot.claim, lot.start, lot.version, freeze, evidence, valid_until())


def recovery(lot: Lot, successor: PartyNo, evidence: bytes) -> Recovery:
    """The council gives a lot to whoever stands in its holder's place."""
    return Recovery(
        claim=lot.claim,
        lot=lot.start,
        version=lot.version,
        holder=lot.holder,
        successor=successor,
        evidence=evidence,
        validUntil=valid_until(),
    )
