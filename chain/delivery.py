"""Getting one signed batch mined, whatever was or wasn't sent of it before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, auto

from chain.client import ChainClient, MinedTransaction
from chain.pace import Pace
from chain.rpc import RpcError
from ledger.ids import Address
from ledger.store.batches import Batch

_RECEIPT_AFTER_NONCE = 1.0

# What an engine says that takes no transaction because it isn't where the chain is yet.
_CATCHING_UP = "catching up"
# What engines say of a transaction they have already, or whose nonce another one has or waits
# for, or when they take none just now. What is mined in the end tells.
_HARMLESS = ("already", "known transaction", "nonce", "replacement", "pool is full")


class Setback(Enum):
    """Why a batch isn't mined."""

    PENDING = auto()
    """Not so far; perhaps the engine forgot it, and even what went before it."""
    REPLACED = auto()
    """It never will be: its nonce is used and it has no receipt."""
    REJECTED = auto()
    """The engine won't have it as it is."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    setback: Setback
    reason: str = ""


def deliver(
    client: ChainClient, sender: Address, batch: Batch, pace: Pace
) -> MinedTransaction | Undelivered:
    """Send a batch and wait for its fate. Raises ``RpcFault`` when the engine can't be asked."""
    return client.mined(batch.tx) or _send(client, batch) or _wait(client, sender, batch, pace)


def _send(client: ChainClient, batch: Batch) -> Undelivered | None:
    try:
        client.send(batch.raw)
    except RpcError as error:
        said = error.message.lower()
        if _CATCHING_UP in said:
            raise client.behind(error.message) from error
        if not any(words in said for words in _HARMLESS):
            return Undelivered(Setback.REJECTED, error.message)
    return None


def _wait(
    client: ChainClient, sender: Address, batch: Batch, pace: Pace
) -> MinedTransaction | Undelivered:
    sent = time.monotonic()
    pause = pace.receipt
    while True:
        mined = client.mined(batch.tx)
        if mined is not None:
            return mined
        waited = time.monotonic() - sent
        if waited > pace.patience:
            return _overdue(client, sender, batch)
        if waited > pace.nonce and client.nonce(sender) < batch.nonce:
            return Undelivered(Setback.PENDING, "the engine waits for an earlier nonce")
        time.sleep(pause)
        pause = min(1.2 * pause, pace.longest_receipt)


def _overdue(client: ChainClient, sender: Address, batch: Batch) -> MinedTransaction | Undelivered:
    """A used nonce without a receipt is a failure: not every engine gives failures one.

    But an engine that is mining this very batch may count its nonce before it has its receipt.
    """
    if client.nonce(sender) <= batch.nonce:
        return Undelivered(Setback.PENDING, "not mined yet")
    time.sleep(_RECEIPT_AFTER_NONCE)
    return client.mined(batch.tx) or Undelivered(Setback.REPLACED, "its nonce is used")
