"""The trust file: what a verifier must already hold to believe a bundle.

A small JSON file, readable by people. It comes to the verifier by a way of its own, never with the
bundle: published by the consortium, read out by two of its members, kept from last year's audit.

    {"format": "yuanliu-trust/2",
     "deployment": …             chain, contracts' addresses, source commit, artifacts' hash
     "council": {"members": […], "quorum": 2},    who founded the consortium
     "anchor": {"kind": …}}      what stands for the heads

On engines with consensus the anchor names the chain's validators, and such a file serves every
bundle of the chain (``ledger.evidence``). On an engine without, nothing but the node's word stands
for the heads, so they are pinned, and such a file serves one bundle, taken when it was:

    {"kind": "pinned", "claim": 12, "entries": "57", "heads": {"all", "claim", "consortium"}}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ledger.bundle import Heads, read_deployment
from ledger.canonical import Field, read_json
from ledger.deployment import Deployment
from ledger.evidence import Anchor
from ledger.evidence.kinds import read_anchor
from ledger.ids import Address, ClaimNo

FORMAT = "yuanliu-trust/2"


@dataclass(frozen=True, slots=True)
class Pinned:
    """One claim's heads, and the number of entries of all books, at one moment."""

    kind: ClassVar[str] = "pinned"

    claim: ClaimNo
    count: int
    heads: Heads

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "claim": self.claim,
            "entries": str(self.count),
            "heads": self.heads.to_json(),
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        _, claim, count, heads = source.members("kind", "claim", "entries", "heads")
        return cls(ClaimNo(claim.integer()), count.uint(64), Heads.read(heads))


@dataclass(frozen=True, slots=True)
class Trust:
    """``members`` and ``quorum`` are the founding council's."""

    deployment: Deployment
    members: frozenset[Address]
    quorum: int
    anchor: Pinned | Anchor


def trust_bytes(trust: Trust) -> bytes:
    record: dict[str, Any] = {
        "format": FORMAT,
        "deployment": trust.deployment.to_json(),
        "council": {"members": sorted(trust.members), "quorum": trust.quorum},
        "anchor": trust.anchor.to_json(),
    }
    return json.dumps(record, indent=2).encode() + b"\n"


def read_trust(data: bytes) -> Trust:
    """The trust file in these bytes, however it is spaced; MalformedFile, ValidatorsMalformed."""
    root = Field("trust", read_json(data))
    format_, deployment, council, anchor = root.members("format", "deployment", "council", "anchor")
    format_.constant(FORMAT)
    members, quorum = council.members("members", "quorum")
    return Trust(
        deployment=read_deployment(deployment),
        members=frozenset(member.address() for member in members.items()),
        quorum=quorum.integer(),
        anchor=Pinned.read(anchor) if anchor.kind() == Pinned.kind else read_anchor(anchor),
    )
