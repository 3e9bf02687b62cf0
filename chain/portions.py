"""Reading the chain piece by piece, so that each piece is of one and the same chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from chain.client import Block, ChainClient, Log
from chain.events import read_events
from chain.freshness import Stillness
from chain.pace import Pace
from chain.profile import EngineProfile
from chain.rpc import BadAnswer, RpcError
from ledger.deployment import Deployment
from ledger.store.projector import Checkpoint, Portion

FIRST_SPAN, LONGEST_SPAN = 1_000, 10_000
_MANY_LOGS = 10_000
_BLOCKS_AT_ONCE = 500

log = structlog.get_logger(__name__)


class ChainDiverged(Exception):
    """The chain no longer has the block that was read last. A rewind puts that right."""


class FinalityBroken(Exception):
    """An engine that never takes a block back has another one in the place of one that was read.

    Either the endpoint is of another chain, or validators signed two blocks of one height. Nothing
    was written; a person has to look.
    """


@dataclass(frozen=True)
class ReadPortion:
    """A portion, and the global head that the contract itself had at its last block."""

    portion: Portion
    global_head: bytes | None
    """None where the engine no longer has, or wouldn't tell, the state of that block."""


class PortionReader:
    """Reads what follows a checkpoint. The span of blocks adapts to what the engine bears.

    Where no block is ever forgotten, an endpoint without the checkpoint's is behind
    (``EndpointBehind``), and another block in its place is ``FinalityBroken``.
    """

    # ILedger: slot 3 holds the head that covers all books.
    _GLOBAL_HEAD_SLOT = 3

    def __init__(self, client: ChainClient, deployment: Deployment, profile: EngineProfile) -> None:
        self._client = client
        self._deployment = deployment
        self._finality = profile.finality
        self._forgets = profile.forgets
        self._stillness = Stillness(client, Pace.of(profile).patience)
        self._span = FIRST_SPAN

    def next(self, tip: Checkpoint | None, up_to: int | None = None) -> ReadPortion | None:
        """What comes after ``tip``, no further than ``up_to``; None when nothing does.

        Raises ``ChainDiverged`` when the chain has another block in the tip's place.
        """
        if tip is not None and not self._forgets and not self._moved(tip):
            return None
        first = self._deployment.block if tip is None else tip.number + 1
        head = self._head(tip)
        end = head.number if up_to is None else min(head.number, up_to)
        if end < first:
            return None
        last_number = min(end, first + self._span - 1)
        last = head if last_number == head.number else self._client.block(last_number)
        if last is None:
            return None
        logs = self._logs(first, last_number)
        if logs is None:
            return None
        return self._settled(logs, last, newest=last_number == head.number)

    def _moved(self, tip: Checkpoint) -> bool:
        """Whether there is a block after the tip: asked often, so asked in the cheapest way."""
        height = self._client.height()
        if height < tip.number:
            raise self._client.behind(f"its head is block {height}, not {tip.number}")
        self._stillness.watch(height)
        return height > tip.number

    def _head(self, tip: Checkpoint | None) -> Block:
        if tip is None:
            head = self._client.block(self._finality)
        else:
            head, known = self._client.blocks([self._finality, tip.number])
            self._require(tip, known)
        if head is None:
            raise BadAnswer(f"the engine has no {self._finality} block")
        return head

    def _require(self, tip: Checkpoint, found: Block | None) -> None:
        if found is not None and found.hash == tip.hash:
            return
        gone = f"block {tip.number} isn't 0x{tip.hash.hex()} any more"
        if self._forgets:
            raise ChainDiverged(gone)
        if found is None:
            raise self._client.behind(f"it has no block {tip.number}")
        raise FinalityBroken(f"{gone} at {self._client.rpc.url}, but 0x{found.hash.hex()}")

    def _logs(self, first: int, last: int) -> list[Log] | None:
        """None when the engine wouldn't: then the next try is with a shorter span."""
        addresses = [self._deployment.ledger, self._deployment.relay]
        try:
            logs = self._client.logs(addresses, first, last)
        except RpcError as error:
            if last == first:
                raise
            self._span = max(1, (last - first + 1) // 2)
            log.info("span_shortened", blocks=self._span, reason=error.message)
            return None
        grown = self._span // 2 if len(logs) > _MANY_LOGS else self._span * 2
        self._span = max(1, min(grown, LONGEST_SPAN))
        return logs

    def _settled(self, logs: Sequence[Log], last: Block, *, newest: bool) -> ReadPortion | None:
        """The portion, if the chain was the same before and after its logs were read.

        An engine may show its newest block before it has that block's state and logs. Without the
        state, nothing would tell that the logs are missing.
        """
        global_head = self._client.storage(
            self._deployment.ledger, self._GLOBAL_HEAD_SLOT, last.number
        )
        if global_head is None and newest and not self._forgets:
            raise self._client.behind(f"it hasn't the state of block {last.number} yet")
        after = self._client.block(last.number)
        hashes = {entry.block: entry.block_hash for entry in logs}
        if after is None or {after.hash, hashes.get(last.number, last.hash)} != {last.hash}:
            return None
        postings, refused = read_events(self._deployment, logs, self._times(logs, last))
        hashes[last.number] = last.hash
        portion = Portion(postings, refused, hashes, last.number, last.time)
        return ReadPortion(portion, global_head)

    def _times(self, logs: Sequence[Log], last: Block) -> dict[int, int]:
        """The time of each block that has logs: with the log, or asked for."""
        times = {entry.block: entry.time for entry in logs}
        times[last.number] = last.time
        missing = [number for number, time in times.items() if time is None]
        for first in range(0, len(missing), _BLOCKS_AT_ONCE):
            asked = missing[first : first + _BLOCKS_AT_ONCE]
            for number, block in zip(asked, self._client.blocks(asked), strict=True):
                if block is None:
                    raise BadAnswer(f"block {number} has logs and doesn't exist")
                times[number] = block.time
        return {number: time for number, time in times.items() if time is not None}
