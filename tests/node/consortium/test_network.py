"""A real network of four validators, hurt in every way and mended after each test."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from chain.profile import CONSORTIUM
from chain.rpc import Rpc, RpcError
from node.consortium import comet
from node.consortium.control import Control, ControlRefused, ControlServer, NetworkNotUp
from node.consortium.fleet import NoSuchValidator
from node.consortium.network import Network
from node.folder import DataFolderInUse
from tests.node.consortium.listeners import listening_addresses
from tests.support.engine_accounts import ACCOUNTS, DEPLOYER, FUNDED

pytestmark = pytest.mark.xdist_group("consortium")

HALT_SECONDS = 2.5
PATIENCE = 30.0
CODE = "0x600a600c600039600a6000f3602a60005260206000f3"
"""A contract that answers 42."""


@pytest.fixture(autouse=True)
def _mended(network: Network) -> Iterator[None]:
    yield
    network.heal()
    for each in network.status().validators:
        if each.state == "paused":
            network.resume(each.number)
        if each.pid is None:
            network.start_validator(each.number)
    _wait_until(lambda: _is_level(network))


@pytest.fixture
def rpc(network: Network) -> Iterator[Rpc]:
    with Rpc(network.endpoints.rpc[0]) as client:
        yield client


def _wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_level(network: Network) -> bool:
    """Whether all run, follow the newest block and have the same state."""
    seen = network.status()
    heights = [each.height or 0 for each in seen.validators]
    return seen.agree and min(heights) > 0 and max(heights) - min(heights) <= 1


def _wait_for_blocks(network: Network, count: int = 2) -> None:
    last = network.height() + count
    _wait_until(lambda: network.height() >= last)


def _assert_halted(network: Network) -> None:
    time.sleep(0.5)  # a block that was decided when the fault came is still made
    before = network.height()
    time.sleep(HALT_SECONDS)
    assert network.height() == before


def _send(rpc: Rpc, account: LocalAccount, **fields: Any) -> dict[str, Any]:
    """The receipt of a transaction."""
    signed = account.sign_transaction(
        {
            "chainId": CONSORTIUM.chain_id,
            "nonce": int(rpc.call("eth_getTransactionCount", [account.address, "pending"]), 16),
            "gasPrice": CONSORTIUM.gas_price,
            "value": 0,
            **fields,
        }
    )
    sent = rpc.call("eth_sendRawTransaction", [signed.raw_transaction.to_0x_hex()])
    receipts: list[dict[str, Any]] = []

    def is_mined() -> bool:
        receipts[:] = [rpc.call("eth_getTransactionReceipt", [sent])]
        return receipts[0] is not None

    _wait_until(is_mined)
    return receipts[0]


def test_start__four_validators__every_endpoint_serves_the_chain(network: Network) -> None:
    assert network.alive
    assert len(network.endpoints.rpc) == len(network.endpoints.comet) == len(network.pids()) == 4
    for url in network.endpoints.rpc:
        with Rpc(url) as rpc:
            assert int(rpc.call("eth_chainId"), 16) == CONSORTIUM.chain_id
    status = network.status()
    assert [each.power for each in status.validators] == [1_000] * 4
    assert status.agree


def test_start__every_socket_of_ours__listens_on_loopback_only(network: Network) -> None:
    for name, pid in {**network.pids(), "wires": os.getpid()}.items():
        addresses = listening_addresses(pid)
        assert addresses, name
        assert set(addresses) == {"127.0.0.1"}, name


def test_start__folder_in_use__is_refused(network: Network) -> None:
    other = Network(network.data_dir, funded=FUNDED, deployers=[FUNDED[0]])
    with pytest.raises(DataFolderInUse):
        other.start()
    assert network.alive


def test_kill__one_of_four__blocks_go_on_and_nobody_misses_it(network: Network) -> None:
    network.kill(2)
    _wait_for_blocks(network)
    assert network.alive
    network.start()  # as whoever keeps the network up does
    assert network.status().validators[2].state == "down"


def test_kill__two_of_four__halts_serves_reads_and_resumes(network: Network, rpc: Rpc) -> None:
    network.kill(2)
    network.kill(3)
    _assert_halted(network)
    assert int(rpc.call("eth_getBalance", [FUNDED[1], "latest"]), 16) > 0

    network.start_validator(3)

    _wait_for_blocks(network)


def test_validator__ended_by_itself__is_missed_until_started_again(network: Network) -> None:
    os.kill(network.pids()["n1"], signal.SIGKILL)
    _wait_until(lambda: not network.alive)
    assert network.status().validators[1].state == "died"

    network.start()

    assert network.alive


def test_pause__one_of_four__blocks_go_on_without_it(network: Network) -> None:
    network.pause(1)
    _wait_for_blocks(network)
    assert network.status().validators[1].state == "paused"


def test_partition__three_and_one__majority_goes_on_and_the_one_stands(network: Network) -> None:
    network.partition([[0, 1, 2]])
    _wait_for_blocks(network, 3)
    seen = network.status()
    assert seen.groups == ((0, 1, 2), (3,))
    alone = seen.validators[3]
    assert alone.peers == 0
    assert alone.height is not None
    assert alone.height < network.height()


def test_partition__two_and_two__nobody_goes_on_until_healed(network: Network) -> None:
    network.partition([[0, 1]])
    _assert_halted(network)

    network.heal()

    _wait_for_blocks(network)


def test_wipe__one_that_is_down__fetches_the_chain_and_never_signs_twice(network: Network) -> None:
    home = network.data_dir / "chain" / "n3"
    network.kill(3)
    key = (home / "config" / "priv_validator_key.json").read_bytes()
    signed = json.loads((home / "data" / "priv_validator_state.json").read_bytes())

    network.wipe(3)

    assert {entry.name for entry in (home / "data").iterdir()} == {"priv_validator_state.json"}
    assert json.loads((home / "data" / "priv_validator_state.json").read_bytes()) == signed
    assert (home / "config" / "priv_validator_key.json").read_bytes() == key
    network.start_validator(3)
    _wait_until(lambda: _is_level(network))


def test_deploy__by_whom_the_genesis_names__and_nobody_else(network: Network, rpc: Rpc) -> None:
    deployment = {"data": CODE, "gasPrice": hex(CONSORTIUM.gas_price)}
    with pytest.raises(RpcError, match="not authorized"):
        rpc.call("eth_estimateGas", [{"from": ACCOUNTS[1].address, **deployment}])

    receipt = _send(rpc, DEPLOYER, data=CODE, gas=200_000)

    answer = rpc.call("eth_call", [{"to": receipt["contractAddress"]}, "latest"])
    assert int(answer, 16) == 42


def test_send__a_megabyte_and_most_of_a_blocks_gas__is_mined(network: Network, rpc: Rpc) -> None:
    receipt = _send(
        rpc,
        ACCOUNTS[2],
        to="0x" + "11" * 20,
        data=os.urandom(1_000_000),
        gas=CONSORTIUM.block_gas_limit * 9 // 10,
    )
    assert int(receipt["status"], 16) == 1


def test_kill__all__start_goes_on_with_the_same_chain(network: Network) -> None:
    with Rpc(network.endpoints.rpc[0]) as before:
        block = before.call("eth_getBlockByNumber", ["latest", False])

    network.kill()
    assert network.pids() == {}
    assert not network.alive
    network.start()

    with Rpc(network.endpoints.rpc[0]) as after:
        assert after.call("eth_getBlockByNumber", [block["number"], False]) == block


def test_number__of_no_validator__is_refused(network: Network) -> None:
    with pytest.raises(NoSuchValidator):
        network.kill(4)
    with pytest.raises(NoSuchValidator):
        network.start_validator(-1)


def test_control__from_outside__does_what_the_owner_can(network: Network) -> None:
    with ControlServer(network):
        control = Control.of(network.data_dir)
        control.ask("kill", number=2)
        assert "n2" not in network.pids()
        assert control.ask("status")["validators"][2]["state"] == "down"
        control.ask("start", number=2)
        assert "n2" in network.pids()
        assert control.ask("partition", groups=[[0]]) == [[0], [1, 2, 3]]
        with pytest.raises(ControlRefused, match="NoSuchValidator"):
            control.ask("kill", number=9)
    with pytest.raises(NetworkNotUp):
        Control.of(network.data_dir)


def test_control__without_the_token__is_hung_up_on(network: Network) -> None:
    with ControlServer(network):
        file = network.data_dir / "control.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        known = Control.of(network.data_dir)
        with pytest.raises(NetworkNotUp):
            Control(known.port, "guessed").ask("kill", number=0)
    assert len(network.pids()) == 4


def test_join_and_leave__a_validator__the_set_that_signs_changes(tmp_path: Path) -> None:
    with Network(
        tmp_path, funded=FUNDED, deployers=FUNDED[:1], validators=1, block_time_ms=200
    ) as grown:
        port = int(grown.endpoints.comet[0].rpartition(":")[2])

        joined = grown.join()

        assert joined.number == 1
        assert joined.address not in comet.powers(port, joined.height + joined.blocks - 1)
        assert joined.address in comet.powers(port, joined.height + joined.blocks)
        _wait_until(lambda: _signed(port, joined.address))
        assert len(grown.endpoints.rpc) == 2

        left = grown.leave(1)

        assert joined.address not in comet.powers(port, left.height + left.blocks)
        grown.kill(1)
        _wait_for_blocks(grown)  # it isn't missed


def _signed(port: int, address: str) -> bool:
    """Whether this validator's signature is in the newest commit that a block carries."""
    commit = comet.ask(port, "commit")["signed_header"]["commit"]
    return address in {each["validator_address"] for each in commit["signatures"]}


def test_start__port_taken_after_it_was_looked_at__moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.consortium.fleet.still_free", lambda _: True)
    network = Network(tmp_path, funded=FUNDED, deployers=[DEPLOYER.address], validators=1)
    (wanted,) = network.endpoints.comet
    taken = int(wanted.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", taken)), network:
        (found,) = network.endpoints.comet
        assert found != wanted
        assert network.height() > 0
