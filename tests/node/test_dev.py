from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_account import Account
from structlog.testing import capture_logs

from chain.profile import DEV
from chain.rpc import NodeUnreachable, Rpc, RpcFault
from node.anvil import NodeFailed, PortTaken, free_port
from node.dev import DevNode
from node.folder import DataFolderInUse

ROOT = Path(__file__).resolve().parents[2]
SERVE = """
import sys
from pathlib import Path
from node.dev import serve_dev_node
serve_dev_node(Path(sys.argv[1]), int(sys.argv[2]), snapshot_interval=3600)
"""

Send = Callable[[Rpc], str]


def _height(rpc: Rpc) -> int:
    return int(rpc.call("eth_blockNumber"), 16)


def _wait_until_answering(rpc: Rpc) -> None:
    for _ in range(500):
        try:
            rpc.call("eth_chainId")
        except NodeUnreachable:
            time.sleep(0.01)
        else:
            return
    raise AssertionError(f"{rpc.url} never answered")


def test_stop__then_start__same_blocks_receipts_and_state(node: DevNode, send: Send) -> None:
    with Rpc(node.rpc_url) as rpc:
        sent = [send(rpc) for _ in range(5)]
        questions = [
            *(("eth_getTransactionReceipt", [one]) for one in sent),
            *(("eth_getBlockByNumber", [hex(n), True]) for n in range(6)),
            ("eth_getLogs", [{"fromBlock": "0x0"}]),
            ("eth_blockNumber", []),
        ]
        before = rpc.batch(questions)

        node.stop()
        assert not node.alive
        node.start()

        assert rpc.batch(questions) == before
        send(rpc)
        assert _height(rpc) == 6


def test_stop__called_twice__does_nothing(node: DevNode) -> None:
    node.stop()
    node.stop()

    with pytest.raises(NodeFailed):
        _ = node.pid


def test_start__running_already__refused_and_untouched(node: DevNode) -> None:
    pid = node.pid

    with pytest.raises(NodeFailed, match="already"):
        node.start()

    assert node.pid == pid
    assert node.alive


def test_kill__then_start__back_at_the_last_snapshot(node: DevNode, send: Send) -> None:
    with Rpc(node.rpc_url) as rpc:
        send(rpc)
        node.save()
        forgotten = send(rpc)

        node.kill()
        node.start()

        assert _height(rpc) == 1
        assert rpc.call("eth_getTransactionReceipt", [forgotten]) is None


def test_start__node_was_killed_from_outside__comes_back(node: DevNode, send: Send) -> None:
    with Rpc(node.rpc_url) as rpc:
        send(rpc)
        node.save()
        os.kill(node.pid, signal.SIGKILL)
        while node.alive:
            time.sleep(0.005)

        node.start()

        assert _height(rpc) == 1


def test_start__newest_snapshot_corrupt__falls_back_with_a_warning(
    node: DevNode, send: Send, tmp_path: Path
) -> None:
    with Rpc(node.rpc_url) as rpc:
        for _ in range(2):
            send(rpc)
            node.save()
        node.kill()
        newest = max((tmp_path / "dev/snapshots").glob("*.json.gz"))
        newest.write_bytes(newest.read_bytes()[:-20])

        with capture_logs() as logs:
            node.start()

        assert _height(rpc) == 1
        assert [entry["event"] for entry in logs] == ["snapshot_unusable"]
        assert newest.with_suffix(".unusable").exists()


def test_snapshotter__chain_moves__saves_by_itself(tmp_path: Path, send: Send) -> None:
    with DevNode(tmp_path, snapshot_interval=0.05) as node, Rpc(node.rpc_url) as rpc:
        send(rpc)
        for _ in range(500):
            if list((tmp_path / "snapshots").glob("*.json.gz")):
                break
            time.sleep(0.01)
        node.kill()
        node.start()

        assert _height(rpc) == 1


def test_start__folder_in_use__refused(node: DevNode, tmp_path: Path) -> None:
    with pytest.raises(DataFolderInUse):
        DevNode(tmp_path / "dev").start()


def test_start__port_taken__refused(node: DevNode, tmp_path: Path) -> None:
    other = DevNode(tmp_path / "other", node.port)

    with pytest.raises(PortTaken):
        other.start()

    assert node.alive
    assert not other.alive


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_dev_node__asked_to_stop__saves_and_ends(
    tmp_path: Path, send: Send, number: signal.Signals
) -> None:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path), str(port)], cwd=ROOT)
    with Rpc(f"http://127.0.0.1:{port}") as rpc:
        _wait_until_answering(rpc)
        send(rpc)

        server.send_signal(number)

        assert server.wait(10) == 0
        with pytest.raises(NodeUnreachable):
            rpc.call("eth_chainId")
    assert list((tmp_path / "snapshots").glob("*-1.json.gz"))


def test_start__others_send_as_soon_as_it_answers__snapshot_is_still_found_whole(
    tmp_path: Path,
) -> None:
    """What they send used to be mined while the loaded state was being compared."""
    node = DevNode(tmp_path / "dev", snapshot_interval=3600)
    done = threading.Event()
    eager = threading.Thread(target=_send_without_pause, args=[node.rpc_url, done])
    with capture_logs() as logs:
        node.start()
        eager.start()
        try:
            for _ in range(8):
                time.sleep(0.05)
                node.save()
                node.kill()
                node.start()
        finally:
            done.set()
            eager.join()
            node.kill()
    assert [line for line in logs if line["event"] == "snapshot_unusable"] == []


def _send_without_pause(url: str, done: threading.Event) -> None:
    account = Account.create()
    with Rpc(url) as rpc:
        while not done.is_set():
            try:
                nonce = int(rpc.call("eth_getTransactionCount", [account.address, "pending"]), 16)
                signed = account.sign_transaction(_nothing(nonce))
                rpc.call("eth_sendRawTransaction", [signed.raw_transaction.to_0x_hex()])
            except RpcFault:
                continue


def _nothing(nonce: int) -> dict[str, int | str]:
    return {
        "chainId": DEV.chain_id,
        "nonce": nonce,
        "to": "0x" + "11" * 20,
        "value": 0,
        "gas": 21_000,
        "gasPrice": DEV.gas_price,
    }
