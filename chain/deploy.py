"""Deployment: seven contracts that name each other, and the proof that they stand as meant.

The ledger names its governor and policies for good, and they name the ledger, so their
addresses are worked out from the deployer's nonce before any of them exists.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rlp
import structlog
from eth_utils.address import to_checksum_address

from chain.code_check import DeploymentMismatch, check_code
from chain.contracts import (
    ATTESTATIONS,
    DEPLOYED,
    FINANCING,
    LEDGER,
    RECEIVABLES,
    REGISTRY,
    RELAY,
    VALIDATORS,
    contract,
)
from chain.rpc import Rpc
from chain.transactions import Receipt, Sender
from ledger.deployment import Deployment
from ledger.ids import Address
from ledger.keccak import keccak

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Founding:
    """What is decided once, at the start: from then on the council decides."""

    council: tuple[Address, ...]
    quorum: int
    policy_delay: int
    """Seconds between the council's authorisation of a new policy and its first act."""


def deploy(sender: Sender, founding: Founding) -> Deployment:
    """Deploy and verify all contracts. The sender must send nothing else meanwhile."""
    nonce = sender.next_nonce()
    addresses = {
        name: created_address(sender.address, nonce + position)
        for position, name in enumerate(DEPLOYED)
    }
    arguments = _arguments(addresses, founding)
    receipts = [_create(sender, name, arguments[name], addresses[name]) for name in DEPLOYED]
    deployment = Deployment(
        engine=sender.profile.name,
        chain_id=sender.profile.chain_id,
        ledger=addresses[LEDGER],
        registry=addresses[REGISTRY],
        attestations=addresses[ATTESTATIONS],
        receivables=addresses[RECEIVABLES],
        validators=addresses[VALIDATORS],
        financing=addresses[FINANCING],
        relay=addresses[RELAY],
        block=int(receipts[0]["blockNumber"], 16),
        block_hash=receipts[0]["blockHash"],
        commit=source_commit(),
        sources=sources_hash(),
    )
    check_deployment(sender.rpc, deployment)
    _check_founding(sender.rpc, deployment, founding)
    return deployment


def check_deployment(rpc: Rpc, deployment: Deployment) -> None:
    """Raise DeploymentMismatch unless the record describes what stands on this chain."""
    if deployment.sources != sources_hash():
        raise DeploymentMismatch("the record is of other contracts than this program's")
    chain_id = int(rpc.call("eth_chainId"), 16)
    if chain_id != deployment.chain_id:
        raise DeploymentMismatch(f"the node's chain is {chain_id}, not {deployment.chain_id}")
    block = rpc.call("eth_getBlockByNumber", [hex(deployment.block), False])
    if block is None or block["hash"] != deployment.block_hash:
        raise DeploymentMismatch(f"block {deployment.block} is not {deployment.block_hash}")
    addresses = _addresses(deployment)
    for name, address in addresses.items():
        check_code(rpc, contract(name), address, deployment)
    for name, function, expected in _wiring(addresses):
        _expect(rpc, deployment, name, function, (), expected)
    # The council may since have replaced any policy but the registry, which governs.
    _expect(rpc, deployment, LEDGER, "isPolicy", (addresses[REGISTRY],), True)


def created_address(deployer: Address, nonce: int) -> Address:
    """Where the EVM's CREATE puts what ``deployer`` creates with ``nonce``."""
    encoded: bytes = rlp.encode([bytes.fromhex(deployer[2:]), nonce])
    return Address(to_checksum_address(keccak(encoded)[12:]))


def sources_hash() -> str:
    """sha256 over the deployed contracts' creation code, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(DEPLOYED):
        digest.update(contract(name).bytecode)
    return digest.hexdigest()


def source_commit() -> str:
    """The commit this program runs from, or "unknown" where it isn't in a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return found.stdout.strip() if found.returncode == 0 else "unknown"


def _arguments(addresses: dict[str, Address], founding: Founding) -> dict[str, tuple[Any, ...]]:
    ledger, registry = addresses[LEDGER], addresses[REGISTRY]
    attestations, receivables = addresses[ATTESTATIONS], addresses[RECEIVABLES]
    policies = [
        registry,
        attestations,
        receivables,
        addresses[VALIDATORS],
        addresses[FINANCING],
    ]
    return {
        LEDGER: (registry, policies),
        REGISTRY: (ledger, founding.policy_delay, list(founding.council), founding.quorum),
        ATTESTATIONS: (ledger, registry),
        RECEIVABLES: (ledger, registry, attestations),
        RELAY: (),
        VALIDATORS: (ledger, registry),
        FINANCING: (ledger, registry, attestations),
    }


def _wiring(addresses: dict[str, Address]) -> list[tuple[str, str, Address]]:
    return [
        (LEDGER, "governor", addresses[REGISTRY]),
        (REGISTRY, "ledger", addresses[LEDGER]),
        (ATTESTATIONS, "ledger", addresses[LEDGER]),
        (ATTESTATIONS, "registry", addresses[REGISTRY]),
        (RECEIVABLES, "ledger", addresses[LEDGER]),
        (RECEIVABLES, "registry", addresses[REGISTRY]),
        (RECEIVABLES, "attestations", addresses[ATTESTATIONS]),
        (VALIDATORS, "ledger", addresses[LEDGER]),
        (VALIDATORS, "registry", addresses[REGISTRY]),
        (FINANCING, "ledger", addresses[LEDGER]),
        (FINANCING, "registry", addresses[REGISTRY]),
        (FINANCING, "attestations", addresses[ATTESTATIONS]),
    ]


def _create(sender: Sender, name: str, arguments: Sequence[Any], expected: Address) -> Receipt:
    receipt = sender.send(None, contract(name).creation_data(*arguments))
    created = receipt["contractAddress"]
    if created is None or created.lower() != expected.lower():
        raise DeploymentMismatch(f"{name} was created at {created}, not {expected}")
    log.info("contract_created", contract=name, address=expected, gas=int(receipt["gasUsed"], 16))
    return receipt


def _check_founding(rpc: Rpc, deployment: Deployment, founding: Founding) -> None:
    policies = (
        deployment.attestations,
        deployment.receivables,
        deployment.validators,
        deployment.financing,
    )
    for policy in policies:
        _expect(rpc, deployment, LEDGER, "isPolicy", (policy,), True)
    for member in founding.council:
        _expect(rpc, deployment, REGISTRY, "isCouncil", (member,), True)
    _expect(rpc, deployment, REGISTRY, "councilQuorum", (), founding.quorum)
    _expect(rpc, deployment, REGISTRY, "policyDelay", (), founding.policy_delay)


def _expect(
    rpc: Rpc,
    deployment: Deployment,
    name: str,
    function: str,
    arguments: tuple[Any, ...],
    expected: Any,
) -> None:
    called = contract(name)
    call = {
        "to": _addresses(deployment)[name],
        "data": "0x" + called.call_data(function, *arguments).hex(),
    }
    answer = rpc.call("eth_call", [call, "latest"])
    found = called.read_result(function, bytes.fromhex(answer[2:]))
    if isinstance(found, str):
        found, expected = found.lower(), expected.lower()
    if found != expected:
        raise DeploymentMismatch(f"{name}.{function} is {found}, not {expected}")


def _addresses(deployment: Deployment) -> dict[str, Address]:
    return {name: getattr(deployment, name.lower()) for name in DEPLOYED}
