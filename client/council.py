"""Acts of the council: drafted here, signed by a quorum of its members' keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from client.drafts import valid_until
from client.keys import Key
from client.signing import approve
from ledger.acts import SignedAct
from ledger.agreements import FOREVER, Amendment, Enrolment, OracleConfig
from ledger.approvals import in_order
from ledger.deployment import Deployment
from ledger.identifiers import PartyId
from ledger.ids import Address, PartyNo
from ledger.roles import Role
from ledger.typed import Struct


@dataclass(frozen=True)
class FourEyes:
    """An act over more than ``above`` minor units needs ``quorum`` of the party's signers."""

    quorum: int = 1
    above: int = FOREVER


ONE_SIGNER = FourEyes()


@dataclass(frozen=True)
class Standing:
    """A party as it is meant to be after an amendment."""

    roles: Role
    active: bool
    four_eyes: FourEyes
    added: tuple[Address, ...] = ()
    removed: tuple[Address, ...] = ()


def enrolment(
    identifier: PartyId, roles: Role, signers: Sequence[Address], four_eyes: FourEyes = ONE_SIGNER
) -> Enrolment:
    """Admits a party."""
    quorum, above = four_eyes.quorum, four_eyes.above
    return Enrolment(identifier, int(roles), tuple(signers), quorum, above, valid_until())


def amendment(party: PartyNo, version: int, standing: Standing) -> Amendment:
    """Changes a party as it stands at ``version``."""
    return Amendment(
        party=party,
        version=version,
        roles=int(standing.roles),
        active=standing.active,
        added=standing.added,
        removed=standing.removed,
        quorum=standing.four_eyes.quorum,
        dualAbove=standing.four_eyes.above,
        validUntil=valid_until(),
    )


def oracles(epoch: int, members: Sequence[Address], quorum: int) -> OracleConfig:
    """Names the oracle members; ``epoch`` is the one in force plus 1."""
    return OracleConfig(epoch, tuple(members), quorum, valid_until())


def decide(agreement: Struct, keys: Sequence[Key], deployment: Deployment) -> SignedAct:
    """A council act with its members' approvals, in the order that the contract wants."""
    approvals = [approve(key, agreement, deployment) for key in keys]
    return SignedAct(agreement, (in_order(approvals, deployment.digest(agreement)),))
