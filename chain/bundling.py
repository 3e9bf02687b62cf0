"""Collecting an audit bundle from the chain, and from nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.client import ChainClient
from chain.passbooks import read_books
from chain.profile import profile_named
from chain.proofs import LedgerState, read_state
from chain.rpc import Rpc
from ledger.bundle import Bundle, DocumentSet, bundle_bytes
from ledger.deployment import Deployment
from ledger.entries import Op
from ledger.fold import fold
from ledger.ids import CONSORTIUM_BOOK, Address, ClaimNo
from ledger.refusals import UnknownClaim
from ledger.trust import Pinned, Trust, trust_bytes
from ledger.verify import Report, render, verify

_ATTEMPTS, _PAUSE = 4, 0.2


class UnsoundBundle(Exception):
    """What the chain told doesn't verify. Nothing was written; a person has to look."""

    def __init__(self, report: Report) -> None:
        super().__init__(render(report))
        self.report = report


class ChainMoved(Exception):
    """The block whose state was read was taken back while entries were being read."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where a bundle and its trust file were written, and what the one proves by the other."""

    bundle: Path
    trust: Path
    report: Report


def write_bundle(
    rpc: Rpc,
    deployment: Deployment,
    claim: ClaimNo,
    documents: Sequence[DocumentSet],
    out_dir: Path,
) -> Written:
    """Writes ``claim-N.bundle.json`` and ``claim-N.trust.json``, after verifying the one by the
    other. Raises UnknownClaim, UnsoundBundle (also for documents that no agreement
    commits to), and the chain's faults.
    """
    data, trust, report = _collect_sound(rpc, deployment, claim, documents)
    out_dir.mkdir(parents=True, exist_ok=True)
    written = Written(
        out_dir / f"claim-{claim}.bundle.json", out_dir / f"claim-{claim}.trust.json", report
    )
    _replace(written.bundle, data)
    _replace(written.trust, trust_bytes(trust))
    return written


def collect_bundle(
    rpc: Rpc, deployment: Deployment, claim: ClaimNo, documents: Sequence[DocumentSet] = ()
) -> Bundle:
    """A claim's bundle as of the newest final block; nothing in it is verified yet."""
    client = ChainClient(rpc)
    profile = profile_named(deployment.engine)
    state = read_state(client, deployment.ledger, claim, profile)
    books = (CONSORTIUM_BOOK, claim)
    entries = read_books(client, deployment, state.block.number, books)
    _require_settled(client, state)
    if not any(entry.book == claim and entry.op is Op.OPENED for entry in entries):
        raise UnknownClaim(claim)
    return Bundle(
        deployment=deployment,
        claim=claim,
        count=state.count,
        heads=state.heads,
        entries=tuple(entries),
        documents=tuple(sorted(documents, key=lambda given: given.root)),
    )


def _collect_sound(
    rpc: Rpc, deployment: Deployment, claim: ClaimNo, documents: Sequence[DocumentSet]
) -> tuple[bytes, Trust, Report]:
    """A bundle that verifies by its trust. What doesn't is collected again before it is believed:
    for an instant while it mines, anvil answers for its newest block with the state of the next.
    """
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE if attempt else 0)
        bundle = collect_bundle(rpc, deployment, claim, documents)
        data, trust = bundle_bytes(bundle), trust_in(bundle)
        report = verify(data, trust)
        if report.ok:
            return data, trust, report
    raise UnsoundBundle(report)


def trust_in(bundle: Bundle) -> Trust:
    """The trust file of whoever trusts the node this bundle was just collected from."""
    founders = fold(bundle.entries, bundle.deployment, whole=False).state.founders
    return Trust(
        deployment=bundle.deployment,
        members=frozenset(map(Address, founders.members)),
        quorum=founders.quorum,
        pinned=Pinned(bundle.claim, bundle.count, bundle.heads),
    )


def _require_settled(client: ChainClient, state: LedgerState) -> None:
    after = client.block(state.block.number)
    if after is None or after.hash != state.block.hash:
        raise ChainMoved(f"block {state.block.number} isn't 0x{state.block.hash.hex()} any more")


def _replace(path: Path, data: bytes) -> None:
    """Writes a file whole, or leaves what was there."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_bytes(data)
    beside.replace(path)
