"""The ledger contract's own word at one block, and what proves it, by engine."""

from __future__ import annotations

from dataclasses import dataclass

from chain.client import Block, ChainClient
from chain.profile import EngineProfile
from ledger.bundle import Heads
from ledger.ids import CONSORTIUM_BOOK, Address, ClaimNo
from ledger.keccak import keccak

# ILedger: slot 0 maps books to heads, slot 3 holds the head of all, slot 4 the counters.
_HEADS, _GLOBAL_HEAD, _COUNTERS = 0, 3, 4
_UINT64 = (1 << 64) - 1


class StateUnavailable(Exception):
    """The engine doesn't have, or wouldn't tell, the state of a block."""


class NoSuchProof(Exception):
    """This engine's kind of proof can't be collected."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Heads, and the number of entries of all books, as of ``block``."""

    block: Block
    count: int
    heads: Heads


def read_state(
    client: ChainClient, ledger: Address, claim: ClaimNo, profile: EngineProfile
) -> LedgerState:
    """The ledger's state at the newest final block; StateUnavailable, NoSuchProof."""
    if profile.proof != "none":
        raise NoSuchProof(f"bundles with {profile.proof} proofs are not made yet")
    block = client.block(profile.finality)
    if block is None:
        raise StateUnavailable(f"the engine has no {profile.finality} block")

    def word(slot: int) -> bytes:
        found = client.storage(ledger, slot, block.number)
        if found is None:
            raise StateUnavailable(f"slot {slot} of {ledger} at block {block.number}")
        return found

    heads = Heads(
        claim=word(head_slot(claim)),
        consortium=word(head_slot(CONSORTIUM_BOOK)),
        all=word(_GLOBAL_HEAD),
    )
    count = int.from_bytes(word(_COUNTERS), "big") & _UINT64
    return LedgerState(block, count, heads)


def head_slot(book: ClaimNo) -> int:
    """Where the ledger stores a book's head."""
    key = book.to_bytes(32, "big") + _HEADS.to_bytes(32, "big")
    return int.from_bytes(keccak(key), "big")
