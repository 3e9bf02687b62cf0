from __future__ import annotations

import errno

import pytest

from chain.endpoints import Endpoints
from node import revival
from node.anvil import NodeFailed
from node.consortium.fault import ConsortiumFault
from node.revival import Revival


class Mortal:
    """A node that dies when told, and comes back unless something is in the way."""

    def __init__(self, in_the_way: Exception | None = None) -> None:
        self.alive = False
        self.endpoints = Endpoints(("http://127.0.0.1:1",))
        self.starts = 0
        self.in_the_way = in_the_way

    def start(self) -> None:
        self.starts += 1
        if self.in_the_way is not None:
            raise self.in_the_way
        self.alive = True

    def stop(self) -> None:
        self.alive = False

    def kill(self) -> None:
        self.alive = False

    def save(self) -> None:
        pass

    def pids(self) -> dict[str, int]:
        return {}


def test_tend__dead_node__is_started_once_and_at_once_when_it_dies_again() -> None:
    node = Mortal()
    tended = Revival(node)
    tended.tend()
    tended.tend()
    assert (node.alive, node.starts) == (True, 1)
    node.kill()
    tended.tend()
    assert node.starts == 2


@pytest.mark.parametrize(
    "failure",
    [NodeFailed("ended"), ConsortiumFault("no"), OSError(errno.ENOSPC, "no space left on device")],
)
def test_tend__start_fails__is_tried_again_after_a_rest(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Mortal(failure)
    tended = Revival(node)
    tended.tend()
    tended.tend()
    assert node.starts == 1
    monkeypatch.setattr(revival.time, "monotonic", lambda: float("inf"))
    node.in_the_way = None
    tended.tend()
    assert (node.alive, node.starts) == (True, 2)


def test_tend__a_mistake_of_ours__isn_t_hidden() -> None:
    with pytest.raises(KeyError):
        Revival(Mortal(KeyError("port"))).tend()
