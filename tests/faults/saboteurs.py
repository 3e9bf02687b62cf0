"""Damage of our own making, done for real: the harness has to notice each of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from sqlalchemy import delete, update

from ledger.agreements import FOREVER, Transfer
from ledger.ids import ClaimNo
from ledger.store.outbox import next_accepted
from ledger.store.tables import acts, claims
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2
from tests.e2e.clerk import Clerk
from tests.faults.fault import fault
from tests.faults.scene import Scene, wait_until
from tests.support.synthetic import NO_DOCUMENTS

_FACE = 100


@fault("sabotage-loss", "an accepted act vanishes from the outbox")
def lose_an_act(scene: Scene) -> Iterator[None]:
    relayer = scene.stack.pids()["relayer"]
    os.kill(relayer, signal.SIGSTOP)

    def vanish() -> bool:
        with scene.database.read() as connection:
            waiting = [act.id for act in next_accepted(connection, 1_000)]
        if not waiting:
            return False
        doomed = delete(acts).where(acts.c.id == waiting[-1])
        scene.database.write(lambda connection: connection.execute(doomed))
        return True

    wait_until(vanish, "an accepted act")
    os.kill(relayer, signal.SIGCONT)
    yield


@fault("sabotage-double", "an act takes effect once more under another digest")
def double_an_act(scene: Scene) -> Iterator[None]:
    def claim_of_its_own(clerk: Clerk) -> ClaimNo:
        claim = clerk.script.issue(CORE_PARTY, TIER_1, _FACE)
        clerk.reserved.add(claim)
        clerk.script.transfer(claim, 0, 0, _FACE // 2, TIER_2)
        clerk.hand_in_and_wait()
        return claim

    claim = scene.errand(claim_of_its_own)
    script = scene.clerk.script
    lot = script.lots[claim, _FACE // 2]
    again = Transfer(
        claim, lot.start, lot.version, lot.start, _FACE, TIER_1, TIER_2, NO_DOCUMENTS, FOREVER
    )
    sides = [script.parties[one] for one in (TIER_1, TIER_2)]
    with scene.api() as api:
        api.confirmed(*api.submit_agreements([script.signed(again, *sides)]))
    yield


@fault("sabotage-drift", "a row of the projection is changed by hand")
def falsify_a_row(scene: Scene) -> Iterator[None]:
    _postpone(scene, days=1)
    yield


def restore_the_row(scene: Scene) -> None:
    _postpone(scene, days=-1)


def _postpone(scene: Scene, days: int) -> None:
    first = update(claims).where(claims.c.number == 1).values(maturity=claims.c.maturity + days)
    scene.database.write(lambda connection: connection.execute(first))
