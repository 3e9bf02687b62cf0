"""An extract from the movables registry held against the ledger, before members sign it.

This can only keep members from signing: what they sign is what they read in the file themselves.
"""

from __future__ import annotations

from ledger.business_day import business_day
from ledger.movables import Doubt, ExtractReading, RegistryExtract
from ledger.roles import Role
from ledger.store.connection import Connection
from ledger.store.reading.members import PartyRecord, oracles, party, party_by_identifier
from ledger.store.reading.receivables import Receivable, asked_about
from ledger.store.reading.registrations import Units, has_held


def read_against_ledger(
    connection: Connection, extract: RegistryExtract, now: int
) -> ExtractReading:
    """``now`` in Unix seconds. Neither part is given before there is an oracle configuration."""
    bank = party_by_identifier(connection, extract.secured)
    doubt = _doubt(connection, extract, bank, now)
    members = oracles(connection)
    if doubt is not None or bank is None or members is None:
        return ExtractReading(None, doubt)
    return ExtractReading(extract.registration(members.config, bank.number), None)


def _doubt(
    connection: Connection, extract: RegistryExtract, bank: PartyRecord | None, now: int
) -> Doubt | None:
    if extract.registered_at > now:
        return Doubt.AHEAD_OF_TIME
    if extract.expires_on < business_day(now):
        return Doubt.LAPSED
    if bank is None:
        return Doubt.UNKNOWN_BANK
    if not bank.standing.roles & Role.BANK:
        return Doubt.NOT_A_BANK
    claim = asked_about(connection, extract.claim)
    if claim is None:
        return Doubt.UNKNOWN_CLAIM
    if extract.end > claim.claim.face:
        return Doubt.BEYOND_FACE
    return _doubt_of_parties(connection, extract, claim)


def _doubt_of_parties(
    connection: Connection, extract: RegistryExtract, claim: Receivable
) -> Doubt | None:
    debtor = party(connection, claim.claim.debtor)
    if debtor is None or debtor.identifier != extract.debtor:
        return Doubt.OTHER_DEBTOR
    seller = party_by_identifier(connection, extract.seller)
    units = Units(extract.claim, extract.start, extract.end)
    if seller is None or not has_held(connection, seller.number, units):
        return Doubt.OTHER_SELLER
    return None
