from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from chain.rpc import NodeUnreachable, Params, Rpc
from node.dev import DevNode
from node.dump import Dump, NothingMined, take_dump

Send = Callable[[Rpc], str]


def _sent_by_accounts(dump: Dump) -> tuple[int, int]:
    """How many transactions the accounts have sent, and how many the blocks hold."""
    chain = json.loads(gzip.decompress(dump.content))
    nonces = sum(int(account["nonce"]) for account in chain["accounts"].values())
    return nonces, sum(len(block["transactions"]) for block in chain["blocks"])


def test_take_dump__transactions_keep_coming__accounts_match_blocks(
    node: DevNode, send: Send
) -> None:
    stopping = threading.Event()

    def keep_sending() -> None:
        with Rpc(node.rpc_url) as rpc:
            while not stopping.is_set():
                send(rpc)

    with Rpc(node.rpc_url) as rpc:
        send(rpc)  # there is no dump of a genesis
    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        with Rpc(node.rpc_url) as rpc:
            dumps = []
            for _ in range(20):
                dumps.append(take_dump(rpc))
                time.sleep(0.02)
    finally:
        stopping.set()
        sender.join()

    counts = [_sent_by_accounts(dump) for dump in dumps]
    assert all(by_accounts == in_blocks for by_accounts, in_blocks in counts), counts
    assert dumps[0].height < dumps[-1].height


def test_take_dump__nothing_mined__says_so_and_mining_goes_on(node: DevNode, send: Send) -> None:
    with Rpc(node.rpc_url) as rpc:
        with pytest.raises(NothingMined):
            take_dump(rpc)
        send(rpc)
        assert take_dump(rpc).height == 1


class LosesAnAnswer(Rpc):
    """Finds the chain moving once, so that it must be paused, and loses the answer to resuming."""

    lost = found_moving = False

    def call(self, method: str, params: Params = ()) -> Any:
        answer = super().call(method, params)
        if method == "anvil_dumpState" and not self.found_moving:
            self.found_moving = True
            super().call("anvil_mine", ["0x1"])
        if (method, params) == ("evm_setAutomine", [True]) and not self.lost:
            self.lost = True
            super().call("evm_setAutomine", [False])
            raise NodeUnreachable(self.url, "timed out")
        return answer


def test_take_dump__answer_to_resuming_is_lost__mining_goes_on(node: DevNode, send: Send) -> None:
    with LosesAnAnswer(node.rpc_url) as rpc:
        send(rpc)
        take_dump(rpc)
        assert rpc.lost
        assert rpc.call("anvil_getAutomine")


def test_start__snapshot_torn__falls_back(node: DevNode, send: Send) -> None:
    with Rpc(node.rpc_url) as rpc:
        send(rpc)
        node.save()
        send(rpc)
        earlier = take_dump(rpc)
        send(rpc)
        later = take_dump(rpc)
        torn = json.loads(gzip.decompress(earlier.content))
        torn["accounts"] = json.loads(gzip.decompress(later.content))["accounts"]
        content = gzip.compress(json.dumps(torn).encode())
        node.kill()
        node._snapshots.save(Dump(earlier.height, earlier.block_hash, content))

        node.start()

        assert int(rpc.call("eth_blockNumber"), 16) == 1
