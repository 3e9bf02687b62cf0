"""Deals: mirrors ``Financing.sol``. Entries hold no times, so deadlines are not judged."""

from __future__ import annotations

from dataclasses import replace

from ledger.business_day import require_date
from ledger.deals import (
    BuyBack,
    DealState,
    Demand,
    Duty,
    Enforcement,
    Finance,
    Mode,
    Outcome,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.entries import Op
from ledger.fold.consent import Approvals, require_party, require_role
from ledger.fold.lots import convey, encumber, foreclose, lot_at, release
from ledger.fold.payments import remit, witnessed
from ledger.fold.receivables import note_papers
from ledger.fold.state import Deal, Obligation, Registered, State
from ledger.fold.step import Expected, Step, lot_words
from ledger.ids import ClaimNo, Digest, PartyNo
from ledger.money import MAX_UNITS
from ledger.refusals import (
    AdvanceUnpaid,
    AlreadyDemanded,
    AlreadyPaid,
    AlreadyRescinded,
    AmountTooLarge,
    CommitmentTaken,
    DealClosed,
    DealUnknown,
    InvalidDate,
    LotChanged,
    LotNotLive,
    NoRecourse,
    NotHolder,
    NotPledge,
    NotRescindable,
    OutsideDeal,
    RegistrationForeign,
    RegistrationKnown,
    RegistrationTooSmall,
    RegistrationUnknown,
    RemittanceMismatch,
    SelfDealing,
    UnknownClaim,
    ZeroAmount,
)
from ledger.roles import Role
from ledger.words import LotRef, LotState


def conclude(step: Step, act: Finance, seller: Approvals, bank: Approvals) -> Expected:
    if act.seller == act.bank:
        step.broken(SelfDealing(act.seller))
    mode = Mode.of(act.mode)
    if act.start >= act.end:
        raise ZeroAmount
    _judge_date(step, act.dueOn)
    _judge_registration(step, act)
    digest = step.digests.of(act)
    require_role(step, act.bank, Role.BANK)
    require_party(step, act.seller, digest, act.end - act.start, seller)
    require_party(step, act.bank, digest, act.end - act.start, bank)
    _owe(step, act.advance, Obligation(bytes(digest), Duty.ADVANCE, act.start, act.end))
    step.state.deals[bytes(digest)] = Deal(
        ClaimNo(act.claim),
        act.start,
        act.end,
        PartyNo(act.seller),
        PartyNo(act.bank),
        mode,
        DealState.CONCLUDED,
    )
    note_papers(step, act.documents)
    ref = LotRef(ClaimNo(act.claim), act.lot, act.version)
    if mode is Mode.PLEDGE:
        written = encumber(step.state, ref, act.start, act.end, act.seller, act.bank)
        return Expected(ref.claim, Op.ENCUMBERED, digest, lot_words(written))
    written = convey(step.state, ref, act.start, act.end, act.seller, act.bank, act.seller)
    return Expected(ref.claim, Op.CONVEYED, digest, lot_words(written))


def prove(step: Step, fact: Remittance, oracles: Approvals) -> Expected:
    _judge_date(step, fact.bookedOn)
    owed = _open(step, fact.commitment)
    deal = step.state.deals[owed.deal]
    digest = remit(step, fact, oracles)
    step.state.obligations[fact.commitment] = replace(owed, outcome=Outcome.PAID)
    match owed.duty:
        case Duty.ADVANCE:
            _now(step.state, owed.deal, DealState.ADVANCED)
            if deal.mode is Mode.PLEDGE:
                return _recorded(deal, digest)
            return _released(step.state, deal, owed, deal.seller, digest)
        case Duty.BUY_BACK:
            return _foreclosed(step.state, deal, owed, deal.seller, digest)
        case Duty.REPAYMENT:
            if deal.state is not DealState.ADVANCED:
                step.broken(DealClosed(_hex(owed.deal), deal.state))
            _now(step.state, owed.deal, DealState.REPAID)
            return _released(step.state, deal, owed, deal.bank, digest)
        case Duty.SURPLUS:
            return _recorded(deal, digest)


def rescind(step: Step, act: Rescission, creditor: Approvals) -> Expected:
    owed = _open(step, act.commitment)
    if owed.duty not in (Duty.ADVANCE, Duty.BUY_BACK):
        raise NotRescindable(_hex(act.commitment))
    deal = step.state.deals[owed.deal]
    digest = step.digests.of(act)
    advance = owed.duty is Duty.ADVANCE
    require_party(step, deal.seller if advance else deal.bank, digest, deal.amount, creditor)
    step.state.obligations[act.commitment] = replace(owed, outcome=Outcome.RESCINDED)
    if not advance:
        _require_provable(step.state, deal.claim, owed)
        return _released(step.state, deal, owed, deal.seller, digest)
    _now(step.state, owed.deal, DealState.RESCINDED)
    if deal.mode is Mode.PLEDGE:
        return _released(step.state, deal, owed, deal.bank, digest)
    return _foreclosed(step.state, deal, owed, deal.seller, digest)


def buy_back(step: Step, act: BuyBack, seller: Approvals, bank: Approvals) -> Expected:
    deal = _with_recourse(step, act.deal)
    if act.start >= act.end:
        raise ZeroAmount
    within = deal.start <= act.start and act.end <= deal.end
    if act.claim != deal.claim or not within:
        step.broken(OutsideDeal(_hex(act.deal), deal.start, deal.end))
    digest = step.digests.of(act)
    require_party(step, deal.seller, digest, act.end - act.start, seller)
    require_party(step, deal.bank, digest, act.end - act.start, bank)
    _owe(step, act.commitment, Obligation(act.deal, Duty.BUY_BACK, act.start, act.end))
    ref = LotRef(ClaimNo(act.claim), act.lot, act.version)
    written = encumber(step.state, ref, act.start, act.end, deal.bank, deal.seller)
    return Expected(ref.claim, Op.ENCUMBERED, digest, lot_words(written))


def demand_recourse(step: Step, act: Demand, bank: Approvals) -> Expected:
    deal = _with_recourse(step, act.deal)
    if deal.demanded:
        step.broken(AlreadyDemanded(_hex(act.deal), 0))
    _judge_unpaid(step, act, deal)
    digest = step.digests.of(act)
    require_party(step, deal.bank, digest, deal.amount, bank)
    step.state.deals[act.deal] = replace(deal, demanded=True)
    return _recorded(deal, digest)


def admit_surplus(step: Step, act: Surplus, bank: Approvals) -> Expected:
    deal = _known(step, act.deal)
    if deal.mode is Mode.SALE:
        step.broken(NoRecourse(_hex(act.deal), deal.mode.number))
    if deal.state is not DealState.ENFORCED:
        _judge_advanced(step, act.deal, deal)
    digest = step.digests.of(act)
    require_party(step, deal.bank, digest, deal.amount, bank)
    _owe(step, act.commitment, Obligation(act.deal, Duty.SURPLUS, deal.start, deal.end))
    return _recorded(deal, digest)


def agree_repayment(step: Step, act: Repayment, seller: Approvals, bank: Approvals) -> Expected:
    deal = _pledged(step, act.deal)
    digest = step.digests.of(act)
    require_party(step, deal.seller, digest, deal.amount, seller)
    require_party(step, deal.bank, digest, deal.amount, bank)
    _owe(step, act.commitment, Obligation(act.deal, Duty.REPAYMENT, deal.start, deal.end))
    return _recorded(deal, digest)


def enforce(step: Step, act: Enforcement, bank: Approvals) -> Expected:
    deal = _pledged(step, act.deal)
    digest = step.digests.of(act)
    require_party(step, deal.bank, digest, deal.amount, bank)
    _now(step.state, act.deal, DealState.ENFORCED)
    pledged = Obligation(act.deal, Duty.REPAYMENT, deal.start, deal.end)
    return _foreclosed(step.state, deal, pledged, deal.bank, digest)


def register(step: Step, fact: Registration, oracles: Approvals) -> Expected:
    if fact.start >= fact.end:
        step.broken(ZeroAmount())
    if fact.end > MAX_UNITS:
        step.broken(AmountTooLarge(fact.end))
    _judge_date(step, fact.expiresOn)
    digest = witnessed(step, fact, oracles)
    bank = PartyNo(fact.bank)
    found = Registered(ClaimNo(fact.claim), fact.start, fact.end, bank, fact.expiresOn)
    known = step.state.registrations.get(fact.number)
    if known is not None:
        same = replace(known, expires_on=fact.expiresOn) == found
        if not same or fact.expiresOn <= known.expires_on:
            step.broken(RegistrationKnown(_hex(fact.number), known.expires_on))
    if found.claim not in step.state.claims:
        raise UnknownClaim(found.claim)
    step.state.registrations[fact.number] = found
    return Expected(found.claim, Op.RECORDED, digest, (bank,))


def _judge_date(step: Step, day: int) -> None:
    try:
        require_date(day)
    except InvalidDate as refusal:
        step.broken(refusal)


def _judge_registration(step: Step, act: Finance) -> None:
    number = _hex(act.registration)
    known = step.state.registrations.get(act.registration)
    if known is None:
        step.broken(RegistrationUnknown(number))
        return
    if known.bank != act.bank:
        step.broken(RegistrationForeign(number, known.bank))
    if known.claim != act.claim or act.start < known.start or act.end > known.end:
        step.broken(RegistrationTooSmall(number, known.claim, known.start, known.end))


def _owe(step: Step, commitment: bytes, obligation: Obligation) -> None:
    if commitment in step.state.obligations:
        step.broken(CommitmentTaken(_hex(commitment)))
    step.state.obligations[commitment] = obligation


def _open(step: Step, commitment: bytes) -> Obligation:
    owed = step.state.obligations.get(commitment)
    if owed is None:
        raise RemittanceMismatch(_hex(commitment))
    if owed.outcome is Outcome.PAID:
        step.broken(AlreadyPaid(_hex(commitment)))
    if owed.outcome is Outcome.RESCINDED:
        step.broken(AlreadyRescinded(_hex(commitment)))
    return owed


def _known(step: Step, deal: bytes) -> Deal:
    if deal not in step.state.deals:
        raise DealUnknown(_hex(deal))
    return step.state.deals[deal]


def _with_recourse(step: Step, number: bytes) -> Deal:
    deal = _known(step, number)
    if deal.mode is not Mode.RECOURSE:
        step.broken(NoRecourse(_hex(number), deal.mode.number))
    _judge_advanced(step, number, deal)
    return deal


def _pledged(step: Step, number: bytes) -> Deal:
    deal = _known(step, number)
    if deal.mode is not Mode.PLEDGE:
        step.broken(NotPledge(_hex(number), deal.mode.number))
    _judge_advanced(step, number, deal)
    return deal


def _judge_advanced(step: Step, number: bytes, deal: Deal) -> None:
    if deal.state is DealState.CONCLUDED:
        step.broken(AdvanceUnpaid(_hex(number)))
    elif deal.state is not DealState.ADVANCED:
        step.broken(DealClosed(_hex(number), deal.state))


def _judge_unpaid(step: Step, act: Demand, deal: Deal) -> None:
    lot = lot_at(step.state, deal.claim, act.lot)
    if lot.version != act.version:
        step.broken(LotChanged(deal.claim, act.lot, act.version, lot.version))
    if lot.state is not LotState.LIVE:
        step.broken(LotNotLive(deal.claim, act.lot, lot.state))
    if lot.holder != deal.bank:
        step.broken(NotHolder(deal.claim, act.lot, deal.bank, lot.holder))
    if lot.start >= deal.end or lot.end <= deal.start:
        step.broken(OutsideDeal(_hex(act.deal), deal.start, deal.end))


def _now(state: State, number: bytes, condition: DealState) -> None:
    state.deals[number] = replace(state.deals[number], state=condition)


def _recorded(deal: Deal, digest: Digest) -> Expected:
    return Expected(deal.claim, Op.RECORDED, digest, (deal.seller, deal.bank))


def _released(
    state: State, deal: Deal, owed: Obligation, lienholder: PartyNo, digest: Digest
) -> Expected:
    rest = _rest(state, deal.claim, owed)
    if rest is None:
        return _recorded(deal, digest)
    written = release(state, rest, lienholder)
    return Expected(deal.claim, Op.RELEASED, digest, lot_words(written))


def _foreclosed(
    state: State, deal: Deal, owed: Obligation, lienholder: PartyNo, digest: Digest
) -> Expected:
    rest = _rest(state, deal.claim, owed)
    if rest is None:
        return _recorded(deal, digest)
    written = foreclose(state, rest, lienholder)
    return Expected(deal.claim, Op.FORECLOSED, digest, lot_words(written))


def _require_provable(state: State, claim: ClaimNo, owed: Obligation) -> None:
    """Nobody is late with a buy-back that can't be proven paid: a frozen lot goes to no one."""
    rest = _rest(state, claim, owed)
    if rest is None:
        return
    lot = lot_at(state, claim, rest.start)
    if lot.state is not LotState.LIVE:
        raise LotNotLive(claim, lot.start, lot.state)


def _rest(state: State, claim: ClaimNo, owed: Obligation) -> LotRef | None:
    """The one lot of these units that isn't paid; None if all are."""
    start = owed.start
    while start < owed.end:
        lot = lot_at(state, claim, start)
        if lot.state is not LotState.DISCHARGED:
            return lot.ref
        start = lot.end
    return None


def _hex(word: bytes) -> str:
    return "0x" + word.hex()
