"""Act one, on an engine with consensus: the council says whose validators make the network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from chain.admission import seats
from chain.endpoints import Endpoints
from chain.engine import open_engine
from chain.profile import EngineProfile
from client import council
from ledger.agreements import ValidatorChange
from scripts.demo.cast import BANK, DEBTOR
from scripts.demo.scene import Scene

# Those of the cast that may run one; each runs as many as it takes to seat all of them.
OPERATORS = (BANK, DEBTOR)


def admit(scene: Scene, profile: EngineProfile, endpoints: Endpoints) -> int:
    """Have the council admit every validator that signs blocks and isn't admitted; how many."""
    changes = list(_admissions(scene, profile, endpoints))
    if changes:
        chair = scene.people.sign_in(scene.council[0], scene.deployment)
        acts = [council.decide(one, scene.council, scene.deployment) for one in changes]
        scene.submit(chair, acts)
    return len(changes)


def _admissions(
    scene: Scene, profile: EngineProfile, endpoints: Endpoints
) -> Iterator[ValidatorChange]:
    with open_engine(profile, endpoints) as engine:
        unknown = [seat for seat in seats(engine, scene.deployment) if seat.admitted == 0]
    for seat, operator in zip(unknown, cycle(OPERATORS), strict=False):
        yield council.validator_change(seat.key, scene.numbers[operator], seat.signing, version=0)
