"""Where the ledger contract keeps what a bundle rests on: its storage, as ILedger lays it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.ids import CONSORTIUM_BOOK, ClaimNo
from ledger.keccak import keccak

_HEADS, _GLOBAL_HEAD, _COUNTERS = 0, 3, 4
_UINT64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class LedgerWords:
    """The four storage words behind a bundle, read: three heads, and how many entries there are."""

    claim: bytes
    consortium: bytes
    all: bytes
    count: int

    @classmethod
    def read(cls, words: Sequence[bytes]) -> LedgerWords:
        """From the words in ``ledger_slots``, in their order."""
        claim, consortium, all_books, counters = words
        return cls(claim, consortium, all_books, int.from_bytes(counters, "big") & _UINT64)


def ledger_slots(claim: ClaimNo) -> tuple[int, ...]:
    """The claim's head, the consortium's, the head of all books, and the counters."""
    return head_slot(claim), head_slot(CONSORTIUM_BOOK), _GLOBAL_HEAD, _COUNTERS


def head_slot(book: ClaimNo) -> int:
    """Where the ledger stores a book's head."""
    key = book.to_bytes(32, "big") + _HEADS.to_bytes(32, "big")
    return int.from_bytes(keccak(key), "big")
