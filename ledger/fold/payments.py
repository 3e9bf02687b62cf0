"""What oracle members witnessed: mirrors ``Attestations.sol`` and ``Receivables.settle``."""

from __future__ import annotations

from ledger.acts import Equivocation, equivocation_act
from ledger.agreements import Payment
from ledger.business_day import require_date
from ledger.deals import Registration, Remittance
from ledger.entries import Op
from ledger.fold.consent import Approvals, require_oracle, require_oracles, signer
from ledger.fold.lots import discharge, lot_at
from ledger.fold.state import ZERO_ADDRESS, Allocation
from ledger.fold.step import Expected, Step, lot_words
from ledger.hexadecimal import hexed
from ledger.ids import CONSORTIUM_BOOK, Digest
from ledger.money import MAX_UNITS
from ledger.refusals import (
    AlreadyRecorded,
    AmountTooLarge,
    CurrencyMismatch,
    InvalidDate,
    LineUsed,
    NoContradiction,
    PaymentContradicted,
    PaymentOverallocated,
    WrongConfig,
)
from ledger.words import LotRef

REMITTED = Allocation((1 << 64) - 1, (1 << 64) - 1)
"""In the place of an amount that only the parties know."""


def settle(step: Step, payment: Payment, oracles: Approvals) -> Expected:
    _judge_terms(step, payment)
    digest = step.digests.of(payment)
    require_oracles(step, digest, oracles)
    ref = LotRef.from_subject(payment.subject)
    lot = lot_at(step.state, ref.claim, ref.start)
    currency = step.state.claims[ref.claim].currency
    if payment.currency != currency:
        step.broken(CurrencyMismatch(payment.currency, currency))
    amount = min(payment.amount, lot.amount)
    _allocate(step, payment, amount)
    written = discharge(step.state, ref, amount)
    return Expected(ref.claim, Op.DISCHARGED, digest, lot_words(written))


def record_equivocation(step: Step, found: Equivocation) -> Expected:
    one, other = step.digests.of(found.one), step.digests.of(found.other)
    _judge_config(step, found.one)
    _judge_config(step, found.other)
    member = signer(step, found.one_approval, one, 0)
    same = member is not None and signer(step, found.other_approval, other, 1) == member
    if found.one.line != found.other.line or one == other or not same:
        step.broken(NoContradiction())
    if member is not None:
        require_oracle(step, member)
        if (found.one.line, member) in step.state.equivocations:
            step.broken(AlreadyRecorded(hexed(found.one.line), member))
        step.state.equivocations.add((found.one.line, member))
    act = equivocation_act(found.one.line, member or ZERO_ADDRESS)
    return Expected(CONSORTIUM_BOOK, Op.NOTED, act)


def remit(step: Step, fact: Remittance, oracles: Approvals) -> Digest:
    """What ``Attestations.remit`` does: the line is used up."""
    digest = witnessed(step, fact, oracles)
    if step.state.payments.get(fact.line, Allocation(0, 0)).allocated:
        step.broken(LineUsed(hexed(fact.line)))
    step.state.payments[fact.line] = REMITTED
    return digest


def witnessed(step: Step, fact: Remittance | Registration, oracles: Approvals) -> Digest:
    """What ``Attestations.requireWitnesses`` does."""
    _judge_config(step, fact)
    digest = step.digests.of(fact)
    require_oracles(step, digest, oracles)
    return digest


def _judge_terms(step: Step, payment: Payment) -> None:
    try:
        require_date(payment.bookedOn)
    except InvalidDate as refusal:
        step.broken(refusal)
    if payment.amount > MAX_UNITS:
        step.broken(AmountTooLarge(payment.amount))
    _judge_config(step, payment)


def _judge_config(step: Step, payment: Payment | Remittance | Registration) -> None:
    current = step.state.config
    if step.state.oracles.epoch == 0 or payment.config != current:
        step.broken(WrongConfig(hexed(payment.config), hexed(current)))


def _allocate(step: Step, payment: Payment, amount: int) -> None:
    line = hexed(payment.line)
    if step.state.payments.get(payment.line) == REMITTED:
        step.broken(LineUsed(line))
        return
    before = step.state.payments.get(payment.line, Allocation(payment.amount, 0))
    if before.amount != payment.amount:
        step.broken(PaymentContradicted(line, payment.amount, before.amount))
    free = payment.amount - before.allocated
    if amount > free:
        step.broken(PaymentOverallocated(line, free, amount))
    step.state.payments[payment.line] = Allocation(payment.amount, before.allocated + amount)
