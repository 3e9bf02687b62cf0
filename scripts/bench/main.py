"""Runs every measurement on a stack of its own, in a fresh folder, and prints one JSON object."""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.engine import open_engine
from chain.process import collect_seldom
from chain.profile import CONSORTIUM, EngineProfile
from chain.rpc import Rpc
from client.api import Api
from client.problems import ApiFault
from ledger.ids import ClaimNo
from node.anvil import free_port
from node.dev import DevNode
from scripts import founding
from scripts.bench import audit, load, raw
from scripts.bench.consortium import Consortium
from scripts.bench.financing import Financing
from scripts.bench.scale.measuring import measure_scale
from scripts.engines import node_for
from scripts.gas import measure_gas
from scripts.services import SERVICES
from scripts.settings import Settings
from scripts.stack import Stack


@dataclass(frozen=True)
class Scale:
    """How much of each; both take some minutes on two cores."""

    raw: int = 600
    acts: int = 2000
    financed: int = 1000
    single: int = 200
    chain_of_transfers: int = 3000


DEFAULT_SCALE = Scale()
# Where every act waits for a block there are fewer of them to wait for, and a rate needs more acts.
SCALES = {CONSORTIUM.name: Scale(acts=6000, single=40, chain_of_transfers=1000)}


def bench(profile: EngineProfile, lots: int) -> dict[str, Any]:
    """Every figure of the bench. Amounts of time in ms, of memory in MiB, rates per second.

    ``lots``: of the ledger that officers' questions are put to; no node has a part in that.
    """
    with tempfile.TemporaryDirectory(prefix="yuanliu-bench-") as folder:
        data = Path(folder)
        settings = Settings.in_folder(profile, data / "stack").at(free_port(), free_port())
        node = node_for(settings, also_funded=raw.lane_addresses(), whole=True)
        with Stack(settings, _say, node) as stack:
            try:
                found = _on_stack(stack, SCALES.get(profile.name, DEFAULT_SCALE))
            except ApiFault:
                stack.require_alive()  # names the service that the API waited for in vain
                raise
        with DevNode(data / "gas") as node, Rpc(node.rpc_url) as rpc:
            _say("gas of each act")
            found["gas"] = measure_gas(rpc)
        found["scale"] = measure_scale(lots, data / "scale")
    return found


def _on_stack(stack: Stack, scale: Scale) -> dict[str, Any]:
    settings = stack.settings
    with Api.at(settings.api_url) as api, Rpc(settings.endpoints.rpc, timeout=120) as rpc:
        consortium = Consortium.enrol(api, founding.council_keys(settings))
        measure = _Measure(settings, stack, consortium, rpc, scale)
        # anvil hashes its whole state for every block, so it slows down as the chain grows:
        # latency is taken while the chain is young, the baseline before and after the acts.
        single = measure.latencies()
        before = measure.raw_rates()
        acts_per_s = measure.acts_rate()
        after = measure.raw_rates()
        financed = measure.financing_rates()
        verified, entries = measure.verify()
        indexed, events = measure.index()
        raw_per_s = max(*before.values(), *after.values())
        return {
            "profile": settings.profile.name,
            "raw_tx_per_s": round(raw_per_s, 1),
            "raw_ways": {way: [round(before[way], 1), round(after[way], 1)] for way in before},
            "acts_per_s": round(acts_per_s, 1),
            "ratio": round(acts_per_s / raw_per_s, 2),
            "financing_acts_per_s": {name: round(rate, 1) for name, rate in financed.items()},
            "latency_ms_p50": round(load.percentile(single, 50), 1),
            "latency_ms_p99": round(load.percentile(single, 99), 1),
            "latency_ms_mean": round(statistics.fmean(single), 1),
            "index_events_per_s": round(indexed),
            "indexed_events": events,
            "verify_entries_per_s": round(verified),
            "verified_entries": entries,
            "verify_seconds": round(entries / verified, 2),
            "memory_mib": measure.memory(),
        }


@dataclass(frozen=True)
class _Measure:
    settings: Settings
    stack: Stack
    consortium: Consortium
    rpc: Rpc
    scale: Scale

    def raw_rates(self) -> dict[str, float]:
        """Of each way of sending, with everything else on the machine held still.

        A few claims go back and forth, so that the baseline doesn't slow its own node down by
        filling it; the acts through the API get a claim each, which is harder.
        """
        return {way.__name__: self._raw_rate(way) for way in raw.WAYS}

    def _raw_rate(self, way: raw.Way) -> float:
        _say(f"raw transactions, {way.__name__}: {self.scale.raw}")
        claims = self.consortium.open_claims(raw.LANES)
        rounds = range(1, self.scale.raw // raw.LANES + 1)
        acts = [self.consortium.transfer(claim, one) for one in rounds for claim in claims]
        deployment, profile = self.consortium.deployment, self.settings.profile
        lanes = raw.sign_lanes(self.rpc, profile, deployment, acts)
        with _held_still(self.stack):
            return raw.rate(self.rpc, way, lanes)

    def acts_rate(self) -> float:
        _say(f"acts through the API: {self.scale.acts}")
        claims = self.consortium.open_claims(self.scale.acts)
        return load.rate(self.consortium.api, [self.consortium.transfer(claim) for claim in claims])

    def financing_rates(self) -> dict[str, float]:
        _say(f"lots financed through the API: {self.scale.financed}")
        claims = self.consortium.open_claims(self.scale.financed)
        return Financing(self.consortium).rates(claims)

    def latencies(self) -> list[float]:
        _say(f"acts one by one: {self.scale.single}")
        claims = self.consortium.open_claims(self.scale.single)
        return load.latencies(
            self.consortium.api, [self.consortium.transfer(claim) for claim in claims]
        )

    def verify(self) -> tuple[float, int]:
        _say(f"verifying a claim of {self.scale.chain_of_transfers} transfers")
        (claim,) = self.consortium.open_claims(1)
        versions = range(1, self.scale.chain_of_transfers + 1)
        self.consortium.submit([self.consortium.transfer(claim, one) for one in versions])
        with open_engine(self.settings.profile, self.settings.endpoints) as engine:
            return audit.verify_rate(engine, self.consortium.deployment, ClaimNo(claim))

    def index(self) -> tuple[float, int]:
        _say("indexing the whole chain again")
        deployment, profile = self.consortium.deployment, self.settings.profile
        with _held_still(self.stack):
            return audit.index_rate(self.rpc, profile, deployment, self.settings.data_dir)

    def memory(self) -> dict[str, float]:
        pids = self.stack.pids()
        used = audit.resident_kb(list(pids.values()))
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {name: round(kb / 1024, 1) for name, kb in zip(pids, used, strict=True)} | {
            "bench_peak": round(own / 1024, 1)
        }


@contextmanager
def _held_still(stack: Stack) -> Iterator[None]:
    """Stops our services, so that what is measured has the machine to itself."""
    pids = [pid for name, pid in stack.pids().items() if name in SERVICES]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(profile: EngineProfile, lots: int) -> None:
    """Measure and print: progress on standard error, the JSON object on standard output."""
    collect_seldom()  # as the services do, for what is measured in this very process
    print(json.dumps(bench(profile, lots)))
