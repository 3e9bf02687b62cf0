"""Who may say that an invoice was reversed, and whose word counts for which claim."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from ledger.errors import Refused


class Side(StrEnum):
    """As whom a red letter was handed in.

    The seller's word counts for every claim on the invoice, as its identity is the seller's code
    and a number. The buyer's counts for claims that the buyer owes: anyone can write a document in
    which it is the buyer. An oracle member's counts always.
    """

    SELLER = "seller"
    BUYER = "buyer"
    ORACLE = "oracle"


@dataclass
class NotYourInvoice(Refused):
    """Only its seller, its buyer or an oracle member hands in a red letter."""

    number: str
    status = 403
    summary = "Red letter {number} is between others; its seller, its buyer or an oracle brings it."


@dataclass
class InvoiceTakenBack(Refused):
    """Red letters leave less of an invoice behind the claim than what it backs."""

    claim: int
    status = 409
    summary = "An invoice behind claim {claim} was reversed; what is left doesn't cover its uses."


def side_of(
    identifier: str | None, sellers: Collection[str], buyers: Collection[str], *, is_oracle: bool
) -> Side | None:
    """The side of whoever goes by this identifier (None: signs for no party), if it has one."""
    if identifier in sellers:
        return Side.SELLER
    if identifier in buyers:
        return Side.BUYER
    return Side.ORACLE if is_oracle else None
