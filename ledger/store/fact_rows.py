"""Facts as rows: which table each kind of fact belongs to, and what it ends there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ledger.projection import (
    ClaimOpened,
    CouncilSeated,
    DealConcluded,
    DealStepped,
    Fact,
    InvoiceUsed,
    LotOrdered,
    LotWritten,
    MemberEquivocated,
    ObligationAgreed,
    OraclesConfigured,
    PartyWritten,
    PaymentAllocated,
    PolicyWritten,
    RegistrationSeen,
    SignerAdded,
    SignerRemoved,
    ValidatorWritten,
)
from ledger.store.tables import (
    claims,
    councils,
    deal_steps,
    deals,
    equivocations,
    identifiers,
    invoice_uses,
    lot_orders,
    lots,
    obligations,
    oracle_configs,
    parties,
    payments,
    policies,
    registrations,
    signers,
    validators,
)
from ledger.store.temporal import TemporalRows

_FIRST_VERSION = 1


def gather(rows: TemporalRows, since: int, facts: Iterable[Fact]) -> None:
    """Add the facts of entry ``since`` to ``rows``."""
    for position, fact in enumerate(facts):
        _WRITERS[type(fact)](rows, since, position, fact)


def _claim(rows: TemporalRows, since: int, _position: int, fact: ClaimOpened) -> None:
    values = {
        "number": fact.number,
        "debtor": fact.claim.debtor,
        "creditor": fact.creditor,
        "currency": fact.claim.currency,
        "face": fact.claim.face,
        "maturity": fact.claim.maturity,
        "documents": fact.documents,
    }
    rows.add(claims, since, values)


def _lot(rows: TemporalRows, since: int, _position: int, fact: LotWritten) -> None:
    lot = fact.lot
    values = {
        "claim": lot.claim,
        "start": lot.start,
        "version": lot.version,
        "end": lot.end,
        "holder": lot.holder,
        "lien": lot.lien,
        "state": int(lot.state),
    }
    rows.replace(lots, since, values, first=lot.version == _FIRST_VERSION)


def _invoice_use(rows: TemporalRows, since: int, position: int, fact: InvoiceUsed) -> None:
    values = {
        "fingerprint": fact.fingerprint,
        "position": position,
        "claim": fact.claim,
        "currency": fact.currency,
        "total": fact.total,
        "amount": fact.amount,
    }
    rows.add(invoice_uses, since, values)


def _payment(rows: TemporalRows, since: int, _position: int, fact: PaymentAllocated) -> None:
    values = {
        "line": fact.payment.line,
        "claim": fact.lot.claim,
        "start": fact.lot.start,
        "version": fact.lot.version,
        "currency": fact.payment.currency,
        "paid": fact.payment.amount,
        "allocated": fact.amount,
        "booked_on": fact.payment.bookedOn,
    }
    rows.add(payments, since, values)


def _party(rows: TemporalRows, since: int, _position: int, fact: PartyWritten) -> None:
    if fact.identifier is not None:
        rows.add(identifiers, since, {"party": fact.number, "identifier": fact.identifier})
    values = {
        "number": fact.number,
        "version": fact.version,
        "roles": fact.roles,
        "active": fact.active,
        "quorum": fact.quorum,
        "dual_above": str(fact.dual_above),
    }
    rows.replace(parties, since, values, first=fact.version == _FIRST_VERSION)


def _signer(rows: TemporalRows, since: int, _position: int, fact: SignerAdded) -> None:
    rows.replace(signers, since, {"signer": fact.signer, "party": fact.party})


def _no_signer(rows: TemporalRows, since: int, _position: int, fact: SignerRemoved) -> None:
    rows.end(signers, since, (fact.signer,))


def _council(rows: TemporalRows, since: int, _position: int, fact: CouncilSeated) -> None:
    values = {"epoch": fact.epoch, "members": list(fact.members), "quorum": fact.quorum}
    rows.replace(councils, since, values)


def _oracles(rows: TemporalRows, since: int, _position: int, fact: OraclesConfigured) -> None:
    values = {
        "epoch": fact.epoch,
        "config": fact.config,
        "members": list(fact.members),
        "quorum": fact.quorum,
    }
    rows.replace(oracle_configs, since, values)


def _policy(rows: TemporalRows, since: int, _position: int, fact: PolicyWritten) -> None:
    rows.replace(policies, since, {"policy": fact.policy, "authorised": fact.authorised})


def _validator(rows: TemporalRows, since: int, _position: int, fact: ValidatorWritten) -> None:
    values = {
        "key": fact.key,
        "version": fact.version,
        "party": fact.party,
        "power": fact.power,
    }
    rows.replace(validators, since, values, first=fact.version == _FIRST_VERSION)


def _equivocation(rows: TemporalRows, since: int, _position: int, fact: MemberEquivocated) -> None:
    rows.add(equivocations, since, {"line": fact.line, "one": fact.one, "other": fact.other})


def _deal(rows: TemporalRows, since: int, _position: int, fact: DealConcluded) -> None:
    terms = fact.terms
    values = {
        "deal": fact.deal,
        "claim": terms.claim,
        "start": terms.start,
        "end": terms.end,
        "seller": terms.seller,
        "bank": terms.bank,
        "mode": terms.mode,
        "terms": terms.terms,
        "due_on": terms.dueOn,
        "rules": terms.rules,
        "registration": terms.registration,
        "documents": terms.documents,
    }
    rows.add(deals, since, values)


def _obligation(rows: TemporalRows, since: int, _position: int, fact: ObligationAgreed) -> None:
    values = {
        "commitment": fact.commitment,
        "deal": fact.deal,
        "duty": int(fact.duty),
        "pay_by": str(fact.pay_by),
    }
    rows.add(obligations, since, values)


def _deal_step(rows: TemporalRows, since: int, _position: int, fact: DealStepped) -> None:
    payment = fact.payment
    values = {
        "subject": fact.subject,
        "step": str(fact.step),
        "line": payment.line if payment else None,
        "booked_on": payment.bookedOn if payment else None,
    }
    rows.add(deal_steps, since, values)


def _registration(rows: TemporalRows, since: int, _position: int, fact: RegistrationSeen) -> None:
    seen = fact.registration
    values = {
        "number": seen.number,
        "claim": seen.claim,
        "start": seen.start,
        "end": seen.end,
        "bank": seen.bank,
        "registered_at": str(seen.registeredAt),
        "expires_on": seen.expiresOn,
    }
    rows.replace(registrations, since, values)


def _lot_order(rows: TemporalRows, since: int, _position: int, fact: LotOrdered) -> None:
    values = {
        "claim": fact.lot.claim,
        "start": fact.lot.start,
        "version": fact.lot.version,
        "intervention": str(fact.intervention),
        "evidence": fact.evidence,
    }
    rows.add(lot_orders, since, values)


_WRITERS: dict[type, Callable[[TemporalRows, int, int, Any], None]] = {
    ClaimOpened: _claim,
    LotWritten: _lot,
    InvoiceUsed: _invoice_use,
    PaymentAllocated: _payment,
    PartyWritten: _party,
    SignerAdded: _signer,
    SignerRemoved: _no_signer,
    CouncilSeated: _council,
    OraclesConfigured: _oracles,
    PolicyWritten: _policy,
    ValidatorWritten: _validator,
    MemberEquivocated: _equivocation,
    DealConcluded: _deal,
    ObligationAgreed: _obligation,
    DealStepped: _deal_step,
    RegistrationSeen: _registration,
    LotOrdered: _lot_order,
}
