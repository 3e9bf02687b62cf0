"""Tables of what never reaches the chain: documents, drafts, credit lines, statements, sessions.

Public ids are random, so that nobody learns from his own ids how busy the others are; ``row``
keeps the order of arrival and never leaves the database. Times are Unix seconds unless a column
says otherwise.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import JSON

from ledger.store.columns import created, public_id, row_number
from ledger.store.tables import HASH, metadata

ADDRESS = String(42)


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
    row_number(),
    Column("digest", HASH, nullable=False, unique=True),
    Column("grantor", BigInteger, nullable=False, index=True),
    Column("auditor", BigInteger, nullable=False, index=True),
    Column("claim", BigInteger, nullable=False, comment="0: all of them"),
    Column("valid_until", BigInteger, nullable=False),
    Column("approvals", JSON, nullable=False),
    Column("revoked", BigInteger, nullable=True),
    created(),
)

# ── documents ────────────────────────────────────────────────────────────────────────────────

documents = Table(
    "documents",
    metadata,
    row_number(),
    public_id(),
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
    created(),
    UniqueConstraint("owner", "sha256"),
)

openings = Table(
    "openings",
    metadata,
    Column("document", ForeignKey("documents.row"), primary_key=True),
    Column("party", BigInteger, primary_key=True, autoincrement=False),
    created(),
    Index("ix_openings_party", "party"),
)

# ── proposals ────────────────────────────────────────────────────────────────────────────────

proposals = Table(
    "proposals",
    metadata,
    row_number(),
    public_id(),
    Column("digest", HASH, nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("message", JSON, nullable=False),
    Column("proposer", BigInteger, nullable=False),
    Column(
        "status", String(9), nullable=False, comment="open, ready, submitted, refused, withdrawn"
    ),
    Column("reason", String(500), nullable=True),
    Column("closed_by", BigInteger, nullable=True),
    created(),
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
    created(),
)

# ── what banks say, and who witnessed it ─────────────────────────────────────────────────────

statements = Table(
    "statements",
    metadata,
    row_number(),
    public_id(),
    Column("uploader", ADDRESS, nullable=False),
    Column("party", BigInteger, nullable=True, index=True, comment="the uploader's"),
    Column("sha256", HASH, nullable=False),
    Column("message", String(8), nullable=False),
    Column("message_id", String(64), nullable=False),
    created(),
    UniqueConstraint("uploader", "sha256"),
)

statement_lines = Table(
    "statement_lines",
    metadata,
    row_number(),
    public_id(),
    Column("statement", ForeignKey("statements.row"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("fingerprint", HASH, nullable=False, index=True),
    Column("account", String(34), nullable=False),
    Column("end_to_end_id", String(35), nullable=False, index=True),
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
    Column("commitment", HASH, nullable=True, comment="of the debt that it names"),
    Column("deal", HASH, nullable=True, index=True, comment="of that debt"),
    Column("debtor", BigInteger, nullable=True, index=True),
    Column("holder", BigInteger, nullable=True, index=True),
    Column("repeated", Boolean, nullable=False, default=False, comment="another one pays it too"),
    Column("resolution", String(500), nullable=True),
    Column("resolved", BigInteger, nullable=True),
    Column("resolved_by", ADDRESS, nullable=True),
    Index("ix_statement_lines_statement_position", "statement", "position"),
)

witnessed = Table(
    "witnessed",
    metadata,
    row_number(),
    Column("digest", HASH, nullable=False, unique=True),
    Column("kind", String(16), nullable=False, comment="ledger.witnessing.FACTS"),
    Column("config", HASH, nullable=False),
    Column("source", HASH, nullable=False, comment="ledger.witnessing.source_of"),
    Column("stem", HASH, nullable=False, comment="ledger.witnessing.stem_of"),
    Column("message", JSON, nullable=False),
    Column("claim", BigInteger, nullable=True, index=True, comment="where it is known"),
    Column("party", BigInteger, nullable=True, index=True, comment="whom it concerns"),
    Column("counterparty", BigInteger, nullable=True, index=True),
    created(),
    Index("ix_witnessed_config_source_stem", "config", "source", "stem"),
    comment="Facts that at least one oracle member has signed.",
)

witness_signatures = Table(
    "witness_signatures",
    metadata,
    Column("digest", ForeignKey("witnessed.digest"), primary_key=True),
    Column("member", ADDRESS, primary_key=True),
    Column("approval", LargeBinary, nullable=False),
    created(),
)

# ── what banks trust whom with ───────────────────────────────────────────────────────────────

credit_lines = Table(
    "credit_lines",
    metadata,
    row_number(),
    public_id(),
    Column("bank", BigInteger, nullable=False),
    Column("party", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False, comment="ledger.credit.LineKind"),
    Column("currency", String(3), nullable=False),
    Column("limit", BigInteger, nullable=False),
    Column("expires_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("version", Integer, nullable=False, comment="counts its changes"),
    Column("open", BigInteger, nullable=False, comment="held by what isn't concluded"),
    Column("drawn", BigInteger, nullable=False, comment="held by what is"),
    created(),
    UniqueConstraint("bank", "party", "kind", "currency"),
    Index("ix_credit_lines_party_kind", "party", "kind"),
    Index("ix_credit_lines_bank_kind_currency", "bank", "kind", "currency"),
)

line_changes = Table(
    "line_changes",
    metadata,
    Column("line", ForeignKey("credit_lines.row"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", HASH, nullable=False, unique=True),
    Column("limit", BigInteger, nullable=False),
    Column("expires_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("reason", String(256), nullable=False),
    Column("used", BigInteger, nullable=False, comment="when it was changed"),
    Column("signers", JSON, nullable=False),
    Column("approvals", JSON, nullable=False),
    created(),
)

reservations = Table(
    "reservations",
    metadata,
    row_number(),
    Column("digest", HASH, nullable=False, unique=True, comment="of the signed agreement"),
    Column("owner", BigInteger, nullable=False, comment="the bank; of an issue, the debtor"),
    Column("claim", BigInteger, nullable=True, comment="NULL: an issue that isn't concluded"),
    Column("lot", BigInteger, nullable=True, comment="NULL: an issue"),
    Column("version", Integer, nullable=True, comment="of the lot that the quote is for"),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("ended", String(9), nullable=True, comment="expired, withdrawn or refused"),
    Column("state", String(9), nullable=False, comment="ledger.store.line_use.ReservationState"),
    Column("entry", BigInteger, nullable=True, index=True, comment="where it was concluded"),
    Column("outstanding", BigInteger, nullable=False, comment="units it still holds lines for"),
    created(),
    Index("ix_reservations_claim_start", "claim", "start"),
    Index("ix_reservations_claim_units", "claim", "units"),
    Index(
        "ix_reservations_reserved_claim_lot",
        "claim",
        "lot",
        sqlite_where=text("state = 'reserved'"),
        postgresql_where=text("state = 'reserved'"),
    ),
    Index(
        "ix_reservations_reserved_valid_until",
        "valid_until",
        sqlite_where=text("state = 'reserved'"),
        postgresql_where=text("state = 'reserved'"),
    ),
    comment="What signed quotes and issues take up of lines; all but ended follows the chain.",
)

line_uses = Table(
    "line_uses",
    metadata,
    Column("reservation", ForeignKey("reservations.row"), primary_key=True),
    Column("line", ForeignKey("credit_lines.row"), primary_key=True, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False, comment="of the amount, at present"),
)

# ── what goes wrong after a deal ─────────────────────────────────────────────────────────────

invoice_reversals = Table(
    "invoice_reversals",
    metadata,
    row_number(),
    public_id(),
    Column("fingerprint", HASH, nullable=False, index=True, comment="of what is reversed"),
    Column("letter", HASH, nullable=False, comment="the red letter's own fingerprint"),
    Column("number", String(20), nullable=False),
    Column("original", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False, comment="taken back, tax included"),
    Column("currency", String(3), nullable=False),
    Column("issued_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("side", String(6), nullable=False, comment="ledger.risk.reversal.Side"),
    Column("party", BigInteger, nullable=True, index=True, comment="who handed it in"),
    Column("address", ADDRESS, nullable=False),
    Column("sha256", HASH, nullable=False),
    Column("content", LargeBinary, nullable=False),
    created(),
    UniqueConstraint("address", "sha256"),
    comment="Red-letter invoices, kept as they came in.",
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("alert", HASH, primary_key=True, comment="ledger.risk.Alert.id"),
    Column("party", BigInteger, primary_key=True, autoincrement=False),
    Column("address", ADDRESS, nullable=False),
    Column("note", String(500), nullable=False),
    created(),
    comment="Who of a party has seen to an alert; alerts themselves are derived.",
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
