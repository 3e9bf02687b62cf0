"""Act one, on an engine with consensus: the council says whose validators make the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from chain.admission import seats
from chain.engine import open_engine
from client import council
from ledger.agreements import ValidatorChange
from scripts.demo.house import House
from scripts.demo.scene import Troupe


def admit(troupe: Troupe, house: House, operators: Sequence[str]) -> int:
    """Have the council admit every validator that signs blocks and isn't admitted; how many.

    ``operators`` are those of the cast that may run one; each runs as many as it takes to seat
    all of them.
    """
    changes = list(_admissions(troupe, house, operators))
    if changes:
        chair = troupe.people.sign_in(troupe.council[0], troupe.deployment)
        acts = [council.decide(one, troupe.council, troupe.deployment) for one in changes]
        troupe.submit(chair, acts)
    return len(changes)


def _admissions(
    troupe: Troupe, house: House, operators: Sequence[str]
) -> Iterator[ValidatorChange]:
    with open_engine(house.profile, house.endpoints) as engine:
        unknown = [seat for seat in seats(engine, troupe.deployment) if seat.admitted == 0]
    for seat, operator in zip(unknown, cycle(operators), strict=False):
        yield council.validator_change(seat.key, troupe.numbers[operator], seat.signing, version=0)
