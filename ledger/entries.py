"""Entries and the heads that chain them; mirrors ``Ledger._post``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from eth_utils.address import to_checksum_address

from ledger.ids import Address, ClaimNo, Digest, EntryIndex
from ledger.keccak import keccak


class Op(IntEnum):
    NOTED = 0
    OPENED = 1
    MOVED = 2
    DISCHARGED = 3
    MERGED = 4
    POLICY_SET = 5
    CONVEYED = 6
    ENCUMBERED = 7
    RELEASED = 8
    FORECLOSED = 9
    FROZEN = 10
    THAWED = 11
    REASSIGNED = 12
    RECORDED = 13


POSTED_TOPIC = keccak(b"Posted(uint64,uint32,bytes32,uint8,address,uint256[],bytes)")
EMPTY_HEAD = bytes(32)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a book, as the ``Posted`` event tells it."""

    index: EntryIndex
    book: ClaimNo
    act: Digest
    op: Op
    policy: Address
    words: tuple[int, ...]
    memo: bytes

    def hash(self) -> bytes:
        """What the heads of its book and of all books absorb."""
        words = b"".join(word.to_bytes(32, "big") for word in self.words)
        return keccak(
            self.index.to_bytes(32, "big")
            + self.book.to_bytes(32, "big")
            + self.act
            + self.op.to_bytes(32, "big")
            + bytes(12)
            + bytes.fromhex(self.policy[2:])
            + keccak(words)
            + keccak(self.memo)
        )


def extend(head: bytes, entry_hash: bytes) -> bytes:
    """The head after one more entry."""
    return keccak(head + entry_hash)


class MalformedEvent(Exception):
    """Topics or data that no ``Posted`` event of the ledger has."""


def read_posted(topics: Sequence[bytes], data: bytes) -> Entry:
    """An entry from its event: topics ``[signature, index, book, act]`` and data.

    The layout is always the same one, so its words are read in place: a general decoder takes
    ten times as long, and an indexer does little else. Raises ``MalformedEvent``.
    """
    if len(topics) != 4 or topics[0] != POSTED_TOPIC or data[64:96] != _FIRST_OFFSET:
        raise MalformedEvent("not a Posted event")
    words_end = _WORDS_AT + 32 * _number(data, _WORDS_AT - 32)
    memo_at = words_end + 32
    memo_end = memo_at + _number(data, words_end)
    if _number(data, 96) != words_end or len(data) != memo_end + -memo_end % 32:
        raise MalformedEvent("a Posted event whose parts don't fill it")
    op = _number(data, 0)
    if op not in _OPS or any(data[memo_end:]) or any(data[32:44]):
        raise MalformedEvent("a Posted event with an unknown op or stray bytes")
    return Entry(
        index=EntryIndex(int.from_bytes(topics[1], "big")),
        book=ClaimNo(int.from_bytes(topics[2], "big")),
        act=Digest(topics[3]),
        op=_OPS[op],
        policy=_checksummed(data[44:64]),
        words=tuple(_number(data, at) for at in range(_WORDS_AT, words_end, 32)),
        memo=data[memo_at:memo_end],
    )


_OPS = {int(op): op for op in Op}
# Four words of head: op, policy, where the words are, where the memo is. Then the words.
_FIRST_OFFSET = (128).to_bytes(32, "big")
_WORDS_AT = 160


def _number(data: bytes, at: int) -> int:
    if at + 32 > len(data):
        raise MalformedEvent("a Posted event that was cut short")
    return int.from_bytes(data[at : at + 32], "big")


@lru_cache(maxsize=256)
def _checksummed(policy: bytes) -> Address:
    return Address(to_checksum_address(policy))
