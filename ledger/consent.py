"""Who has signed an act, and whether that is a party's consent.

ERC-1271 approvals are taken at their word here: only the chain can ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ledger.acts import Approval, SignedAct
from ledger.agreements import Issue, Merge, Transfer
from ledger.approvals import signer_of
from ledger.deals import Finance
from ledger.deployment import Deployment
from ledger.ids import Address, Digest, PartyNo
from ledger.refusals import (
    ApprovalsMissing,
    ApprovalsUnordered,
    Expired,
    InvalidApproval,
    NotSigner,
    PartyNotActive,
)
from ledger.standing import Standing
from ledger.typed import Domain, Struct, digest_of


@dataclass(frozen=True, slots=True)
class Signed:
    """An act, its digest, and who signed it, side by side."""

    act: SignedAct
    digest: Digest
    signers: tuple[tuple[Address, ...], ...]

    @property
    def parties(self) -> Iterator[PartyNo]:
        """The parties whose consent it carries; none for council and oracle acts, and those
        over a deal, which alone knows them."""
        if isinstance(self.act.agreement, Issue | Transfer | Merge | Finance):
            for side in self.act.kind.sides:
                yield PartyNo(getattr(self.act.agreement, side))


@cache
def _separator(domain: Domain) -> bytes:
    return domain.separator()


def read_signed(act: SignedAct, deployment: Deployment) -> Signed:
    """Recovers every side's signers; InvalidApproval or ApprovalsUnordered."""
    digest = digest_of(act.agreement, _separator(deployment.domain(act.agreement)))
    return Signed(act, digest, tuple(signers_of(side, digest) for side in act.approvals))


def signers_of(approvals: Iterable[Approval], digest: Digest) -> tuple[Address, ...]:
    """Signers in the order given, which has to be rising; InvalidApproval, ApprovalsUnordered."""
    signers: list[Address] = []
    for position, approval in enumerate(approvals):
        signer = signer_of(approval, digest)
        if signer is None:
            raise InvalidApproval(position)
        if signers and signer.lower() <= signers[-1].lower():
            raise ApprovalsUnordered(signer, signers[-1])
        signers.append(signer)
    return tuple(signers)


def require_consent(
    number: int, signers: Iterable[Address], amount: int | None, standing: Standing
) -> None:
    """As ``Registry.requireConsent``; an ``amount`` of None (unknown here) asks for one signer."""
    party = standing.party(number)
    if not party.active:
        raise PartyNotActive(number)
    given = list(signers)
    needed = 1 if amount is None else party.needed(amount)
    if len(given) < needed:
        raise ApprovalsMissing(len(given), needed)
    for signer in given:
        if standing.party_of.get(signer) != number:
            raise NotSigner(number, signer)


def require_in_time(agreement: Struct, now: int) -> None:
    """Raises ``Expired``; a fact that oracles attest has no end. ``now`` is Unix time."""
    valid_until = getattr(agreement, "validUntil", now)
    if now > valid_until:
        raise Expired(valid_until)
