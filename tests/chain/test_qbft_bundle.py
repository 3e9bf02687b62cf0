"""A bundle of an engine with QBFT: anvil's state, in blocks sealed by keys of our own.

No Besu runs here. The node is anvil, which answers ``eth_getProof`` truthfully; its blocks are told
with the extraData and the hash that a QBFT network of ``KEYS`` would have given them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from chain.bundling import UnsoundBundle, Written, write_bundle
from chain.engine import Engine
from chain.profile import BESU
from chain.qbft_proofs import header_rlp
from chain.rpc import BadAnswer, Params, Rpc
from ledger.bundle import Bundle, bundle_bytes, read_bundle
from ledger.evidence import Evidence
from ledger.evidence.mpt import MptProof
from ledger.evidence.qbft import ExtraData, Header, QbftAnchor, QbftFinality, ValidatorSet
from ledger.evidence.refusals import (
    FinalityRefused,
    PowerTooLow,
    ProofRefused,
    RootMismatch,
    UnknownValidator,
    ValidatorsMismatch,
    WordMismatch,
)
from ledger.ids import ClaimNo
from ledger.trust import Trust, read_trust
from ledger.verify import Report, render, verify
from node.dev import DevNode
from tests.support.accounts import Key
from tests.support.consortium import Consortium
from tests.support.qbft import KEYS, addresses, sign

VALIDATORS = KEYS[:4]
CLAIM = ClaimNo(1)


class Sealing(Rpc):
    """Anvil, its blocks told as QBFT's."""

    signers: Sequence[Key] = VALIDATORS[:3]

    def call(self, method: str, params: Params = ()) -> Any:
        answer = super().call(method, params)
        return self._sealed(answer) if method == "eth_getBlockByNumber" and answer else answer

    def _sealed(self, block: dict[str, Any]) -> dict[str, Any]:
        unsealed = self._header(block, ())
        seals = [sign(key, unsealed.sealed_hash()) for key in self.signers]
        header = self._header(block, seals)
        extra, name = header.extra.encode(), header.block_hash()
        return block | {"extraData": "0x" + extra.hex(), "hash": "0x" + name.hex()}

    def _header(self, block: dict[str, Any], seals: Sequence[bytes]) -> Header:
        extra = ExtraData(bytes(32), addresses(VALIDATORS), None, 0, tuple(seals))
        return Header.decode(header_rlp(block | {"extraData": "0x" + extra.encode().hex()}))


@dataclass(frozen=True)
class Made:
    """A bundle, taken from such a node, and who made it."""

    written: Written
    bundle: Bundle
    trust: Trust

    def verified_with(self, evidence: Evidence) -> Report:
        return verify(bundle_bytes(replace(self.bundle, evidence=evidence)), self.trust)

    @property
    def evidence(self) -> Evidence:
        assert self.bundle.evidence is not None
        return self.bundle.evidence

    @property
    def header(self) -> Header:
        assert isinstance(self.evidence.finality, QbftFinality)
        return Header.decode(self.evidence.finality.header)

    def resealed(self, header: Header, signers: Sequence[Key]) -> Evidence:
        seals = tuple(sign(key, header.sealed_hash()) for key in signers)
        sealed = replace(header, extra=replace(header.extra, seals=seals))
        return replace(self.evidence, finality=QbftFinality(sealed.encode()))


@pytest.fixture(scope="module")
def consortium(dev_node: DevNode) -> Iterator[Consortium]:
    with Rpc(dev_node.rpc_url) as rpc:
        found = Consortium.found(rpc)
        found.open_claim()
        yield found


@pytest.fixture(scope="module")
def engine(dev_node: DevNode) -> Iterator[Engine]:
    with Sealing(dev_node.rpc_url) as rpc:
        yield Engine(BESU, rpc)


def write(engine: Engine, consortium: Consortium, out: Path) -> Made:
    deployment = replace(consortium.stage.deployment, engine=BESU.name)
    written = write_bundle(engine, deployment, CLAIM, [], out)
    trust = read_trust(written.trust.read_bytes())
    return Made(written, read_bundle(written.bundle.read_bytes()), trust)


@pytest.fixture(scope="module")
def made(engine: Engine, consortium: Consortium, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return write(engine, consortium, tmp_path_factory.mktemp("bundle"))


def refused(report: Report, kind: type[FinalityRefused | ProofRefused]) -> None:
    assert [type(problem.refusal) for problem in report.problems] == [kind], render(report)


def test_write_bundle__sealed_by_three_of_four__proven_with_their_power(made: Made) -> None:
    report = verify(made.written.bundle.read_bytes(), made.trust)
    assert report.ok
    final = report.finalised
    assert final is not None
    assert (final.signed_power, final.total_power) == (3, 4)
    assert final.signers == addresses(VALIDATORS[:3])
    assert "voting power 3 of 4 (two thirds, rounded up, needed)" in render(report)


def test_write_bundle__trust_file__serves_later_bundles_too(
    engine: Engine, consortium: Consortium, made: Made, tmp_path: Path
) -> None:
    consortium.do(consortium.transfer(CLAIM, 1_000))
    later = write(engine, consortium, tmp_path)
    assert later.bundle.count > made.bundle.count
    assert verify(later.written.bundle.read_bytes(), made.trust).ok
    assert not verify(made.written.bundle.read_bytes()[:-2] + b"]\n", made.trust).ok


def test_verify__seal_taken_out__below_quorum(made: Made) -> None:
    refused(made.verified_with(made.resealed(made.header, VALIDATORS[:2])), PowerTooLow)


def test_verify__sealed_by_others__refused(made: Made) -> None:
    refused(made.verified_with(made.resealed(made.header, KEYS[3:7])), UnknownValidator)


def test_verify__header_with_another_state_root__refused_whoever_sealed_it(made: Made) -> None:
    fields = list(made.header.fields)
    fields[3] = b"\1" * 32
    header = replace(made.header, fields=tuple(fields), state_root=fields[3])
    refused(made.verified_with(made.resealed(header, VALIDATORS)), RootMismatch)
    unsealed = replace(made.evidence, finality=QbftFinality(header.encode()))
    refused(made.verified_with(unsealed), UnknownValidator)


def test_verify__validators_changed_and_trust_file_did_not__refused(made: Made) -> None:
    trust = replace(made.trust, anchor=QbftAnchor((ValidatorSet(0, addresses(KEYS[1:5])),)))
    refused(verify(made.written.bundle.read_bytes(), trust), ValidatorsMismatch)


def test_verify__proof_with_a_node_less__refused(made: Made) -> None:
    proof = made.evidence.proof
    assert isinstance(proof, MptProof)
    shorter = replace(proof, storage=(proof.storage[0][:-1], *proof.storage[1:]))
    assert not made.verified_with(replace(made.evidence, proof=shorter)).ok


def test_verify__other_heads_than_proven__refused(made: Made) -> None:
    lying = replace(made.bundle, heads=replace(made.bundle.heads, all=b"\1" * 32))
    problems = verify(bundle_bytes(lying), made.trust).problems
    assert WordMismatch in [type(problem.refusal) for problem in problems]


def test_verify__any_hex_digit_of_the_evidence_changed__refused(made: Made) -> None:
    """Every 37th, which meets every node, field and seal; all of them take a minute."""
    data = made.written.bundle.read_bytes()
    state = json.loads(data)["state"]
    finality = state["finality"]["header"]
    texts = [finality, *state["proof"]["account"]]
    texts += [node for path in state["proof"]["storage"] for node in path]
    changed = 0
    for text in texts:
        at = data.index(text.encode())
        for position in range(at + 2, at + len(text), 37):
            other = b"0" if data[position : position + 1] != b"0" else b"1"
            assert not verify(data[:position] + other + data[position + 1 :], made.trust).ok
            changed += 1
    assert changed > 100


def test_write_bundle__node_that_shows_too_few_seals__not_written(
    dev_node: DevNode, consortium: Consortium, tmp_path: Path
) -> None:
    with Sealing(dev_node.rpc_url) as rpc:
        rpc.signers = VALIDATORS[:2]
        with pytest.raises(UnsoundBundle):
            write(Engine(BESU, rpc), consortium, tmp_path)
    assert not list(tmp_path.iterdir())


def test_write_bundle__node_that_proves_another_slot__bad_answer(
    dev_node: DevNode, consortium: Consortium, tmp_path: Path
) -> None:
    class Lying(Sealing):
        def call(self, method: str, params: Params = ()) -> Any:
            if method == "eth_getProof":
                contract, slots, block = params
                params = [contract, [slots[0]] * len(slots), block]
            return super().call(method, params)

    with Lying(dev_node.rpc_url) as rpc, pytest.raises(BadAnswer):
        write(Engine(BESU, rpc), consortium, tmp_path)
