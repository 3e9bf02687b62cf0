"""Positions made up for tests: a deal over 1,000 units of claim 7, due on 2027-05-21."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.risk import Owed, Piece, Position, limits_of
from ledger.rules import shipped_catalogue

DEBTOR, SELLER, BANK = PartyNo(1), PartyNo(2), PartyNo(9)
DUE = date(2027, 5, 21)
PACK = shipped_catalogue().by_id("cn-receivables-1")
LIMITS = limits_of(PACK, DUE)

_DEAL = Position(
    deal=keccak(b"deal"),
    concluded=40,
    claim=ClaimNo(7),
    start=0,
    end=1_000,
    debtor=DEBTOR,
    seller=SELLER,
    bank=BANK,
    mode=Mode.SALE,
    state=DealState.ADVANCED,
    demanded=False,
    currency="CNY",
    maturity=DUE,
    due_on=DUE,
    pieces=(Piece(0, 0, 1_000),),
    owed=(Owed(Duty.ADVANCE, Outcome.PAID, 1),),
)


def position(name: str = "deal", **changes: Any) -> Position:
    return replace(_DEAL, deal=keccak(name.encode()), **changes)


def owed(duty: Duty, outcome: Outcome, pay_by: int) -> tuple[Owed, ...]:
    """The advance, paid, and one thing more."""
    return (*_DEAL.owed, Owed(duty, outcome, pay_by))
