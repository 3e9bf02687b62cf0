"""What reading and checking cost: entries indexed and entries verified, per second."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from chain.bundling import collect_bundle, trust_for
from chain.client import ChainClient
from chain.engine import Engine
from chain.indexer import Indexer
from chain.profile import EngineProfile
from chain.rpc import Rpc
from ledger.bundle import bundle_bytes
from ledger.deployment import Deployment
from ledger.ids import ClaimNo
from ledger.store.engine import open_database
from ledger.store.migration import migrate
from ledger.verify import verify


def index_rate(
    rpc: Rpc, profile: EngineProfile, deployment: Deployment, folder: Path
) -> tuple[float, int]:
    """Entries per second into an empty SQLite file from all of the chain; and how many."""
    url = f"sqlite:///{folder / 'bench-index.db'}"
    migrate(url)
    database = open_database(url)
    try:
        indexer = Indexer(ChainClient(rpc), database, deployment, profile)
        started = time.perf_counter()
        while indexer.step():
            pass
        taken = time.perf_counter() - started
        return indexer.tip.entries / taken, indexer.tip.entries
    finally:
        database.close()


def verify_rate(engine: Engine, deployment: Deployment, claim: ClaimNo) -> tuple[float, int]:
    """Entries per second of verifying a claim's bundle as `yuanliu verify` does; and how many."""
    bundle = collect_bundle(engine, deployment, claim)
    data, trust = bundle_bytes(bundle), trust_for(engine, bundle)
    started = time.perf_counter()
    report = verify(data, trust)
    taken = time.perf_counter() - started
    if not report.ok:
        raise AssertionError("the bench's own bundle doesn't verify")
    return len(bundle.entries) / taken, len(bundle.entries)


def resident_kb(pids: Sequence[int]) -> list[int]:
    """Resident memory of processes, in KiB (Linux: /proc)."""
    found = []
    for pid in pids:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        found.append(next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")))
    return found


def processor_seconds(pid: int) -> float:
    """What a process has computed since it began, all its threads together (Linux: /proc)."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = int(after_name[11]), int(after_name[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")
