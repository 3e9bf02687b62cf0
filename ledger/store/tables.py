"""Every table, in four groups: the chain as read, what it means, what is sent, what stays private.

Tables of the projection are temporal: a row holds from entry ``since`` up to, not including,
entry ``until`` (NULL: still). Nothing is overwritten, so any table can be read as of any entry,
and rewinding to entry X is the same two statements everywhere: delete rows with since >= X,
reopen rows with until >= X.
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
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import JSON

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

HASH = LargeBinary(32)
# SQLite numbers rows by itself only in a column of exactly this type.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")


def _since() -> Column[int]:
    return Column("since", BigInteger, nullable=False, index=True)


def _until() -> Column[int | None]:
    return Column("until", BigInteger, nullable=True)


def _current(name: str, table: Table, *columns: str, unique: bool = False) -> None:
    """An index over the rows that hold now."""
    where = text("until IS NULL")
    Index(
        name,
        *(table.c[column] for column in columns),
        unique=unique,
        sqlite_where=where,
        postgresql_where=where,
    )


# ── the chain as read ────────────────────────────────────────────────────────────────────────

blocks = Table(
    "blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", HASH, nullable=False),
    Column("time", BigInteger, nullable=True, comment="Unix seconds, where it was told"),
    comment="Blocks that had our logs, and the last one looked at: where a reorg is found.",
)

entries = Table(
    "entries",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("book", BigInteger, nullable=False),
    Column("act", HASH, nullable=False, index=True),
    Column("op", Integer, nullable=False),
    Column("policy", String(42), nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("memo", LargeBinary, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("head", HASH, nullable=False, comment="of its book, after this entry"),
    Column("global_head", HASH, nullable=False, comment="of all books, after this entry"),
    Column("block", BigInteger, nullable=False, index=True),
    Column("time", BigInteger, nullable=False, comment="of the block, Unix seconds"),
    Column("tx", HASH, nullable=False),
    Index("ix_entries_book_index", "book", "index"),
)

refused_calls = Table(
    "refused_calls",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("call_hash", HASH, nullable=False, index=True),
    Column("target", String(42), nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("block", BigInteger, nullable=False, index=True),
    Column("tx", HASH, nullable=False),
    Column("log_index", Integer, nullable=False),
    UniqueConstraint("tx", "log_index"),
    comment="Acts that Relay reported as refused.",
)

# ── what it means ────────────────────────────────────────────────────────────────────────────

claims = Table(
    "claims",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("debtor", BigInteger, nullable=False),
    Column("creditor", BigInteger, nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("face", BigInteger, nullable=False),
    Column("maturity", Integer, nullable=False, comment="YYYYMMDD"),
    Column("documents", HASH, nullable=False),
    _since(),
    _until(),
    Index("ix_claims_debtor_maturity", "debtor", "maturity"),
)

lots = Table(
    "lots",
    metadata,
    Column("claim", BigInteger, primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("end", BigInteger, nullable=False),
    Column("holder", BigInteger, nullable=False),
    Column("lien", BigInteger, nullable=False),
    Column("state", Integer, nullable=False, comment="ledger.words.LotState"),
    _since(),
    _until(),
)
_current("ix_lots_current_place", lots, "claim", "start", unique=True)
_current("ix_lots_current_holder", lots, "holder", "state")
Index("ix_lots_holder_claim", lots.c.holder, lots.c.claim)

invoice_uses = Table(
    "invoice_uses",
    metadata,
    Column("fingerprint", HASH, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("claim", BigInteger, nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    _until(),
    Index("ix_invoice_uses_since", "since"),
)

payments = Table(
    "payments",
    metadata,
    Column("line", HASH, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("claim", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("allocated", BigInteger, nullable=False),
    Column("booked_on", Integer, nullable=False, comment="YYYYMMDD"),
    _until(),
    Index("ix_payments_since", "since"),
    Index("ix_payments_claim_start", "claim", "start"),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("party", BigInteger, primary_key=True, autoincrement=False),
    # The registry keeps its bytes unique; two that are no UTF-8 may read the same.
    Column("identifier", String(300), nullable=False, index=True),
    _since(),
    _until(),
)

parties = Table(
    "parties",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("roles", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("quorum", Integer, nullable=False),
    Column("dual_above", String(20), nullable=False, comment="up to 2**64-1, hence text"),
    _since(),
    _until(),
)
_current("ix_parties_current", parties, "number", unique=True)

signers = Table(
    "signers",
    metadata,
    Column("signer", String(42), primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("party", BigInteger, nullable=False),
    _until(),
    Index("ix_signers_since", "since"),
)
_current("ix_signers_current", signers, "signer", unique=True)
_current("ix_signers_current_party", signers, "party")

councils = Table(
    "councils",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("members", JSON, nullable=False),
    Column("quorum", Integer, nullable=False),
    _since(),
    _until(),
)

oracle_configs = Table(
    "oracle_configs",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("config", HASH, nullable=False, unique=True),
    Column("members", JSON, nullable=False),
    Column("quorum", Integer, nullable=False),
    _since(),
    _until(),
)

policies = Table(
    "policies",
    metadata,
    Column("policy", String(42), primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("authorised", Boolean, nullable=False),
    _until(),
    Index("ix_policies_since", "since"),
)
_current("ix_policies_current", policies, "policy", unique=True)

validators = Table(
    "validators",
    metadata,
    Column("key", HASH, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("party", BigInteger, nullable=False),
    Column("power", BigInteger, nullable=False, comment="0: removed"),
    _since(),
    _until(),
)
_current("ix_validators_current", validators, "key", unique=True)

equivocations = Table(
    "equivocations",
    metadata,
    Column("line", HASH, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("one", LargeBinary, nullable=False),
    Column("other", LargeBinary, nullable=False),
    _until(),
    Index("ix_equivocations_since", "since"),
)

deals = Table(
    "deals",
    metadata,
    Column("deal", HASH, primary_key=True),
    Column("claim", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("seller", BigInteger, nullable=False),
    Column("bank", BigInteger, nullable=False),
    Column("mode", Integer, nullable=False, comment="ledger.deals.Mode"),
    Column("terms", HASH, nullable=False),
    Column("due_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("rules", HASH, nullable=False),
    Column("registration", HASH, nullable=False, index=True),
    Column("documents", HASH, nullable=False),
    _since(),
    _until(),
    # A bank has many: its own of some claims are found by both.
    Index("ix_deals_claim_bank", "claim", "bank"),
    Index("ix_deals_bank_since", "bank", "since"),
    Index("ix_deals_seller_since", "seller", "since"),
)

obligations = Table(
    "obligations",
    metadata,
    Column("commitment", HASH, primary_key=True),
    Column("deal", HASH, nullable=False, index=True),
    Column("duty", Integer, nullable=False, comment="ledger.deals.Duty"),
    Column("pay_by", String(20), nullable=False, comment="Unix seconds, up to 2**64-1"),
    _since(),
    _until(),
)

deal_steps = Table(
    "deal_steps",
    metadata,
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", HASH, nullable=False, index=True, comment="a commitment or a deal"),
    Column("step", String(9), nullable=False, comment="ledger.projection.Step"),
    Column("line", HASH, nullable=True, index=True, comment="of a statement: proved it paid"),
    Column("booked_on", Integer, nullable=True, comment="YYYYMMDD"),
    _until(),
)

registrations = Table(
    "registrations",
    metadata,
    Column("number", HASH, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("claim", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("bank", BigInteger, nullable=False, index=True),
    Column("registered_at", String(20), nullable=False, comment="Unix seconds, up to 2**64-1"),
    Column("expires_on", Integer, nullable=False, comment="YYYYMMDD"),
    _until(),
    Index("ix_registrations_since", "since"),
    # A bank has many: its own of one claim are found by both.
    Index("ix_registrations_claim_bank", "claim", "bank"),
)
_current("ix_registrations_current", registrations, "number", unique=True)

lot_orders = Table(
    "lot_orders",
    metadata,
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("claim", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("version", Integer, nullable=False, comment="the lot's before the order"),
    Column("intervention", String(8), nullable=False, comment="ledger.projection.Intervention"),
    Column("evidence", HASH, nullable=False),
    _until(),
    Index("ix_lot_orders_claim_start", "claim", "start"),
)

PROJECTED = (
    claims,
    lots,
    invoice_uses,
    payments,
    identifiers,
    parties,
    signers,
    councils,
    oracle_configs,
    policies,
    validators,
    equivocations,
    deals,
    obligations,
    deal_steps,
    registrations,
    lot_orders,
)

# ── what is sent ─────────────────────────────────────────────────────────────────────────────

batches = Table(
    "batches",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("sender", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False, comment="signed; sent again as it is"),
    Column("tx", HASH, nullable=False, unique=True),
    Column("block", BigInteger, nullable=True, comment="where it was last seen mined"),
    Column("created", BigInteger, nullable=False, comment="Unix milliseconds"),
    UniqueConstraint("sender", "nonce"),
)

acts = Table(
    "acts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("digest", HASH, nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("target", String(42), nullable=False),
    Column("call", LargeBinary, nullable=False),
    Column("call_hash", HASH, nullable=False, index=True),
    Column("status", String(9), nullable=False, comment="accepted, sent, confirmed, refused"),
    Column("refusal", JSON, nullable=True, comment="name and facts of the refusal"),
    Column("entry", BigInteger, nullable=True, comment="where it took effect"),
    Column("batch", ForeignKey("batches.id"), nullable=True, index=True),
    Column("submitter", BigInteger, nullable=True, comment="the party that submitted it"),
    Column("request_id", String(64), nullable=True, comment="of the request it came in"),
    Column("created", BigInteger, nullable=False, comment="Unix milliseconds"),
    Column("settled", BigInteger, nullable=True, comment="when it was confirmed or refused"),
    Index("ix_acts_status_id", "status", "id"),
    Index(
        "ix_acts_refused_settled",
        "settled",
        sqlite_where=text("status = 'refused'"),
        postgresql_where=text("status = 'refused'"),
    ),
)
