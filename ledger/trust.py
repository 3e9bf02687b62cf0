"""The trust file: what a verifier must already hold to believe a bundle.

A small JSON file, readable by people. It comes to the verifier by a way of its own, never with the
bundle: published by the consortium, read out by two of its members, kept from last year's audit.

    {"format": "yuanliu-trust/1",
     "deployment": …             chain, contracts' addresses, source commit, artifacts' hash
     "council": {"members": […], "quorum": 2},    who founded the consortium
     "pinned": {"claim": 12, "entries": "57", "heads": {"all": …, "claim": …, "consortium": …}}}

``pinned`` is for engines without consensus, where nothing but the node's word stands for the
heads: such a trust file serves one bundle, taken when the trust file was. Engines with consensus
will name their validators instead, and such a file will serve every bundle of the chain.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ledger.bundle import Heads, read_deployment
from ledger.canonical import Field, read_json
from ledger.deployment import Deployment
from ledger.ids import Address, ClaimNo

FORMAT = "yuanliu-trust/1"


@dataclass(frozen=True, slots=True)
class Pinned:
    """One claim's heads, and the number of entries of all books, at one moment."""

    claim: ClaimNo
    count: int
    heads: Heads


@dataclass(frozen=True, slots=True)
class Trust:
    """``members`` and ``quorum`` are the founding council's."""

    deployment: Deployment
    members: frozenset[Address]
    quorum: int
    pinned: Pinned


def trust_bytes(trust: Trust) -> bytes:
    record: dict[str, Any] = {
        "format": FORMAT,
        "deployment": trust.deployment.to_json(),
        "council": {"members": sorted(trust.members), "quorum": trust.quorum},
        "pinned": {
            "claim": trust.pinned.claim,
            "entries": str(trust.pinned.count),
            "heads": trust.pinned.heads.to_json(),
        },
    }
    return json.dumps(record, indent=2).encode() + b"\n"


def read_trust(data: bytes) -> Trust:
    """The trust file in these bytes, however it is spaced; MalformedFile."""
    root = Field("trust", read_json(data))
    format_, deployment, council, pinned = root.members("format", "deployment", "council", "pinned")
    format_.constant(FORMAT)
    members, quorum = council.members("members", "quorum")
    claim, count, heads = pinned.members("claim", "entries", "heads")
    return Trust(
        deployment=read_deployment(deployment),
        members=frozenset(member.address() for member in members.items()),
        quorum=quorum.integer(),
        pinned=Pinned(ClaimNo(claim.integer()), count.uint(64), Heads.read(heads)),
    )
