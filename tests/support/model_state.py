"""What the model remembers, and how it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Signers = Sequence[str | None]
"""Who each approval recovers to, in the order given; None for no valid signature."""


class Refusal(Exception):
    """The name of the contract error that an act should meet."""


@dataclass
class Party:
    signers: set[str]
    roles: int
    quorum: int
    dual_above: int
    active: bool = True
    version: int = 1


@dataclass
class Place:
    """The lot that begins at a place, or that once began there."""

    end: int
    holder: int
    state: str = "live"
    version: int = 1
    lien: int = 0


@dataclass
class Validator:
    """Power 0: never admitted, or removed."""

    party: int = 0
    power: int = 0
    version: int = 0


@dataclass
class Members:
    """A council, or the oracle members. Epoch 0 has none."""

    epoch: int = 0
    members: frozenset[str] = frozenset()
    quorum: int = 0


@dataclass
class Invoice:
    total: int
    currency: str
    used: int = 0
    version: int = 0


@dataclass
class Line:
    amount: int
    allocated: int = 0


@dataclass
class Deal:
    claim: int
    start: int
    end: int
    seller: int
    bank: int
    mode: int
    pay_by: int
    due_on: int
    state: str = "concluded"
    demanded: bool = False
    repay_by: int = 0


@dataclass
class Debt:
    """What is owed under a commitment."""

    deal: bytes
    duty: str
    start: int
    end: int
    pay_by: int
    outcome: str = "open"


def refuse_if(wrong: bool, name: str) -> None:
    if wrong:
        raise Refusal(name)


def all_among(signers: Signers, members: set[str] | frozenset[str], stranger: str) -> None:
    previous = 0
    for signer in signers:
        refuse_if(signer is None, "InvalidApproval")
        assert signer is not None
        refuse_if(int(signer, 16) <= previous, "ApprovalsUnordered")
        refuse_if(signer not in members, stranger)
        previous = int(signer, 16)


def subject_fields(subject: bytes) -> tuple[int, int, int, int]:
    fields = subject[16:20], subject[20:28], subject[28:32], subject[:16]
    claim, start, version, rest = (int.from_bytes(part, "big") for part in fields)
    return claim, start, version, rest
