"""Columns that the tables of private data have in common."""

from __future__ import annotations

import secrets

from sqlalchemy import BigInteger, Column, String

from ledger.store.tables import ROW_ID


def new_id() -> str:
    """32 hexadecimal digits from the operating system."""
    return secrets.token_hex(16)


def row_number() -> Column[int]:
    """The order of arrival, which never leaves the database."""
    return Column("row", ROW_ID, primary_key=True)


def public_id() -> Column[str]:
    return Column("id", String(32), nullable=False, unique=True, default=new_id)


def created() -> Column[int]:
    """Unix seconds."""
    return Column("created", BigInteger, nullable=False)
