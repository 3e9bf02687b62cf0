"""Records evidence from a real network of validators, one of whom joins and one of whom leaves.

    python -m tests.vectors.cometbft.record        (with the extra [consortium]; half a minute)

``evidence.json`` has, for each moment, what a bundle's evidence is checked with: the proof and the
finality as a bundle carries them, the words they prove, and the network's anchor as it was then.
``answers.json`` has the engine's own answers, as ``chain.cometbft`` gets them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account import Account

from chain.engine import Engine, open_engine
from chain.profile import CONSORTIUM
from chain.proofs import read_state
from chain.signer import RelayerKey
from chain.trusting import extended, trust_from
from ledger.evidence.ics23 import word_key
from ledger.ids import ClaimNo
from ledger.storage import ledger_slots
from ledger.trust import Trust
from node.consortium.network import Network
from tests.chain.stage import CORE_PARTY, TIER_1, Stage, deploy_contracts
from tests.store.databases import migrated

HERE = Path(__file__).parent
ACCOUNT = Account.from_key(bytes([7] * 32))
CLAIM = ClaimNo(1)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="yuanliu-record-") as folder:
        data = Path(folder)
        with _network(data) as network, open_engine(CONSORTIUM, network.endpoints) as engine:
            stage = _stage(engine, data)
            trust = trust_from(engine, stage.deployment)
            moments = [_moment("founded", engine, stage, trust)]
            answers = _answers(engine, stage)
            network.join()
            moments.append(_moment("joined", engine, stage, trust))
            network.leave(0)
            moments.append(_moment("left", engine, stage, trust))
    _write("evidence.json", {"ledger": stage.deployment.ledger, "moments": moments})
    _write("answers.json", answers)


@contextmanager
def _network(folder: Path) -> Iterator[Network]:
    accounts = [ACCOUNT.address]
    with Network(folder / "network", funded=accounts, deployers=accounts) as network:
        yield network


def _stage(engine: Engine, folder: Path) -> Stage:
    deployment = deploy_contracts(engine.rpc, CONSORTIUM, ACCOUNT)
    database = migrated(f"sqlite:///{folder / 'yuanliu.db'}")
    stage = Stage(engine.rpc, deployment, database, key=RelayerKey(ACCOUNT), profile=CONSORTIUM)
    stage.script.issue(CORE_PARTY, TIER_1, 10_000)
    return stage


def _moment(name: str, engine: Engine, stage: Stage, trust: Trust) -> dict[str, Any]:
    stage.script.settle(stage.script.payment(CLAIM, *_next_lot(stage)))
    stage.accept_script()
    stage.settle()
    state = read_state(engine, stage.deployment.ledger, CLAIM)
    assert state.evidence is not None
    trust = extended(engine, trust)
    final = state.evidence.finality.check(trust.anchor)  # type: ignore[arg-type]
    stage.assert_chain_has_script()
    return {
        "name": name,
        "claim": CLAIM,
        "heads": state.heads.to_json(),
        "entries": state.count,
        "validators": list(final.validators),
        "proof": state.evidence.proof.to_json(),
        "finality": state.evidence.finality.to_json(),
        "anchor": trust.anchor.to_json(),
    }


def _next_lot(stage: Stage) -> tuple[int, int]:
    """The first live lot's start, and some of it to pay."""
    return min(start for (_, start), lot in stage.script.lots.items() if lot.state == 1), 100


def _answers(engine: Engine, stage: Stage) -> dict[str, Any]:
    assert engine.comet is not None
    height = engine.comet.latest() - 1
    key = word_key(stage.deployment.ledger, ledger_slots(CLAIM)[0])
    empty = word_key(stage.deployment.ledger, 0)
    asked: dict[str, list[Any]] = {
        "status": [],
        "commit": [str(height)],
        "validators": [str(height), "1", "100"],
        "blockchain": [str(height - 2), str(height)],
        "abci_query": ["/store/evm/key", key.hex(), str(height - 1), True],
    }
    empty_query = ["/store/evm/key", empty.hex(), str(height - 1), True]
    found = {method: engine.comet.rpc.call(method, asked[method]) for method in asked}
    return {"height": height, "key": key.hex(), **found} | {
        "abci_query_empty": engine.comet.rpc.call("abci_query", empty_query)
    }


def _write(name: str, value: Any) -> None:
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
