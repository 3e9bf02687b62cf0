"""How lots are cut and joined: mirrors ``Ledger.sol``. Refuses what the contract refuses."""

from __future__ import annotations

from dataclasses import replace

from ledger.fold.state import State
from ledger.ids import ClaimNo, PartyNo
from ledger.refusals import (
    LotChanged,
    LotLiened,
    LotNotFrozen,
    LotNotLive,
    NotAdjacent,
    NotHolder,
    NotLienholder,
    OutsideLot,
    UnknownLot,
    ZeroAmount,
)
from ledger.words import OUTSTANDING, Lot, LotRef, LotState


def lot_at(state: State, claim: int, start: int) -> Lot:
    lot = state.lots.get(ClaimNo(claim), {}).get(start)
    if lot is None:
        raise UnknownLot(claim, start)
    return lot


def move(state: State, ref: LotRef, start: int, end: int, holder: int, recipient: int) -> list[Lot]:
    """Gives units ``[start, end)`` of a lot to the recipient; returns the lots written."""
    lot = _free(state, ref, holder)
    return _cut(state, lot, start, end, replace(lot, holder=PartyNo(recipient)))


def convey(
    state: State, ref: LotRef, start: int, end: int, holder: int, recipient: int, lien: int
) -> list[Lot]:
    """As ``move``, and leaves a lien on what was moved; returns the lots written."""
    lot = _free(state, ref, holder)
    taken = replace(lot, holder=PartyNo(recipient), lien=PartyNo(lien))
    return _cut(state, lot, start, end, taken)


def encumber(
    state: State, ref: LotRef, start: int, end: int, holder: int, lienholder: int
) -> list[Lot]:
    """Puts units ``[start, end)`` of a lot under a lien; returns the lots written."""
    lot = _free(state, ref, holder)
    return _cut(state, lot, start, end, replace(lot, lien=PartyNo(lienholder)))


def release(state: State, ref: LotRef, lienholder: int) -> list[Lot]:
    """Ends a lien on a live or frozen lot."""
    lot = _outstanding(state, ref)
    _require_lien(lot, lienholder)
    return _rewrite(state, lot, replace(lot, lien=PartyNo(0)))


def foreclose(state: State, ref: LotRef, lienholder: int) -> list[Lot]:
    """The lien's holder becomes the lot's."""
    lot = _live(state, ref)
    _require_lien(lot, lienholder)
    return _rewrite(state, lot, replace(lot, holder=PartyNo(lienholder), lien=PartyNo(0)))


def freeze(state: State, ref: LotRef) -> list[Lot]:
    lot = _live(state, ref)
    return _rewrite(state, lot, replace(lot, state=LotState.FROZEN))


def thaw(state: State, ref: LotRef) -> list[Lot]:
    lot = _current(state, ref)
    if lot.state is not LotState.FROZEN:
        raise LotNotFrozen(ref.claim, ref.start, lot.state)
    return _rewrite(state, lot, replace(lot, state=LotState.LIVE))


def reassign(state: State, ref: LotRef, holder: int, successor: int) -> list[Lot]:
    """Replaces the holder of a live or frozen lot; lien and state stay."""
    lot = _outstanding(state, ref)
    _require_holder(lot, holder)
    return _rewrite(state, lot, replace(lot, holder=PartyNo(successor)))


def discharge(state: State, ref: LotRef, amount: int) -> list[Lot]:
    """Discharges a lot's first ``amount`` units; returns the lots written."""
    lot = _live(state, ref)
    paid = replace(lot, state=LotState.DISCHARGED)
    return _cut(state, lot, lot.start, lot.start + amount, paid)


def merge(state: State, left_ref: LotRef, right_ref: LotRef, holder: int) -> list[Lot]:
    """Makes one lot of two adjacent ones; returns the lots written."""
    left, right = _free(state, left_ref, holder), _free(state, right_ref, holder)
    if left.end != right.start:
        raise NotAdjacent(left.end, right.start)
    written = [
        replace(left, end=right.end, version=left.version + 1),
        replace(right, end=right.start, state=LotState.MERGED, version=right.version + 1),
    ]
    state.replace(left.claim, [left, right], written)
    return written


def _current(state: State, ref: LotRef) -> Lot:
    lot = lot_at(state, ref.claim, ref.start)
    if lot.version != ref.version:
        raise LotChanged(ref.claim, ref.start, ref.version, lot.version)
    return lot


def _live(state: State, ref: LotRef) -> Lot:
    lot = _current(state, ref)
    if lot.state is not LotState.LIVE:
        raise LotNotLive(ref.claim, ref.start, lot.state)
    return lot


def _outstanding(state: State, ref: LotRef) -> Lot:
    lot = _current(state, ref)
    if lot.state not in OUTSTANDING:
        raise LotNotLive(ref.claim, ref.start, lot.state)
    return lot


def _free(state: State, ref: LotRef, holder: int) -> Lot:
    lot = _live(state, ref)
    _require_holder(lot, holder)
    if lot.lien:
        raise LotLiened(lot.claim, lot.start, lot.lien)
    return lot


def _require_lien(lot: Lot, party: int) -> None:
    if not lot.lien or lot.lien != party:
        raise NotLienholder(lot.claim, lot.start, party, lot.lien)


def _require_holder(lot: Lot, holder: int) -> None:
    if lot.holder != holder:
        raise NotHolder(lot.claim, lot.start, holder, lot.holder)


def _rewrite(state: State, lot: Lot, changed: Lot) -> list[Lot]:
    written = [replace(changed, version=lot.version + 1)]
    state.replace(lot.claim, [lot], written)
    return written


def _cut(state: State, lot: Lot, start: int, end: int, taken: Lot) -> list[Lot]:
    """``[start, end)`` becomes what ``taken`` is but for its interval; the rest stays."""
    if start >= end:
        raise ZeroAmount
    if start < lot.start or end > lot.end:
        raise OutsideLot(start, end, lot.start, lot.end)
    whole = replace(lot, version=lot.version + 1)
    written = [replace(whole, end=start)] if start > lot.start else []
    version = whole.version if start == lot.start else _next_version(state, lot.claim, start)
    written.append(replace(taken, start=start, end=end, version=version))
    if end < lot.end:
        written.append(replace(lot, start=end, version=_next_version(state, lot.claim, end)))
    state.replace(lot.claim, [lot], written)
    return written


def _next_version(state: State, claim: ClaimNo, start: int) -> int:
    """A lot begun where a merged one was counts on from there."""
    before = state.lots[claim].get(start)
    return before.version + 1 if before else 1
