"""A deployment that isn't what its record says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account

import chain.deploy
from chain.code_check import DeploymentMismatch, check_code
from chain.contracts import LEDGER, RELAY, contract
from chain.deploy import Founding, check_deployment, created_address, deploy, sources_hash
from chain.profile import DEV
from chain.rpc import Rpc
from chain.transactions import Sender
from ledger.deployment import Deployment
from ledger.ids import Address
from ledger.refusals import InvalidQuorum
from node.dev import DevNode

FOUNDING = Founding((Address(Account.from_key(b"\1" * 32).address),), 1, 3_600)


@pytest.fixture
def sender(dev_node: DevNode) -> Any:
    with Rpc(dev_node.rpc_url) as rpc:
        yield Sender(rpc, DEV, Account.create())


@pytest.fixture
def deployed(sender: Sender) -> Deployment:
    return deploy(sender, FOUNDING)


def test_deploy__on_fresh_node__stands_as_recorded(sender: Sender, deployed: Deployment) -> None:
    check_deployment(sender.rpc, deployed)
    assert deployed == Deployment.from_json(deployed.to_json())
    assert deployed.ledger == created_address(sender.address, 0)
    assert deployed.sources == sources_hash()


def test_deploy__twice__gives_two_that_both_stand(sender: Sender, deployed: Deployment) -> None:
    another = deploy(sender, FOUNDING)
    assert another.ledger != deployed.ledger
    check_deployment(sender.rpc, another)
    check_deployment(sender.rpc, deployed)


def test_deploy__council_without_quorum__is_refused(sender: Sender) -> None:
    with pytest.raises(InvalidQuorum):
        deploy(sender, replace(FOUNDING, quorum=2))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sources": "0" * 64}, "other contracts"),
        ({"chain_id": 1}, "chain is 7777"),
        ({"block_hash": "0x" + "00" * 32}, "is not 0x00"),
        ({"block": 10**9}, "is not"),
        ({"relay": Address("0x" + "12" * 20)}, "no code"),
    ],
)
def test_check__record_is_off__says_what(
    change: dict[str, Any], reason: str, sender: Sender, deployed: Deployment
) -> None:
    with pytest.raises(DeploymentMismatch, match=reason):
        check_deployment(sender.rpc, replace(deployed, **change))


def test_check__contracts_of_another_deployment__is_noticed(
    sender: Sender, deployed: Deployment
) -> None:
    another = deploy(sender, FOUNDING)
    for name in ("ledger", "registry", "attestations", "receivables", "validators"):
        mixed = replace(deployed, **{name: getattr(another, name)})
        with pytest.raises(DeploymentMismatch):
            check_deployment(sender.rpc, mixed)


def _set_code(rpc: Rpc, address: Address, code: bytes) -> None:
    # The shared node is saved now and then, and can only be as of a block.
    rpc.batch([("anvil_setCode", [address, "0x" + code.hex()]), ("evm_mine", [])])


def test_check__code_changed_by_one_byte__is_noticed(sender: Sender, deployed: Deployment) -> None:
    code = bytearray(contract(RELAY).runtime)
    code[-1] ^= 1
    _set_code(sender.rpc, deployed.relay, bytes(code))
    with pytest.raises(DeploymentMismatch, match="is not Relay's"):
        check_deployment(sender.rpc, deployed)


def test_check__foreign_immutable__is_noticed(sender: Sender, deployed: Deployment) -> None:
    """The same code that signs for another domain would take another deployment's signatures."""
    receivables = contract("Receivables")
    code = bytearray.fromhex(sender.rpc.call("eth_getCode", [deployed.receivables, "latest"])[2:])
    for start in receivables.immutables:
        forged = bytes(code[:start]) + b"\xee" * 32 + bytes(code[start + 32 :])
        _set_code(sender.rpc, deployed.receivables, forged)
        with pytest.raises(DeploymentMismatch, match="holds 0xee"):
            check_code(sender.rpc, receivables, deployed.receivables, deployed)


def test_source_commit__without_git__is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert chain.deploy.source_commit() == "unknown"


def test_contract__unknown_function__is_named() -> None:
    with pytest.raises(KeyError, match="Ledger has no function nothing"):
        contract(LEDGER).read_result("nothing", b"")
