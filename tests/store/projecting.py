"""Entries that the chain never saw, put into blocks and projected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from ledger.entries import Entry
from ledger.keccak import keccak
from ledger.store.engine import Database
from ledger.store.projector import Portion, Posting, apply
from ledger.store.tables import PROJECTED, blocks, entries
from ledger.store.verdicts import RefusedCall
from tests.support.synthetic import SyntheticLedger

ENTRIES_IN_A_BLOCK = 3


def hash_of(block: int) -> bytes:
    return keccak(block.to_bytes(32, "big"))


def posting(entry: Entry) -> Posting:
    block = 1 + entry.index // ENTRIES_IN_A_BLOCK
    return Posting(entry, block, 1_700_000_000 + block, keccak(b"tx" + bytes([block])))


def portion(some: Sequence[Entry], refused: Sequence[RefusedCall] = ()) -> Portion:
    postings = [posting(entry) for entry in some]
    numbers = {p.block for p in postings} | {call.block for call in refused}
    return Portion(postings, refused, {n: hash_of(n) for n in numbers}, max(numbers))


def later(some: Sequence[Entry]) -> Portion:
    """All of them in one block after those that ``portion`` makes."""
    postings = [replace(posting(entry), block=99) for entry in some]
    return Portion(postings, [], {99: hash_of(99)}, 99)


def project(database: Database, made: Portion) -> None:
    database.write(lambda connection: apply(connection, made))


def project_by_blocks(database: Database, ledger: SyntheticLedger) -> None:
    for start in range(0, len(ledger.entries), ENTRIES_IN_A_BLOCK):
        project(database, portion(ledger.entries[start : start + ENTRIES_IN_A_BLOCK]))


def projected_rows(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in (*PROJECTED, entries, blocks)
        }
