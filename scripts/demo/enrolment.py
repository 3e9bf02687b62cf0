"""Act one: the council admits everyone and names the oracle members."""

from __future__ import annotations

from collections.abc import Iterator

from client import council
from client.member import Member
from ledger.ids import PartyNo
from ledger.typed import Struct
from scripts.demo.cast import ORACLE_QUORUM, ORACLES, Part
from scripts.demo.scene import Troupe


def enrol(troupe: Troupe) -> None:
    """Enrol whoever isn't yet, and let each say its name and account."""
    chair = troupe.people.sign_in(troupe.council[0], troupe.deployment)
    numbers = _enrolled(chair)
    missing = [part for part in troupe.parts if part.identifier not in numbers]
    decisions = [*_enrolments(troupe, missing), *_oracles(troupe, chair)]
    if decisions:
        acts = [council.decide(one, troupe.council, troupe.deployment) for one in decisions]
        troupe.submit(chair, acts)
        numbers = _enrolled(chair)
    for part in troupe.parts:
        troupe.numbers[part.name] = PartyNo(numbers[part.identifier])
        troupe.member(part.signers[0]).api.put_profile(part.title, part.profile_account)


def _enrolled(member: Member) -> dict[str, int]:
    return {party["identifier"]: party["number"] for party in member.api.parties()}


def _enrolments(troupe: Troupe, parts: list[Part]) -> Iterator[Struct]:
    for part in parts:
        signers = [troupe.people.key(name).address for name in part.signers]
        yield council.enrolment(part.identifier, part.role, signers, part.four_eyes)


def _oracles(troupe: Troupe, chair: Member) -> Iterator[Struct]:
    """The members' configuration, where they aren't the ones in force."""
    members = [troupe.people.key(name).address for name in ORACLES]
    in_force = chair.api.oracles()
    epoch = 0 if in_force is None else in_force["epoch"]
    if in_force is None or set(in_force["members"]) != set(members):
        yield council.oracles(epoch + 1, members, ORACLE_QUORUM)
