"""Asking the engine how acts would go, before anything is signed.

The whole batch is one ``eth_call``, so every act meets the effects of those before it, as it
will when it is mined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chain.batching import Call, Outcome, read_outcomes, relay_call
from chain.client import ChainClient
from chain.reverts import decode_revert
from chain.rpc import RpcError, RpcFault
from ledger.errors import Refused
from ledger.ids import Address
from ledger.store.outbox import PendingAct

MOST_GAS = 10_000_000
"""What one act may use at the very most: a hundred times what any of ours does."""

MOST_BYTES = 100_000
"""The longest call: more than 300 approvals, less than what pools take in one transaction."""


class Unsimulated(RpcFault):
    """The engine answers the simulation of this act, on its own, with an error of its own."""

    def __init__(self, act: PendingAct, error: RpcError) -> None:
        super().__init__(f"act 0x{act.digest.hex()}: {error}")
        self.act = act
        self.error = error


@dataclass
class ActTooLarge(Refused):
    """The act's call is longer than any engine would take with a batch around it."""

    length: int
    most: int
    status: ClassVar[int] = 413
    summary: ClassVar[str] = "The act is {length} bytes long; {most} are the most."


@dataclass(frozen=True)
class Plan:
    """What a simulation decides: acts to send, each with the gas it used, and acts to refuse.

    An act that failed behind one that goes ahead is in neither list: it may have failed only
    because of that one, which isn't mined yet. It is simulated again on top of what was.
    """

    to_send: list[tuple[PendingAct, int]]
    to_refuse: list[tuple[PendingAct, Refused]]


@dataclass(frozen=True)
class Simulator:
    """Simulates batches as ``sender`` would send them to ``relay``."""

    client: ChainClient
    relay: Address
    sender: Address
    block_gas_limit: int

    def plan(self, acts: Sequence[PendingAct], at_least: int = 0) -> Plan:
        """Simulate these acts, or as many of the first of them as one call can hold, on a state
        that isn't older than block ``at_least``.

        Raises ``Unsimulated`` when the engine fails at the first act alone.
        """
        too_large = [act for act in acts if len(act.call) > MOST_BYTES]
        to_refuse: list[tuple[PendingAct, Refused]] = [
            (act, ActTooLarge(len(act.call), MOST_BYTES)) for act in too_large
        ]
        to_send: list[tuple[PendingAct, int]] = []
        sound = [act for act in acts if act not in too_large]
        for act, outcome in zip(sound, self._outcomes(sound, at_least), strict=False):
            if outcome.done:
                to_send.append((act, outcome.gas))
            elif not to_send:
                to_refuse.append((act, decode_revert(outcome.reason)))
        return Plan(to_send, to_refuse)

    def works(self) -> bool:
        """Whether the engine simulates anything at all: a batch of no acts."""
        try:
            self._simulate([], 0)
        except RpcError:
            return False
        return True

    def _outcomes(self, acts: Sequence[PendingAct], at_least: int) -> list[Outcome]:
        """Of the first acts: half as many when the engine can't take so many, or fails at one."""
        if not acts:
            return []
        try:
            return self._simulate(acts, at_least)
        except RpcError as error:
            if len(acts) == 1:
                raise Unsimulated(acts[0], error) from error
            return self._outcomes(acts[: len(acts) // 2], at_least)

    def _simulate(self, acts: Sequence[PendingAct], at_least: int) -> list[Outcome]:
        calls = [Call(act.target, MOST_GAS, act.call) for act in acts]
        returned = self.client.call(
            self.sender, self.relay, relay_call(calls), self.block_gas_limit, at_least
        )
        return read_outcomes(returned, len(calls))
