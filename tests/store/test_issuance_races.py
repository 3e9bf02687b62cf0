"""Issues accepted at the same time never exceed what their debtor may issue."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.commitments import EMPTY_ROOT
from ledger.credit import HIGHEST_LIMIT, IssuanceLimitReached, LineBelowUse, LineChanged, LineKind
from ledger.ids import Address
from ledger.refusals import Expired
from ledger.store.engine import Database
from ledger.store.keeping.issuance import Accepted, accept_within_limits
from ledger.store.outbox import NewAct, count_by_status, mark_refused, next_accepted
from tests.store.credit import BANK, CNY, CORE, NOW, RIVAL, SELLER, Desk, digest_of

ATTEMPTS, LIMIT = 200, 10_000
RUNS = [0, *(pytest.param(run, marks=pytest.mark.soak) for run in range(1, 10))]
POLICY = Address("0x" + "22" * 20)


def desk_of(database: Database) -> Desk:
    """Two banks' limits, which add up to ``LIMIT``."""
    desk = Desk(database)
    desk.put(LIMIT - 3_000, kind=LineKind.ISSUANCE)
    desk.put(3_000, bank=RIVAL, kind=LineKind.ISSUANCE)
    return desk


def _issue(name: str, face: int) -> Issue:
    use = InvoiceUse(digest_of(f"invoice {name}"), face, face, 0)
    return Issue(CORE, SELLER, CNY, face, 2027_05_21, (use,), EMPTY_ROOT, FOREVER)


def hand_in(database: Database, *named: tuple[str, int], call: bytes = b"call") -> list[Accepted]:
    issues = {digest_of(name): _issue(name, face) for name, face in named}
    new = [NewAct(digest, "Issue", POLICY, call + digest) for digest in issues]
    return database.write(lambda one: accept_within_limits(one, new, issues, NOW), turns=[CORE])


def _all_at_once(works: Sequence[Callable[[], bool]]) -> list[bool]:
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], bool]) -> bool:
        ready.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def fits(found: Accepted) -> bool:
    return not isinstance(found, IssuanceLimitReached)


def used_of(desk: Desk) -> int:
    return sum(desk.line(bank, CORE, LineKind.ISSUANCE).used for bank in (BANK, RIVAL))


def _pending(database: Database) -> int:
    with database.read() as connection:
        return len(next_accepted(connection, 1_000))


@pytest.mark.parametrize("run", RUNS)
def test_race__200_issues_against_two_limits__never_above_them(
    database: Database, run: int
) -> None:
    desk = desk_of(database)
    chance = random.Random(run)
    faces = [chance.randint(1, 200) for _ in range(ATTEMPTS)]

    def try_one(number: int) -> bool:
        (found,) = hand_in(database, (f"issue {number}", faces[number]))
        return fits(found)

    fitted = _all_at_once([lambda n=number: try_one(n) for number in range(ATTEMPTS)])
    taken = sum(face for face, fits in zip(faces, fitted, strict=True) if fits)
    refused = [face for face, fits in zip(faces, fitted, strict=True) if not fits]
    assert used_of(desk) == taken <= LIMIT
    assert refused
    assert min(refused) > LIMIT - taken
    for bank, limit in ((BANK, LIMIT - 3_000), (RIVAL, 3_000)):
        assert desk.line(bank, CORE, LineKind.ISSUANCE).used <= limit
    assert _pending(database) == sum(fitted)
    assert desk.wrong() == []


def test_race__bulk_of_many_each__what_is_accepted_fits(database: Database) -> None:
    desk = desk_of(database)

    def try_one(number: int) -> bool:
        named = [(f"issue {number} {part}", 100) for part in range(10)]
        return sum(map(fits, hand_in(database, *named))) > 0

    _all_at_once([lambda n=number: try_one(n) for number in range(20)])
    assert used_of(desk) == LIMIT
    assert _pending(database) == LIMIT // 100
    assert desk.wrong() == []


def test_race__the_same_issue_many_times__is_held_once(database: Database) -> None:
    desk = desk_of(database)
    works = [lambda: fits(hand_in(database, ("one", 9_000))[0])] * 50
    assert all(_all_at_once(works))
    assert (used_of(desk), _pending(database)) == (9_000, 1)


@pytest.mark.parametrize("run", RUNS)
def test_race__limit_lowered_meanwhile__never_below_use(database: Database, run: int) -> None:
    desk = desk_of(database)

    def lower(limit: int) -> bool:
        try:
            desk.put(limit, kind=LineKind.ISSUANCE)
        except (LineBelowUse, LineChanged):
            return False
        return True

    works: list[Callable[[], bool]] = [
        lambda n=number: fits(hand_in(database, (f"issue {n}", 150))[0]) for number in range(60)
    ]
    works += [lambda limit=limit: lower(limit) for limit in (5_000, 3_000, 2_000, 500)]
    random.Random(run).shuffle(works)
    _all_at_once(works)
    for bank in (BANK, RIVAL):
        line = desk.line(bank, CORE, LineKind.ISSUANCE)
        assert line.used <= line.limit
    assert desk.wrong() == []


def test_race__refused_by_the_relayer_meanwhile__sums_hold(database: Database) -> None:
    desk = desk_of(database)

    def refuse() -> bool:
        for _ in range(20):
            with database.read() as connection:
                pending = next_accepted(connection, 3)
            refusals = [(act.id, Expired(NOW)) for act in pending]
            database.write(lambda one, refusals=refusals: mark_refused(one, refusals))
        return True

    works: list[Callable[[], bool]] = [
        lambda n=number: fits(hand_in(database, (f"issue {n}", 500))[0]) for number in range(60)
    ]
    _all_at_once([*works, refuse, refuse])
    assert used_of(desk) == 500 * _pending(database) <= LIMIT
    assert desk.wrong() == []


def test_accept__refused_then_handed_in_with_another_call__takes_up_again(
    database: Database,
) -> None:
    desk = desk_of(database)
    assert fits(hand_in(database, ("one", 9_000))[0])
    with database.read() as connection:
        (act,) = next_accepted(connection, 10)
    database.write(lambda one: mark_refused(one, [(act.id, Expired(NOW))]))
    assert used_of(desk) == 0
    assert fits(hand_in(database, ("two", 2_000))[0])
    assert not fits(hand_in(database, ("one", 9_000), call=b"other")[0])
    with database.read() as connection:
        counts = count_by_status(connection)
    assert {status.value: count for status, count in counts.items() if count} == {
        "accepted": 1,
        "refused": 1,
    }
    desk.put(LIMIT, kind=LineKind.ISSUANCE)
    assert fits(hand_in(database, ("one", 9_000), call=b"other")[0])
    assert (used_of(desk), _pending(database)) == (11_000, 2)
    assert desk.wrong() == []


def test_accept__concluded_although_it_was_refused__counts(database: Database) -> None:
    desk = desk_of(database)
    hand_in(database, ("one", 9_000))
    with database.read() as connection:
        (act,) = next_accepted(connection, 10)
    database.write(lambda one: mark_refused(one, [(act.id, Expired(NOW))]))
    desk.open_claim(1, 9_000, act=digest_of("one"))
    assert used_of(desk) == 9_000
    desk.settle(1, 0, 4_500)
    assert used_of(desk) == 4_500
    assert desk.wrong() == []


def test_accept__concluded_behind_our_back_and_limits_ended__is_confirmed_and_counts(
    database: Database,
) -> None:
    desk = Desk(database)
    desk.put(500, kind=LineKind.ISSUANCE, expires_on=2026_11_17)
    desk.open_claim(1, 900, act=digest_of("one"))
    (found,) = hand_in(database, ("one", 900))
    assert fits(found)
    assert (desk.line(BANK, CORE, LineKind.ISSUANCE).drawn, desk.wrong()) == (900, [])
    assert not fits(hand_in(database, ("two", 1))[0])


def test_issue__taken_to_the_chain_another_way__counts_above_the_limit_until_paid(
    database: Database,
) -> None:
    desk = desk_of(database)
    desk.open_claim(1, LIMIT + 500, act=digest_of("behind our back"))
    assert used_of(desk) == LIMIT + 500
    assert not fits(hand_in(database, ("one", 1))[0])
    assert fits(hand_in(database, ("behind our back", LIMIT + 500))[0])
    desk.settle(1, 0, LIMIT + 500)
    assert used_of(desk) == 0
    desk.rewind(2)
    assert used_of(desk) == LIMIT + 500
    desk.tick()
    assert (used_of(desk), desk.wrong()) == (0, [])
    desk.open_claim(2, LIMIT + 500, act=digest_of("behind our back"))
    assert (used_of(desk), desk.wrong()) == (LIMIT + 500, [])


def test_issue__of_more_than_any_line__is_counted_as_far_as_sums_go(database: Database) -> None:
    desk = desk_of(database)
    for number in range(1, 100):
        desk.open_claim(number, 2**63 - 1, act=digest_of(f"huge {number}"))
    assert LIMIT < used_of(desk) <= 3 * HIGHEST_LIMIT
    assert desk.wrong() == []
    desk.settle(1, 0, 2**63 - 1)
    assert desk.wrong() == []
