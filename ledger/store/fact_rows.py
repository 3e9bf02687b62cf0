"""Facts as rows: which table each kind of fact belongs to, and what it ends there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ledger.projection import (
    ClaimOpened,
    CouncilSeated,
    Fact,
    InvoiceUsed,
    LotWritten,
    MemberEquivocated,
    OraclesConfigured,
    PartyWritten,
    PaymentAllocated,
    PolicyWritten,
    SignerAdded,
    SignerRemoved,
    ValidatorWritten,
)
from ledger.store.tables import (
    claims,
    councils,
    equivocations,
    identifiers,
    invoice_uses,
    lots,
    oracle_configs,
    parties,
    payments,
    policies,
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
}
