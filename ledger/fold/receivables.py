"""Acts between parties: mirrors ``Receivables.sol`` but for ``settle``."""

from __future__ import annotations

from ledger.agreements import InvoiceUse, Issue, Merge, Transfer
from ledger.business_day import require_date
from ledger.commitments import EMPTY_ROOT
from ledger.entries import Op
from ledger.fold.consent import Approvals, require_party, require_role
from ledger.fold.findings import EntryMismatch, PriorUses
from ledger.fold.lots import lot_at, merge, move
from ledger.fold.state import Invoice
from ledger.fold.step import Expected, Step, lot_words
from ledger.hexadecimal import hexed
from ledger.ids import CONSORTIUM_BOOK, ClaimNo, PartyNo
from ledger.money import MAX_UNITS
from ledger.refusals import (
    AmountTooLarge,
    InvalidCurrency,
    InvalidDate,
    InvoiceMismatch,
    InvoiceOverused,
    InvoicesDoNotCover,
    InvoiceVersionStale,
    NotAdjacent,
    SelfDealing,
    ZeroAmount,
)
from ledger.roles import Role
from ledger.words import Claim, Lot, LotRef, LotState, pack_claim, pack_lot


def issue(step: Step, act: Issue, debtor: Approvals, creditor: Approvals) -> Expected:
    _judge_terms(step, act)
    digest = step.digests.of(act)
    require_role(step, act.debtor, Role.CORE_ENTERPRISE)
    require_party(step, act.debtor, digest, act.face, debtor)
    require_party(step, act.creditor, digest, act.face, creditor)
    for use in act.invoices:
        _use(step, use, act.currency)
    claim = Claim(PartyNo(act.debtor), act.face, act.maturity, act.currency)
    number = _next_claim(step)
    note_papers(step, act.documents)
    lot = Lot(number, 0, act.face, PartyNo(act.creditor), PartyNo(0), LotState.LIVE, 1)
    step.state.claims[number] = claim
    step.state.lots[number] = {0: lot}
    return Expected(number, Op.OPENED, digest, (pack_claim(claim), pack_lot(lot)))


def transfer(step: Step, act: Transfer, holder: Approvals, recipient: Approvals) -> Expected:
    if act.holder == act.recipient:
        step.broken(SelfDealing(act.holder))
    if act.start >= act.end:
        raise ZeroAmount
    digest = step.digests.of(act)
    require_party(step, act.holder, digest, act.end - act.start, holder)
    require_party(step, act.recipient, digest, act.end - act.start, recipient)
    ref = LotRef(ClaimNo(act.claim), act.lot, act.version)
    written = move(step.state, ref, act.start, act.end, act.holder, act.recipient)
    note_papers(step, act.documents)
    return Expected(ref.claim, Op.MOVED, digest, lot_words(written))


def merge_lots(step: Step, act: Merge, holder: Approvals) -> Expected:
    digest = step.digests.of(act)
    end = lot_at(step.state, act.claim, act.right).end
    if end <= act.left:
        raise NotAdjacent(act.left, act.right)
    require_party(step, act.holder, digest, end - act.left, holder)
    claim = ClaimNo(act.claim)
    left = LotRef(claim, act.left, act.leftVersion)
    right = LotRef(claim, act.right, act.rightVersion)
    written = merge(step.state, left, right, act.holder)
    return Expected(claim, Op.MERGED, digest, lot_words(written))


def note_papers(step: Step, root: bytes) -> None:
    if root != EMPTY_ROOT:
        step.state.papers.setdefault(root, step.entry.index)


def _judge_terms(step: Step, act: Issue) -> None:
    if act.debtor == act.creditor:
        step.broken(SelfDealing(act.debtor))
    try:
        require_date(act.maturity)
    except InvalidDate as refusal:
        step.broken(refusal)
    if not (act.currency.isascii() and act.currency.isalpha() and act.currency.isupper()):
        raise InvalidCurrency(act.currency)
    if act.face == 0:
        step.broken(ZeroAmount())
    if act.face > MAX_UNITS:
        step.broken(AmountTooLarge(act.face))
    invoiced = sum(use.amount for use in act.invoices)
    if invoiced != act.face:
        step.broken(InvoicesDoNotCover(act.face, invoiced))


def _next_claim(step: Step) -> ClaimNo:
    """Claims are numbered from 1; in some books alone, a claim's number is its book's."""
    if step.whole:
        return ClaimNo(len(step.state.claims) + 1)
    book = step.entry.book
    if book == CONSORTIUM_BOOK or book in step.state.claims:
        raise EntryMismatch("book", str(book), "a new claim's")
    return book


def _use(step: Step, use: InvoiceUse, currency: str) -> None:
    fingerprint = hexed(use.fingerprint)
    if use.amount == 0:
        step.broken(ZeroAmount())
    if use.total > MAX_UNITS:
        step.broken(AmountTooLarge(use.total))
    known = _known(step, use, currency)
    if known.version != use.version:
        step.broken(InvoiceVersionStale(fingerprint, use.version, known.version))
    if known.total != use.total or known.currency != currency:
        step.broken(InvoiceMismatch(fingerprint, known.total, known.currency))
    free = use.total - known.used
    if use.amount > free:
        step.broken(InvoiceOverused(fingerprint, free, use.amount))
    used = known.used + use.amount
    step.state.invoices[use.fingerprint] = Invoice(use.total, used, currency, known.version + 1)


def _known(step: Step, use: InvoiceUse, currency: str) -> Invoice:
    known = step.state.invoices.get(use.fingerprint)
    if known is not None:
        return known
    if step.whole or use.version == 0:
        return Invoice(use.total, 0, currency, 0)
    step.unproven.append(PriorUses(step.entry.index, use.fingerprint, use.version))
    return Invoice(use.total, 0, currency, use.version)
