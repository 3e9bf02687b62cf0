"""Tables of what holders and banks agree on in private before anything reaches the chain.

One row of ``finance_requests`` is what one bank sees: nothing in it tells that others were asked.
``ask`` joins a holder's requests; only the holder ever sees it.
"""

from __future__ import annotations

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

from ledger.store.columns import created, public_id, row_number
from ledger.store.private import ADDRESS
from ledger.store.tables import HASH, metadata

finance_requests = Table(
    "finance_requests",
    metadata,
    row_number(),
    public_id(),
    Column("ask", String(32), nullable=False, comment="the holder's alone"),
    Column("holder", BigInteger, nullable=False),
    Column("bank", BigInteger, nullable=False),
    Column("claim", BigInteger, nullable=False),
    Column("lot", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("mode", String(8), nullable=False, comment="sale, recourse, pledge"),
    Column("value_date", Integer, nullable=False, comment="YYYYMMDD"),
    Column("documents", JSON, nullable=False, comment="public ids, opened to the bank"),
    Column("expires", BigInteger, nullable=False),
    Column("status", String(9), nullable=False, comment="open, declined, withdrawn, accepted"),
    Column("reason", String(500), nullable=True),
    created(),
    UniqueConstraint("ask", "bank"),
    Index("ix_finance_requests_holder", "holder", "row"),
    Index("ix_finance_requests_bank", "bank", "row"),
    # Two columns to match are better than one to every planner; ``expires`` is read from it too.
    Index("ix_finance_requests_bank_status", "bank", "status", "row", "expires"),
    Index("ix_finance_requests_claim_lot", "claim", "lot"),
)

finance_messages = Table(
    "finance_messages",
    metadata,
    row_number(),
    Column("request", ForeignKey("finance_requests.row"), nullable=False, index=True),
    Column("party", BigInteger, nullable=False),
    Column("text", String(500), nullable=False),
    created(),
)

desk_views = Table(
    "desk_views",
    metadata,
    row_number(),
    Column("request", ForeignKey("finance_requests.row"), nullable=False),
    Column("officer", ADDRESS, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="canonical JSON, as shown"),
    Column("registration", HASH, nullable=False),
    created(),
    UniqueConstraint("request", "officer", "hash"),
    comment="What was shown to which officer, byte for byte.",
)

finance_quotes = Table(
    "finance_quotes",
    metadata,
    row_number(),
    public_id(),
    Column("request", ForeignKey("finance_requests.row"), nullable=False, index=True),
    Column("bank", BigInteger, nullable=False, comment="the request's, to list by"),
    Column("holder", BigInteger, nullable=False, comment="the request's, to list by"),
    Column("digest", HASH, nullable=False, unique=True),
    Column("message", JSON, nullable=False),
    Column("terms", LargeBinary, nullable=False, comment="canonical; opens the commitment"),
    Column("salt", HASH, nullable=False),
    Column("reference", String(33), nullable=False, comment="of the advance's payment"),
    Column("status", String(9), nullable=False, comment="proposed, offered, withdrawn, accepted"),
    Column("valid_until", BigInteger, nullable=False),
    created(),
    Index("ix_finance_quotes_bank", "bank", "row"),
    Index("ix_finance_quotes_holder", "holder", "row"),
)

quote_approvals = Table(
    "quote_approvals",
    metadata,
    Column("quote", ForeignKey("finance_quotes.row"), primary_key=True),
    Column("signer", ADDRESS, primary_key=True),
    Column("party", BigInteger, nullable=False),
    Column("approval", LargeBinary, nullable=False),
    created(),
)

finance_decisions = Table(
    "finance_decisions",
    metadata,
    row_number(),
    public_id(),
    Column("request", ForeignKey("finance_requests.row"), nullable=False, index=True),
    Column("quote", ForeignKey("finance_quotes.row"), nullable=True),
    Column("bank", BigInteger, nullable=False),
    Column("officer", ADDRESS, nullable=False),
    Column("kind", String(8), nullable=False, comment="quote, approve, decline"),
    Column("view", LargeBinary, nullable=False, comment="what the officer had been shown"),
    Column("view_hash", HASH, nullable=False),
    Column("rules", LargeBinary, nullable=False, comment="ledger.rules decision, canonical"),
    Column("pack_hash", HASH, nullable=False),
    Column("justifications", JSON, nullable=False, comment="text by rule"),
    created(),
    Index("ix_finance_decisions_bank", "bank", "row"),
)

debt_openings = Table(
    "debt_openings",
    metadata,
    Column("commitment", HASH, primary_key=True),
    Column("reference", String(33), nullable=False, unique=True, comment="EndToEndId"),
    Column("deal", HASH, nullable=False, index=True),
    Column("duty", Integer, nullable=False, comment="ledger.deals.Duty"),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("payer", BigInteger, nullable=False),
    Column("payee", BigInteger, nullable=False),
    created(),
    comment="What opens the commitments that debts are to the chain: its two sides' alone.",
)
