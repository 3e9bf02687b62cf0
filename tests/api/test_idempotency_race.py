from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from api.idempotency import REPLAYED
from tests.api.test_idempotency import propose
from tests.api.world import CORE, TIER1, World


def test_key__many_at_once__does_it_once(either_world: World) -> None:
    world = either_world
    world.ledger.issue(CORE, TIER1, 5_000)
    world.index()
    world.token(TIER1)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: propose(world, "k"), range(8)))
    done = [answer for answer in answers if answer.status_code == 201]
    busy = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(busy) == 8
    assert done, [answer.text for answer in answers]
    assert len({answer.content for answer in done}) == 1
    assert all(answer.headers["retry-after"] == "1" for answer in busy)
    assert len([answer for answer in done if REPLAYED not in answer.headers]) == 1
    assert len(world.get(TIER1, "/v1/proposals").json()["items"]) == 1
