"""A block's header, and the hash by which validators sign for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ledger.canonical import Field
from ledger.evidence import protobuf
from ledger.evidence.merkle import merkle_root
from ledger.hexadecimal import hexed

_HASHES = (
    "last_commit_hash",
    "data_hash",
    "validators_hash",
    "next_validators_hash",
    "consensus_hash",
    "app_hash",
    "last_results_hash",
    "evidence_hash",
    "proposer_address",
)


@dataclass(frozen=True, slots=True)
class BlockId:
    """A block by its header's hash, and by the parts in which it is gossiped."""

    hash: bytes
    parts: int
    parts_hash: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "hash": hexed(self.hash),
            "parts": self.parts,
            "parts_hash": hexed(self.parts_hash),
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        hash_, parts, parts_hash = source.members("hash", "parts", "parts_hash")
        return cls(hash_.data(), parts.integer(), parts_hash.data())

    def encode(self) -> bytes:
        """BlockID, and CanonicalBlockID, which is spelled alike."""
        parts = protobuf.uint(1, self.parts) + protobuf.data(2, self.parts_hash)
        return protobuf.data(1, self.hash) + protobuf.message(2, parts)


@dataclass(frozen=True, slots=True)
class Header:
    """CometBFT's header. ``time`` is in nanoseconds since 1970, UTC; ``app_hash`` the state's root
    after the block before."""

    block_version: int
    app_version: int
    chain_id: str
    height: int
    time: int
    last_block_id: BlockId
    last_commit_hash: bytes
    data_hash: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    consensus_hash: bytes
    app_hash: bytes
    last_results_hash: bytes
    evidence_hash: bytes
    proposer_address: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "block_version": self.block_version,
            "app_version": self.app_version,
            "chain_id": self.chain_id,
            "height": self.height,
            "time": str(self.time),
            "last_block_id": self.last_block_id.to_json(),
        } | {name: hexed(getattr(self, name)) for name in _HASHES}

    @classmethod
    def read(cls, source: Field) -> Self:
        block_version, app_version, chain_id, height, time, last_block_id, *hashes = source.members(
            "block_version",
            "app_version",
            "chain_id",
            "height",
            "time",
            "last_block_id",
            *_HASHES,
        )
        return cls(
            block_version.integer(),
            app_version.integer(),
            chain_id.text(),
            height.integer(),
            time.uint(63),
            BlockId.read(last_block_id),
            *(one.data() for one in hashes),
        )

    def hash(self) -> bytes:
        """The Merkle root over the header's fields, each in protobuf."""
        return merkle_root(
            [
                protobuf.uint(1, self.block_version) + protobuf.uint(2, self.app_version),
                protobuf.data(1, self.chain_id.encode()),
                protobuf.uint(1, self.height),
                protobuf.timestamp(self.time),
                self.last_block_id.encode(),
                *(protobuf.data(1, getattr(self, name)) for name in _HASHES),
            ]
        )
