"""The ledger that `make bench SCALE=…` makes up: as the indexer and the desk would have left it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from ledger.business_day import business_day
from ledger.ids import Address, ClaimNo
from ledger.store import line_use
from ledger.store.engine import Database, open_database
from ledger.store.keeping.finance_quotes import list_quotes
from ledger.store.keeping.finance_requests import list_requests
from ledger.store.reading.deals import list_deals
from ledger.store.reading.debtors import LOOKED_AT, payment_record
from ledger.store.reading.exposures import exposures
from ledger.store.reading.paths import path_of
from ledger.store.tables import claims, entries, lots, metadata
from ledger.visibility import Scope, View
from ledger.words import LotState
from scripts.bench.scale import measuring
from scripts.bench.scale.building import build
from scripts.bench.scale.lives import WIDTH, live_through
from scripts.bench.scale.measuring import QUESTIONS, measure_scale
from scripts.bench.scale.town import DEBTOR, OWN, Town

LOTS = 2_000
SCOPE = Scope(Address("0x" + "00" * 20), OWN, (View(OWN),), is_council=False, is_oracle=False)


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(LOTS, int(time.time()))


@pytest.fixture(scope="module")
def built(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('scale') / 'yuanliu.db'}")
    build(database, town)
    yield database
    database.close()


def test_build__any_scale__has_as_many_lots_which_partition_their_claims(
    built: Database, town: Town
) -> None:
    with built.read() as connection:
        current = select(lots.c.claim, lots.c.start, lots.c.end).where(lots.c.until.is_(None))
        rows = connection.execute(current.order_by(lots.c.claim, lots.c.start)).all()
        faces = dict(connection.execute(select(claims.c.number, claims.c.face)).all())
    assert len(rows) == LOTS
    at = dict.fromkeys(town.claims, 0)
    for claim, start, end in rows:
        assert start == at[claim] < end
        at[claim] = end
    assert at == faces


def test_build__reservations__are_what_the_projection_says(built: Database) -> None:
    with built.read() as connection:
        assert line_use.differences(connection) == []
        (owed, *_) = exposures(connection, OWN, DEBTOR)
    assert owed.open > 0
    assert owed.drawn > owed.open


def test_build__entries__are_without_a_gap_and_write_the_lots(built: Database, town: Town) -> None:
    with built.read() as connection:
        count, last = connection.execute(select(func.count(), func.max(entries.c.index))).one()
        orphans = select(lots.c.since).where(lots.c.since.not_in(select(entries.c.index)))
        assert connection.execute(orphans).all() == []
        paid = payment_record(connection, DEBTOR, business_day(town.now))
        path = path_of(connection, town.claims[0], WIDTH, 2 * WIDTH)
    assert (count, last) == (town.entries, town.entries - 1)
    assert 0 < paid.on_time == paid.matured <= LOOKED_AT
    assert [step.taker for step in path][-1] == town.bank(town.claims[0])


def test_build__inbox__has_pages_of_what_is_open(built: Database, town: Town) -> None:
    with built.read() as connection:
        every = list_requests(connection, OWN, None, LOTS)
        waiting = list_requests(connection, OWN, None, LOTS, as_bank=True, open_at=town.now)
    assert len(waiting) > 50
    assert len(every) > len(waiting)
    assert {one.expires > town.now for one in waiting} == {True}


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        pytest.param(
            lambda one: list_requests(one, OWN, None, 51, as_bank=True, open_at=1),
            "ix_finance_requests_bank_status",
            id="inbox",
        ),
        pytest.param(
            lambda one: list_requests(one, OWN, None, 51), "ix_finance_requests_holder", id="both"
        ),
        pytest.param(
            lambda one: list_quotes(one, OWN, None, 51), "ix_finance_quotes_bank", id="quotes"
        ),
        pytest.param(lambda one: list_deals(one, SCOPE, 0, 51), "ix_deals_bank_since", id="deals"),
        pytest.param(lambda one: exposures(one, OWN, DEBTOR), "credit_lines", id="exposure"),
        pytest.param(
            lambda one: payment_record(one, DEBTOR, date(2099, 1, 1)),
            "ix_claims_debtor_maturity",
            id="record",
        ),
        pytest.param(lambda one: path_of(one, ClaimNo(1), 0, 9), "lots_1", id="path"),
    ],
)
def test_question__any_scale__is_answered_by_indexes_alone(
    ask: Callable[[Connection], object], index: str, built: Database
) -> None:
    plans = _plans(built, ask)
    assert any(index in plan for plan in plans), plans
    assert not {f"SCAN {table}" for table in metadata.tables} & set(plans), plans


def _plans(database: Database, ask: Callable[[Connection], object]) -> list[str]:
    """Every step by which SQLite finds what is asked for."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with database.read() as connection:
        event.listen(database.engine, "before_cursor_execute", note)
        ask(connection)
        event.remove(database.engine, "before_cursor_execute", note)
        return [
            str(row[-1])
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def test_life__paid__discharges_every_lot() -> None:
    assert {lot.state for lot in live_through(paid=True).current()} == {LotState.DISCHARGED}


def test_measure__small_ledgers__answers_every_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "SMALL", 1_000)
    monkeypatch.setattr(measuring, "_TIMES", 5)
    monkeypatch.setattr(measuring, "_WARM_UP", 1)
    found = measure_scale(LOTS, tmp_path)
    for name in QUESTIONS:
        assert found[name]["p99_ms"] >= found[name]["p50_ms"] > 0
