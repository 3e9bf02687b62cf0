"""Precommit votes: what validators sign, and whether enough of them have."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from ledger.canonical import Field, MalformedFile
from ledger.evidence import protobuf
from ledger.evidence.cometbft.header import BlockId, Header
from ledger.evidence.cometbft.validators import ValidatorSet
from ledger.evidence.refusals import (
    DuplicateVote,
    InvalidVote,
    PowerTooLow,
    UnknownValidator,
    ValidatorsMismatch,
    VotesUnordered,
)
from ledger.hexadecimal import hexed

NEEDED = "more than two thirds"
_PRECOMMIT = 2
_ADDRESS = 20


@dataclass(frozen=True, slots=True)
class Vote:
    """One validator's signature, and the time it gave, in nanoseconds since 1970, UTC."""

    validator: str
    time: int
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "validator": self.validator,
            "time": str(self.time),
            "signature": hexed(self.signature),
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        validator, time, signature = source.members("validator", "time", "signature")
        return cls(_address(validator), time.uint(63), signature.data())


@dataclass(frozen=True, slots=True)
class Commit:
    """The votes for one block. Its height and hash are the header's; absent votes and votes for
    nothing are left out."""

    round: int
    parts: int
    parts_hash: bytes
    votes: tuple[Vote, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "round": self.round,
            "parts": self.parts,
            "parts_hash": hexed(self.parts_hash),
            "votes": [vote.to_json() for vote in self.votes],
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        round_, parts, parts_hash, votes = source.members("round", "parts", "parts_hash", "votes")
        return cls(
            round_.integer(),
            parts.integer(),
            parts_hash.data(),
            tuple(Vote.read(vote) for vote in votes.items()),
        )


@dataclass(frozen=True, slots=True)
class SignedHeader:
    header: Header
    commit: Commit

    def to_json(self) -> dict[str, Any]:
        return {"header": self.header.to_json(), "commit": self.commit.to_json()}

    @classmethod
    def read(cls, source: Field) -> Self:
        header, commit = source.members("header", "commit")
        return cls(Header.read(header), Commit.read(commit))

    def signed_power(self, trusted: ValidatorSet) -> int:
        """The voting power behind this header; a ``FinalityRefused`` unless the trusted set is the
        header's, every vote is a valid one of it, and they are more than two thirds."""
        self._require_set(trusted)
        self._require_votes_once(trusted)
        for vote in self.commit.votes:
            if not self.has_signed(vote, trusted):
                raise InvalidVote(vote.validator, self.header.height)
        signed = sum(
            trusted.validators[trusted.places[vote.validator]].power for vote in self.commit.votes
        )
        if 3 * signed <= 2 * trusted.power:
            raise PowerTooLow(self.header.height, signed, trusted.power, NEEDED)
        return signed

    def has_signed(self, vote: Vote, trusted: ValidatorSet) -> bool:
        place = trusted.places.get(vote.validator)
        if place is None:
            return False
        return trusted.validators[place].signed(self.sign_bytes(vote), vote.signature)

    def sign_bytes(self, vote: Vote) -> bytes:
        """CanonicalVote behind its length: the exact bytes that a validator signs."""
        commit = self.commit
        block = BlockId(self.header.hash(), commit.parts, commit.parts_hash)
        return protobuf.delimited(
            protobuf.uint(1, _PRECOMMIT)
            + protobuf.sfixed64(2, self.header.height)
            + protobuf.sfixed64(3, commit.round)
            + protobuf.message(4, block.encode())
            + protobuf.message(5, protobuf.timestamp(vote.time))
            + protobuf.data(6, self.header.chain_id.encode())
        )

    def _require_set(self, trusted: ValidatorSet) -> None:
        header = self.header
        if header.validators_hash != trusted.hash:
            raise ValidatorsMismatch(
                header.height, hexed(header.validators_hash), hexed(trusted.hash)
            )

    def _require_votes_once(self, trusted: ValidatorSet) -> None:
        height = self.header.height
        seen: set[str] = set()
        for vote in self.commit.votes:
            if vote.validator not in trusted.places:
                raise UnknownValidator(vote.validator, height)
            if vote.validator in seen:
                raise DuplicateVote(vote.validator, height)
            seen.add(vote.validator)
        places = [trusted.places[vote.validator] for vote in self.commit.votes]
        if any(left > right for left, right in pairwise(places)):
            raise VotesUnordered(height)


def _address(source: Field) -> str:
    text = source.text()
    try:
        sound = len(bytes.fromhex(text)) == _ADDRESS and text == text.upper() and len(text) == 40
    except ValueError:
        sound = False
    if not sound:
        raise MalformedFile(source.path, "must be 20 bytes in upper-case hexadecimal digits")
    return text
