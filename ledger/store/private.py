"""Tables of what never reaches the chain: documents, drafts, statements, sessions, heartbeats.

Public ids are random, so that nobody learns from his own ids how busy the others are; ``row``
keeps the order of arrival and never leaves the database. Times are Unix seconds unless a column
says otherwise.
"""

from __future__ import annotations

import secrets

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

from ledger.store.tables import HASH, ROW_ID, metadata

ADDRESS = String(42)


def new_id() -> str:
    """32 hexadecimal digits from the operating system."""
    return secrets.token_hex(16)


def _row() -> Column[int]:
    return Column("row", ROW_ID, primary_key=True)


def _public_id() -> Column[str]:
    return Column("id", String(32), nullable=False, unique=True, default=new_id)


def _created() -> Column[int]:
    return Column("created", BigInteger, nullable=False)


# ── who is here ──────────────────────────────────────────────────────────────────────────────

challenges = Table(
    "challenges",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("address", ADDRESS, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    comment="Sign-in messages that wait for a signature; used once, then gone.",
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", HASH, primary_key=True),
    Column("address", ADDRESS, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("address", ADDRESS, primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("request_hash", HASH, nullable=False),
    Column("status", Integer, nullable=True, comment="NULL while the first request runs"),
    Column("media_type", String(128), nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("created", BigInteger, nullable=False, index=True),
)

profiles = Table(
    "profiles",
    metadata,
    Column("party", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(140), nullable=False),
    Column("account", String(34), nullable=True),
    Column("agent_bic", String(11), nullable=True),
    Column("agent_cnaps", String(12), nullable=True),
    Column("agent_name", String(140), nullable=True),
)

mandates = Table(
    "mandates",
    metadata,
    _row(),
    Column("digest", HASH, nullable=False, unique=True),
    Column("grantor", BigInteger, nullable=False, index=True),
    Column("auditor", BigInteger, nullable=False, index=True),
    Column("claim", BigInteger, nullable=False, comment="0: all of them"),
    Column("valid_until", BigInteger, nullable=False),
    Column("approvals", JSON, nullable=False),
    Column("revoked", BigInteger, nullable=True),
    _created(),
)

# ── documents ────────────────────────────────────────────────────────────────────────────────

documents = Table(
    "documents",
    metadata,
    _row(),
    _public_id(),
    Column("owner", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("file_name", String(128), nullable=True),
    Column("media_type", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", HASH, nullable=False),
    Column("salt", HASH, nullable=False),
    Column("commitment", HASH, nullable=False),
    Column("fingerprint", HASH, nullable=False, index=True),
    Column("invoice", JSON, nullable=False),
    _created(),
    UniqueConstraint("owner", "sha256"),
)

openings = Table(
    "openings",
    metadata,
    Column("document", ForeignKey("documents.row"), primary_key=True),
    Column("party", BigInteger, primary_key=True, autoincrement=False),
    _created(),
    Index("ix_openings_party", "party"),
)

# ── proposals ────────────────────────────────────────────────────────────────────────────────

proposals = Table(
    "proposals",
    metadata,
    _row(),
    _public_id(),
    Column("digest", HASH, nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("message", JSON, nullable=False),
    Column("proposer", BigInteger, nullable=False),
    Column(
        "status", String(9), nullable=False, comment="open, ready, submitted, refused, withdrawn"
    ),
    Column("reason", String(500), nullable=True),
    Column("closed_by", BigInteger, nullable=True),
    _created(),
)

proposal_sides = Table(
    "proposal_sides",
    metadata,
    Column("proposal", ForeignKey("proposals.row"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("side", String(16), nullable=False),
    Column("party", BigInteger, nullable=False, index=True),
)

proposal_documents = Table(
    "proposal_documents",
    metadata,
    Column("proposal", ForeignKey("proposals.row"), primary_key=True),
    Column("document", ForeignKey("documents.row"), primary_key=True),
)

approvals = Table(
    "approvals",
    metadata,
    Column("proposal", ForeignKey("proposals.row"), primary_key=True),
    Column("signer", ADDRESS, primary_key=True),
    Column("party", BigInteger, nullable=False),
    Column("approval", LargeBinary, nullable=False),
    _created(),
)

# ── what banks say, and who witnessed it ─────────────────────────────────────────────────────

statements = Table(
    "statements",
    metadata,
    _row(),
    _public_id(),
    Column("uploader", ADDRESS, nullable=False),
    Column("party", BigInteger, nullable=True, index=True, comment="the uploader's"),
    Column("sha256", HASH, nullable=False),
    Column("message", String(8), nullable=False),
    Column("message_id", String(64), nullable=False),
    _created(),
    UniqueConstraint("uploader", "sha256"),
)

statement_lines = Table(
    "statement_lines",
    metadata,
    _row(),
    _public_id(),
    Column("statement", ForeignKey("statements.row"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("fingerprint", HASH, nullable=False, index=True),
    Column("end_to_end_id", String(35), nullable=False),
    Column("direction", String(6), nullable=False),
    Column("amount", String(20), nullable=False, comment="up to 2**64-1, hence text"),
    Column("currency", String(3), nullable=False),
    Column("booked_on", Integer, nullable=True, comment="YYYYMMDD"),
    Column("status", String(9), nullable=False, comment="matched, unmatched"),
    Column("reason", String(32), nullable=True),
    Column("surplus", String(20), nullable=False, comment="beyond what the lot was"),
    Column("claim", BigInteger, nullable=True),
    Column("start", BigInteger, nullable=True),
    Column("version", BigInteger, nullable=True),
    Column("debtor", BigInteger, nullable=True, index=True),
    Column("holder", BigInteger, nullable=True, index=True),
    Column("resolution", String(500), nullable=True),
    Column("resolved", BigInteger, nullable=True),
    Column("resolved_by", ADDRESS, nullable=True),
    Index("ix_statement_lines_statement_position", "statement", "position"),
)

witnessed = Table(
    "witnessed",
    metadata,
    _row(),
    Column("digest", HASH, nullable=False, unique=True),
    Column("config", HASH, nullable=False),
    Column("line", HASH, nullable=False, index=True),
    Column("message", JSON, nullable=False),
    Column("claim", BigInteger, nullable=False, index=True),
    Column("debtor", BigInteger, nullable=True, index=True),
    Column("holder", BigInteger, nullable=True, index=True),
    _created(),
    comment="Payments that at least one oracle member has signed.",
)

witness_signatures = Table(
    "witness_signatures",
    metadata,
    Column("digest", ForeignKey("witnessed.digest"), primary_key=True),
    Column("member", ADDRESS, primary_key=True),
    Column("approval", LargeBinary, nullable=False),
    _created(),
)

# ── how operation goes ───────────────────────────────────────────────────────────────────────

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("service", String(16), primary_key=True),
    Column("at", BigInteger, nullable=False, comment="Unix milliseconds"),
    Column("facts", JSON, nullable=False),
    comment="When a service last said that it lives, and what it said.",
)
