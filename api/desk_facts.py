"""The facts that the rules judge a financing by, and what they say to it.

The view (``api.desk_view``) shows them; a quote is held to them as they are when it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.auth import Caller
from ledger import commitments
from ledger.business_day import business_day, day_of
from ledger.deals import UNREGISTERED
from ledger.refusals import UnknownClaim
from ledger.rules import Act, Catalogue, Decision, Facts, decide
from ledger.store.connection import Connection
from ledger.store.keeping import documents
from ledger.store.keeping.finance_requests import FinanceRequest
from ledger.store.keeping.reversals import is_uncovered
from ledger.store.reading import members
from ledger.store.reading.paths import Step, layer_of, path_of
from ledger.store.reading.receivables import Receivable, asked_about, opened_at
from ledger.store.reading.registrations import (
    RegistrationRecord,
    Units,
    registered_before,
    registration_of,
)


@dataclass(frozen=True)
class Glance:
    """An officer's look at a request: who looks, when, under which packs."""

    caller: Caller
    catalogue: Catalogue
    now: int


@dataclass(frozen=True)
class Registered:
    """The bank's own registration of the units, if any, and those that come before it."""

    own: RegistrationRecord | None
    earlier: Sequence[RegistrationRecord]

    @property
    def number(self) -> bytes:
        return UNREGISTERED if self.own is None else self.own.number


@dataclass(frozen=True)
class Considered:
    """How the units came to the holder, who has registered them, and what the rules say."""

    path: Sequence[Step]
    registered: Registered
    decision: Decision


def claim_of(connection: Connection, request: FinanceRequest) -> Receivable:
    """Raises ``UnknownClaim``."""
    found = asked_about(connection, request.claim)
    if found is None:
        raise UnknownClaim(request.claim)
    return found


def documents_root(connection: Connection, request: FinanceRequest, caller: Caller) -> bytes:
    """What the quote commits to of the documents that were opened with the request."""
    found = documents.find_documents(connection, caller.scope, request.documents)
    return commitments.root([one.commitment for one in found.values()])


def consider(
    connection: Connection, request: FinanceRequest, claim: Receivable, glance: Glance
) -> Considered:
    """What the rules in force today say to this financing, and what they say it of."""
    path = path_of(connection, request.claim, request.start, request.end)
    registered = _registered(connection, request, path, glance.now)
    debtor = members.party(connection, claim.claim.debtor)
    value_date = day_of(request.value_date)
    facts = Facts(
        act=Act.FINANCE,
        # Paper from before this ledger was issued no later than it was financed; for the rest the
        # officer answers, as the rule on late capture asks.
        issued_on=min(business_day(opened_at(connection, claim)), value_date),
        maturity=day_of(claim.claim.maturity),
        registered=registered.own is not None,
        earlier_registrations=len(registered.earlier),
        issuer_blocked=None if debtor is None else not debtor.standing.active,
        split_layer=layer_of(path, request.start, request.end),
        invoice_reversed=is_uncovered(connection, request.claim),
        days_captured_late=max(0, (business_day(request.created) - value_date).days),
    )
    decision = decide(glance.catalogue, facts, business_day(glance.now))
    return Considered(path, registered, decision)


def _registered(
    connection: Connection, request: FinanceRequest, path: Sequence[Step], now: int
) -> Registered:
    """Who gave the units on, the holder among them, has no claim on them that could come first."""
    units = Units(request.claim, request.start, request.end)
    today = business_day(now)
    own = registration_of(connection, request.bank, units, today)
    before = None if own is None else own.registered_at
    gave = {request.bank, request.holder, *(step.giver for step in path if step.giver)}
    return Registered(own, registered_before(connection, before, units, today, gave))
