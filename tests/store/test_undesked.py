"""Deals that went to the chain past every desk take up their banks' lines all the same."""

from __future__ import annotations

import pytest

from ledger.credit import HIGHEST_LIMIT, CreditLine, LineKind
from ledger.deals import Mode
from ledger.ids import Address, Digest, PartyNo
from ledger.keccak import keccak
from ledger.money import MAX_UNITS
from ledger.store.engine import Database
from ledger.store.keeping.lines import Line, SignedLine, find_line, put_line
from ledger.store.line_use import differences
from ledger.store.projector import Portion, Posting, apply, rewind
from tests.support.synthetic_financing import SyntheticDesk

NOW = 1_795_000_000
CORE = PartyNo(1)


class Chain:
    """A made-up desk's entries, read block by block."""

    def __init__(self, database: Database) -> None:
        self.desk, self.database = SyntheticDesk(), database
        self.read = self.block = 0
        self.desk.register()
        self.index()

    def index(self) -> None:
        self.block += 1
        fresh = self.desk.ledger.entries[self.read :]
        tx, hashes = keccak(b"tx"), {self.block: keccak(b"%d" % self.block)}
        postings = [Posting(entry, self.block, NOW + self.block, tx) for entry in fresh]
        portion = Portion(postings, [], hashes, self.block, NOW + self.block)
        self.database.write(lambda connection: apply(connection, portion))
        self.read += len(fresh)

    def line(self, kind: LineKind, party: int, limit: int, ends: int = 2030_01_01) -> None:
        bank = self.desk.bank
        wanted = CreditLine(bank, party, kind.value, "CNY", limit, ends, "test", 0, 2**40)
        name = Digest(keccak(kind.value.encode()))
        change = SignedLine(name, wanted, [Address("0x" + "0" * 40)], [])
        self.database.write(lambda connection: put_line(connection, change, NOW, 0))

    def of(self, kind: LineKind, party: int = CORE) -> Line:
        with self.database.read() as connection:
            found = find_line(connection, self.desk.bank, PartyNo(party), kind, "CNY")
            assert differences(connection) == []
        assert found is not None
        return found


@pytest.fixture
def chain(database: Database) -> Chain:
    return Chain(database)


def test_deal__quoted_at_no_desk__takes_up_what_lines_there_are(chain: Chain) -> None:
    chain.line(LineKind.DEBTOR, CORE, 5_000)
    chain.desk.conclude("sale", Mode.SALE, 0, 2_000)
    chain.desk.conclude("recourse", Mode.RECOURSE, 2_000, 4_000)
    chain.index()
    assert (chain.of(LineKind.DEBTOR).drawn, chain.of(LineKind.DEBTOR).open) == (4_000, 0)
    chain.line(LineKind.RECOURSE, chain.desk.seller, 9_000)
    chain.desk.conclude("pledge", Mode.PLEDGE, 4_000, 7_000)
    chain.index()
    assert chain.of(LineKind.DEBTOR).drawn == 7_000
    assert chain.of(LineKind.RECOURSE, chain.desk.seller).drawn == 3_000


def test_deal__after_its_line_has_run_out_or_without_any__stops_no_indexer(chain: Chain) -> None:
    chain.desk.conclude("none", Mode.SALE, 0, 1_000)
    chain.index()
    chain.line(LineKind.DEBTOR, CORE, 5_000, ends=2026_11_19)
    chain.desk.conclude("late", Mode.SALE, 1_000, 3_000, payBy=2**64 - 1)
    chain.block += 10 * 86_400
    chain.index()
    assert chain.of(LineKind.DEBTOR).drawn == 2_000


def test_deal__taken_back_by_the_chain__frees_its_line_with_the_next_block(chain: Chain) -> None:
    chain.line(LineKind.DEBTOR, CORE, 5_000)
    before, entries = chain.block, chain.read
    chain.desk.conclude("sale", Mode.SALE, 0, 2_000)
    chain.index()
    gone = chain.desk.ledger.entries[entries:]
    chain.database.write(lambda connection: rewind(connection, before))
    del chain.desk.ledger.entries[entries:]
    chain.read, chain.block = entries, before
    chain.index()
    assert (chain.of(LineKind.DEBTOR).drawn, chain.of(LineKind.DEBTOR).open) == (0, 0)
    chain.desk.ledger.entries += gone
    chain.index()
    assert chain.of(LineKind.DEBTOR).drawn == 2_000


def test_deal__of_more_than_any_line_can_hold__stops_no_indexer(chain: Chain) -> None:
    chain.line(LineKind.DEBTOR, CORE, 5_000)
    for number in range(3):
        chain.desk.claim = chain.desk.ledger.issue(CORE, chain.desk.seller, MAX_UNITS)
        chain.desk.conclude(f"huge {number}", Mode.SALE, 0, MAX_UNITS)
        chain.index()
    assert 5_000 < chain.of(LineKind.DEBTOR).drawn <= 3 * HIGHEST_LIMIT
