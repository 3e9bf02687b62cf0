from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from node.consortium.wires import Wires

PAIR = (0, 1)
APART = (frozenset({0}), frozenset({1}))


@pytest.fixture
def wires() -> Iterator[Wires]:
    laid = Wires()
    yield laid
    laid.close()


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it receives."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve_echo, args=[server], daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _serve_echo(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=[connection], daemon=True).start()


def _echo(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(65_536):
            connection.sendall(data)


def _dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size and (data := connection.recv(65_536)):
        received += data
    return received


def _is_hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_wire__whole__carries_megabytes_both_ways(wires: Wires, echo: int) -> None:
    sent = os.urandom(8_000_000)
    with _dial(wires.lay(PAIR, echo)) as near:
        threading.Thread(target=near.sendall, args=[sent], daemon=True).start()
        assert _receive(near, len(sent)) == sent


def test_wire__cut__breaks_what_flows(wires: Wires, echo: int) -> None:
    with _dial(wires.lay(PAIR, echo)) as near:
        near.sendall(b"before")
        assert _receive(near, 6) == b"before"

        wires.cut(APART)

        assert _is_hung_up(near)


def test_wire__cut__who_dials_gets_no_answer_until_it_is_mended(wires: Wires, echo: int) -> None:
    port = wires.lay(PAIR, echo)
    wires.cut(APART)
    with _dial(port) as near:
        near.sendall(b"hello")
        near.settimeout(0.3)
        with pytest.raises(TimeoutError):
            near.recv(1)

        wires.cut(())

        near.settimeout(5)
        assert _receive(near, 5) == b"hello"


def test_wire__within_a_group__goes_on(wires: Wires, echo: int) -> None:
    port = wires.lay(PAIR, echo)
    wires.cut([frozenset({0, 1}), frozenset({2})])
    with _dial(port) as near:
        near.sendall(b"still here")
        assert _receive(near, 10) == b"still here"


def test_wire__laid_during_a_partition__is_cut(wires: Wires, echo: int) -> None:
    wires.cut(APART)
    with _dial(wires.lay(PAIR, echo)) as near:
        near.sendall(b"hello")
        near.settimeout(0.3)
        with pytest.raises(TimeoutError):
            near.recv(1)


def test_wire__nobody_listens_at_its_end__hangs_up(wires: Wires) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = wires.lay(PAIR, server.getsockname()[1])
    with _dial(port) as near:
        assert _is_hung_up(near)


def test_wire__laid_again__keeps_its_port_and_leads_elsewhere(wires: Wires, echo: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = wires.lay(PAIR, server.getsockname()[1])
    assert wires.lay(PAIR, echo) == port
    with _dial(port) as near:
        near.sendall(b"moved")
        assert _receive(near, 5) == b"moved"
