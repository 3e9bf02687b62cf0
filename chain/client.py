"""What we ask an engine, typed: blocks, logs, receipts, nonces, calls, transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from chain.profile import BlockTag
from chain.rpc import BadAnswer, EndpointBehind, Request, Rpc, RpcError, RpcFault
from ledger.hexadecimal import hexed
from ledger.ids import Address

T = TypeVar("T")

BlockId = int | BlockTag


@dataclass(frozen=True, slots=True)
class Block:
    """``time`` is in Unix seconds."""

    number: int
    hash: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Log:
    """One event. ``time`` is its block's, in Unix seconds, where the engine tells it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    tx: bytes
    index: int
    time: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's next nonce, and the newest block, which has it or was mined after it had it."""

    nonce: int
    head: int


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """Where a transaction was mined, and whether it did anything."""

    block: int
    succeeded: bool
    gas_used: int


class ChainClient:
    """Typed reads and sends over one ``Rpc``. Raises its ``RpcFault``s; retries nothing."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    def behind(self, reason: str) -> EndpointBehind:
        """To raise where this endpoint can't be believed yet; the next request goes to another."""
        url = self.rpc.url
        self.rpc.fail_over()
        return EndpointBehind(url, reason)

    @contextmanager
    def left_after_fault(self) -> Iterator[None]:
        """Whatever fault comes out of this, the next request goes to another endpoint."""
        url = self.rpc.url
        try:
            yield
        except RpcFault:
            if self.rpc.url == url:
                self.rpc.fail_over()
            raise

    def height(self) -> int:
        """The number of the newest block: the cheapest question there is."""
        return _number(self.rpc.call("eth_blockNumber"))

    def block(self, block: BlockId) -> Block | None:
        return self.blocks([block])[0]

    def blocks(self, wanted: Sequence[BlockId]) -> list[Block | None]:
        """These blocks in one request; None for those that the chain hasn't got."""
        requests: list[Request] = [
            ("eth_getBlockByNumber", [_block_id(block), False]) for block in wanted
        ]
        return [_read(_block, answer) for answer in self._batch(requests)]

    def logs(
        self,
        addresses: Sequence[Address],
        first: int,
        last: int,
        topics: Sequence[Sequence[bytes]] = (),
    ) -> list[Log]:
        """Events of these contracts in blocks ``first`` to ``last``, in their order.

        ``topics`` gives, by position, the topics wanted; none at a position stands for any.
        """
        query: dict[str, Any] = {
            "address": list(addresses),
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        if topics:
            query["topics"] = [[hexed(topic) for topic in wanted] or None for wanted in topics]
        answer = self.rpc.call("eth_getLogs", [query])
        if not isinstance(answer, list):
            raise BadAnswer("eth_getLogs was answered by something other than a list")
        found = [_read(_log, log) for log in answer]
        return sorted((log for log in found if log is not None), key=_place)

    def nonce(self, sender: Address) -> int:
        """The next nonce that the chain's newest block leaves to ``sender``."""
        return _number(self.rpc.call("eth_getTransactionCount", [sender, "latest"]))

    def standing(self, sender: Address) -> Standing:
        """In one request, the head after the nonce."""
        count: Request = ("eth_getTransactionCount", [sender, "latest"])
        nonce, head = self.rpc.batch([count, ("eth_blockNumber", [])])
        return Standing(_number(nonce), _number(head))

    def mined(self, tx: bytes) -> MinedTransaction | None:
        """What became of a transaction; None when there is no receipt (yet)."""
        return _read(_mined, self.rpc.call("eth_getTransactionReceipt", [hexed(tx)]))

    def call(self, sender: Address, to: Address, data: bytes, gas: int, at_least: int = 0) -> bytes:
        """What a transaction would return on top of the newest block.

        Raises ``EndpointBehind`` when that may be older than block ``at_least``: the head is asked
        for in the same request, so whatever node answers the one answers the other.
        """
        message = {"from": sender, "to": to, "data": hexed(data), "gas": hex(gas)}
        wanted: Request = ("eth_call", [message, "latest"])
        if not at_least:
            return _bytes(self.rpc.call(*wanted))
        head, outcome = self.rpc.batch_outcomes([("eth_blockNumber", []), wanted])
        if isinstance(head, RpcError):
            raise head
        if _number(head) < at_least:
            raise self.behind(f"its head is block {_number(head)}, not {at_least}")
        if isinstance(outcome, RpcError):
            raise outcome
        return _bytes(outcome)

    def storage(self, address: Address, slot: int, block: int) -> bytes | None:
        """A storage word as of a block; None where the engine no longer has that state."""
        try:
            word = self.rpc.call("eth_getStorageAt", [address, hex(slot), hex(block)])
        except RpcError:
            return None
        return _bytes(word).rjust(32, b"\0")

    def send(self, raw: bytes) -> None:
        """Hand a signed transaction to the engine. That it took it doesn't mean it mines it."""
        self.rpc.call("eth_sendRawTransaction", [hexed(raw)])

    def _batch(self, requests: Sequence[Request]) -> list[Any]:
        if len(requests) == 1:
            return [self.rpc.call(*requests[0])]
        return self.rpc.batch(requests)


def _read(reader: Callable[[Mapping[str, Any]], T], answer: Any) -> T | None:
    """An answer as ours; None for null, ``BadAnswer`` for what isn't what was asked for."""
    if answer is None:
        return None
    try:
        return reader(answer)
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(f"an answer of another form: {error!r}") from error


def _block_id(block: BlockId) -> str:
    return hex(block) if isinstance(block, int) else block


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _number(text: str) -> int:
    return int(text, 16)


def _block(answer: Mapping[str, Any]) -> Block:
    return Block(_number(answer["number"]), _bytes(answer["hash"]), _number(answer["timestamp"]))


def _log(answer: Mapping[str, Any]) -> Log:
    time = _number(answer.get("blockTimestamp") or "0x0")
    return Log(
        address=answer["address"],
        topics=tuple(_bytes(topic) for topic in answer["topics"]),
        data=_bytes(answer["data"]),
        block=_number(answer["blockNumber"]),
        block_hash=_bytes(answer["blockHash"]),
        tx=_bytes(answer["transactionHash"]),
        index=_number(answer["logIndex"]),
        time=time or None,  # one engine gives every log the time 0
    )


def _mined(answer: Mapping[str, Any]) -> MinedTransaction:
    return MinedTransaction(
        block=_number(answer["blockNumber"]),
        succeeded=_number(answer["status"]) == 1,
        gas_used=_number(answer["gasUsed"]),
    )


def _place(log: Log) -> tuple[int, int]:
    return log.block, log.index
