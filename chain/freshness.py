"""Whether an endpoint's word is as new as what we know, on engines that lose no block.

There a block, once seen, never disappears: who hasn't got it is behind, and to believe them
would be to refuse acts that the chain accepts, or to send them twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from chain.client import ChainClient, Standing
from ledger.errors import Refused
from ledger.ids import Address
from ledger.store.batches import newest_mined, next_nonce
from ledger.store.outbox import PendingAct
from ledger.store.projector import tip

Refusal = tuple[PendingAct, Refused]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What the chain is known to have, from the database."""

    nonce: int
    """The nonce after every batch of ours that was seen mined; at least that of one in flight."""
    block: int
    """The newest block that was read, or in which a batch of ours was seen mined."""
    read: int
    """The newest block that the indexer has read: what our acts did up to it is known."""

    @classmethod
    def of(cls, connection: Connection, sender: Address) -> Known:
        mined = newest_mined(connection, sender)
        read = tip(connection).block
        read_block = -1 if read is None else read.number
        after, block = (0, -1) if mined is None else (mined.nonce + 1, mined.block)
        signed = next_nonce(connection, sender) - 1
        return cls(nonce=max(after, signed), block=max(block, read_block), read=read_block)

    def require(self, client: ChainClient, standing: Standing) -> None:
        """Raises ``EndpointBehind`` unless the endpoint has all of this."""
        if standing.head < self.block:
            raise client.behind(f"its head is block {standing.head}, not {self.block}")
        if standing.nonce < self.nonce:
            raise client.behind(f"its nonce is {standing.nonce}, not {self.nonce}")


class Refusals:
    """Holds refusals back until the indexer has read the chain that they were simulated on.

    Somebody else may have taken the act there before us: then it is stale because it is done, and
    the indexer is the one to know. Whoever waits for it takes a refusal to be final.
    """

    def __init__(self) -> None:
        self._since: dict[int, int] = {}

    def ripe(self, refused: Sequence[Refusal], head: int, read: int) -> list[Refusal]:
        """Those that were refused at a block that was ``read`` since, and still are; ``head`` is
        the newest block."""
        self._since = {act.id: self._since.get(act.id, head) for act, _ in refused}
        return [(act, refusal) for act, refusal in refused if self._since[act.id] <= read]


class Stillness:
    """Notices that an endpoint's chain stands still, and goes on to the next.

    It may be that endpoint alone, cut off from the others. If all of them stand still, nothing
    is lost by asking them in turn.
    """

    def __init__(self, client: ChainClient, patience: float) -> None:
        self._client = client
        self._patience = patience
        self._seen: tuple[str, int] | None = None
        self._since = 0.0

    def watch(self, head: int) -> None:
        """Tell it of every head that is seen."""
        rpc = self._client.rpc
        now = time.monotonic()
        if self._seen != (rpc.url, head):
            self._seen, self._since = (rpc.url, head), now
        elif now - self._since > self._patience and len(rpc.urls) > 1:
            log.warning("chain_stands_still", engine=rpc.url, block=head)
            rpc.fail_over()
