"""Headers and proofs as nodes tell them: Besu's recorded answers, anvil's, and lies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import rlp

from chain.qbft_proofs import (
    _ALWAYS,
    _APPENDED,
    _NUMBERS,
    BlockMissing,
    HeaderMismatch,
    anchor_between,
    header_rlp,
    sealed_header,
    state_proof,
)
from chain.rpc import BadAnswer, Params, Rpc
from ledger.evidence.qbft import Header, QbftFinality
from ledger.evidence.refusals import ValidatorsMismatch
from ledger.keccak import keccak
from node.dev import DevNode
from tests.support.accounts import Key
from tests.support.qbft import KEYS, Sealing, addresses

VECTORS = Path(__file__).parents[1] / "vectors" / "besu"
RECORDED = json.loads((VECTORS / "state-proof.json").read_text())["block"]
SEALED = json.loads((VECTORS / "sealed-header.json").read_text())

_NAMES = [*_ALWAYS, *_APPENDED]


class Answering(Rpc):
    """A node that answers what it is told to, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__("http://127.0.0.1:9")
        self.answers = answers
        self.asked: list[tuple[str, Params]] = []

    def call(self, method: str, params: Params = ()) -> Any:
        self.asked.append((method, params))
        return self.answers[method]


def told(finality: QbftFinality) -> dict[str, Any]:
    """A sealed block as a Besu node's JSON-RPC would tell it."""
    header = Header.decode(finality.header)
    fields = zip(_NAMES, header.fields, strict=False)
    block = {
        name: hex(int.from_bytes(field, "big")) if name in _NUMBERS else "0x" + field.hex()
        for name, field in fields
    }
    return block | {"hash": "0x" + header.block_hash().hex()}


def test_header_rlp__block_besu_recorded__has_the_hash_besu_gave_it() -> None:
    assert "0x" + keccak(header_rlp(RECORDED)).hex() == RECORDED["hash"]


def test_header_rlp__live_prague_block__has_its_hash(dev_node: DevNode) -> None:
    with Rpc(dev_node.rpc_url) as rpc:
        rpc.call("anvil_mine", ["0x1"])
        block = rpc.call("eth_getBlockByNumber", ["latest", False])
    assert block["requestsHash"]
    assert "0x" + keccak(header_rlp(block)).hex() == block["hash"]


def test_header_rlp__field_after_a_missing_one__left_out_as_besu_does() -> None:
    told_more = {**RECORDED, "requestsHash": "0x" + "e3" * 32}
    del told_more["parentBeaconBlockRoot"]
    written = rlp.decode(header_rlp(told_more))
    assert len(written) == len(rlp.decode(header_rlp(RECORDED))) - 1
    assert written[-1] == b""  # excessBlobGas, 0


def test_sealed_header__block_besu_made__comes_out_as_it_was() -> None:
    recorded = QbftFinality(bytes.fromhex(SEALED["header"][2:]))
    rpc = Answering({"eth_getBlockByNumber": told(recorded)})
    assert sealed_header(rpc, SEALED["number"]) == recorded


def test_sealed_header__node_tells_another_state_root__mismatch() -> None:
    block = told(QbftFinality(bytes.fromhex(SEALED["header"][2:])))
    rpc = Answering({"eth_getBlockByNumber": {**block, "stateRoot": "0x" + "11" * 32}})
    with pytest.raises(HeaderMismatch):
        sealed_header(rpc, SEALED["number"])


def test_sealed_header__engine_without_qbft__mismatch(dev_node: DevNode) -> None:
    with Rpc(dev_node.rpc_url) as rpc, pytest.raises(HeaderMismatch):
        sealed_header(rpc, 0)


@pytest.mark.parametrize("answer", ["0x", [], {"number": "0x1"}, {**RECORDED, "extraData": 7}])
def test_sealed_header__answer_of_another_form__bad_answer(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        sealed_header(Answering({"eth_getBlockByNumber": answer}), 1)


def test_sealed_header__no_such_block__missing() -> None:
    with pytest.raises(BlockMissing):
        sealed_header(Answering({"eth_getBlockByNumber": None}), 1)


def test_state_proof__state_gone__missing() -> None:
    with pytest.raises(BlockMissing):
        state_proof(Answering({"eth_getProof": None}), KEYS[0].address, [0], 1)


def test_state_proof__slots__asked_for_as_words() -> None:
    rpc = Answering({"eth_getProof": {"accountProof": [], "storageProof": [{"proof": ["0x80"]}]}})
    assert state_proof(rpc, KEYS[0].address, [4], 9).storage == ((b"\x80",),)
    assert rpc.asked == [("eth_getProof", [KEYS[0].address, ["0x" + "0" * 63 + "4"], "0x9"])]


class Chain(Answering):
    """A node of a chain whose validator sets change where ``sets`` says."""

    def __init__(self, sets: Mapping[int, Sequence[Key]], *, listed: bool = True) -> None:
        super().__init__({})
        self.sets = sets
        self.listed = listed

    def block(self, number: int) -> Sealing:
        keys = self.sets[max(start for start in self.sets if start <= number)]
        return Sealing(b"\7" * 32, number=number, validators=keys, listed=self.listed)

    def call(self, method: str, params: Params = ()) -> Any:
        self.asked.append((method, params))
        number = int(params[0], 16)
        if method == "eth_getBlockByNumber":
            block = self.block(number)
            return told(block.seal(block.validators))
        assert method == "qbft_getValidatorsByBlockNumber"
        return [key.address.lower() for key in reversed(self.block(number + 1).validators)]


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    "sets",
    [
        {0: KEYS[:4]},
        {0: KEYS[:4], 57: KEYS[:5]},
        {0: KEYS[:4], 21: KEYS[:5], 22: KEYS[1:5], 100: KEYS[2:4]},
    ],
)
def test_anchor_between__sets_that_change__each_from_its_block_on(
    sets: dict[int, Sequence[Key]], listed: bool
) -> None:
    chain = Chain(sets, listed=listed)
    anchor = anchor_between(chain, 3, 100)
    found = {one.start: one.validators for one in anchor.sets}
    assert found == {max(3, start): addresses(keys) for start, keys in sets.items()}
    for number in (3, 21, 22, 57, 99, 100):
        block = chain.block(number)
        assert block.seal(block.validators).check(anchor).height == number
    assert len(chain.asked) < 60


def test_anchor_between__set_that_came_and_went__left_out_and_its_blocks_refused() -> None:
    chain = Chain({0: KEYS[:4], 50: KEYS[:5], 51: KEYS[:4]})
    anchor = anchor_between(chain, 3, 100)
    assert [one.start for one in anchor.sets] == [3]
    with pytest.raises(ValidatorsMismatch):
        chain.block(50).seal(KEYS[:5]).check(anchor)
