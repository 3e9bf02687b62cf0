"""Whom an act in the outbox concerns: it may be asked about by those, and by its submitter."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from ledger.acts import EQUIVOCATION, KIND_BY_NAME, Equivocation, SignedAct, decode_call
from ledger.agreements import Amendment, Issue, Merge, Payment, Transfer
from ledger.deals import Finance, Registration, Remittance
from ledger.ids import ClaimNo, PartyNo
from ledger.store.outbox import ActRecord, ActStatus
from ledger.store.reading.deals import deals_behind
from ledger.store.reading.owed import owed_under
from ledger.store.reading.receivables import current_lots
from ledger.store.tables import acts
from ledger.visibility import Scope
from ledger.words import LotRef

_COUNCIL, _ORACLES = ("council",), ("oracles",)


def may_ask(connection: Connection, scope: Scope, act: ActRecord) -> bool:
    """Whether an act is within a scope."""
    if scope.party is not None and act.submitter == scope.party:
        return True
    if _has_office(scope, act.kind):
        return True
    query = select(acts.c.call).where(acts.c.digest == act.digest)
    call = decode_call(connection.execute(query).scalar_one())
    if isinstance(call, Equivocation):
        readings = (call.one, call.other)
        return any(_concerns_payer_or_paid(connection, scope, one) for one in readings)
    if not isinstance(call, SignedAct):
        return False
    if isinstance(call.agreement, Amendment):
        return call.agreement.party == scope.party
    return _concerns(connection, scope, call, act)


def _has_office(scope: Scope, kind: str) -> bool:
    """Whether acts of this kind are the caller's business whomever else they concern."""
    if kind == EQUIVOCATION:  # the council may want another member in that one's place
        return scope.is_oracle or scope.is_council
    sides = KIND_BY_NAME[kind].sides
    return (sides == _COUNCIL and scope.is_council) or (sides == _ORACLES and scope.is_oracle)


def oldest_waiting(connection: Connection) -> int | None:
    """When the oldest act that the chain hasn't decided was accepted, Unix milliseconds."""
    waiting = acts.c.status.in_((ActStatus.ACCEPTED, ActStatus.SENT))
    oldest: int | None = connection.scalar(select(func.min(acts.c.created)).where(waiting))
    return oldest


def _concerns(connection: Connection, scope: Scope, call: SignedAct, act: ActRecord) -> bool:
    agreement = call.agreement
    if isinstance(agreement, Payment):
        return _concerns_payer_or_paid(connection, scope, agreement)
    parties: set[PartyNo] = set()
    claim = act.claim or 0
    if isinstance(agreement, Remittance):
        owed = owed_under(connection, [agreement.commitment]).get(agreement.commitment)
        parties = set() if owed is None else {owed.seller, owed.bank}
        claim = claim or (0 if owed is None else owed.claim)
    elif isinstance(agreement, Registration):
        parties, claim = {PartyNo(agreement.bank)}, agreement.claim
    elif isinstance(agreement, Issue | Transfer | Merge | Finance):
        parties = {PartyNo(getattr(agreement, side)) for side in call.kind.sides}
        claim = claim or getattr(agreement, "claim", 0)
    else:
        made, _ = deals_behind(connection, [agreement])
        parties = {number for deal in made.values() for number in (deal.seller, deal.bank)}
    return scope.covers(ClaimNo(claim), frozenset(parties))


def _concerns_payer_or_paid(connection: Connection, scope: Scope, payment: Payment) -> bool:
    ref = LotRef.from_subject(payment.subject)
    found = current_lots(connection, [ref]).get((ref.claim, ref.start))
    parties = {found[0].holder, found[1].debtor} if found else set()
    return scope.covers(ref.claim, frozenset(parties))
