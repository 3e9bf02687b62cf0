"""Acts through the HTTP API: how many a second, and how long one takes."""

from __future__ import annotations

import time
from collections.abc import Sequence

from client.api import Api
from ledger.acts import SignedAct
from scripts.bench.consortium import bulks


def rate(api: Api, acts: Sequence[SignedAct]) -> float:
    """Acts per second, from the first request until every act is confirmed in the projection."""
    started = time.perf_counter()
    digests = [one for part in bulks(acts) for one in api.submit_agreements(part)]
    api.confirmed(digests[-1])
    taken = time.perf_counter() - started
    for digest in digests:
        api.confirmed(digest)
    return len(acts) / taken


def latencies(api: Api, acts: Sequence[SignedAct]) -> list[float]:
    """Milliseconds of each act on its own, from POST until the API shows it confirmed."""
    taken = []
    for act in acts:
        started = time.perf_counter()
        (digest,) = api.submit_agreements([act])
        api.confirmed(digest)
        taken.append(1000 * (time.perf_counter() - started))
    return sorted(taken)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """By nearest rank."""
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[rank - 1]
