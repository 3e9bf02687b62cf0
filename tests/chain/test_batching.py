from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.batching import RELAY_SELECTOR, Call, Outcome, gas_limit, read_outcomes, relay_call
from chain.rpc import BadAnswer
from chain.sizing import BatchLimits, Sizing
from ledger.ids import Address, Digest
from ledger.store.outbox import PendingAct

TARGET = Address("0x" + "1a" * 20)
UINT64 = st.integers(0, 2**64 - 1)


def _act(number: int, length: int = 10) -> PendingAct:
    return PendingAct(number, Digest(bytes(32)), TARGET, bytes(length))


@settings(deadline=None)
@given(st.lists(st.tuples(UINT64, st.binary(max_size=200)), max_size=20))
def test_relay_call__any_calls__as_the_general_codec_has_it(calls: list[tuple[int, bytes]]) -> None:
    ours = relay_call([Call(TARGET, gas, data) for gas, data in calls])
    values = [(TARGET, gas, data) for gas, data in calls]
    assert ours == RELAY_SELECTOR + encode(["(address,uint64,bytes)[]"], [values])


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), UINT64, st.binary(max_size=200)), max_size=20))
def test_read_outcomes__any_outcomes__as_the_general_codec_has_it(
    outcomes: list[tuple[bool, int, bytes]],
) -> None:
    returned = encode(["(bool,uint64,bytes)[]"], [outcomes])
    assert read_outcomes(returned, len(outcomes)) == [Outcome(*outcome) for outcome in outcomes]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_read_outcomes__anything_else__bad_answer_and_nothing_worse(returned: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_outcomes(returned, 3)


def test_read_outcomes__cut_short_anywhere__bad_answer() -> None:
    returned = encode(["(bool,uint64,bytes)[]"], [[(False, 7, b"why" * 20)] * 2])
    padding = 4
    for length in range(len(returned) - padding):
        with pytest.raises(BadAnswer):
            read_outcomes(returned[:length], 2)


def test_gas_limit__promises__are_all_covered() -> None:
    calls = [Call(TARGET, 100_000, bytes(1_000))] * 10
    assert gas_limit(calls, relay_call(calls)) > 10 * (100_000 + 20_000) * 64 // 63


def test_take__more_bytes_than_allowed__stops_before_them() -> None:
    sizing = Sizing(BatchLimits(acts=10, data_bytes=100))
    assert len(sizing.take([_act(n, 40) for n in range(5)])) == 2
    assert len(sizing.take([_act(1, 1_000)])) == 1


def test_sizing__failures_then_success__halves_then_doubles() -> None:
    sizing = Sizing(BatchLimits(acts=8))
    for left in (4, 2, 1):
        sizing.failed()
        assert sizing.acts == left
    assert not sizing.exhausted
    for _ in range(6):
        sizing.failed()
    assert sizing.exhausted
    sizing.succeeded()
    assert (sizing.acts, sizing.exhausted) == (2, False)


def test_fit__more_gas_than_a_block__fewer_acts() -> None:
    sizing = Sizing(BatchLimits(block_gas=2_000_000))
    fitted = sizing.fit([(_act(n), 100_000) for n in range(50)])
    assert 1 <= len(fitted.acts) < 50
    assert fitted.gas <= 1_800_000
