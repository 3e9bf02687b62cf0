"""Bundles from a real network of validators, proven by their signatures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.bundling import Written, write_bundle
from chain.client import ChainClient
from chain.endpoints import Endpoints
from chain.engine import Engine, open_engine
from chain.profile import CONSORTIUM
from chain.proofs import NoSuchProof
from chain.rpc import BadAnswer, EndpointBehind
from chain.signer import RelayerKey
from chain.trusting import extended
from ledger.canonical import write_canonical
from ledger.ids import ClaimNo
from ledger.trust import Trust, read_trust
from ledger.verify import render, verify
from ledger.words import LotState
from node.consortium.network import Network
from scripts.founding import write_deployment
from scripts.settings import Settings
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, Stage, deploy_contracts
from tests.store.databases import migrated
from tests.support.engine_accounts import DEPLOYER, FUNDED

pytestmark = pytest.mark.xdist_group("consortium")


@contextmanager
def staged(endpoints: Endpoints, folder: Path) -> Iterator[tuple[Engine, Stage, ClaimNo]]:
    """A claim, split and paid in part, on contracts of the test's own."""
    database = migrated(f"sqlite:///{folder / 'yuanliu.db'}")
    with open_engine(CONSORTIUM, endpoints) as engine:
        deployment = deploy_contracts(engine.rpc, CONSORTIUM, DEPLOYER)
        key = RelayerKey(DEPLOYER)
        stage = Stage(engine.rpc, deployment, database, key=key, profile=CONSORTIUM)
        claim = stage.script.issue(CORE_PARTY, TIER_1, 10_000)
        stage.script.transfer(claim, 0, 0, 4_000, TIER_2)
        stage.accept_script()
        stage.settle()
        yield engine, stage, claim
    database.close()


@pytest.fixture
def ledger(network: Network, tmp_path: Path) -> Iterator[tuple[Engine, Stage, ClaimNo]]:
    with staged(network.endpoints, tmp_path) as given:
        yield given


def trust_in(written: Written) -> Trust:
    return read_trust(written.trust.read_bytes())


def respelled(written: Written, change: Callable[[Any], None]) -> bytes:
    bundle = json.loads(written.bundle.read_bytes())
    change(bundle["state"]["finality"])
    return write_canonical(bundle)


def problems(data: bytes, trust: Trust) -> set[str]:
    return {problem.refusal.name for problem in verify(data, trust).problems}


def test_write_bundle__real_network__finality_proven_and_every_act_in_it(
    ledger: tuple[Engine, Stage, ClaimNo], network: Network, tmp_path: Path
) -> None:
    engine, stage, claim = ledger
    written = write_bundle(engine, stage.deployment, claim, [], tmp_path / "out")
    report = verify(written.bundle.read_bytes(), trust_in(written))
    assert report == written.report
    assert report.finalised is not None
    assert report.entries == len(stage.script.entries)
    assert report.finalised.total_power == 1_000 * len(report.finalised.validators) == 4_000
    assert report.finalised.signed_power >= 3_000
    assert "more than two thirds needed" in render(report)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"claim-{claim}.bundle.json",
        "trust.json",
    ]


def test_verify__real_bundle_with_commit_signatures_altered__not_believed(
    ledger: tuple[Engine, Stage, ClaimNo], tmp_path: Path
) -> None:
    engine, stage, claim = ledger
    written = write_bundle(engine, stage.deployment, claim, [], tmp_path / "out")
    trust = trust_in(written)

    def alter(finality: Any) -> None:
        finality["commit"]["votes"][0]["signature"] = "0x" + 64 * "00"

    def two_of_four(finality: Any) -> None:
        del finality["commit"]["votes"][2:]

    def another_root(finality: Any) -> None:
        finality["header"]["app_hash"] = "0x" + 32 * "00"

    assert problems(respelled(written, lambda _: None), trust) == set()
    assert problems(respelled(written, alter), trust) == {"InvalidVote"}
    assert problems(respelled(written, two_of_four), trust) == {"PowerTooLow"}
    assert problems(respelled(written, another_root), trust) == {"InvalidVote"}


def test_write_bundle__validators_change_twice__one_trust_file_for_all(tmp_path: Path) -> None:
    network = Network(
        tmp_path / "network",
        funded=FUNDED,
        deployers=FUNDED[:1],
        validators=1,
        block_time_ms=200,
    )
    with network as grown, staged(grown.endpoints, tmp_path) as (engine, stage, claim):
        written = [_next_bundle(engine, stage, claim, tmp_path / "0")]
        trusted = [trust_in(written[0])]
        for number, change in enumerate((grown.join, lambda: grown.leave(1)), 1):
            change()
            out = tmp_path / str(number)
            written.append(_next_bundle(engine, stage, claim, out, written[0].trust))
            trusted.append(trust_in(written[0]))
        assert extended(engine, trusted[0]) == trusted[2]
    sizes = [len(one.validators.validators) for one in trusted[2].anchor.sets]  # type: ignore[union-attr]
    assert sizes == [1, 2, 1]
    for number, one in enumerate(written):
        data = one.bundle.read_bytes()
        assert all(verify(data, trust).ok for trust in trusted[number:])
    assert problems(written[1].bundle.read_bytes(), trusted[0]) == {"ValidatorsMismatch"}


def _next_bundle(
    engine: Engine, stage: Stage, claim: ClaimNo, out: Path, trust: Path | None = None
) -> Written:
    """After one more act on the claim, so that its head is new."""
    lot = next(lot for lot in stage.script.lots.values() if lot.state is LotState.LIVE)
    stage.script.settle(stage.script.payment(claim, lot.start, 100))
    stage.accept_script()
    stage.settle()
    return write_bundle(engine, stage.deployment, claim, [], out, trust)


def test_write_bundle__no_address_of_cometbft__no_such_proof(
    ledger: tuple[Engine, Stage, ClaimNo], tmp_path: Path
) -> None:
    engine, stage, claim = ledger
    with pytest.raises(NoSuchProof):
        write_bundle(replace(engine, comet=None), stage.deployment, claim, [], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_write_bundle__endpoint_on_another_chain_or_behind__fault_and_nothing_written(
    ledger: tuple[Engine, Stage, ClaimNo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, stage, claim = ledger
    real = ChainClient.block

    def another(client: ChainClient, block: Any) -> Any:
        found = real(client, block)
        return replace(found, hash=bytes(32)) if found and isinstance(block, int) else found

    def behind(client: ChainClient, block: Any) -> Any:
        return None if isinstance(block, int) else real(client, block)

    for lie, fault in ((another, BadAnswer), (behind, EndpointBehind)):
        monkeypatch.setattr(ChainClient, "block", lie)
        with pytest.raises(fault):
            write_bundle(engine, stage.deployment, claim, [], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_audit_and_verify__commands_on_a_real_network__a_trust_file_and_a_proof(
    ledger: tuple[Engine, Stage, ClaimNo], network: Network, tmp_path: Path
) -> None:
    _, stage, claim = ledger
    settings = Settings.in_folder(CONSORTIUM, tmp_path / "data").on(network.endpoints)
    settings.data_dir.mkdir()
    write_deployment(settings, stage.deployment)

    def yuanliu(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scripts.cli", *arguments]
        environment = os.environ | settings.environment()
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    made = yuanliu("audit", "trust", "--json")
    assert made.returncode == 0, made.stderr
    (only,) = json.loads(made.stdout)["sets"]
    assert (only["validators"], only["power"]) == (4, 4_000)
    before = settings.trust_file.read_bytes()
    bundled = yuanliu("audit", "bundle", str(claim), "--out", str(tmp_path), "--json")
    assert json.loads(bundled.stdout)["trust"] == str(settings.trust_file)
    assert yuanliu("audit", "trust", "--extend", str(settings.trust_file)).returncode == 0
    assert settings.trust_file.read_bytes() == before
    bundle = tmp_path / f"claim-{claim}.bundle.json"
    proof = yuanliu("verify", str(bundle), "--trust", str(settings.trust_file))
    assert proof.returncode == 0, proof.stdout
    assert "is final, signed by" in proof.stdout
    bundle.write_bytes(bundle.read_bytes().replace(b'"signature":"0x', b'"signature":"0x00', 1))
    assert yuanliu("verify", str(bundle), "--trust", str(settings.trust_file)).returncode == 2
