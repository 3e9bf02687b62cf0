"""What a scene's ledger is found to be once everything has settled.

The chain itself is asked, every time by way of another validator; the database only for what it
is to be compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import select

from chain.bundling import write_bundle
from chain.client import ChainClient
from chain.endpoints import Endpoints
from chain.engine import Engine, open_engine
from chain.passbooks import read_books
from chain.profile import CONSORTIUM
from chain.replay import replay
from ledger.entries import Entry
from ledger.ids import ClaimNo, Digest
from ledger.store.outbox import ActStatus
from ledger.store.tables import acts
from ledger.trust import read_trust
from ledger.verify import verify
from tests.chain.stage import FOUNDING_ENTRIES
from tests.faults.scene import Scene, Unmet, wait_until
from tests.faults.verdict import Answer, Handed, Tally, tally

_CAUGHT_UP_WITHIN = 60.0


class Auditor:
    """Looks at one scene again and again. ``folder`` keeps bundles, and the trust file from
    before the first fault."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self._scene = scene
        self._folder = folder
        self._rounds = 0

    def count(self) -> tuple[Tally, list[str]]:
        """Every act handed in so far, against the chain and the outbox; and what else differs."""
        scene = self._scene
        with self._engine() as engine:
            head = engine.client.block(CONSORTIUM.finality)
            if head is None:
                raise Unmet("no final block")
            posted = read_books(engine.client, scene.stack.deployment, head.number)
        answers = self._answers()
        handed = self._handed()
        new = posted[FOUNDING_ENTRIES:]
        found = tally(handed, [entry.act for entry in new], answers)
        return found, list(self._unlike(new))

    def problems(self, claims: Sequence[ClaimNo]) -> Iterator[str]:
        """Drift, validators who disagree, and bundles of these claims that prove too little."""
        with self._engine() as engine:
            yield from self._drift(engine.client)
            yield from self._states()
            for claim in claims:
                yield from self._bundle(engine, claim)

    def _engine(self) -> AbstractContextManager[Engine]:
        """Another validator comes first every time."""
        self._rounds += 1
        known = self._scene.network.endpoints
        first = self._rounds % len(known.rpc)
        return open_engine(
            CONSORTIUM,
            Endpoints(
                known.rpc[first:] + known.rpc[:first], known.comet[first:] + known.comet[:first]
            ),
        )

    def _handed(self) -> Handed:
        clerk = self._scene.clerk
        acts_in_order = [entry.act for entry in clerk.script.entries[FOUNDING_ENTRIES:]]
        sound = [act for act in acts_in_order if act in clerk.accepted]
        return Handed(sound, clerk.refused, clerk.perhaps)

    def _answers(self) -> dict[Digest, Answer]:
        with self._scene.database.read() as connection:
            rows = connection.execute(select(acts.c.digest, acts.c.status, acts.c.refusal))
            return {
                Digest(row.digest): Answer(ActStatus(row.status), (row.refusal or {}).get("name"))
                for row in rows
            }

    def _unlike(self, posted: Sequence[Entry]) -> Iterator[str]:
        """Entries that took effect otherwise than their script has it."""
        script = {entry.act: entry for entry in self._scene.clerk.script.entries}
        for entry in posted:
            meant = script.get(entry.act)
            if meant is not None and _effect(entry) != _effect(meant):
                yield f"entry {entry.index} has another effect than its act"

    def _drift(self, client: ChainClient) -> Iterator[str]:
        scene = self._scene
        replayed = replay(client, scene.database, scene.stack.deployment, CONSORTIUM)
        if replayed.drift:
            yield f"drift in {len(replayed.drift)} places, first {replayed.drift[0]}"

    def _states(self) -> Iterator[str]:
        """Every validator has to catch up, and then to have the same state as all others."""
        network = self._scene.network
        goal = network.height()

        def reached() -> bool:
            status = network.status()
            return all(each.height and each.height >= goal for each in status.validators)

        wait_until(reached, f"every validator at height {goal}", _CAUGHT_UP_WITHIN)
        status = network.status()
        hashes = {each.number: each.app_hash for each in status.validators}
        if len(set(hashes.values())) != 1 or None in hashes.values():
            yield f"states differ at height {status.common_height}: {hashes}"

    def _bundle(self, engine: Engine, claim: ClaimNo) -> Iterator[str]:
        """Written as anyone would, then read back and verified by the trust file alone."""
        deployment = self._scene.stack.deployment
        written = write_bundle(engine, deployment, claim, [], self._folder)
        report = verify(written.bundle.read_bytes(), read_trust(written.trust.read_bytes()))
        final = report.finalised
        if not report.ok:
            yield f"the bundle of claim {claim} doesn't verify: {report.problems[0]}"
        elif final is None:
            yield f"the bundle of claim {claim} proves no finality"
        elif 3 * final.signed_power <= 2 * final.total_power:
            yield f"the bundle of claim {claim} has {final.signed_power} of {final.total_power}"


def _effect(entry: Entry) -> tuple[int, int, tuple[int, ...], bytes]:
    return entry.book, entry.op, tuple(entry.words), entry.memo
