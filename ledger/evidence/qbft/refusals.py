"""Why a header isn't believed, where the refusals that engines share don't say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.evidence.refusals import FinalityRefused


@dataclass
class HeaderMalformed(FinalityRefused):
    """No header that a QBFT node could have written."""

    part: str
    reason: str
    summary: ClassVar[str] = "The block's {part} {reason}."


@dataclass
class SealInvalid(FinalityRefused):
    """A seal from which no signer can be recovered."""

    position: int
    height: int
    summary: ClassVar[str] = "Seal {position} at height {height} is no signature."
