"""What every kind of state proof, finality and anchor does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ledger.ids import Address


class StateProof(Protocol):
    """A path from storage words of one contract to a state root.

    ``to_json`` and the kind's reader are each other's inverse: no two files say the same, so
    that no byte of one is free to change.
    """

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The proof's members, ``kind`` among them."""

    def words(self, contract: Address, slots: Sequence[int], root: bytes) -> list[bytes]:
        """The contract's 32-byte words in these slots, in their order, under this state root.

        Raises ``ProofRefused`` when it doesn't prove exactly these.
        """


class Anchor(Protocol):
    """The trust file's knowledge of one chain's validators."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The anchor's members, ``kind`` among them."""


class Finality(Protocol):
    """A block's header and the signatures of the validators who made it final."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The evidence's members, ``kind`` among them."""

    def check(self, anchor: Anchor) -> Finalised:
        """What the signatures prove to someone who trusts the anchor.

        Raises a ``FinalityRefused``. One invalid signature is one too many, however many
        valid ones stand beside it: no byte of a bundle is free to change.
        """


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a bundle carries on an engine with consensus."""

    proof: StateProof
    finality: Finality


@dataclass(frozen=True, slots=True)
class Finalised:
    """What validators have signed: a block, and in it the root of a state."""

    state_root: bytes
    state_height: int
    """Of the block after which the state was so. CometBFT's next header is the one to say it."""
    height: int
    """Of the signed block."""
    time: int
    """The signed block's, in nanoseconds since 1970, UTC."""
    signed_power: int
    total_power: int
    needed: str
    """The engine's rule, as in "more than two thirds"."""
    signers: tuple[str, ...]
    """Addresses, spelled as the engine spells them, of those whose signatures are carried."""
    validators: tuple[str, ...]
    """Addresses of all who could have signed."""
    keys: tuple[bytes, ...]
    """Their keys in the same order, 32 bytes each, as the council's acts name them."""
    powers: tuple[int, ...] | None
    """Their voting power in the same order; None where each has one vote."""
