"""The path of one unit of a claim: who held it, by which agreement, and what discharged it.

Reads entries that were checked before (by a fold, or by the chain itself): it judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from ledger.acts import SignedAct, decode_call
from ledger.agreements import Payment
from ledger.entries import Entry, Op
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo, Digest, EntryIndex, PartyNo
from ledger.references import lot_reference
from ledger.words import Claim, Lot, LotRef, LotState, unpack_claim, unpack_lot


@dataclass
class UnknownUnit(Refused):
    """The entries tell of no such unit."""

    claim: int
    unit: int
    status = 404
    summary: ClassVar[str] = "Claim {claim} has no unit {unit} in these entries."


@dataclass(frozen=True, slots=True)
class Hop:
    """One entry that touched the unit, and the lot it was in afterwards.

    ``was`` held it before, None when it was issued; ``payment`` is what discharged it.
    """

    entry: EntryIndex
    op: Op
    agreement: Digest
    lot: Lot
    was: PartyNo | None
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class Trace:
    claim: Claim
    number: ClaimNo
    unit: int
    hops: tuple[Hop, ...]


def trace(entries: Iterable[Entry], claim: ClaimNo, unit: int) -> Trace:
    """Follows unit ``unit`` (from 0) through the claim's entries in rising order; UnknownUnit."""
    own = [entry for entry in entries if entry.book == claim and entry.op is not Op.RECORDED]
    terms = next((unpack_claim(e.words[0]) for e in own if e.op is Op.OPENED), None)
    if terms is None or not 0 <= unit < terms.face:
        raise UnknownUnit(claim, unit)
    return Trace(terms, claim, unit, tuple(_hops(own, unit)))


def _hops(entries: Iterable[Entry], unit: int) -> Iterator[Hop]:
    holder: PartyNo | None = None
    for entry in entries:
        words = entry.words[1:] if entry.op is Op.OPENED else entry.words
        for lot in map(unpack_lot, words):
            if lot.start <= unit < lot.end:
                yield Hop(entry.index, entry.op, entry.act, lot, holder, _payment(entry, lot))
                holder = lot.holder


def _payment(entry: Entry, lot: Lot) -> Payment | None:
    if lot.state is not LotState.DISCHARGED:
        return None
    call = decode_call(entry.memo)
    if isinstance(call, SignedAct) and isinstance(call.agreement, Payment):
        return call.agreement
    return None


def render(found: Trace) -> str:
    """The path as text for a terminal, one paragraph a hop."""
    terms = found.claim
    lines = [
        f"Unit {found.unit} of claim {found.number}: one of {terms.face} minor units of "
        f"{terms.currency} that party {terms.debtor} owes."
    ]
    for hop in found.hops:
        lines += ["", f"entry {hop.entry}: {_what(hop)}", *_details(hop)]
    return "\n".join(lines)


def _what(hop: Hop) -> str:
    holder = hop.lot.holder
    if hop.was is None:
        return f"issued to party {holder}"
    if hop.payment is not None:
        return f"discharged: party {holder} was paid"
    if hop.was != holder:
        return f"party {hop.was} gave it to party {holder}"
    if hop.op in _KEPT:
        return _KEPT[hop.op].format(holder=holder)
    if hop.lot.lien:
        return f"party {holder} kept it under a lien of party {hop.lot.lien}"
    return f"party {holder} kept it when its lot was cut"


_KEPT = {
    Op.MERGED: "party {holder} made one lot of two",
    Op.RELEASED: "party {holder} kept it, free of a lien",
    Op.FROZEN: "frozen by the council; party {holder} kept it",
    Op.THAWED: "no longer frozen; party {holder} kept it",
}


def _details(hop: Hop) -> Iterator[str]:
    lot = hop.lot
    yield f"  units [{lot.start}, {lot.end}), version {lot.version}"
    if hop.payment is None:
        yield f"  agreement {hexed(hop.agreement)}"
        return
    payment = hop.payment
    paid = LotRef.from_subject(payment.subject)
    yield f"  paid by statement line {hexed(payment.line)}, reference {lot_reference(paid)}"
    yield f"  {payment.amount} minor units of {payment.currency}, booked on {payment.bookedOn}"
