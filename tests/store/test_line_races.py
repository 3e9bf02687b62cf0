"""Whatever runs at the same time, a line is never used above its limit: real connections only."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Self

import pytest

from ledger.credit import LineBelowUse, LineChanged, LineExceeded, LineKind
from ledger.errors import Refused
from ledger.store.engine import Connection, Database, open_database
from ledger.store.keeping.lines import find_line
from ledger.store.keeping.reservations import Quote, Wanted, reserve, withdraw
from tests.store.credit import BANK, CNY, CORE, NOW, SELLER, Desk, digest_of

ATTEMPTS, LIMIT = 200, 10_000
RUNS = [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, 10))]


def _desk(database: Database) -> Desk:
    desk = Desk(database)
    desk.open_claim(1, 10**6)
    desk.put(LIMIT)
    desk.put(LIMIT // 2, party=SELLER, kind=LineKind.RECOURSE)
    return desk


def _all_at_once(works: Sequence[Callable[[], bool]]) -> list[bool]:
    """What each of them says; they start together."""
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], bool]) -> bool:
        ready.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def _quotes(desk: Desk, count: int = ATTEMPTS) -> list[Quote]:
    one = desk.quote("any")
    return [replace(one, digest=digest_of(f"quote {n}"), start=n, end=n + 1) for n in range(count)]


def _reserving(database: Database, quote: Quote, amount: int, recourse: int = 0) -> bool:
    wanted = [Wanted(LineKind.DEBTOR, CORE, amount)]
    if recourse:
        # In the other order for every second one, to invite deadlocks.
        wanted.insert(quote.start % 2, Wanted(LineKind.RECOURSE, SELLER, recourse))
    try:
        database.write(lambda tx: reserve(tx, quote, wanted, NOW, 0), turns=[quote.bank])
    except LineExceeded:
        return False
    return True


class _Watch:
    """Looks at the line all the while, each time at one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looks = 0
        self.above: list[tuple[int, int]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self.looks > 0
        assert self.above == []

    def _look(self) -> None:
        while True:
            with self._database.read() as connection:
                line = find_line(connection, BANK, CORE, LineKind.DEBTOR, CNY)
            assert line is not None
            self.looks += 1
            if line.used > line.limit:
                self.above.append((line.used, line.limit))
            if self._stop.wait(0.005):
                return


@pytest.mark.parametrize("run", RUNS)
def test_race__200_quotes_against_one_line__never_above_it(database: Database, run: int) -> None:
    desk = _desk(database)
    chance = random.Random(run)
    amounts = [chance.randint(1, 200) for _ in range(ATTEMPTS)]
    works = [
        lambda quote=quote, amount=amount: _reserving(database, quote, amount)
        for quote, amount in zip(_quotes(desk), amounts, strict=True)
    ]
    with _Watch(database):
        fitted = _all_at_once(works)
    line = desk.line()
    assert line.used == sum(amount for amount, fits in zip(amounts, fitted, strict=True) if fits)
    assert line.used <= LIMIT
    refused = [amount for amount, fits in zip(amounts, fitted, strict=True) if not fits]
    assert refused
    assert min(refused) > line.remaining
    assert desk.wrong() == []


def test_race__200_quotes_against_one_line__none_starts_again(database: Database) -> None:
    """They queue: however many there are, nobody runs out of attempts."""
    desk = _desk(database)
    wanted = [Wanted(LineKind.DEBTOR, CORE, 1)]
    tried: list[int] = []

    def take(quote: Quote) -> bool:
        def work(connection: Connection) -> None:
            tried.append(quote.start)
            reserve(connection, quote, wanted, NOW, 0)

        database.write(work, turns=[quote.bank])
        return True

    _all_at_once([lambda quote=quote: take(quote) for quote in _quotes(desk)])
    assert sorted(tried) == list(range(ATTEMPTS))
    assert desk.line().used == ATTEMPTS


def test_race__deals_with_recourse__neither_line_is_above_its_limit(database: Database) -> None:
    desk = _desk(database)
    works = [
        lambda quote=quote: _reserving(database, quote, 100, recourse=70) for quote in _quotes(desk)
    ]
    with _Watch(database):
        fitted = _all_at_once(works)
    assert sum(fitted) == LIMIT // 2 // 70
    assert desk.line().used == sum(fitted) * 100
    assert desk.line(BANK, SELLER, LineKind.RECOURSE).used == sum(fitted) * 70
    assert desk.wrong() == []


def test_race__the_same_quote_200_times__is_reserved_once(database: Database) -> None:
    desk = _desk(database)
    quote = desk.quote("one")
    assert all(_all_at_once([lambda: _reserving(database, quote, 77)] * ATTEMPTS))
    assert desk.line().used == 77
    assert desk.wrong() == []


@pytest.mark.parametrize("run", RUNS[:3])
def test_race__the_line_is_lowered_meanwhile__never_below_use(database: Database, run: int) -> None:
    desk = _desk(database)
    lowered: list[int] = []

    def lower(limit: int) -> bool:
        try:
            desk.put(limit)
        except (LineBelowUse, LineChanged):
            return False
        lowered.append(limit)
        return True

    works: list[Callable[[], bool]] = [
        lambda quote=quote: _reserving(database, quote, 100) for quote in _quotes(desk, 60)
    ]
    works += [lambda limit=limit: lower(limit) for limit in (8_000, 5_000, 4_000, 2_500, 1_000)]
    random.Random(run).shuffle(works)
    with _Watch(database):
        _all_at_once(works)
    line = desk.line()
    assert line.limit in {LIMIT, *lowered}
    assert line.used <= line.limit
    assert line.version == 1 + len(lowered)
    assert desk.wrong() == []


@pytest.mark.parametrize("run", RUNS[:3])
def test_race__concluded_withdrawn_and_expired_meanwhile__sums_hold(
    database: Database, run: int
) -> None:
    """The chain is read while the desk works."""
    desk = _desk(database)
    quotes = _quotes(desk, 80)
    taken: list[Quote] = []

    def take(quote: Quote) -> bool:
        fits = _reserving(database, quote, 200, recourse=50)
        if fits and quote.start % 3:
            taken.append(quote)
        elif fits:
            database.write(lambda connection: withdraw(connection, BANK, quote.digest))
        return fits

    def index() -> bool:
        for _ in range(10):
            if taken:
                desk.conclude(taken.pop())
            desk.sweep()
        desk.now += 3_601
        desk.tick()
        return True

    works: list[Callable[[], bool]] = [lambda quote=quote: take(quote) for quote in quotes]
    with _Watch(database):
        _all_at_once([*works, index])
    assert desk.wrong() == []
    assert desk.line().used <= LIMIT


def _reserve_and_die(url: str, quote: Quote) -> None:
    database = open_database(url)
    _reserving(database, quote, 300)
    os._exit(9)  # between the commit and the answer


def _reserve_and_die_inside(url: str, quote: Quote) -> None:
    database = open_database(url)

    def work(connection: object) -> None:
        wanted = [Wanted(LineKind.DEBTOR, CORE, 300)]
        reserve(connection, quote, wanted, NOW, 0)  # type: ignore[arg-type]
        os._exit(9)

    database.write(work)


@pytest.mark.parametrize("dying", [_reserve_and_die, _reserve_and_die_inside])
def test_crash__process_dies_while_it_reserves__asked_again_is_one_reservation(
    database: Database, dying: Callable[[str, Quote], None]
) -> None:
    desk = _desk(database)
    quote = desk.quote("one")
    url = database.engine.url.render_as_string(hide_password=False)
    process = multiprocessing.get_context("spawn").Process(target=dying, args=(url, quote))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert desk.line().used == (300 if dying is _reserve_and_die else 0)
    desk.reserve(quote, 300)
    assert desk.line().used == 300
    assert desk.wrong() == []


def test_race__processes__never_above_it(database: Database) -> None:
    desk = _desk(database)
    url = database.engine.url.render_as_string(hide_password=False)
    quotes = _quotes(desk, 120)
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        fitted = pool.starmap(_reserve_elsewhere, [(url, quotes[n::4]) for n in range(4)])
    assert sum(fitted) == LIMIT // 100
    assert (desk.line().used, desk.line().remaining) == (LIMIT, 0)
    assert desk.wrong() == []


def _reserve_elsewhere(url: str, quotes: Sequence[Quote]) -> int:
    database = open_database(url)
    try:
        return sum(_reserving(database, quote, 100) for quote in quotes)
    except Refused:
        return -1
    finally:
        database.close()
