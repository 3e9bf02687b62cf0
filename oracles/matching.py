"""What each line of a bank statement pays, or why it pays nothing here.

Both sides' banks may witness: a debit on the debtor's account and a credit on the holder's are
two views of one payment. A line's fingerprint contains its direction and its account, so members
reach a quorum only by reading the same statement. Should both views be attested, the second
finds its lot at a newer version and discharges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ledger.business_day import number_of
from ledger.documents import Statement, StatementLine
from ledger.ids import PartyNo
from ledger.payment import why_no_payment
from ledger.references import LotReferenceMistyped, NotLotReference, read_lot_reference
from ledger.remittance import is_reference
from ledger.store.keeping.statements import LineStatus, Match, Reason
from ledger.words import Claim, Lot, LotRef, LotState
from oracles.debts import Debts, Finding, find_debt, paid_between

Place = tuple[int, int]
"""A claim's number and the first unit of a lot."""

_REFERENCE_LENGTH = 35
_ACCOUNT_LENGTH = 34


@dataclass(frozen=True)
class Known:
    """What the ledger knows of the lots and debts that a statement names.

    ``accounts`` are those that parties have stated, without spaces; ``allocated`` is what each
    statement line, by fingerprint, has discharged already.
    """

    lots: Mapping[Place, tuple[Lot, Claim]]
    accounts: Mapping[PartyNo, str]
    allocated: Mapping[bytes, int]
    debts: Debts = field(default_factory=Debts)


def references(statement: Statement) -> list[LotRef]:
    """The lots that a statement's lines name, as far as they name any."""
    found = []
    for line in statement.lines:
        try:
            found.append(read_lot_reference(line.end_to_end_id))
        except (NotLotReference, LotReferenceMistyped):
            continue
    return found


def match(line: StatementLine, known: Known) -> Match:
    """One line against the lots and debts as they are now."""
    obstacle = why_no_payment(line)
    if obstacle is not None:
        return _result(line, Reason[obstacle.name])
    if is_reference(line.end_to_end_id):
        return _debt_result(line, find_debt(line, known.debts, known.accounts))
    try:
        ref = read_lot_reference(line.end_to_end_id)
    except NotLotReference:
        return _result(line, Reason.OTHER_REFERENCE if line.end_to_end_id else Reason.NO_REFERENCE)
    except LotReferenceMistyped:
        return _result(line, Reason.MISTYPED_REFERENCE)
    found = known.lots.get((ref.claim, ref.start))
    if found is None:
        return _result(line, Reason.UNKNOWN_LOT, ref)
    lot, claim = found
    return _result(line, _against(line, ref, lot, claim, known), ref, lot, claim)


def _against(
    line: StatementLine, ref: LotRef, lot: Lot, claim: Claim, known: Known
) -> Reason | None:
    if line.fingerprint in known.allocated:
        return Reason.ALREADY_ALLOCATED
    if lot.version != ref.version:
        return Reason.STALE_VERSION
    if lot.state is not LotState.LIVE:
        return Reason.NOT_LIVE
    if line.currency != claim.currency:
        return Reason.WRONG_CURRENCY
    if not paid_between(line, claim.debtor, lot.holder, known.accounts):
        return Reason.WRONG_ACCOUNT
    if line.units == lot.amount:
        return None
    return Reason.OVER if line.units > lot.amount else Reason.SHORT


_STILL_PAYS = (None, Reason.OVER, Reason.SHORT, Reason.ALREADY_ALLOCATED)


def _debt_result(line: StatementLine, found: Finding) -> Match:
    """A debt is paid as it is or not at all: the chain knows no part of it."""
    pays = found.reason in (None, Reason.ALREADY_ALLOCATED)
    return replace(
        _result(line, found.reason),
        status=LineStatus.MATCHED if pays else LineStatus.UNMATCHED,
        debt=found.debt,
        debtor=found.payer,
        holder=found.payee,
    )


def _result(
    line: StatementLine,
    reason: Reason | None,
    ref: LotRef | None = None,
    lot: Lot | None = None,
    claim: Claim | None = None,
) -> Match:
    booked_on = line.booking_date
    return Match(
        fingerprint=line.fingerprint,
        end_to_end_id=line.end_to_end_id[:_REFERENCE_LENGTH],
        direction=line.direction.value,
        amount=line.units,
        currency=line.currency,
        booked_on=None if booked_on is None else number_of(booked_on),
        status=LineStatus.MATCHED if reason in _STILL_PAYS else LineStatus.UNMATCHED,
        reason=reason,
        surplus=line.units - lot.amount if reason is Reason.OVER and lot else 0,
        lot=ref,
        debtor=claim.debtor if claim else None,
        holder=lot.holder if lot else None,
        account=line.account[:_ACCOUNT_LENGTH],
    )
