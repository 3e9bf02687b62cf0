"""A block's header as QBFT hashes it: once for those who seal it, once for its name on chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import rlp

from ledger.evidence.qbft.extra_data import ExtraData
from ledger.evidence.qbft.refusals import HeaderMalformed
from ledger.evidence.rlp_items import NotRlp, read_number, read_strings
from ledger.keccak import keccak

STATE_ROOT, NUMBER, TIMESTAMP, EXTRA_DATA = 3, 8, 11, 12
_FEWEST_FIELDS = 15
"""Up to the nonce. Later forks append, and what they append is hashed as it stands."""
_HASH_BYTES, _LONG_BYTES = 32, 8


@dataclass(frozen=True, slots=True)
class Header:
    fields: tuple[bytes, ...]
    """As RLP has them, in the order of the yellow paper, seals and round included."""
    number: int
    state_root: bytes
    timestamp: int
    """Seconds since 1970."""
    extra: ExtraData

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises ``HeaderMalformed``."""
        try:
            fields = read_strings(data)
        except NotRlp as error:
            raise HeaderMalformed("header", str(error)) from error
        if len(fields) < _FEWEST_FIELDS:
            raise HeaderMalformed("header", f"has {len(fields)} fields")
        if len(fields[STATE_ROOT]) != _HASH_BYTES:
            raise HeaderMalformed("state root", "isn't 32 bytes long")
        return cls(
            fields=tuple(fields),
            number=_number(fields[NUMBER], "number"),
            state_root=fields[STATE_ROOT],
            timestamp=_number(fields[TIMESTAMP], "timestamp"),
            extra=ExtraData.decode(fields[EXTRA_DATA]),
        )

    def encode(self) -> bytes:
        return self._with(self.extra)

    def sealed_hash(self) -> bytes:
        """What every seal in it signs: all of it but the seals."""
        return keccak(self._with(self.extra.without_seals()))

    def block_hash(self) -> bytes:
        """The block's name, as nodes answer it and as the next block has it for its parent."""
        return keccak(self._with(self.extra.without_round()))

    def _with(self, extra: ExtraData) -> bytes:
        fields = list(self.fields)
        fields[EXTRA_DATA] = extra.encode()
        encoded: bytes = rlp.encode(fields)
        return encoded


def _number(field: bytes, part: str) -> int:
    try:
        return read_number(field, _LONG_BYTES)
    except NotRlp as error:
        raise HeaderMalformed(part, str(error)) from error
