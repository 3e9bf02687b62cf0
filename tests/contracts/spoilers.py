"""Ways to get a signed act's approvals wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from ledger.acts import SignedAct
from tests.support.consortium import Consortium

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SPOILED = 0.25

Side = tuple[bytes, ...]


def high_s(approval: bytes) -> bytes:
    """The other signature that the same key gives for the same digest: s mirrored, v flipped."""
    s = ORDER - int.from_bytes(approval[32:64], "big")
    return approval[:32] + s.to_bytes(32, "big") + bytes([55 - approval[64]])


def spoil(signed: SignedAct, consortium: Consortium, rnd: random.Random) -> SignedAct:
    """The same agreement, its approvals now and then spoiled."""
    if rnd.random() > SPOILED:
        return signed
    sides = list(signed.approvals)
    at = rnd.randrange(len(sides))
    sides[at] = rnd.choice(_WAYS)(sides[at], signed, consortium)
    if rnd.random() < 0.1:
        sides.reverse()
    return replace(signed, approvals=tuple(sides))


def _none(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    return ()


def _too_few(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    return side[:-1]


def _twice(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    return side + side[-1:]


def _backwards(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    return side[::-1]


def _malleated(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    return (*map(high_s, side),)


def _truncated(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    return tuple(approval[:-1] for approval in side)


def _by_thief(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    digest = consortium.stage.deployment.digest(signed.agreement)
    return (consortium.thief.sign(digest), *side[1:])


def _for_another_chain(side: Side, signed: SignedAct, consortium: Consortium) -> Side:
    elsewhere = replace(consortium.stage.deployment, chain_id=1)
    return tuple(consortium.thief.sign(elsewhere.digest(signed.agreement)) for _ in side[:1])


_WAYS: list[Callable[[Side, SignedAct, Consortium], Side]] = [
    _none,
    _too_few,
    _twice,
    _backwards,
    _malleated,
    _truncated,
    _by_thief,
    _for_another_chain,
]
