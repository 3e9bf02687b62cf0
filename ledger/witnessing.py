"""What oracle members attest, and when two readings of one thing contradict each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

from ledger.agreements import Payment
from ledger.deals import Registration, Remittance
from ledger.typed import Struct

Fact = Payment | Remittance | Registration
FactKind = Literal["Payment", "Remittance", "Registration"]

FACTS: dict[str, type[Payment | Remittance | Registration]] = {
    kind.__name__: kind for kind in (Payment, Remittance, Registration)
}


def read_fact(kind: str, message: Any) -> Fact:
    """A fact from its name, one of ``FACTS``, and its JSON message; MalformedAgreement."""
    return FACTS[kind].from_json(message)


def fact_kind(fact: Fact) -> FactKind:
    return cast("FactKind", type(fact).__name__)


def source_of(fact: Fact) -> bytes:
    """What was read: a statement line's fingerprint, or the commitment to a registration's
    number."""
    return fact.number if isinstance(fact, Registration) else fact.line


def stem_of(fact: Fact) -> bytes:
    """What readings of one source have in common as long as they don't contradict each other.

    A registration that was prolonged is read with a later end: nothing else about it may differ.
    """
    lasting: Struct = replace(fact, expiresOn=0) if isinstance(fact, Registration) else fact
    return lasting.struct_hash()
