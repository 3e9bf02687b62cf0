"""A stage for measurements and tests: contracts straight on a node, and actors who sign.

Nothing here goes through the API or a database: what is measured and tested is the contracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_account import Account

from chain.batching import Call, relay_call
from chain.contracts import contract
from chain.deploy import Founding, deploy
from chain.profile import DEV
from chain.reverts import decode_revert
from chain.rpc import Rpc
from chain.transactions import Receipt, Sender, wait_for_receipt
from client.keys import Key
from ledger.acts import SignedAct
from ledger.agreements import FOREVER, Enrolment, OracleConfig
from ledger.approvals import in_order
from ledger.deployment import Deployment
from ledger.entries import POSTED_TOPIC, Entry, read_posted
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import Address
from ledger.keccak import keccak
from ledger.roles import Role
from ledger.typed import Struct

ACT_GAS = 10_000_000
_ACT_REFUSED = keccak(b"ActRefused(bytes32,address,bytes)")


@dataclass(frozen=True)
class Cast:
    """Keys by their owners' names; the same name is always the same key."""

    scope: str

    def key(self, name: str) -> Key:
        return Key(keccak(f"yuanliu stage {self.scope} {name}".encode()))

    def keys(self, name: str, count: int) -> tuple[Key, ...]:
        return tuple(self.key(f"{name} {number}") for number in range(count))


@dataclass(frozen=True)
class Stage:
    """One deployment on one node, and the account that sends to it."""

    sender: Sender
    deployment: Deployment

    @property
    def rpc(self) -> Rpc:
        return self.sender.rpc

    @classmethod
    def build(cls, rpc: Rpc, founding: Founding, scope: str) -> Stage:
        sender = Sender(rpc, DEV, Account.from_key(keccak(f"yuanliu sender {scope}".encode())))
        return cls(sender, deploy(sender, founding))

    def signed(self, agreement: Struct, *sides: Sequence[Key]) -> SignedAct:
        """An agreement with each side's approvals, as its kind wants them."""
        digest = self.deployment.digest(agreement)
        return SignedAct(
            agreement, tuple(in_order([key.sign(digest) for key in side], digest) for side in sides)
        )

    def target(self, act: SignedAct) -> Address:
        return self.deployment.address(act.kind.contract)

    def send(self, to: Address, data: bytes, gas: int = DEV.block_gas_limit) -> Receipt:
        """Send without an estimate and return the receipt of a transaction that succeeded."""
        raw = self.sender.sign(to, data, nonce=self.sender.next_nonce(), gas=gas)
        self.rpc.call("eth_sendRawTransaction", [hexed(raw)])
        return wait_for_receipt(self.rpc, keccak(raw))

    def relay(self, calls: Sequence[tuple[Address, bytes]], gas: int = ACT_GAS) -> Receipt:
        """All calls in one transaction, each isolated by the relay."""
        batch = [Call(target, gas, data) for target, data in calls]
        return self.send(self.deployment.relay, relay_call(batch))

    def submit(self, *acts: SignedAct) -> Receipt:
        return self.relay([(self.target(act), act.call_data()) for act in acts])

    def must(self, *acts: SignedAct) -> list[Entry]:
        """Submit acts that all have to succeed; their entries, in order."""
        receipt = self.submit(*acts)
        for refusal in refusals_in(receipt):
            raise refusal
        return entries_in(receipt, self.deployment)

    def read(self, name: str, function: str, *arguments: Any) -> Any:
        """A view function's answer."""
        return self.read_all([(name, function, *arguments)])[0]

    def read_all(self, questions: Sequence[tuple[Any, ...]]) -> list[Any]:
        """View functions' answers, all of one request: (contract, function, arguments…) each."""
        calls = [self._question(*question) for question in questions]
        answers = self.rpc.batch([("eth_call", [call, "latest"]) for call in calls])
        return [
            contract(name).read_result(function, bytes.fromhex(answer[2:]))
            for (name, function, *_), answer in zip(questions, answers, strict=True)
        ]

    def _question(self, name: str, function: str, *arguments: Any) -> dict[str, str]:
        data = contract(name).call_data(function, *arguments)
        return {"to": getattr(self.deployment, name.lower()), "data": hexed(data)}


def enrolment(identifier: str, roles: Role, signers: Sequence[Key], **four_eyes: int) -> Enrolment:
    """``four_eyes``: quorum and dualAbove, where one signer isn't enough for every amount."""
    return Enrolment(
        identifier=identifier,
        roles=int(roles),
        signers=tuple(key.address for key in signers),
        quorum=four_eyes.get("quorum", 1),
        dualAbove=four_eyes.get("dualAbove", FOREVER),
        validUntil=FOREVER,
    )


def oracle_config(epoch: int, members: Sequence[Key], quorum: int) -> OracleConfig:
    return OracleConfig(epoch, tuple(key.address for key in members), quorum, FOREVER)


def entries_in(receipt: Receipt, deployment: Deployment) -> list[Entry]:
    """The ledger's entries in a receipt."""
    return [
        read_posted([bytes.fromhex(topic[2:]) for topic in log["topics"]], _data(log))
        for log in receipt["logs"]
        if log["address"].lower() == deployment.ledger.lower()
        and log["topics"][0] == hexed(POSTED_TOPIC)
    ]


def refusals_in(receipt: Receipt) -> list[Refused]:
    """What the relay reported as refused in a receipt."""
    return [
        decode_revert(decode(["bytes"], _data(log))[0])
        for log in receipt["logs"]
        if log["topics"][0] == hexed(_ACT_REFUSED)
    ]


def _data(log: dict[str, Any]) -> bytes:
    return bytes.fromhex(log["data"][2:])
