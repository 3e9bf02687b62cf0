"""What a caller may see: its own party's, and what mandates in force add for an auditor.

Every read takes the scope that is made here; nothing else decides about visibility. Members of
council and oracles who sign for no party have no views: they see no party's business.
"""

from __future__ import annotations

from ledger.ids import Address
from ledger.roles import Role
from ledger.store.connection import Connection
from ledger.store.keeping.mandates import views_of
from ledger.store.reading.members import PartyRecord
from ledger.visibility import Scope, View


def scope_of(
    connection: Connection,
    *,
    address: Address,
    party: PartyRecord | None,
    is_council: bool,
    is_oracle: bool,
    now: int,
) -> Scope:
    """A mandate counts while its holder is an auditor: the council can end that role."""
    views: tuple[View, ...] = ()
    if party is not None:
        views = (View(party.number),)
        if party.standing.roles & Role.AUDITOR:
            views += views_of(connection, party.number, now)
    number = None if party is None else party.number
    return Scope(address, number, views, is_council, is_oracle)
