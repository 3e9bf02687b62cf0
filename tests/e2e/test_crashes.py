"""Every process of a whole stack is killed, or frozen, at random moments of its work."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import structlog
from sqlalchemy import func, select

from ledger.store.engine import Database, open_database
from ledger.store.outbox import ActStatus, read_acts
from ledger.store.tables import acts, entries
from tests.chain.stage import assert_posted
from tests.e2e.clerk import Clerk
from tests.e2e.mortal import VICTIMS, MortalStack

LONGER_THAN_ANY_TIMEOUT = 32.0


@pytest.mark.parametrize("crashes", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_acts__any_process_killed_at_random__none_lost_none_doubled(
    crashes: int, tmp_path: Path
) -> None:
    dice = _dice()
    with _stack_at_work(tmp_path, dice) as (stack, clerk):
        for _ in range(crashes):
            _random_moment(clerk, dice)
            stack.kill(dice.choice(VICTIMS), away=dice.random() * 0.3)


@pytest.mark.parametrize(
    ("times", "longest"),
    [(10, 1.5), pytest.param(10, LONGER_THAN_ANY_TIMEOUT, marks=pytest.mark.soak)],
)
def test_acts__any_process_frozen_at_random__none_lost_none_doubled(
    times: int, longest: float, tmp_path: Path
) -> None:
    dice = _dice()
    with _stack_at_work(tmp_path, dice) as (stack, clerk):
        for _ in range(times):
            _random_moment(clerk, dice)
            stack.freeze(dice.choice(VICTIMS), dice.choice([0.5, 1.0]) * longest)


def _dice() -> random.Random:
    seed = random.randrange(1 << 32)
    structlog.get_logger().info("dice", seed=seed)
    return random.Random(seed)


def _random_moment(clerk: Clerk, dice: random.Random) -> None:
    """Half of the time while a request is under way."""
    threading.Event().wait(dice.random() * 0.6)
    if dice.random() < 0.5:
        clerk.asking.wait(1.0)
        threading.Event().wait(dice.random() * 0.02)


@contextmanager
def _stack_at_work(folder: Path, dice: random.Random) -> Iterator[tuple[MortalStack, Clerk]]:
    """A whole stack while a client keeps it busy; at the end all that was asked must be done."""
    stop = threading.Event()
    with (
        MortalStack.on_dev(folder) as stack,
        closing(
            Clerk(stack.settings.api_url, stack.deployment, random.Random(dice.random()))
        ) as clerk,
        ThreadPoolExecutor(1) as background,
    ):
        clerk.enrol()
        stack.save_node()
        working = background.submit(clerk.work, stop)
        try:
            yield stack, clerk
        finally:
            stop.set()
        working.result()
        database = open_database(stack.settings.database_url)
        try:
            stack.wait_until_settled(database)
            _assert_everything_was_done_once(database, clerk)
            assert stack.replay(database).drift == []
        finally:
            database.close()


def _assert_everything_was_done_once(database: Database, clerk: Clerk) -> None:
    assert_posted(database, clerk.script)
    with database.read() as connection:
        known = {act.digest: act for act in read_acts(connection, clerk.accepted)}
        doubled = select(entries.c.act).where(entries.c.memo != b"").group_by(entries.c.act)
        assert connection.scalars(doubled.having(func.count() > 1)).all() == []
        assert connection.scalar(select(func.count()).select_from(acts)) == len(clerk.accepted)
    assert known.keys() == clerk.accepted
    refused = {digest: act for digest, act in known.items() if act.status is ActStatus.REFUSED}
    assert {digest: (act.refusal or {})["name"] for digest, act in refused.items()} == clerk.refused
    done = known.keys() - refused.keys()
    assert {known[digest].status for digest in done} == {ActStatus.CONFIRMED}
    structlog.get_logger().info(
        "survived", acts=len(done), refused=len(refused), unanswered=clerk.unanswered
    )
