"""A bank statement comes in: read, matched line by line, kept."""

from __future__ import annotations

import hashlib

from ledger.documents import Statement
from ledger.ids import PartyNo
from ledger.remittance import is_reference
from ledger.store.connection import Connection
from ledger.store.keeping.account_days import keep_account_days
from ledger.store.keeping.openings import openings_by_reference
from ledger.store.keeping.profiles import find_profiles
from ledger.store.keeping.statements import NewStatement, Upload, keep_statement
from ledger.store.reading.owed import owed_under
from ledger.store.reading.receivables import allocated, current_lots
from oracles.debts import Debts, commitment_of
from oracles.matching import Known, match, references

_MESSAGE_ID_LENGTH = 64


def take_statement(connection: Connection, upload: Upload, statement: Statement, now: int) -> str:
    """The id under which the statement is kept, with what its lines were matched to."""
    known = _known(connection, statement)
    new = NewStatement(
        uploader=upload.uploader,
        party=upload.party,
        sha256=hashlib.sha256(upload.content).digest(),
        message=statement.message,
        message_id=statement.message_id[:_MESSAGE_ID_LENGTH],
    )
    matches = [match(line, known) for line in statement.lines]
    statement_id = keep_statement(connection, new, matches, now)
    keep_account_days(connection, statement_id, statement.days)
    return statement_id


def _known(connection: Connection, statement: Statement) -> Known:
    lots = current_lots(connection, references(statement))
    debts = _debts(connection, statement)
    concerned = {PartyNo(n) for lot, claim in lots.values() for n in (lot.holder, claim.debtor)}
    concerned |= {n for owed in debts.owed.values() for n in (owed.payer, owed.payee)}
    profiles = find_profiles(connection, concerned)
    return Known(
        lots=lots,
        accounts={
            party: "".join(profile.account.split()).upper()
            for party, profile in profiles.items()
            if profile.account
        },
        allocated=allocated(connection, [line.fingerprint for line in statement.lines]),
        debts=debts,
    )


def _debts(connection: Connection, statement: Statement) -> Debts:
    lines = [line for line in statement.lines if is_reference(line.end_to_end_id)]
    return Debts(
        owed=owed_under(connection, {commitment_of(line) for line in lines}),
        openings=openings_by_reference(connection, {line.end_to_end_id for line in lines}),
    )
