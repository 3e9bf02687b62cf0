from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chain.rpc import BadAnswer, NodeUnreachable, Rpc, RpcError
from node.anvil import free_port
from node.dev import DevNode

Answer = Callable[[Any], bytes]
Serve = Callable[[Answer], Rpc]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """An HTTP server that answers every request body with what the test's function returns."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> Rpc:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                payload = answer(body)
                self.send_response(200)
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return Rpc(f"http://127.0.0.1:{server.server_port}", timeout=5)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _echo(request: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request["id"], "result": request["params"]}


def test_call__known_method__result(dev_node: DevNode) -> None:
    with Rpc(dev_node.rpc_url) as rpc:
        assert rpc.call("eth_chainId") == hex(7777)


def test_call__node_refuses__error_with_its_code(dev_node: DevNode) -> None:
    with Rpc(dev_node.rpc_url) as rpc, pytest.raises(RpcError) as caught:
        rpc.call("eth_noSuchMethod")

    assert caught.value.code == -32601


def test_call__nobody_listens__unreachable() -> None:
    with Rpc(f"http://127.0.0.1:{free_port()}") as rpc, pytest.raises(NodeUnreachable):
        rpc.call("eth_chainId")


def test_call__proxy_in_environment__not_asked(
    dev_node: DevNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)

    with Rpc(dev_node.rpc_url) as rpc:
        assert rpc.call("eth_chainId") == hex(7777)


@pytest.mark.parametrize(
    "payload",
    [
        b"<html>",
        b"[]",
        b"null",
        b'{"id": 1}',
        b'{"id": 2, "result": 1}',
        b'{"id": 1, "error": "no"}',
        b'{"id": 1, "error": {"code": "x"}}',
    ],
)
def test_call__malformed_answer__bad_answer(serve: Serve, payload: bytes) -> None:
    with serve(lambda _: payload) as rpc, pytest.raises(BadAnswer):
        rpc.call("anything")


def test_call__null_result__none(serve: Serve) -> None:
    with serve(lambda body: json.dumps({"id": body["id"], "result": None}).encode()) as rpc:
        assert rpc.call("eth_getTransactionReceipt", ["0x00"]) is None


def test_batch__answers_out_of_order__results_in_order(serve: Serve) -> None:
    with serve(lambda bodies: json.dumps([_echo(b) for b in reversed(bodies)]).encode()) as rpc:
        assert rpc.batch([("m", [n]) for n in range(5)]) == [[n] for n in range(5)]


def test_batch__one_answer_missing__bad_answer(serve: Serve) -> None:
    with (
        serve(lambda bodies: json.dumps([_echo(b) for b in bodies[1:]]).encode()) as rpc,
        pytest.raises(BadAnswer),
    ):
        rpc.batch([("m", []), ("m", [])])


def test_batch__refused_as_a_whole__error(serve: Serve) -> None:
    refusal = b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "too many"}}'
    with serve(lambda _: refusal) as rpc, pytest.raises(RpcError, match="too many"):
        rpc.batch([("m", [])])


def test_batch__one_refused__raises_it(dev_node: DevNode) -> None:
    with Rpc(dev_node.rpc_url) as rpc, pytest.raises(RpcError):
        rpc.batch([("eth_chainId", []), ("eth_noSuchMethod", [])])


def test_batch_outcomes__one_refused__stands_in_its_place(dev_node: DevNode) -> None:
    with Rpc(dev_node.rpc_url) as rpc:
        first, second, third = rpc.batch_outcomes(
            [("eth_chainId", []), ("eth_noSuchMethod", []), ("eth_chainId", [])]
        )

    assert first == third == hex(7777)
    assert isinstance(second, RpcError)


def test_batch__empty__asks_nobody() -> None:
    with Rpc(f"http://127.0.0.1:{free_port()}") as rpc:
        assert rpc.batch([]) == []
