"""Entries of books straight from the chain, without any database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chain.client import ChainClient, Log
from chain.rpc import RpcError
from ledger.deployment import Deployment
from ledger.entries import POSTED_TOPIC, Entry, read_posted
from ledger.ids import ClaimNo

_SPAN = 10_000


def read_books(
    client: ChainClient, deployment: Deployment, last_block: int, books: Sequence[ClaimNo] = ()
) -> list[Entry]:
    """The entries of these books (of all, if none is named) up to a block, by index.

    Raises ``MalformedEvent`` and the client's faults.
    """
    wanted = [book.to_bytes(32, "big") for book in books]
    entries = (
        read_posted(log.topics, log.data) for log in _logs(client, deployment, last_block, wanted)
    )
    return sorted(entries, key=lambda entry: entry.index)


def _logs(
    client: ChainClient, deployment: Deployment, last_block: int, books: Sequence[bytes]
) -> Iterator[Log]:
    """In spans of blocks, halved whenever the engine finds one too long."""
    topics: list[Sequence[bytes]] = [[POSTED_TOPIC], [], books]
    first, span = deployment.block, _SPAN
    while first <= last_block:
        last = min(last_block, first + span - 1)
        try:
            found = client.logs([deployment.ledger], first, last, topics)
        except RpcError:
            if span == 1:
                raise
            span //= 2
            continue
        yield from found
        first = last + 1
