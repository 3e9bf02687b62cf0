"""Signed acts: an agreement, the approvals it carries, and the contract call that carries both.

A policy posts its own call as the entry's memo, in canonical ABI encoding, so the same bytes
are what a submitter sends, what the chain keeps, and what an auditor decodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from ledger.abi import decode, encode
from ledger.agreements import (
    Amendment,
    Constitution,
    Enrolment,
    Issue,
    Merge,
    OracleConfig,
    Payment,
    PolicyChange,
    Transfer,
    ValidatorChange,
)
from ledger.deals import (
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Order,
    Recovery,
    Registration,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import Address, Digest
from ledger.keccak import keccak
from ledger.typed import Struct

Approval = bytes
"""A 65-byte ECDSA signature, or a contract account's address and its ERC-1271 signature."""

REGISTRY, ATTESTATIONS, RECEIVABLES = "Registry", "Attestations", "Receivables"
VALIDATORS = "Validators"
FINANCING = "Financing"
EQUIVOCATION = "Equivocation"


@dataclass
class UnknownAct(Refused):
    """Not a kind of agreement, or a call, that this ledger knows."""

    kind: str
    summary = "{kind} is not a kind of act known here."


@dataclass(frozen=True)
class ActKind:
    """How one kind of agreement reaches the chain.

    ``sides`` names whose approvals it carries, in the call's order. ``contract`` is called;
    ``signed_for`` is the contract whose domain is signed, where that is another one.
    """

    struct: type[Struct]
    contract: str
    function: str
    sides: tuple[str, ...]
    signed_for: str = ""

    @property
    def domain_contract(self) -> str:
        return self.signed_for or self.contract

    @property
    def name(self) -> str:
        return self.struct.__name__

    @property
    def arguments(self) -> list[str]:
        return [self.struct.abi_type(), *(["bytes[]"] * len(self.sides))]

    @property
    def selector(self) -> bytes:
        return keccak(f"{self.function}({','.join(self.arguments)})".encode())[:4]


ACT_KINDS = (
    ActKind(Enrolment, REGISTRY, "enrol", ("council",)),
    ActKind(Amendment, REGISTRY, "amend", ("council",)),
    ActKind(Constitution, REGISTRY, "constitute", ("council",)),
    ActKind(PolicyChange, REGISTRY, "changePolicy", ("council",)),
    ActKind(OracleConfig, ATTESTATIONS, "configure", ("council",)),
    ActKind(ValidatorChange, VALIDATORS, "changeValidator", ("council",)),
    ActKind(Issue, RECEIVABLES, "issue", ("debtor", "creditor")),
    ActKind(Transfer, RECEIVABLES, "transfer", ("holder", "recipient")),
    ActKind(Merge, RECEIVABLES, "merge", ("holder",)),
    ActKind(Payment, RECEIVABLES, "settle", ("oracles",), ATTESTATIONS),
    ActKind(Finance, FINANCING, "conclude", ("seller", "bank")),
    ActKind(Remittance, FINANCING, "prove", ("oracles",), ATTESTATIONS),
    ActKind(Rescission, FINANCING, "rescind", ("creditor",)),
    ActKind(BuyBack, FINANCING, "buyBack", ("seller", "bank")),
    ActKind(Demand, FINANCING, "demandRecourse", ("bank",)),
    ActKind(Surplus, FINANCING, "admitSurplus", ("bank",)),
    ActKind(Repayment, FINANCING, "agreeRepayment", ("seller", "bank")),
    ActKind(Enforcement, FINANCING, "enforce", ("bank",)),
    ActKind(Registration, FINANCING, "register", ("oracles",), ATTESTATIONS),
    ActKind(Order, FINANCING, "order", ("council",)),
    ActKind(Recovery, FINANCING, "recover", ("council",)),
)
KIND_BY_NAME = {kind.name: kind for kind in ACT_KINDS}
_CODEC = {kind.name: (kind.selector, kind.arguments) for kind in ACT_KINDS}
_KIND_BY_SELECTOR = {kind.selector: kind for kind in ACT_KINDS}


@dataclass(frozen=True)
class SignedAct:
    """An agreement with the approvals of each side, in the order of its kind's ``sides``."""

    agreement: Struct
    approvals: tuple[tuple[Approval, ...], ...]

    @property
    def kind(self) -> ActKind:
        return kind_of(self.agreement)

    def call_data(self) -> bytes:
        """The canonical call: what is sent, and what the entry's memo holds."""
        selector, arguments = _CODEC[type(self.agreement).__name__]
        return selector + encode(arguments, [self.agreement.to_abi(), *self.approvals])


@dataclass(frozen=True)
class PolicyEnacted:
    """A scheduled authorisation was carried out; nobody signs it again."""

    policy: Address


@dataclass(frozen=True)
class Equivocation:
    """One member signed two readings of one statement line. Nobody signs it again."""

    one: Payment
    one_approval: Approval
    other: Payment
    other_approval: Approval


Call = SignedAct | PolicyEnacted | Equivocation

_PAYMENT = Payment.abi_type()
_ENACT = keccak(b"enactPolicy(address)")[:4]
_EQUIVOCATION_ARGUMENTS = [_PAYMENT, "bytes", _PAYMENT, "bytes"]
_EQUIVOCATE = keccak(f"recordEquivocation({','.join(_EQUIVOCATION_ARGUMENTS)})".encode())[:4]


def kind_of(agreement: Struct) -> ActKind:
    try:
        return KIND_BY_NAME[type(agreement).__name__]
    except KeyError:
        raise UnknownAct(type(agreement).__name__) from None


def read_agreement(kind: str, message: Any) -> Struct:
    """An agreement from its name and its JSON message; UnknownAct or MalformedAgreement."""
    if kind not in KIND_BY_NAME:
        raise UnknownAct(kind[:64])
    return KIND_BY_NAME[kind].struct.from_json(message)


def decode_call(data: bytes) -> Call:
    """A policy's call, as kept in an entry's memo."""
    selector, body = data[:4], data[4:]
    kind = _KIND_BY_SELECTOR.get(selector)
    if kind is not None:
        values = decode(_CODEC[kind.name][1], body)
        return SignedAct(kind.struct.from_abi(values[0]), tuple(tuple(side) for side in values[1:]))
    if selector == _ENACT:
        return PolicyEnacted(Address(to_checksum_address(decode(["address"], body)[0])))
    if selector == _EQUIVOCATE:
        one, approval, other, other_approval = decode(_EQUIVOCATION_ARGUMENTS, body)
        return Equivocation(
            Payment.from_abi(one), approval, Payment.from_abi(other), other_approval
        )
    raise UnknownAct(hexed(selector))


def enact_policy_call(policy: Address) -> bytes:
    return _ENACT + encode(["address"], [policy])


def equivocation_act(line: bytes, member: Address) -> Digest:
    """What names a member's contradiction over a line, whichever two readings show it."""
    return Digest(keccak(line + bytes(12) + bytes.fromhex(member[2:])))


def equivocation_call(found: Equivocation) -> bytes:
    return _EQUIVOCATE + encode(
        _EQUIVOCATION_ARGUMENTS,
        [found.one.to_abi(), found.one_approval, found.other.to_abi(), found.other_approval],
    )
