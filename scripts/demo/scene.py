"""What every act of the play has in common: the people, the claim, and how acts are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from client.deal_drafts import Owed
from client.keys import Key
from client.member import Consent, Member
from client.records import Act
from ledger.acts import SignedAct
from ledger.deployment import Deployment
from ledger.documents import Invoice
from ledger.errors import Refused
from ledger.ids import ClaimNo, PartyNo
from ledger.typed import Struct
from scripts.demo.cast import Part
from scripts.demo.people import People
from scripts.demo.plan import Plan
from scripts.demo.screen import Screen


@dataclass
class ProposalDiffers(Refused):
    """A proposal says something other than what the two sides had agreed upon."""

    kind: str
    summary: ClassVar[str] = "The {kind} laid before us is not the one agreed upon."


@dataclass(frozen=True)
class Script:
    """What is played: an invoice, who takes part, how the claim is divided."""

    invoice: Invoice
    content: bytes
    parts: Sequence[Part]
    plan: Plan


@dataclass(kw_only=True)
class Troupe:
    """Who plays before one API, whatever the story."""

    parts: Sequence[Part]
    people: People
    deployment: Deployment
    council: Sequence[Key]
    folder: Path
    screen: Screen
    acts: int = 0
    numbers: dict[str, PartyNo] = field(default_factory=dict)

    def member(self, name: str) -> Member:
        """Whoever holds the key of this name, at work."""
        return self.people.at_work(name, self.deployment)

    def name_of(self, number: int) -> str:
        """A party's title by its number."""
        titles = {part.name: part.title for part in self.parts}
        return titles[self.role_of(number)]

    def role_of(self, number: int) -> str:
        """A party's part in the play by its number: ``tier-2a``."""
        return next(name for name, known in self.numbers.items() if known == number)

    def submit(self, submitter: Member, acts: Sequence[SignedAct]) -> list[Act]:
        """Hand in concluded acts together and wait until each took effect."""
        digests = submitter.api.submit_agreements(acts)
        self.acts += len(acts)
        return [submitter.api.confirmed(digest) for digest in digests]

    def agree(
        self,
        agreement: Struct,
        signers: Sequence[Member],
        documents: Sequence[str] = (),
        owed: Owed | None = None,
    ) -> Act:
        """The first signer proposes, opening the debt that it makes; the others countersign, the
        last one submits."""
        proposal = signers[0].propose(agreement, documents, owed)
        for signer in signers[1:]:
            signer.countersign(proposal["id"], require_same(agreement))
        self.acts += 1
        return signers[-1].conclude(proposal["id"])


@dataclass(kw_only=True)
class Scene(Troupe):
    """One receivable's life."""

    script: Script
    claim: ClaimNo = field(default=ClaimNo(0))


def require_same(expected: Struct) -> Consent:
    """Consent to just what was agreed upon; raises ``ProposalDiffers`` for anything else."""

    def consent(agreement: Struct) -> None:
        if agreement != expected:
            raise ProposalDiffers(type(expected).__name__)

    return consent
