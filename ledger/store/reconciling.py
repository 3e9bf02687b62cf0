"""Tables of what went to banks and what came back: instructions, accounts' days, resolutions."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

from ledger.store.columns import created, public_id, row_number
from ledger.store.tables import HASH, metadata

_SUM = String(24)
"""A signed sum of amounts of up to 2**63-1 each, hence text."""


instructions = Table(
    "instructions",
    metadata,
    row_number(),
    public_id(),
    Column("party", BigInteger, nullable=False, comment="who instructs its bank"),
    Column("message_id", String(35), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("requested_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("sha256", HASH, nullable=False, comment="of the message as first handed out"),
    created(),
    UniqueConstraint("party", "message_id"),
    comment="pain.001 messages that were handed out; the same one again is the same row.",
)

instructed_payments = Table(
    "instructed_payments",
    metadata,
    Column("instruction", ForeignKey("instructions.row"), primary_key=True),
    Column("reference", String(35), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("payee", BigInteger, nullable=False),
    Index("ix_instructed_payments_reference", "reference"),
)

account_days = Table(
    "account_days",
    metadata,
    Column("statement", ForeignKey("statements.row"), primary_key=True),
    Column("account", String(34), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("day", Integer, nullable=False, index=True, comment="YYYYMMDD, of the closing balance"),
    Column("opening", _SUM, nullable=False),
    Column("credits", _SUM, nullable=False),
    Column("debits", _SUM, nullable=False),
    Column("closing", _SUM, nullable=False),
    comment="An account's booked balances as its bank states them, and the sums of its lines.",
)

resolutions = Table(
    "resolutions",
    metadata,
    row_number(),
    public_id(),
    Column("journal", String(42), nullable=False, comment="a party's number, or a member"),
    Column("position", Integer, nullable=False, comment="in its journal, from 1"),
    Column("line", ForeignKey("statement_lines.row"), nullable=False, unique=True),
    Column("digest", HASH, nullable=False),
    Column("message", JSON, nullable=False),
    Column("signers", JSON, nullable=False),
    Column("approvals", JSON, nullable=False),
    Column("head", HASH, nullable=False, comment="of the journal, after this one"),
    created(),
    UniqueConstraint("journal", "position"),
    comment="What people did about statement lines: only ever added to.",
)
