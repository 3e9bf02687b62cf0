"""The header field in which QBFT keeps its own: validators, a vote, the round, the seals.

RLP of ``[vanity, [validator, …], vote, round, [seal, …]]``, as Besu's ``QbftExtraDataCodec`` has it
since 21.10: no vote is an empty list, a vote ``[address, 0xff]`` to add or ``[address, ""]`` to
drop, the round a number without leading zeros.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import rlp
from eth_utils.address import to_canonical_address, to_checksum_address

from ledger.evidence.qbft.refusals import HeaderMalformed
from ledger.evidence.rlp_items import Item, NotRlp, read_list, read_number
from ledger.ids import Address

VANITY_BYTES = 32
SEAL_BYTES = 65
_ADDRESS_BYTES = 20
_ROUND_BYTES = 4
_DEPTH = 2
_PART = "extraData"
_ADD, _DROP = b"\xff", b""


@dataclass(frozen=True, slots=True)
class Vote:
    """A proposer's vote to add a validator, or to drop one."""

    validator: Address
    add: bool


@dataclass(frozen=True, slots=True)
class ExtraData:
    vanity: bytes
    validators: tuple[Address, ...]
    """Those who may seal this block, rising; none where a contract names them."""
    vote: Vote | None
    round: int
    seals: tuple[bytes, ...]
    """65 bytes each: r, s, and 0 or 1 for which of two keys signed."""

    def encode(self) -> bytes:
        vote = [] if self.vote is None else [_canonical(self.vote.validator), _flag(self.vote)]
        validators = [_canonical(validator) for validator in self.validators]
        encoded: bytes = rlp.encode([self.vanity, validators, vote, self.round, list(self.seals)])
        return encoded

    def without_seals(self) -> Self:
        """What validators sign: they can't sign their own signatures."""
        return replace(self, seals=())

    def without_round(self) -> Self:
        """What names a block: validators may agree on the same one in a later round."""
        return replace(self, seals=(), round=0)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises ``HeaderMalformed`` for anything but the one spelling."""
        try:
            vanity, validators, vote, round_, seals = read_list(data, _DEPTH)
            return cls(
                vanity=_sized(vanity, VANITY_BYTES, "vanity"),
                validators=tuple(_address(item) for item in _list(validators)),
                vote=_vote(vote),
                round=read_number(round_, _ROUND_BYTES),
                seals=tuple(_sized(item, SEAL_BYTES, "seal") for item in _list(seals)),
            )
        except NotRlp as error:
            raise HeaderMalformed(_PART, str(error)) from error
        except ValueError:
            raise HeaderMalformed(_PART, "hasn't five members") from None


def genesis_extra_data(validators: Iterable[Address]) -> bytes:
    """A genesis block's: the first validators in the order given, which Besu wants rising."""
    return ExtraData(bytes(VANITY_BYTES), tuple(validators), None, 0, ()).encode()


def _vote(item: Item) -> Vote | None:
    members = _list(item)
    if not members:
        return None
    if len(members) != 2 or members[1] not in (_ADD, _DROP):
        raise NotRlp("has a vote that is none")
    return Vote(_address(members[0]), members[1] == _ADD)


def _flag(vote: Vote) -> bytes:
    return _ADD if vote.add else _DROP


def _list(item: Item) -> list[Item]:
    if not isinstance(item, list):
        raise NotRlp("has a value where a list must be")
    return item


def _sized(item: Item, size: int, what: str) -> bytes:
    if not isinstance(item, bytes) or len(item) != size:
        raise NotRlp(f"has a {what} that isn't {size} bytes long")
    return item


def _address(item: Item) -> Address:
    return Address(to_checksum_address(_sized(item, _ADDRESS_BYTES, "validator")))


def _canonical(address: Address) -> bytes:
    return bytes(to_canonical_address(address))
