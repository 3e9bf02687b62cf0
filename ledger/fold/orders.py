"""What the council does to lots: mirrors the end of ``Financing.sol``."""

from __future__ import annotations

from ledger.deals import Order, Recovery
from ledger.entries import Op
from ledger.fold.consent import Approvals, require_council, require_role
from ledger.fold.lots import freeze, reassign, thaw
from ledger.fold.step import Expected, Step, lot_words
from ledger.ids import ClaimNo, Digest
from ledger.refusals import EvidenceMissing, SelfDealing
from ledger.words import LotRef


def order(step: Step, act: Order, council: Approvals) -> Expected:
    digest = _decided(step, act, council)
    ref = LotRef(ClaimNo(act.claim), act.lot, act.version)
    written = freeze(step.state, ref) if act.freeze else thaw(step.state, ref)
    op = Op.FROZEN if act.freeze else Op.THAWED
    return Expected(ref.claim, op, digest, lot_words(written))


def recover(step: Step, act: Recovery, council: Approvals) -> Expected:
    digest = _decided(step, act, council)
    if act.holder == act.successor:
        step.broken(SelfDealing(act.holder))
    require_role(step, act.successor, 0)
    ref = LotRef(ClaimNo(act.claim), act.lot, act.version)
    written = reassign(step.state, ref, act.holder, act.successor)
    return Expected(ref.claim, Op.REASSIGNED, digest, lot_words(written))


def _decided(step: Step, act: Order | Recovery, council: Approvals) -> Digest:
    if not any(act.evidence):
        step.broken(EvidenceMissing())
    digest = step.digests.of(act)
    require_council(step, digest, council)
    return digest
