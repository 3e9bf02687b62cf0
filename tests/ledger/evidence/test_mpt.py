"""Merkle-Patricia proofs: Besu's own, live ones of anvil, and what must not pass for one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import rlp
from eth_utils.address import to_checksum_address

from chain.qbft_proofs import state_proof
from chain.rpc import Rpc
from ledger.canonical import Field
from ledger.evidence.mpt import EMPTY_TRIE, MptProof, NothingThere, look_up
from ledger.evidence.refusals import ProofMalformed, ProofRefused, RootMismatch, WordsMissing
from ledger.ids import Address
from ledger.keccak import keccak
from node.dev import DevNode

RECORDED = json.loads(
    (Path(__file__).parents[2] / "vectors" / "besu" / "state-proof.json").read_text()
)
CONTRACT = Address(to_checksum_address("0x" + "c0" * 20))
EMPTY_ACCOUNT = Address(to_checksum_address("0x" + "e0" * 20))
SLOTS = {slot: (slot * 7_919 + 1) << (slot % 200) for slot in range(40)} | {2**256 - 1: 2**256 - 1}
ABSENT = 1_000


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def nodes(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(unhex(text) for text in texts)


# What Besu answers


def test_words__account_besu_proved__storage_root_found_and_its_slot_absent() -> None:
    proof = RECORDED["proof"]
    (slot,) = proof["storageProof"]
    contract = Address(to_checksum_address(proof["address"]))
    recorded = MptProof(nodes(proof["accountProof"]), (nodes(slot["proof"]),))
    root = unhex(RECORDED["block"]["stateRoot"])
    with pytest.raises(NothingThere) as refused:
        recorded.words(contract, [int(slot["key"], 16)], root)
    assert refused.value.part == "slot 0x347"


def test_words__account_besu_proved__under_another_root__refused() -> None:
    proof = RECORDED["proof"]
    contract = Address(to_checksum_address(proof["address"]))
    with pytest.raises(RootMismatch):
        MptProof(nodes(proof["accountProof"]), ()).words(contract, [], b"\1" * 32)


def test_look_up__account_besu_proved__is_the_one_besu_tells() -> None:
    proof = RECORDED["proof"]
    key = keccak(unhex(proof["address"]))
    root = unhex(RECORDED["block"]["stateRoot"])
    account = look_up(root, key, nodes(proof["accountProof"]), "account")
    assert account is not None
    nonce, balance, storage, code = rlp.decode(account)
    assert int.from_bytes(nonce, "big") == int(proof["nonce"], 16)
    assert int.from_bytes(balance, "big") == int(proof["balance"], 16)
    assert (storage, code) == (unhex(proof["storageHash"]), unhex(proof["codeHash"]))


# What anvil answers


@dataclass(frozen=True)
class State:
    """A contract with ``SLOTS`` in its storage, on a running node."""

    rpc: Rpc
    block: int
    root: bytes

    def prove(self, contract: Address, *slots: int) -> MptProof:
        return state_proof(self.rpc, contract, slots, self.block)


@pytest.fixture(scope="module")
def state(dev_node: DevNode) -> Iterator[State]:
    with Rpc(dev_node.rpc_url) as rpc:
        rpc.call("anvil_setCode", [CONTRACT, "0x00"])
        for slot, value in SLOTS.items():
            rpc.call("anvil_setStorageAt", [CONTRACT, f"0x{slot:064x}", f"0x{value:064x}"])
        for number in range(60):
            rpc.call("anvil_setBalance", ["0x" + f"{number:02x}" * 20, "0x1"])
        rpc.call("anvil_setBalance", [EMPTY_ACCOUNT, "0x5"])
        rpc.call("anvil_mine", ["0x1"])
        block = rpc.call("eth_getBlockByNumber", ["latest", False])
        yield State(rpc, int(block["number"], 16), unhex(block["stateRoot"]))


def test_words__slots_of_a_live_contract__are_what_was_stored(state: State) -> None:
    proof = state.prove(CONTRACT, *SLOTS)
    expected = [value.to_bytes(32, "big") for value in SLOTS.values()]
    assert proof.words(CONTRACT, list(SLOTS), state.root) == expected


def test_words__any_byte_of_a_live_proof_changed__refused(state: State) -> None:
    slots = [3, 5]
    proof = state.prove(CONTRACT, *slots)
    changed = 0
    for place, path in enumerate((proof.account, *proof.storage)):
        for other in _each_byte_changed(path):
            paths = [proof.account, *proof.storage]
            paths[place] = other
            with pytest.raises(ProofRefused):
                MptProof(paths[0], tuple(paths[1:])).words(CONTRACT, slots, state.root)
            changed += 1
    assert changed == sum(map(len, (*proof.account, *proof.storage[0], *proof.storage[1])))


def _each_byte_changed(path: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    for number, node in enumerate(path):
        for position in range(len(node)):
            other = bytearray(node)
            other[position] ^= 1 << position % 8
            yield (*path[:number], bytes(other), *path[number + 1 :])


def test_words__node_left_out_added_or_moved__refused(state: State) -> None:
    proof = state.prove(CONTRACT, 3)
    (path,) = proof.storage
    assert len(path) > 1
    for other in (path[:-1], path[1:], (*path, path[-1]), (*path, b"\xc0"), path[::-1], ()):
        with pytest.raises(ProofRefused):
            replace(proof, storage=(other,)).words(CONTRACT, [3], state.root)
    for account in (proof.account[:-1], (*proof.account, b"\x80"), ()):
        with pytest.raises(ProofRefused):
            replace(proof, account=account).words(CONTRACT, [3], state.root)


def test_words__proof_of_another_slot__refused(state: State) -> None:
    with pytest.raises(ProofRefused):
        state.prove(CONTRACT, 3).words(CONTRACT, [4], state.root)


def test_words__proofs_in_another_order__refused(state: State) -> None:
    with pytest.raises(ProofRefused):
        state.prove(CONTRACT, 3, 4).words(CONTRACT, [4, 3], state.root)


def test_words__more_or_fewer_slots_than_proofs__refused(state: State) -> None:
    proof = state.prove(CONTRACT, 3, 4)
    for slots in ([3], [3, 4, 5]):
        with pytest.raises(WordsMissing):
            proof.words(CONTRACT, slots, state.root)


def test_words__absent_slot__refused_as_nothing_there(state: State) -> None:
    with pytest.raises(NothingThere):
        state.prove(CONTRACT, ABSENT).words(CONTRACT, [ABSENT], state.root)


def test_words__absent_account__refused_as_nothing_there(state: State) -> None:
    nobody = Address(to_checksum_address(keccak(b"nobody")[12:]))
    with pytest.raises(NothingThere):
        state.prove(nobody, 0).words(nobody, [0], state.root)


def test_words__account_without_storage__refused_as_nothing_there(state: State) -> None:
    with pytest.raises(NothingThere):
        state.prove(EMPTY_ACCOUNT, 0).words(EMPTY_ACCOUNT, [0], state.root)


def test_words__state_of_a_later_block__refused(state: State) -> None:
    state.rpc.call("anvil_setStorageAt", [CONTRACT, f"0x{ABSENT + 1:064x}", f"0x{1:064x}"])
    state.rpc.call("anvil_mine", ["0x1"])
    later = int(state.rpc.call("eth_blockNumber"), 16)
    with pytest.raises(RootMismatch):
        state_proof(state.rpc, CONTRACT, [3], later).words(CONTRACT, [3], state.root)


def test_proof__as_json__read_back(state: State) -> None:
    proof = state.prove(CONTRACT, 3, 5)
    assert MptProof.read(Field("proof", proof.to_json())) == proof


# Tries of our own, with what no real one has in it


def leaf(path: bytes, value: bytes) -> list[Any]:
    return [path, value]


def walk(*path: Any, key: bytes = b"\x12") -> bytes | None:
    encoded = tuple(rlp.encode(node) for node in path)
    return look_up(keccak(encoded[0]), key, encoded, "this")


def test_look_up__short_node_within_its_parent__found() -> None:
    branch: list[Any] = [b""] * 17
    branch[1] = leaf(b"\x32", b"inline")
    assert walk(branch) == b"inline"


def test_look_up__extension_then_branch_by_hash__found() -> None:
    branch: list[Any] = [b""] * 17
    branch[2] = leaf(b"\x20", b"x" * 40)
    assert walk([b"\x11", keccak(rlp.encode(branch))], branch) == b"x" * 40


@pytest.mark.parametrize(
    "node",
    [
        [b"\x11", b"\x01" * 32, b""],  # neither 2 nor 17 items
        [b"\x40\x12", b"value"],  # no such flag
        [b"\x21\x12", b"value"],  # padding that isn't zero
        [b"", b"value"],
        [[b"\x20"], b"value"],
        [b"\x00", b"\x01" * 32],  # an extension by nothing would never end
        [b"\x20\x12", b""],
        [b"\x20\x12", [b"value"]],
        b"a string",
    ],
)
def test_look_up__node_no_trie_has__refused(node: Any) -> None:
    with pytest.raises(ProofMalformed):
        walk(node)


@pytest.mark.parametrize("node", [[b"\x20\x13", b"v"], [b"\x12", b"\1" * 32], [b""] * 17])
def test_look_up__path_leads_elsewhere__nothing(node: list[Any]) -> None:
    assert walk(node) is None


def test_look_up__empty_trie__nothing() -> None:
    assert look_up(EMPTY_TRIE, b"\x12", (), "this") is None
    with pytest.raises(ProofMalformed):
        look_up(b"\1" * 32, b"\x12", (), "this")
