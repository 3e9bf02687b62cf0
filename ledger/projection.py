"""What each entry means, as rows. Stateless: one entry in, the facts it adds out.

Folding is the reader's business: the store keeps every row with the entry that made it, so it
can be asked as of any entry and rewound to any block; `ledger.fold` keeps only what holds now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from eth_utils.address import to_checksum_address

from ledger.acts import Call, Equivocation, SignedAct, decode_call
from ledger.agreements import (
    Amendment,
    Constitution,
    Enrolment,
    Issue,
    OracleConfig,
    Payment,
    ValidatorChange,
)
from ledger.deals import (
    BuyBack,
    Demand,
    Duty,
    Enforcement,
    Finance,
    Order,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.entries import Entry, Op
from ledger.ids import ClaimNo, PartyNo
from ledger.words import Claim, Lot, LotRef, unpack_claim, unpack_lot

_NO_LATEST = 0


@dataclass(frozen=True, slots=True)
class ClaimOpened:
    number: ClaimNo
    claim: Claim
    creditor: PartyNo
    documents: bytes


@dataclass(frozen=True, slots=True)
class LotWritten:
    lot: Lot


@dataclass(frozen=True, slots=True)
class InvoiceUsed:
    fingerprint: bytes
    claim: ClaimNo
    currency: str
    total: int
    amount: int


@dataclass(frozen=True, slots=True)
class PaymentAllocated:
    payment: Payment
    lot: LotRef
    amount: int


@dataclass(frozen=True, slots=True)
class PartyWritten:
    number: PartyNo
    identifier: str | None
    """Given when the party is enrolled; None leaves it as it was."""
    version: int
    roles: int
    active: bool
    quorum: int
    dual_above: int


@dataclass(frozen=True, slots=True)
class SignerAdded:
    party: PartyNo
    signer: str


@dataclass(frozen=True, slots=True)
class SignerRemoved:
    party: PartyNo
    signer: str


@dataclass(frozen=True, slots=True)
class CouncilSeated:
    epoch: int
    members: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True)
class OraclesConfigured:
    epoch: int
    config: bytes
    members: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True)
class PolicyWritten:
    policy: str
    authorised: bool


@dataclass(frozen=True, slots=True)
class ValidatorWritten:
    key: bytes
    party: PartyNo
    power: int
    """0 once it is removed."""
    version: int


@dataclass(frozen=True, slots=True)
class MemberEquivocated:
    line: bytes
    one: bytes
    other: bytes


@dataclass(frozen=True, slots=True)
class DealConcluded:
    deal: bytes
    terms: Finance


@dataclass(frozen=True, slots=True)
class ObligationAgreed:
    """``pay_by`` 0: at no certain time."""

    commitment: bytes
    deal: bytes
    duty: Duty
    pay_by: int


class Step(StrEnum):
    """What can happen to an obligation (the first two) or a deal (the others)."""

    PAID = "paid"
    RESCINDED = "rescinded"
    DEMANDED = "demanded"
    ENFORCED = "enforced"


@dataclass(frozen=True, slots=True)
class DealStepped:
    """``subject`` is a commitment or a deal; ``payment`` what proved an obligation paid."""

    subject: bytes
    step: Step
    payment: Remittance | None = None


@dataclass(frozen=True, slots=True)
class RegistrationSeen:
    registration: Registration


class Intervention(StrEnum):
    """What the council can do to a lot."""

    FREEZE = "freeze"
    THAW = "thaw"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class LotOrdered:
    """``lot`` is as it was before."""

    lot: LotRef
    intervention: Intervention
    evidence: bytes


Fact = (
    ClaimOpened
    | LotWritten
    | InvoiceUsed
    | PaymentAllocated
    | PartyWritten
    | SignerAdded
    | SignerRemoved
    | CouncilSeated
    | OraclesConfigured
    | PolicyWritten
    | ValidatorWritten
    | MemberEquivocated
    | DealConcluded
    | ObligationAgreed
    | DealStepped
    | RegistrationSeen
    | LotOrdered
)


def facts_of(entry: Entry) -> Iterator[Fact]:
    """Everything that holds from this entry on."""
    match entry.op:
        case Op.POLICY_SET:
            policy = to_checksum_address(entry.words[0].to_bytes(20, "big"))
            yield PolicyWritten(policy, entry.words[1] == 1)
        case Op.NOTED:
            yield from _noted(entry, _call(entry))
        case Op.OPENED:
            yield from _opened(entry, _call(entry))
            yield from _lots(entry.words[1:])
        case Op.DISCHARGED:
            yield from _lots(entry.words)
            yield from _discharged(entry, _call(entry))
        case Op.MOVED | Op.MERGED:
            # The words say it all: reading the memo as well would halve the indexer's speed.
            yield from _lots(entry.words)
        case Op.RECORDED:
            yield from _financed(entry, _call(entry))
        case _:
            yield from _lots(entry.words)
            yield from _financed(entry, _call(entry))


def _financed(entry: Entry, call: Call | None) -> Iterator[Fact]:
    """What a deal, a registration or an order adds to the words."""
    match call.agreement if isinstance(call, SignedAct) else None:
        case Finance() as act:
            deal = bytes(entry.act)
            yield DealConcluded(deal, act)
            yield ObligationAgreed(act.advance, deal, Duty.ADVANCE, act.payBy)
        case BuyBack() | Repayment() | Surplus() as act:
            yield _owed(act)
        case Remittance() | Rescission() | Demand() | Enforcement() as act:
            yield _stepped(act)
        case Registration() as fact:
            yield RegistrationSeen(fact)
        case Order() | Recovery() as act:
            yield _ordered(act)


def _owed(act: BuyBack | Repayment | Surplus) -> ObligationAgreed:
    match act:
        case BuyBack():
            return ObligationAgreed(act.commitment, act.deal, Duty.BUY_BACK, act.payBy)
        case Repayment():
            return ObligationAgreed(act.commitment, act.deal, Duty.REPAYMENT, act.payBy)
        case Surplus():
            return ObligationAgreed(act.commitment, act.deal, Duty.SURPLUS, _NO_LATEST)


def _stepped(act: Remittance | Rescission | Demand | Enforcement) -> DealStepped:
    match act:
        case Remittance():
            return DealStepped(act.commitment, Step.PAID, act)
        case Rescission():
            return DealStepped(act.commitment, Step.RESCINDED)
        case Demand():
            return DealStepped(act.deal, Step.DEMANDED)
        case Enforcement():
            return DealStepped(act.deal, Step.ENFORCED)


def _ordered(act: Order | Recovery) -> LotOrdered:
    intervention = Intervention.RECOVERY
    if isinstance(act, Order):
        intervention = Intervention.FREEZE if act.freeze else Intervention.THAW
    return LotOrdered(LotRef(ClaimNo(act.claim), act.lot, act.version), intervention, act.evidence)


def _call(entry: Entry) -> Call | None:
    return decode_call(entry.memo) if entry.memo else None


def _lots(words: Sequence[int]) -> Iterator[LotWritten]:
    for word in words:
        yield LotWritten(unpack_lot(word))


def _discharged(entry: Entry, call: Call | None) -> Iterator[PaymentAllocated]:
    if isinstance(call, SignedAct) and isinstance(call.agreement, Payment):
        reference = LotRef.from_subject(call.agreement.subject)
        paid = unpack_lot(entry.words[0]).amount
        yield PaymentAllocated(call.agreement, reference, paid)


def _opened(entry: Entry, call: Call | None) -> Iterator[Fact]:
    claim = unpack_claim(entry.words[0])
    creditor = unpack_lot(entry.words[1]).holder
    act = call.agreement if isinstance(call, SignedAct) else None
    issue = act if isinstance(act, Issue) else None
    yield ClaimOpened(entry.book, claim, creditor, issue.documents if issue else bytes(32))
    for use in issue.invoices if issue else ():
        yield InvoiceUsed(use.fingerprint, entry.book, claim.currency, use.total, use.amount)


def _noted(entry: Entry, call: Call | None) -> Iterator[Fact]:
    if isinstance(call, Equivocation):
        yield MemberEquivocated(call.one.line, call.one_approval, call.other_approval)
    if not isinstance(call, SignedAct):
        return
    match call.agreement:
        case Enrolment() as act:
            yield from _enrolled(PartyNo(entry.words[0]), act)
        case Amendment() as act:
            yield from _amended(PartyNo(act.party), act)
        case Constitution() as act:
            yield CouncilSeated(act.epoch, act.members, act.quorum)
        case OracleConfig() as act:
            yield OraclesConfigured(act.epoch, bytes(entry.act), act.members, act.quorum)
        case ValidatorChange() as act:
            yield ValidatorWritten(act.key, PartyNo(act.party), act.power, act.version + 1)


def _enrolled(number: PartyNo, act: Enrolment) -> Iterator[Fact]:
    yield PartyWritten(number, act.identifier, 1, act.roles, True, act.quorum, act.dualAbove)
    for signer in act.signers:
        yield SignerAdded(number, signer)


def _amended(number: PartyNo, act: Amendment) -> Iterator[Fact]:
    version = act.version + 1
    yield PartyWritten(number, None, version, act.roles, act.active, act.quorum, act.dualAbove)
    for signer in act.removed:
        yield SignerRemoved(number, signer)
    for signer in act.added:
        yield SignerAdded(number, signer)
