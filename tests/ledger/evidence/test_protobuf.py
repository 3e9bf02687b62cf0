"""The canonical spelling of messages that are hashed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import protobuf
from ledger.evidence.merkle import inner_hash, leaf_hash, merkle_root, sha256


@pytest.mark.parametrize(
    ("number", "spelled"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (300, "ac02"), (-1, "ff" * 9 + "01")],
)
def test_varint__number__as_the_specification_spells_it(number: int, spelled: str) -> None:
    assert protobuf.varint(number).hex() == spelled


@given(st.integers(0, (1 << 64) - 1), st.binary(max_size=3))
def test_read_varint__written__read_back(number: int, rest: bytes) -> None:
    spelled = protobuf.varint(number)
    assert protobuf.read_varint(spelled + rest, 0) == (number, len(spelled))


@pytest.mark.parametrize("spelled", ["", "80", "8000", "ff" * 10, "80" * 9 + "02", "ff" * 9 + "02"])
def test_read_varint__cut_too_long_or_too_large__not_canonical(spelled: str) -> None:
    with pytest.raises(protobuf.NotCanonicalProtobuf):
        protobuf.read_varint(bytes.fromhex(spelled), 0)


@pytest.mark.parametrize(("spelled", "number"), [(0, 0), (1, -1), (2, 1), (3, -2), (24, 12)])
def test_zigzag__number__with_its_sign(spelled: int, number: int) -> None:
    assert protobuf.zigzag(spelled) == number


def test_timestamp__whole_seconds__without_nanoseconds() -> None:
    assert protobuf.timestamp(2_000_000_000) == b"\x08\x02"
    assert protobuf.timestamp(2_000_000_001) == b"\x08\x02\x10\x01"
    assert protobuf.timestamp(0) == b""


@pytest.mark.parametrize("count", range(9))
def test_merkle_root__leaves__split_at_the_largest_power_of_two(count: int) -> None:
    leaves = [bytes([n]) for n in range(count)]
    assert merkle_root(leaves) == naive_root(leaves)


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = max(1 << n for n in range(8) if 1 << n < len(leaves))
    return inner_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))
