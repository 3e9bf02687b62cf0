"""Getting one signed batch mined, whatever was or wasn't sent of it before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, auto

from chain.client import ChainClient, MinedTransaction
from chain.rpc import RpcError
from ledger.ids import Address
from ledger.store.batches import Batch

_POLL = 0.001
_MOST_POLL = 0.01
_ASK_NONCE_AFTER = 0.1
_PATIENCE = 5.0
_RECEIPT_AFTER_NONCE = 1.0

# What engines say of a transaction they have already, or whose nonce another one has or waits
# for. What is mined in the end tells.
_HARMLESS = ("already", "known transaction", "nonce", "replacement")


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


def deliver(client: ChainClient, sender: Address, batch: Batch) -> MinedTransaction | Undelivered:
    """Send a batch and wait for its fate. Raises ``RpcFault`` when the engine can't be asked."""
    return client.mined(batch.tx) or _send(client, batch) or _wait(client, sender, batch)


def _send(client: ChainClient, batch: Batch) -> Undelivered | None:
    try:
        client.send(batch.raw)
    except RpcError as error:
        if not any(word in error.message.lower() for word in _HARMLESS):
            return Undelivered(Setback.REJECTED, error.message)
    return None


def _wait(client: ChainClient, sender: Address, batch: Batch) -> MinedTransaction | Undelivered:
    sent = time.monotonic()
    pause = _POLL
    while True:
        mined = client.mined(batch.tx)
        if mined is not None:
            return mined
        waited = time.monotonic() - sent
        if waited > _PATIENCE:
            return _overdue(client, sender, batch)
        if waited > _ASK_NONCE_AFTER and client.nonce(sender) < batch.nonce:
            return Undelivered(Setback.PENDING, "the engine waits for an earlier nonce")
        time.sleep(pause)
        pause = min(1.2 * pause, _MOST_POLL)


def _overdue(client: ChainClient, sender: Address, batch: Batch) -> MinedTransaction | Undelivered:
    """A used nonce without a receipt is a failure: not every engine gives failures one.

    But an engine that is mining this very batch may count its nonce before it has its receipt.
    """
    if client.nonce(sender) <= batch.nonce:
        return Undelivered(Setback.PENDING, "not mined yet")
    time.sleep(_RECEIPT_AFTER_NONCE)
    return client.mined(batch.tx) or Undelivered(Setback.REPLACED, "its nonce is used")
