from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from ledger.credit import (
    HIGHEST_LIMIT,
    LimitTooHigh,
    LineBelowUse,
    LineChanged,
    LineExceeded,
    LineExpired,
    LineKind,
    LineOfAnother,
    NoCreditLine,
    ReservedOtherwise,
    held,
    units_left,
)
from ledger.refusals import InvalidDate, ZeroAmount
from ledger.store.engine import Database
from ledger.store.keeping.lines import list_changes
from ledger.store.keeping.reservations import Wanted, reserve, withdraw
from ledger.store.private import reservations
from tests.store.credit import BANK, CORE, NOW, RIVAL, SELLER, Desk, digest_of

FACE = 1_000


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    made = Desk(database)
    made.open_claim(1, FACE)
    yield made
    assert made.wrong() == []


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def test_put__new_and_changed__every_change_is_in_the_journal(desk: Desk) -> None:
    desk.put(500)
    line = desk.put(700, expires_on=2028_01_31)
    assert (line.limit, line.expires_on, line.version, line.used) == (700, 2028_01_31, 2, 0)
    with desk.database.read() as connection:
        journal = list_changes(connection, line, 99, 10)
    assert [(one.version, one.limit, one.reason) for one in journal] == [
        (2, 700, "change 2"),
        (1, 500, "change 1"),
    ]


def test_put__same_change_again__is_one_change(desk: Desk) -> None:
    desk.put(500)
    desk.changes = 0
    assert desk.put(500, version=0).version == 1


def test_put__signed_for_another_version__refused(desk: Desk) -> None:
    desk.put(500)
    with pytest.raises(LineChanged):
        desk.put(600, version=0)
    with pytest.raises(LineChanged):
        desk.put(600, bank=RIVAL, version=3)
    assert desk.line().limit == 500


def test_put__below_use__refused_and_unchanged(desk: Desk) -> None:
    desk.put(500)
    desk.reserve(desk.quote("q"), 300)
    with pytest.raises(LineBelowUse) as refused:
        desk.put(299)
    assert refused.value.facts() == {"limit": 299, "used": 300}
    assert (desk.line().limit, desk.line().version) == (500, 1)
    assert desk.put(300).remaining == 0


def test_put__below_what_only_an_expired_quote_holds__lowered(desk: Desk) -> None:
    desk.put(500)
    desk.reserve(desk.quote("q"), 300)
    desk.now += 3_601
    desk.tick()
    assert desk.put(0).used == 0


def test_put__too_high_or_no_day__refused(desk: Desk) -> None:
    with pytest.raises(LimitTooHigh):
        desk.put(HIGHEST_LIMIT + 1)
    with pytest.raises(InvalidDate):
        desk.put(1, expires_on=2026_02_29)
    assert desk.find() is None


# ── reserving ────────────────────────────────────────────────────────────────────────────────


def test_reserve__fits_exactly__then_nothing_more(desk: Desk) -> None:
    desk.put(500)
    desk.reserve(desk.quote("a"), 500)
    with pytest.raises(LineExceeded) as refused:
        desk.reserve(desk.quote("b"), 1)
    assert refused.value.facts() == {"limit": 500, "used": 500, "wanted": 1}


def test_reserve__two_lines_and_one_is_full__takes_neither(desk: Desk) -> None:
    desk.put(500)
    desk.put(100, party=SELLER, kind=LineKind.RECOURSE)
    with pytest.raises(LineExceeded):
        desk.reserve(desk.quote("a"), 400, recourse=101)
    assert desk.line().used == 0
    desk.reserve(desk.quote("a"), 400, recourse=100)
    assert desk.line().used == 400
    assert desk.line(BANK, SELLER, LineKind.RECOURSE).used == 100


def test_reserve__no_line_or_another_banks__refused(desk: Desk) -> None:
    desk.put(500)
    with pytest.raises(NoCreditLine):
        desk.reserve(desk.quote("a", bank=RIVAL), 1)
    with pytest.raises(NoCreditLine):
        desk.reserve(desk.quote("a"), 1, recourse=1)
    assert desk.line().used == 0


@pytest.mark.parametrize("amount", [0, -1])
def test_reserve__nothing__refused(desk: Desk, amount: int) -> None:
    desk.put(500)
    with pytest.raises(ZeroAmount):
        desk.reserve(desk.quote("a"), amount)


def test_reserve__more_than_any_integer__is_too_much(desk: Desk) -> None:
    desk.put(HIGHEST_LIMIT)
    for amount in (2**63 - 1, 2**64, HIGHEST_LIMIT + 1):
        with pytest.raises(LineExceeded):
            desk.reserve(desk.quote("a"), amount)


def test_reserve__line_ends_before_the_quote__refused(desk: Desk) -> None:
    ends_on = 2026_11_18  # the day of NOW in Shanghai
    desk.put(500, expires_on=ends_on)
    desk.reserve(desk.quote("today", seconds=60), 1)
    with pytest.raises(LineExpired) as refused:
        desk.reserve(desk.quote("tomorrow", seconds=86_400), 1)
    assert (refused.value.expires_on, refused.value.needed_on) == (ends_on, ends_on + 1)
    with pytest.raises(LineExpired):
        desk.reserve(desk.quote("for ever", seconds=2**64), 1)


def test_reserve__same_quote_again__is_one(desk: Desk) -> None:
    """Also what a crash between reserving and answering comes to."""
    desk.put(500)
    quote = desk.quote("a")
    first = desk.reserve(quote, 300)
    assert desk.reserve(quote, 300) == first
    assert desk.line().used == 300
    with pytest.raises(ReservedOtherwise):
        desk.reserve(quote, 301)


def test_reserve__same_digest_for_another_bank__refused(desk: Desk) -> None:
    desk.put(500)
    desk.put(500, bank=RIVAL)
    desk.reserve(desk.quote("a"), 300)
    with pytest.raises(LineOfAnother):
        desk.reserve(desk.quote("a", bank=RIVAL), 300)
    with pytest.raises(LineOfAnother):
        desk.write(lambda connection: withdraw(connection, RIVAL, digest_of("a")))
    assert desk.line(RIVAL).used == 0


def test_reserve__transaction_fails_afterwards__nothing_is_kept(desk: Desk) -> None:
    desk.put(500)
    quote, wanted = desk.quote("a"), [Wanted(LineKind.DEBTOR, CORE, 300)]

    def crash(connection: object) -> None:
        reserve(connection, quote, wanted, NOW, NOW)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.database.write(crash)
    assert desk.line().used == 0
    assert desk.reserve(quote, 300).state.value == "reserved"


# ── what becomes of it ───────────────────────────────────────────────────────────────────────


def test_follow__concluded_paid_in_parts__releases_in_proportion(desk: Desk) -> None:
    desk.put(900)
    desk.put(100, party=SELLER, kind=LineKind.RECOURSE)
    quote = desk.quote("a", end=300)
    desk.reserve(quote, 900, recourse=100)
    desk.conclude(quote)
    assert (desk.line().open, desk.line().drawn) == (0, 900)
    desk.settle(1, 0, 100)
    assert desk.line().drawn == 600
    assert desk.line(BANK, SELLER, LineKind.RECOURSE).drawn == 67  # two thirds, rounded up
    desk.settle(1, 100, 299)
    assert (desk.line().drawn, desk.state(quote)) == (3, "consumed")
    desk.settle(1, 299, 300)
    assert (desk.line().drawn, desk.state(quote)) == (0, "released")
    assert desk.line(BANK, SELLER, LineKind.RECOURSE).used == 0


def test_follow__replayed_after_a_rewind__counts_once(desk: Desk) -> None:
    desk.put(900)
    quote = desk.quote("a", end=300)
    desk.reserve(quote, 900)
    desk.conclude(quote)
    desk.settle(1, 0, 100)
    for _ in range(3):
        desk.rewind(1)
        assert (desk.line().drawn, desk.state(quote)) == (900, "consumed")
        desk.rewind(1)
        assert (desk.line().open, desk.line().drawn) == (900, 0)
        assert desk.state(quote) == "reserved"
        desk.conclude(quote)
        desk.settle(1, 0, 100)
        assert (desk.line().open, desk.line().drawn) == (0, 600)


def test_follow__two_banks_quote_one_lot__the_losers_room_comes_back_at_once(desk: Desk) -> None:
    desk.put(900)
    desk.put(900, bank=RIVAL)
    mine, theirs = desk.quote("mine"), desk.quote("theirs", bank=RIVAL)
    desk.reserve(mine, 900)
    desk.reserve(theirs, 900)
    desk.conclude(theirs)
    assert (desk.state(mine), desk.line().used) == ("overtaken", 0)
    assert (desk.state(theirs), desk.line(RIVAL).drawn) == ("consumed", 900)
    desk.rewind(1)
    assert (desk.state(mine), desk.line().open) == ("reserved", 900)


def test_follow__chain_cuts_the_lot_short_of_quoted_units__comes_back_when_it_moves_on(
    desk: Desk,
) -> None:
    desk.put(900)
    desk.write_units(1, 0, 200, digest_of("long"))
    quote = desk.quote("a", 1, 100, 150)
    desk.reserve(quote, 900)
    desk.rewind(1)
    desk.write_units(1, 0, 50, digest_of("short"))
    assert (quote.lot, quote.version, desk.state(quote)) == (0, 2, "reserved")
    desk.write_units(1, 0, 50, digest_of("on"))
    assert (desk.state(quote), desk.line().used, desk.wrong()) == ("overtaken", 0, [])


def test_reserve__lot_has_moved_already__takes_nothing(desk: Desk) -> None:
    desk.put(900)
    stale = desk.quote("stale")
    desk.write_units(1, 0, 10, digest_of("moved"), holder=5)
    assert desk.reserve(stale, 900).state.value == "overtaken"
    assert desk.line().used == 0


def test_reserve__concluded_behind_the_desks_back__counts_beyond_the_limit(desk: Desk) -> None:
    desk.put(500)
    quote = desk.quote("a")
    desk.conclude(quote)
    assert desk.reserve(quote, 900).state.value == "consumed"
    assert (desk.line().drawn, desk.line().remaining) == (900, 0)
    with pytest.raises(LineExceeded):
        desk.reserve(desk.quote("b"), 1)


def test_follow__sold_on_to_another_bank_and_bought_again__counts_the_units_once(
    desk: Desk,
) -> None:
    desk.put(5_000)
    desk.put(5_000, bank=RIVAL)
    first = desk.quote("first")
    desk.reserve(first, 1_000)
    desk.conclude(first)
    onward = desk.quote("onward", bank=RIVAL)
    desk.reserve(onward, 1_000)
    desk.conclude(onward)
    # The seller's lien stands until it is paid: until then it may get the units back.
    assert desk.line().drawn == 1_000
    desk.write_units(1, 0, FACE, digest_of("paid"), lien=0)
    assert (desk.line().drawn, desk.line(RIVAL).drawn) == (0, 1_000)
    back = desk.quote("back", end=400)
    desk.reserve(back, 400)
    desk.conclude(back)
    assert (desk.line().drawn, desk.line(RIVAL).drawn) == (400, 1_000)
    assert (desk.state(first), desk.state(back)) == ("released", "consumed")


def test_follow__pledge_repaid_or_rescinded__is_released(desk: Desk) -> None:
    desk.put(900)
    pledge = desk.quote("pledge", end=300)
    desk.reserve(pledge, 900)
    desk.write_units(1, 0, 300, pledge.digest, lien=BANK)
    assert desk.line().drawn == 900
    desk.write_units(1, 0, 300, digest_of("repaid"), lien=0)
    assert (desk.line().drawn, desk.state(pledge)) == (0, "released")
    sale = desk.quote("sale", end=300)
    desk.reserve(sale, 900)
    desk.conclude(sale)
    desk.write_units(1, 0, 300, digest_of("rescinded"), holder=SELLER, lien=0)
    assert (desk.line().drawn, desk.state(sale)) == (0, "released")


# ── running out ──────────────────────────────────────────────────────────────────────────────


def test_expire__by_the_chains_time__returns_once(desk: Desk) -> None:
    desk.put(500)
    quote = desk.quote("a")
    desk.reserve(quote, 300)
    desk.now += 3_600
    desk.tick()
    assert desk.state(quote) == "reserved"  # the chain still takes it in its last second
    desk.now += 1
    assert desk.sweep() == 0  # our clock says so, no block does
    assert desk.state(quote) == "reserved"
    desk.tick()
    assert (desk.state(quote), desk.line().used) == ("expired", 0)
    assert desk.sweep() == 0
    assert desk.line().used == 0


def test_expire__lazily_for_a_full_line__makes_room(desk: Desk) -> None:
    """On a chain without blocks of its own, whoever asks may say how late it is."""
    desk.put(500)
    old = desk.quote("old")
    desk.reserve(old, 500)
    wanted = [Wanted(LineKind.DEBTOR, CORE, 500)]
    new = desk.quote("new", seconds=9_000)
    late = desk.now + 3_601
    desk.write(lambda connection: reserve(connection, new, wanted, late, late))
    assert (desk.state(old), desk.state(new), desk.line().used) == ("expired", "reserved", 500)
    assert desk.write(lambda connection: withdraw(connection, BANK, old.digest)) is False


def test_expire__concluded_all_the_same__the_chain_wins(desk: Desk) -> None:
    desk.put(500)
    quote = desk.quote("a")
    desk.reserve(quote, 300)
    desk.now += 3_601
    desk.tick()
    assert desk.line().used == 0
    desk.conclude(quote)
    assert (desk.state(quote), desk.line().drawn) == ("consumed", 300)


def test_withdraw__not_shown_yet__returns_once(desk: Desk) -> None:
    desk.put(500)
    quote = desk.quote("a")
    desk.reserve(quote, 300)
    assert desk.write(lambda connection: withdraw(connection, BANK, quote.digest))
    assert not desk.write(lambda connection: withdraw(connection, BANK, quote.digest))
    assert (desk.state(quote), desk.line().used) == ("withdrawn", 0)


# ── the remaining issuance limit ─────────────────────────────────────────────────────────────


def test_issue__no_bank_set_a_limit__is_free(desk: Desk) -> None:
    assert desk.reserve_issue("i", 10**9) is None


def test_issue__limits_of_two_banks__add_up_and_come_back_when_paid(desk: Desk) -> None:
    desk.put(600, kind=LineKind.ISSUANCE)
    desk.put(500, bank=RIVAL, kind=LineKind.ISSUANCE)
    with pytest.raises(LineExceeded) as refused:
        desk.reserve_issue("i", 1_101)
    assert refused.value.facts() == {"limit": 1_100, "used": 0, "wanted": 1_101}
    made = desk.reserve_issue("i", 1_000)
    assert desk.reserve_issue("i", 1_000) == made
    lines = [desk.line(bank, CORE, LineKind.ISSUANCE) for bank in (BANK, RIVAL)]
    assert [line.open for line in lines] == [600, 400]
    desk.open_claim(2, 1_000, act=digest_of("i"))
    desk.settle(2, 0, 250)
    lines = [desk.line(bank, CORE, LineKind.ISSUANCE) for bank in (BANK, RIVAL)]
    assert [(line.open, line.drawn) for line in lines] == [(0, 450), (0, 300)]
    desk.rewind(2)
    lines = [desk.line(bank, CORE, LineKind.ISSUANCE) for bank in (BANK, RIVAL)]
    assert [(line.open, line.drawn) for line in lines] == [(600, 0), (400, 0)]


def test_issue__limit_has_ended__refused(desk: Desk) -> None:
    desk.put(600, kind=LineKind.ISSUANCE, expires_on=2026_11_17)
    with pytest.raises(LineExpired):
        desk.reserve_issue("i", 1)


# ── arithmetic ───────────────────────────────────────────────────────────────────────────────


def test_held__rounds_up_and_ends_at_nothing() -> None:
    assert [held(100, left, 3) for left in (3, 2, 1, 0)] == [100, 67, 34, 0]


def test_units_left__overlapping_later_deals__each_unit_once() -> None:
    assert units_left([(0, 10), (20, 30)], [(5, 25), (8, 22), (0, 1)]) == 4 + 5
    assert units_left([(0, 10)], []) == 10


def test_follow__nothing_reserved__looks_no_further(desk: Desk) -> None:
    desk.settle(1, 0, 10)
    with desk.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(reservations)) == 0
