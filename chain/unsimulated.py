"""When to give up on an act that the engine can't work out."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import ClassVar

import structlog

from chain.simulation import Plan, Simulator, Unsimulated
from ledger.errors import Refused

_TRIES = 3

log = structlog.get_logger(__name__)


@dataclass
class NotSimulated(Refused):
    """The engine failed at the act itself: not at anything else, every time, at every endpoint."""

    reason: str
    status: ClassVar[int] = 422
    summary: ClassVar[str] = "The engine can't work out what the act would do: {reason}."


class Patience:
    """Tells an act that no engine can simulate from an engine that can't simulate just now.

    An act is refused after three failures at each of more than half of the endpoints, all of it
    alone, and each followed by a simulation of nothing that went well there. However often one
    endpoint fails while others are down, that is one; and while half of them are down, there is
    hardly a chain that acts could wait for. It is refused rather than set aside: without a
    simulation its gas isn't known, so it could never be sent, and whoever waits for it gets an
    answer. Nothing happened on the chain, so its sides can sign it anew. Acts behind it wait for
    the tries to be up, some seconds once, because those before them must come first.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._failures: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def judge(self, failure: Unsimulated) -> Plan:
        """A plan that refuses the act; raises ``failure`` while it is too early for that."""
        rpc = self._simulator.client.rpc
        if not self._simulator.works():
            rpc.fail_over()
            raise failure
        act, failures = failure.act, self._failures[failure.act.id]
        failures[rpc.url] += 1
        rpc.fail_over()
        given_up = sum(tries >= _TRIES for tries in failures.values())
        if 2 * given_up <= len(rpc.urls):
            raise failure
        del self._failures[act.id]
        return Plan([], [(act, NotSimulated(failure.error.message))])
