"""Whether the code at an address is a contract's, with immutables that belong to a deployment."""

from __future__ import annotations

from chain.contracts import WORD, Contract
from chain.rpc import Rpc
from ledger.deployment import Deployment
from ledger.ids import Address
from ledger.keccak import keccak
from ledger.typed import DOMAIN_NAME, DOMAIN_VERSION, Domain


class DeploymentMismatch(Exception):
    """What stands on the chain is not what the deployment's record and artifacts say."""


def check_code(rpc: Rpc, contract: Contract, address: Address, deployment: Deployment) -> None:
    """Raise DeploymentMismatch unless ``contract``, and nothing else, stands at ``address``.

    Immutables are part of the code. Those with a getter are read back by the caller; all of
    them must be words that this deployment can account for, so that no contract carries, say,
    another one's signature domain.
    """
    code = bytes.fromhex(rpc.call("eth_getCode", [address, "latest"])[2:])
    if not code:
        raise DeploymentMismatch(f"there is no code at {address}, where {contract.name} should be")
    if _without_immutables(contract, code) != contract.runtime:
        raise DeploymentMismatch(f"the code at {address} is not {contract.name}'s")
    known = _known_words(address, deployment)
    for start in contract.immutables:
        word = code[start : start + WORD]
        if word not in known and not _is_small(word):
            raise DeploymentMismatch(f"{contract.name} at {address} holds 0x{word.hex()}")


def _without_immutables(contract: Contract, code: bytes) -> bytes:
    blank = bytearray(code)
    for start in contract.immutables:
        blank[start : start + WORD] = bytes(WORD)
    return bytes(blank)


def _known_words(address: Address, deployment: Deployment) -> set[bytes]:
    contracts = (
        deployment.ledger,
        deployment.registry,
        deployment.attestations,
        deployment.receivables,
        deployment.validators,
        deployment.financing,
    )
    return {
        *(bytes(12) + bytes.fromhex(other[2:]) for other in contracts),
        Domain(deployment.chain_id, address).separator(),
        keccak(DOMAIN_NAME.encode()),
        keccak(DOMAIN_VERSION.encode()),
        _short_string(DOMAIN_NAME),
        _short_string(DOMAIN_VERSION),
    }


def _short_string(text: str) -> bytes:
    """OpenZeppelin's ShortString: the text, left-aligned, and its length in the last byte."""
    return text.encode().ljust(WORD - 1, b"\0") + bytes([len(text)])


def _is_small(word: bytes) -> bool:
    """A number of 64 bits: the chain's id, the policies' delay."""
    return not any(word[:-8])
