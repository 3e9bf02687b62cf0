"""Acts of the council: drafted here, signed by a quorum of its members' keys."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from client.drafts import valid_until
from client.keys import Key
from client.signing import approve
from ledger.acts import SignedAct
from ledger.agreements import (
    FOREVER,
    Amendment,
    Constitution,
    Enrolment,
    OracleConfig,
    PolicyChange,
    ValidatorChange,
)
from ledger.approvals import in_order
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.identifiers import PartyId
from ledger.ids import Address, PartyNo
from ledger.roles import Role
from ledger.typed import ADDRESS, BYTES32, Struct

_KEY_BYTES, _ADDRESS_BYTES = 32, 20


@dataclass
class MalformedValidatorKey(Refused):
    """Neither an ed25519 public key nor an address."""

    key: str
    summary: ClassVar[str] = (
        "{key} is no validator's key: give 32 bytes in hexadecimal or base64 (CometBFT), "
        "or an address (QBFT)."
    )


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


def constitution(epoch: int, members: Sequence[Address], quorum: int) -> Constitution:
    """Hands the council over; ``epoch`` is the one in force plus 1."""
    return Constitution(epoch, tuple(members), quorum, valid_until())


def policy_change(policy: Address, version: int, *, authorised: bool) -> PolicyChange:
    """Schedules a policy contract's authority, or ends it at once."""
    return PolicyChange(policy, authorised, version, valid_until())


def validator_change(key: bytes, party: PartyNo, power: int, version: int) -> ValidatorChange:
    """Admits a validator, changes its power, or (``power`` 0) removes it."""
    return ValidatorChange(key, party, power, version, valid_until())


def validator_key(text: str) -> bytes:
    """A validator's key as the ledger keeps it, from how its engine spells it.

    An address (QBFT) is filled up in front; a public key (CometBFT) is 0x and 64 digits, or the
    base64 of its ``priv_validator_key.json``. Raises ``MalformedValidatorKey``.
    """
    try:
        if not text.startswith("0x"):
            key = base64.b64decode(text, validate=True)
        elif len(text) == 2 + 2 * _ADDRESS_BYTES:
            key = bytes(_KEY_BYTES - _ADDRESS_BYTES) + _address(text)
        else:
            key = BYTES32.from_json(text)
    except (ValueError, binascii.Error):
        raise MalformedValidatorKey(text[:80]) from None
    if len(key) != _KEY_BYTES:
        raise MalformedValidatorKey(text[:80])
    return key


def _address(text: str) -> bytes:
    if text not in (text.lower(), ADDRESS.from_json(text)):
        raise ValueError("an address in mixed case carries a checksum")
    return bytes.fromhex(text[2:])


def decide(agreement: Struct, keys: Sequence[Key], deployment: Deployment) -> SignedAct:
    """A council act with its members' approvals, in the order that the contract wants."""
    approvals = [approve(key, agreement, deployment) for key in keys]
    return SignedAct(agreement, (in_order(approvals, deployment.digest(agreement)),))
