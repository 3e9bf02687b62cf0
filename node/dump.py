"""A dump of a running anvil's chain whose state is its newest block's, and nothing later.

anvil collects a dump's blocks first and its accounts after. A block mined in between leaves
its effects in the accounts and itself out of the blocks, so a chain loaded from that dump
would show effects that no transaction and no event explains: under load, most dumps do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chain.rpc import NodeUnreachable, Rpc
from ledger.keccak import keccak

_ANY_ADDRESS = "0x" + "00" * 20
_ATTEMPTS = 50
_RESUMPTIONS = 10


class TornDump(Exception):
    """The chain wouldn't hold still for a dump."""


class NothingMined(Exception):
    """Only the genesis is there, and nothing tells whether a dump of it is whole.

    anvil gives its genesis the root of an empty state, whatever contracts it starts with.
    """


@dataclass(frozen=True)
class Dump:
    height: int
    block_hash: str
    content: bytes
    """anvil's own serialisation, compressed with gzip by anvil."""


def head(rpc: Rpc) -> dict[str, Any]:
    block: dict[str, Any] = rpc.call("eth_getBlockByNumber", ["latest", False])
    return block


def state_matches_head(rpc: Rpc) -> bool:
    """Whether the node's accounts hash to the state root of its newest block."""
    root = _state_root(rpc)
    newest: str = head(rpc)["stateRoot"]
    return root == newest


def is_genesis(block: dict[str, Any]) -> bool:
    return int(block["number"], 16) == 0


def take_dump(rpc: Rpc) -> Dump:
    """A whole dump; mining pauses for it only when the chain is too busy to get one without.

    Raises ``NothingMined`` or ``TornDump``.
    """
    # Pausing there would keep the very block from being mined that a dump waits for.
    if is_genesis(head(rpc)):
        raise NothingMined
    dump = _try_dump(rpc)
    if dump is None:
        with _mining_paused(rpc):
            dump = _insist(rpc)
    return dump


def _insist(rpc: Rpc) -> Dump:
    for _ in range(_ATTEMPTS):
        dump = _try_dump(rpc)
        if dump is not None:
            return dump
        time.sleep(0.01)  # a block that was under way when mining paused
    raise TornDump(f"{_ATTEMPTS} dumps, and a block was mined during each")


def _try_dump(rpc: Rpc) -> Dump | None:
    before = head(rpc)
    content = rpc.call("anvil_dumpState")
    # In this order. State only moves forward, so if the accounts read after the dump are
    # still those of the newest block, then the accounts inside the dump were too.
    root = _state_root(rpc)
    after = head(rpc)
    if before["hash"] != after["hash"] or root != after["stateRoot"]:
        return None
    return Dump(int(after["number"], 16), after["hash"], bytes.fromhex(content.removeprefix("0x")))


def _state_root(rpc: Rpc) -> str:
    """The root of the live state trie: the hash of the first node of any account's proof."""
    proof = rpc.call("eth_getProof", [_ANY_ADDRESS, [], "latest"])["accountProof"]
    return "0x" + keccak(bytes.fromhex(proof[0][2:])).hex()


@contextmanager
def _mining_paused(rpc: Rpc) -> Iterator[None]:
    if not rpc.call("anvil_getAutomine"):
        yield
        return
    rpc.call("evm_setAutomine", [False])
    try:
        yield
    finally:
        _resume_mining(rpc)


def _resume_mining(rpc: Rpc) -> None:
    """Nobody else ever would, so one lost answer mustn't leave the chain standing still."""
    for attempt in range(_RESUMPTIONS):
        try:
            rpc.call("evm_setAutomine", [True])
        except NodeUnreachable:
            if attempt == _RESUMPTIONS - 1:
                raise
            time.sleep(0.1)
        else:
            return
