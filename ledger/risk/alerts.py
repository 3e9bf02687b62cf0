"""Alerts: derived from a deal's position whenever somebody asks, kept nowhere.

An alert's id is a hash over its kind, its deal and what made it happen. The same happening has the
same id for ever, so that a person's acknowledgement can be kept by id; what gets worse (a debt in
the next category, a registration that has lapsed) is another alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from ledger.canonical import write_canonical
from ledger.commitments import domain_tag
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.risk.circumstances import Circumstances, Freeze, Receipt, ReversedInvoice
from ledger.risk.limits import Limits
from ledger.risk.position import Position

_ALERT = domain_tag("yuanliu.risk.alert.v1")
_BAND_BP = 1_000
"""A concentration is told again for every tenth that it grows."""
_BASIS_POINTS = 10_000


class AlertKind(StrEnum):
    OVERDUE = "overdue"
    PAID_LATE = "paid_late"
    LOT_FROZEN = "lot_frozen"
    INVOICE_REVERSED = "invoice_reversed"
    CONCENTRATION = "concentration"
    LAYERS_EXCEEDED = "layers_exceeded"
    REGISTRATION_LAPSING = "registration_lapsing"


class Urgency(StrEnum):
    ACT = "act"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Alert:
    """``about`` is the party that gives cause, ``audience`` whom it concerns. ``facts`` are texts,
    amounts in minor units; ``happening`` is what tells it from others of its kind and deal."""

    kind: AlertKind
    urgency: Urgency
    about: PartyNo
    audience: frozenset[PartyNo]
    since: date
    facts: Mapping[str, str]
    deal: bytes | None = None
    claim: ClaimNo | None = None
    happening: tuple[str, ...] = field(default=())

    @property
    def id(self) -> bytes:
        named = [
            self.kind.value,
            "" if self.deal is None else hexed(self.deal),
            self.about,
            list(self.happening),
        ]
        return keccak(_ALERT + write_canonical(named))


@dataclass(frozen=True, slots=True)
class Share:
    """What one debtor uses of all that a bank's debtor lines of a currency have in use."""

    bank: PartyNo
    debtor: PartyNo
    currency: str
    used: int
    of_all: int

    @property
    def basis_points(self) -> int:
        return self.used * _BASIS_POINTS // self.of_all if self.of_all else 0


def alerts_of(
    position: Position, circumstances: Circumstances, limits: Limits, on: date
) -> tuple[Alert, ...]:
    """Every alert about one deal on this day, the urgent first."""
    found = [
        *_overdue(position, limits, on),
        *(_paid_late(position, one) for one in circumstances.receipts if _is_late(position, one)),
    ]
    if position.pieces:
        found += [_frozen(position, one) for one in circumstances.freezes]
        found += [_reversed(position, one) for one in circumstances.reversals]
        found += _lapsing(position, circumstances, limits, on)
        found += _layered(position, circumstances, limits)
    return tuple(sorted(found, key=lambda one: one.urgency is not Urgency.ACT))


def concentration_alerts(shares: Iterable[Share], limits: Limits, on: date) -> tuple[Alert, ...]:
    """Debtors that take up more of a bank's lines than the pack lets pass unsaid."""
    limit = limits.concentration_bp
    if limit is None:
        return ()
    return tuple(_concentrated(one, limit, on) for one in shares if one.basis_points > limit)


def _overdue(position: Position, limits: Limits, on: date) -> Iterator[Alert]:
    days = position.days_past_due(on)
    if not days:
        return
    category = limits.category(days).name.lower()
    yield Alert(
        AlertKind.OVERDUE,
        Urgency.ACT,
        about=position.obligors[0],
        audience=position.at_risk,
        since=position.due + timedelta(days=1),
        facts={
            "due_on": position.due.isoformat(),
            "days_past_due": str(days),
            "outstanding": str(position.outstanding),
            "currency": position.currency,
        },
        deal=position.deal,
        claim=position.claim,
        happening=(category,),
    )


def _is_late(position: Position, receipt: Receipt) -> bool:
    return receipt.booked_on > position.maturity


def _paid_late(position: Position, receipt: Receipt) -> Alert:
    return Alert(
        AlertKind.PAID_LATE,
        Urgency.WATCH,
        about=position.debtor,
        audience=position.at_risk,
        since=receipt.booked_on,
        facts={
            "due_on": position.maturity.isoformat(),
            "booked_on": receipt.booked_on.isoformat(),
            "days_late": str((receipt.booked_on - position.maturity).days),
            "amount": str(receipt.end - receipt.start),
            "currency": position.currency,
        },
        deal=position.deal,
        claim=position.claim,
        happening=(hexed(receipt.line), str(receipt.start)),
    )


def _frozen(position: Position, freeze: Freeze) -> Alert:
    units = sum(piece.units for piece in position.pieces if piece.lot == freeze.lot)
    return Alert(
        AlertKind.LOT_FROZEN,
        Urgency.ACT,
        about=position.seller if position.is_loan else position.bank,
        audience=position.at_risk,
        since=freeze.on,
        facts={
            "lot": str(freeze.lot),
            "amount": str(units),
            "currency": position.currency,
            "evidence": hexed(freeze.evidence),
        },
        deal=position.deal,
        claim=position.claim,
        happening=(str(freeze.lot), str(freeze.entry)),
    )


def _reversed(position: Position, invoice: ReversedInvoice) -> Alert:
    return Alert(
        AlertKind.INVOICE_REVERSED,
        Urgency.ACT,
        about=position.seller,
        audience=position.sides,
        since=invoice.since,
        facts={
            "fingerprint": hexed(invoice.fingerprint),
            "total": str(invoice.total),
            "reversed": str(invoice.reversed),
            "currency": position.currency,
            "told_by": ", ".join(invoice.told_by),
        },
        deal=position.deal,
        claim=position.claim,
        happening=(hexed(invoice.fingerprint), *map(hexed, invoice.letters)),
    )


def _lapsing(
    position: Position, circumstances: Circumstances, limits: Limits, on: date
) -> Iterator[Alert]:
    until, notice = circumstances.registered_until, limits.notice_days
    if until is None or notice is None or (until - on).days > notice:
        return
    lapsed = until < on
    yield Alert(
        AlertKind.REGISTRATION_LAPSING,
        Urgency.ACT if lapsed else Urgency.WATCH,
        about=position.bank,
        audience=frozenset({position.bank}),
        since=until + timedelta(days=1) if lapsed else until - timedelta(days=notice),
        facts={
            "registered_until": until.isoformat(),
            "lapsed": "yes" if lapsed else "no",
            "due_on": position.due.isoformat(),
        },
        deal=position.deal,
        claim=position.claim,
        happening=(until.isoformat(), "lapsed" if lapsed else "lapsing"),
    )


def _layered(position: Position, circumstances: Circumstances, limits: Limits) -> Iterator[Alert]:
    if limits.layers is None or circumstances.layer <= limits.layers:
        return
    yield Alert(
        AlertKind.LAYERS_EXCEEDED,
        Urgency.WATCH,
        about=position.seller,
        audience=frozenset({position.bank}),
        since=circumstances.concluded_on,
        facts={"layer": str(circumstances.layer), "limit": str(limits.layers)},
        deal=position.deal,
        claim=position.claim,
    )


def _concentrated(share: Share, limit: int, on: date) -> Alert:
    return Alert(
        AlertKind.CONCENTRATION,
        Urgency.WATCH,
        about=share.debtor,
        audience=frozenset({share.bank}),
        since=on,
        facts={
            "share_bp": str(share.basis_points),
            "limit_bp": str(limit),
            "used": str(share.used),
            "of_all": str(share.of_all),
            "currency": share.currency,
        },
        happening=(str(share.bank), share.currency, str(share.basis_points // _BAND_BP)),
    )
