"""What a person did about a statement line that settled nothing, or not exactly: signed and kept.

Resolutions are signed like agreements but never sent to the chain: a bank's worklist is its own.
Each names the head of the journal it is added to, so a journal is a chain that nobody, the
server's operator included, can reorder, thin out or extend without one of its signers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledger.acts import REGISTRY
from ledger.commitments import domain_tag
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import Address, Digest
from ledger.keccak import keccak
from ledger.typed import BYTES32, CURRENCY, TEXT, UINT32, UINT64, Domain, Kind, Struct

_HEAD = domain_tag("yuanliu.resolutions.journal.v1")
EMPTY_JOURNAL = bytes(32)
"""The head of a journal that has no resolution yet."""


class Remedy(StrEnum):
    """How a line was dealt with."""

    RETURNED = "returned"
    """The money goes back to whoever sent it."""

    DEMANDED = "demanded"
    """What is missing has been asked for."""

    ELSEWHERE = "elsewhere"
    """It pays something that isn't on this ledger."""

    CORRECTED = "corrected"
    """The bank made a mistake and corrects it, or states one payment twice."""


@dataclass(frozen=True)
class LineResolution(Struct):
    """Whoever handed a line in says how it was dealt with.

    ``line`` is its fingerprint, ``amount`` all of it in minor units. ``position`` and ``head``
    are the journal's before this one.
    """

    line: bytes
    amount: int
    currency: str
    remedy: str
    note: str
    position: int
    head: bytes
    validUntil: int  # noqa: N815 - signed under this name, as in agreements
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "line": BYTES32,
        "amount": UINT64,
        "currency": CURRENCY,
        "remedy": TEXT,
        "note": TEXT,
        "position": UINT32,
        "head": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True, slots=True)
class Journalled:
    """A resolution in its place. ``approvals`` as signed, rising by signer; ``signers`` are whom
    the server says they are of; ``head`` is the journal's after it."""

    digest: Digest
    resolution: LineResolution
    signers: tuple[Address, ...]
    approvals: tuple[bytes, ...]
    head: bytes


@dataclass
class JournalMoved(Refused):
    """The resolution was signed for another place in the journal."""

    position: int
    current: int
    head: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = (
        "The journal has {current} resolutions, not {position}: its head is {head}."
    )


@dataclass
class JournalBroken(Refused):
    """A journal that was shown doesn't follow from its signed resolutions."""

    position: int
    reason: str
    summary: ClassVar[str] = "Resolution {position}: {reason}."


@dataclass
class ResolutionDiffers(Refused):
    """The resolution speaks of another line than the one it is handed in for."""

    field: str
    stated: str
    line: str
    summary: ClassVar[str] = "The resolution's {field} is {stated}; the line's is {line}."


def resolution_domain(deployment: Deployment) -> Domain:
    """Resolutions are signed for the Registry, which says who signs for a party."""
    return Domain(deployment.chain_id, deployment.address(REGISTRY))


def head_after(head: bytes, digest: bytes, approvals: Sequence[bytes]) -> bytes:
    """keccak256(tag ‖ head ‖ digest ‖ keccak256(approval) for each)."""
    return keccak(_HEAD + head + digest + b"".join(map(keccak, approvals)))


def require_place(resolution: LineResolution, position: int, head: bytes) -> None:
    """Raises ``JournalMoved`` unless it was signed for this place."""
    if (resolution.position, resolution.head) != (position, head):
        raise JournalMoved(resolution.position, position, hexed(head))


def follow(journal: Iterable[Journalled]) -> bytes:
    """The head of a whole journal, oldest first. Raises ``JournalBroken``.

    Whether its signatures are of whom it says is for the caller to check: they are over digests
    that only the domain's contract and chain make.
    """
    head = EMPTY_JOURNAL
    for position, one in enumerate(journal):
        resolution = one.resolution
        if (resolution.position, resolution.head) != (position, head):
            raise JournalBroken(position + 1, "was signed for another place")
        head = head_after(head, one.digest, one.approvals)
        if one.head != head:
            raise JournalBroken(position + 1, "its head isn't that of what is signed")
    return head
