"""One entry being judged: the state before it, and where to report what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.deployment import Deployment
from ledger.entries import Entry, Op
from ledger.errors import Refused
from ledger.fold.findings import Finding, Unproven
from ledger.fold.state import State
from ledger.ids import ClaimNo, Digest
from ledger.typed import Struct, digest_of
from ledger.words import Lot, pack_lot


@dataclass(frozen=True, slots=True)
class Expected:
    """What the rules make of an act: the entry it must be."""

    book: ClaimNo
    op: Op
    act: Digest
    words: tuple[int, ...] = ()


class Digests:
    """Agreements' digests under one deployment; separators are hashed once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._separators: dict[type[Struct], bytes] = {}

    def of(self, agreement: Struct) -> Digest:
        kind = type(agreement)
        if kind not in self._separators:
            self._separators[kind] = self._deployment.domain(kind).separator()
        return digest_of(agreement, self._separators[kind])


@dataclass(slots=True)
class Step:
    """``whole`` tells whether entries of every book are folded, or only of some."""

    state: State
    entry: Entry
    digests: Digests
    whole: bool
    findings: list[Finding] = field(default_factory=list)
    unproven: list[Unproven] = field(default_factory=list)
    signatures: int = 0

    def broken(self, refusal: Refused) -> None:
        """The entry breaks a rule; judging goes on, so that every broken rule is found."""
        self.findings.append(Finding(self.entry.index, refusal))


def lot_words(lots: list[Lot]) -> tuple[int, ...]:
    return tuple(map(pack_lot, lots))
