"""Oracle members witness: each reads for itself and signs, and a quorum makes an act of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from client.member import Member
from ledger.ids import Digest
from ledger.witnessing import Fact
from scripts.demo.cast import ORACLES
from scripts.demo.scene import Troupe


def witness_statement(troupe: Troupe, statement: bytes) -> int:
    """Each member reads a bank's statement; how many payments took effect on the chain."""
    readings = {
        member: [one.fact for one in member.read_statement(statement) if one.fact is not None]
        for member in _members(troupe)
    }
    return _sign(troupe, readings)


def witness_registration(troupe: Troupe, extract: bytes) -> None:
    """Each member reads an extract from the movables registry."""
    _sign(troupe, {member: [member.read_extract(extract)] for member in _members(troupe)})


def _members(troupe: Troupe) -> list[Member]:
    return [troupe.member(name) for name in ORACLES]


def _sign(troupe: Troupe, readings: Mapping[Member, Iterable[Fact]]) -> int:
    acts: set[Digest] = set()
    for member, facts in readings.items():
        for fact in facts:
            member.attest_fact(fact)
            acts.add(troupe.deployment.digest(fact))
    anyone = next(iter(readings))
    for digest in acts:
        anyone.api.confirmed(digest)
    troupe.acts += len(acts)
    return len(acts)
