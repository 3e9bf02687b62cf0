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
from chain.reverts import decode_revert, refusal_in
from chain.rpc import RpcError
from ledger.errors import Refused
from ledger.ids import Address
from ledger.refusals import InsufficientGas
from ledger.store.outbox import PendingAct

MOST_GAS = 10_000_000
"""What one act may use at the very most: a hundred times what any of ours does."""

MOST_BYTES = 100_000
"""The longest call: more than 300 approvals, less than what pools take in one transaction."""


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

    def plan(self, acts: Sequence[PendingAct]) -> Plan:
        """Simulate these acts, or as many of the first of them as one call can hold."""
        too_large = [act for act in acts if len(act.call) > MOST_BYTES]
        to_refuse: list[tuple[PendingAct, Refused]] = [
            (act, ActTooLarge(len(act.call), MOST_BYTES)) for act in too_large
        ]
        to_send: list[tuple[PendingAct, int]] = []
        sound = [act for act in acts if act not in too_large]
        for act, outcome in zip(sound, self._outcomes(sound), strict=False):
            if outcome.done:
                to_send.append((act, outcome.gas))
            elif not to_send:
                to_refuse.append((act, decode_revert(outcome.reason)))
        return Plan(to_send, to_refuse)

    def _outcomes(self, acts: Sequence[PendingAct]) -> list[Outcome]:
        if not acts:
            return []
        calls = [Call(act.target, MOST_GAS, act.call) for act in acts]
        try:
            returned = self.client.call(
                self.sender, self.relay, relay_call(calls), self.block_gas_limit
            )
        except RpcError as error:
            if not isinstance(refusal_in(error), InsufficientGas) or len(acts) == 1:
                raise
            return self._outcomes(acts[: len(acts) // 2])
        return read_outcomes(returned, len(calls))
