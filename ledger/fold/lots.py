"""How lots are cut and joined: mirrors ``Ledger.sol``. Refuses what the contract refuses."""

from __future__ import annotations

from dataclasses import replace

from ledger.fold.state import State
from ledger.ids import ClaimNo, PartyNo
from ledger.refusals import (
    LotChanged,
    LotNotLive,
    NotAdjacent,
    NotHolder,
    OutsideLot,
    UnknownLot,
    ZeroAmount,
)
from ledger.words import Lot, LotRef, LotState


def lot_at(state: State, claim: int, start: int) -> Lot:
    lot = state.lots.get(ClaimNo(claim), {}).get(start)
    if lot is None:
        raise UnknownLot(claim, start)
    return lot


def move(state: State, ref: LotRef, start: int, end: int, holder: int, recipient: int) -> list[Lot]:
    """Gives units ``[start, end)`` of a lot to the recipient; returns the lots written."""
    lot = _live(state, ref)
    _require_holder(lot, holder)
    return _cut(state, lot, start, end, PartyNo(recipient), LotState.LIVE)


def discharge(state: State, ref: LotRef, amount: int) -> list[Lot]:
    """Discharges a lot's first ``amount`` units; returns the lots written."""
    lot = _live(state, ref)
    return _cut(state, lot, lot.start, lot.start + amount, lot.holder, LotState.DISCHARGED)


def merge(state: State, left_ref: LotRef, right_ref: LotRef, holder: int) -> list[Lot]:
    """Makes one lot of two adjacent ones; returns the lots written."""
    left, right = _live(state, left_ref), _live(state, right_ref)
    _require_holder(left, holder)
    _require_holder(right, holder)
    if left.end != right.start:
        raise NotAdjacent(left.end, right.start)
    written = [
        replace(left, end=right.end, version=left.version + 1),
        replace(right, end=right.start, state=LotState.MERGED, version=right.version + 1),
    ]
    state.replace(left.claim, [left, right], written)
    return written


def _live(state: State, ref: LotRef) -> Lot:
    lot = lot_at(state, ref.claim, ref.start)
    if lot.version != ref.version:
        raise LotChanged(ref.claim, ref.start, ref.version, lot.version)
    if lot.state is not LotState.LIVE:
        raise LotNotLive(ref.claim, ref.start, lot.state)
    return lot


def _require_holder(lot: Lot, holder: int) -> None:
    if lot.holder != holder:
        raise NotHolder(lot.claim, lot.start, holder, lot.holder)


def _cut(
    state: State, lot: Lot, start: int, end: int, holder: PartyNo, condition: LotState
) -> list[Lot]:
    if start >= end:
        raise ZeroAmount
    if start < lot.start or end > lot.end:
        raise OutsideLot(start, end, lot.start, lot.end)
    whole = replace(lot, version=lot.version + 1)
    written = [replace(whole, end=start)] if start > lot.start else []
    version = whole.version if start == lot.start else _next_version(state, lot.claim, start)
    written.append(
        replace(lot, start=start, end=end, holder=holder, state=condition, version=version)
    )
    if end < lot.end:
        written.append(replace(lot, start=end, version=_next_version(state, lot.claim, end)))
    state.replace(lot.claim, [lot], written)
    return written


def _next_version(state: State, claim: ClaimNo, start: int) -> int:
    """A lot begun where a merged one was counts on from there."""
    before = state.lots[claim].get(start)
    return before.version + 1 if before else 1
