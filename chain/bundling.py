"""Collecting an audit bundle from the chain, and from nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.client import ChainClient
from chain.engine import Engine
from chain.passbooks import read_books
from chain.proofs import LedgerState, read_state
from chain.trusting import covers, extended, trust_from, trusting
from ledger.bundle import Bundle, DocumentSet, bundle_bytes
from ledger.deployment import Deployment
from ledger.entries import Op
from ledger.files import replace_file
from ledger.ids import CONSORTIUM_BOOK, ClaimNo
from ledger.refusals import UnknownClaim
from ledger.trust import Pinned, Trust, read_trust, trust_bytes
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
    engine: Engine,
    deployment: Deployment,
    claim: ClaimNo,
    documents: Sequence[DocumentSet],
    out_dir: Path,
    trust_file: Path | None = None,
) -> Written:
    """Writes ``claim-N.bundle.json``, after verifying it by its trust file.

    On an engine with consensus that is ``trust_file``, or ``trust.json`` beside the bundle: read,
    made if it isn't there, extended when the validators have changed. On one without, it is a
    ``claim-N.trust.json`` of the bundle's own.

    Raises UnknownClaim, UnsoundBundle (also for documents that no agreement commits to),
    MalformedFile for a trust file that is none, and the engine's faults.
    """
    shared = trust_file or out_dir / "trust.json"
    kept = engine.profile.proof != "none"
    data, trust, report = _collect_sound(
        engine, deployment, claim, documents, shared if kept else None
    )
    out_dir.mkdir(parents=True, exist_ok=True)
    path = shared if kept else out_dir / f"claim-{claim}.trust.json"
    written = Written(out_dir / f"claim-{claim}.bundle.json", path, report)
    replace_file(written.trust, trust_bytes(trust))
    replace_file(written.bundle, data)
    return written


def collect_bundle(
    engine: Engine, deployment: Deployment, claim: ClaimNo, documents: Sequence[DocumentSet] = ()
) -> Bundle:
    """A claim's bundle as of the newest final block; nothing in it is verified yet."""
    client = engine.client
    state = read_state(engine, deployment.ledger, claim)
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
        evidence=state.evidence,
    )


def trust_for(engine: Engine, bundle: Bundle, trust_file: Path | None = None) -> Trust:
    """The trust of whoever trusts the node this bundle was just collected from, or trusted the one
    that ``trust_file`` was made from."""
    if engine.profile.proof == "none":
        pinned = Pinned(bundle.claim, bundle.count, bundle.heads)
        return trusting(bundle.deployment, list(bundle.entries), pinned)
    if trust_file is None or not trust_file.exists():
        return trust_from(engine, bundle.deployment)
    trust = read_trust(trust_file.read_bytes())
    return trust if covers(trust, bundle) else extended(engine, trust)


def _collect_sound(
    engine: Engine,
    deployment: Deployment,
    claim: ClaimNo,
    documents: Sequence[DocumentSet],
    trust_file: Path | None,
) -> tuple[bytes, Trust, Report]:
    """A bundle that verifies by its trust. What doesn't is collected again before it is believed:
    for an instant while it mines, anvil answers for its newest block with the state of the next.
    """
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE if attempt else 0)
        bundle = collect_bundle(engine, deployment, claim, documents)
        data, trust = bundle_bytes(bundle), trust_for(engine, bundle, trust_file)
        report = verify(data, trust)
        if report.ok:
            return data, trust, report
    raise UnsoundBundle(report)


def _require_settled(client: ChainClient, state: LedgerState) -> None:
    after = client.block(state.block.number)
    if after is None or after.hash != state.block.hash:
        raise ChainMoved(f"block {state.block.number} isn't 0x{state.block.hash.hex()} any more")
