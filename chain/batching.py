"""Relay's calls and outcomes as bytes, and what a batch of them costs.

Both are written out: a general codec takes fifteen times as long, and a relayer does little else.

Relay promises each call the gas it names and reverts the whole batch rather than break that
promise, so a batch's own gas is reckoned from the promises, not from what was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chain.rpc import BadAnswer
from ledger.ids import Address
from ledger.keccak import keccak

_CALL = "(address,uint64,bytes)"
RELAY_SELECTOR = keccak(f"relay({_CALL}[])".encode())[:4]

MARGIN_PERCENT = 30
MARGIN_GAS = 20_000
"""State can change between simulation and mining, and then an act may cost a little more."""

_RELAY_OVERHEAD = 20_000  # Relay.OVERHEAD: what it keeps for itself around each call
_BASE = 100_000
_INTRINSIC = 21_000
# EIP-7623: what a transaction pays for its data at least; engines without it ask for less.
_ZERO_BYTE, _OTHER_BYTE = 10, 40


@dataclass(frozen=True, slots=True)
class Call:
    """One act as Relay takes it; ``gas`` is what it is promised."""

    target: Address
    gas: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call went; ``gas`` is what it used, ``reason`` what it reverted with."""

    done: bool
    gas: int
    reason: bytes


def relay_call(calls: Sequence[Call]) -> bytes:
    """The call of ``Relay.relay``."""
    bodies = [_encoded(call) for call in calls]
    offsets = []
    at = 32 * len(calls)
    for body in bodies:
        offsets.append(_word(at))
        at += len(body)
    return b"".join([RELAY_SELECTOR, _word(32), _word(len(calls)), *offsets, *bodies])


def read_outcomes(returned: bytes, expected: int) -> list[Outcome]:
    """What ``Relay.relay`` returned for ``expected`` calls; BadAnswer if that isn't it."""
    if _number(returned, 0) != 32 or _number(returned, 32) != expected:
        raise BadAnswer(f"not {expected} outcomes of Relay")
    starts = (64 + _number(returned, 64 + 32 * position) for position in range(expected))
    return [_read_outcome(returned, start) for start in starts]


def _read_outcome(returned: bytes, start: int) -> Outcome:
    done, gas = _number(returned, start), _number(returned, start + 32)
    reason_at = start + 128
    reason_end = reason_at + _number(returned, start + 96)
    if done > 1 or _number(returned, start + 64) != 96 or reason_end > len(returned):
        raise BadAnswer("not an outcome of Relay")
    return Outcome(done == 1, gas, returned[reason_at:reason_end])


def promise(simulated_gas: int) -> int:
    """The gas to promise a call that used ``simulated_gas`` when it was simulated."""
    return simulated_gas * (100 + MARGIN_PERCENT) // 100 + MARGIN_GAS


def gas_limit(calls: Sequence[Call], data: bytes) -> int:
    """The gas with which a batch keeps all its promises."""
    promised = sum(call.gas + _RELAY_OVERHEAD for call in calls)
    # EIP-150: a call can be lent at most 63/64 of what is left. And memory isn't free: Relay
    # copies every call into it, 3 gas a word and, over all words, their square over 512.
    words = len(data) // 32 + 1
    memory = 3 * words + words * words // 512
    return _data_gas(data) + _BASE + promised * 64 // 63 + 2 * memory


def _data_gas(data: bytes) -> int:
    zeros = data.count(0)
    return _INTRINSIC + zeros * _ZERO_BYTE + (len(data) - zeros) * _OTHER_BYTE


def _encoded(call: Call) -> bytes:
    padding = bytes(-len(call.data) % 32)
    head = bytes(12) + bytes.fromhex(call.target[2:]) + _word(call.gas) + _word(96)
    return head + _word(len(call.data)) + call.data + padding


def _number(data: bytes, at: int) -> int:
    if at + 32 > len(data):
        raise BadAnswer("what Relay returned was cut short")
    return int.from_bytes(data[at : at + 32], "big")


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
