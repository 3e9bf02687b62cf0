"""Red letters kept, and what they take back from which claims; on both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.deals import Mode
from ledger.documents import read_red_letter
from ledger.ids import Address, ClaimNo, PartyNo
from ledger.risk.reversal import Side
from ledger.store.engine import Database
from ledger.store.keeping.reversals import (
    HandedIn,
    add_reversal,
    find_content,
    is_uncovered,
    list_reversals,
    reversed_behind,
)
from ledger.visibility import Scope, View
from tests.store.projecting import portion, project
from tests.support.synthetic import MATURITY, NO_DOCUMENTS
from tests.support.synthetic_financing import SyntheticDesk

RED = (Path(__file__).parents[2] / "samples" / "red-letter-cn.xml").read_bytes()
LETTER = read_red_letter(RED)
CORE, SELLER, STRANGER = PartyNo(1), PartyNo(2), PartyNo(4)
TOTAL = LETTER.amount
NOON = 1_780_000_000


def _scope(party: PartyNo, address: str = "a") -> Scope:
    name = Address("0x" + 40 * address)
    return Scope(name, party, (View(party),), is_council=False, is_oracle=False)


def _hand_in(
    database: Database, side: Side, party: PartyNo | None, *, address: str = "b", red: bytes = RED
) -> str:
    new = HandedIn(
        letter=read_red_letter(red),
        side=side,
        party=party,
        address=Address("0x" + 40 * address),
        sha256=red[:16] + bytes(16),
        content=red,
    )
    kept, _ = database.write(lambda connection: add_reversal(connection, new, NOON))
    return kept.id


def _claim(desk: SyntheticDesk, amount: int, version: int = 0) -> ClaimNo:
    use = InvoiceUse(LETTER.reversed_fingerprint, TOTAL, amount, version)
    issue = Issue(CORE, SELLER, "CNY", amount, MATURITY, (use,), NO_DOCUMENTS, FOREVER)
    return desk.ledger.post_issue(issue)


@pytest.fixture
def desk() -> SyntheticDesk:
    return SyntheticDesk()


def _reversed(database: Database, claim: ClaimNo) -> list[tuple[int, tuple[str, ...]]]:
    with database.read() as connection:
        found = reversed_behind(connection, [claim]).get(claim, ())
    return [(one.reversed, one.told_by) for one in found]


def test_reversed_behind__seller_debtor_oracle__one_letter_counts_once(
    database: Database, desk: SyntheticDesk
) -> None:
    claim, other = _claim(desk, 1_000), desk.claim
    project(database, portion(desk.ledger.entries))
    _hand_in(database, Side.SELLER, SELLER)
    _hand_in(database, Side.BUYER, CORE, address="c")
    _hand_in(database, Side.ORACLE, None, address="d")
    assert _reversed(database, claim) == [(TOTAL, ("buyer", "oracle", "seller"))]
    assert _reversed(database, other) == []
    with database.read() as connection:
        (one,) = reversed_behind(connection, [claim])[claim]
    assert (one.total, one.since) == (TOTAL, date(2026, 5, 29))
    assert one.letters == (LETTER.fingerprint,)


def test_reversed_behind__buyer_that_owes_no_claim_on_it__isnt_believed(
    database: Database, desk: SyntheticDesk
) -> None:
    claim = _claim(desk, 1_000)
    project(database, portion(desk.ledger.entries))
    _hand_in(database, Side.BUYER, STRANGER)
    assert _reversed(database, claim) == []
    with database.read() as connection:
        assert not is_uncovered(connection, claim)


@pytest.mark.parametrize(("used", "uncovered"), [(100, False), (101, True)])
def test_is_uncovered__all_claims_on_the_invoice_count(
    database: Database, desk: SyntheticDesk, used: int, uncovered: bool
) -> None:
    part = RED.replace(b"-1130000.00", b"-%d.00" % ((TOTAL - 200) // 100)).replace(
        b"-1000000.00", b"-%d.00" % ((TOTAL - 200) // 100 - 130_000)
    )
    claim = _claim(desk, 100)
    _claim(desk, used, version=1)
    project(database, portion(desk.ledger.entries))
    with database.read() as connection:
        assert not is_uncovered(connection, claim)
    _hand_in(database, Side.SELLER, SELLER, red=part)
    with database.read() as connection:
        assert is_uncovered(connection, claim) is uncovered
        assert not is_uncovered(connection, desk.claim)


def test_list_reversals__parties_to_claim_and_deal__nobody_else(
    database: Database, desk: SyntheticDesk
) -> None:
    rival = desk.ledger.enrol("RIVAL", 4)
    desk.claim = _claim(desk, 10_000)
    desk.conclude("sale", Mode.SALE, 0, 4_000)
    project(database, portion(desk.ledger.entries))
    name = _hand_in(database, Side.ORACLE, None)
    with database.read() as connection:
        for party in (CORE, SELLER, desk.bank):
            found = list_reversals(connection, _scope(party), None, 10)
            assert [(one.id, one.side) for one in found] == [(name, Side.ORACLE)]
            assert find_content(connection, _scope(party), name) == RED
        for party in (rival, STRANGER, PartyNo(3)):
            assert list_reversals(connection, _scope(party), None, 10) == []
            assert find_content(connection, _scope(party), name) is None
        own = list_reversals(connection, _scope(STRANGER, address="b"), None, 10)
        assert [one.id for one in own] == [name]


def test_list_reversals__pages__newest_first(database: Database, desk: SyntheticDesk) -> None:
    project(database, portion(desk.ledger.entries))
    names = [_hand_in(database, Side.SELLER, SELLER, address=mark) for mark in "abc"]
    with database.read() as connection:
        first = list_reversals(connection, _scope(SELLER), None, 2)
        rest = list_reversals(connection, _scope(SELLER), first[-1].id, 2)
    assert [one.id for one in first + rest] == names[::-1]
