"""One value, one spelling; and every field read as what it must be."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import Field, MalformedFile, read_json, write_canonical

values = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(values)
def test_write_canonical__any_value__read_back_and_spelled_the_same(value: Any) -> None:
    data = write_canonical(value)
    assert read_json(data) == value
    assert write_canonical(json.loads(json.dumps(value, indent=3))) == data


def test_write_canonical__object__sorted_dense_and_ended_by_one_line_break() -> None:
    assert write_canonical({"b": [1, True], "a": "源"}) == '{"a":"源","b":[1,true]}\n'.encode()


@given(st.binary())
def test_read_json__any_bytes__json_or_malformed(data: bytes) -> None:
    try:
        read_json(data)
    except MalformedFile:
        return


@pytest.mark.parametrize(
    "data",
    [b'"' + 200_000 * b'\\"', b'{"a":"' + 200_000 * b'\\"', b"[" + 1_000_000 * b"[]," + b"[]]"],
    ids=["no end of a text", "no end of a member", "nothing, a million times"],
)
def test_read_json__made_to_take_long__malformed_at_once(data: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MalformedFile):
        read_json(data)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("method", "arguments", "value"),
    [
        ("members", ("a",), {"a": 1, "b": 2}),
        ("members", ("a",), ["a"]),
        ("items", (), {}),
        ("text", (), 1),
        ("text", (), "源"),
        ("constant", ("x",), "y"),
        ("integer", (), True),
        ("integer", (), 1.0),
        ("integer", (), -1),
        ("integer", (), 1 << 53),
        ("uint", (64,), 1),
        ("uint", (64,), ""),
        ("uint", (64,), "-1"),
        ("uint", (64,), str(1 << 64)),
        ("uint", (64,), "9" * 5_000),
        ("day", (), "2026-02-29"),
        ("day", (), "20261122"),
        ("day", (), "2026-W47-7"),
        ("day", (), 20261122),
        ("data", (), "00"),
        ("data", (), "0x0"),
        ("hash", (), "0x00"),
        ("address", (), "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
        ("address", (), "0x7E5F"),
    ],
)
def test_field__value_of_another_form__malformed(
    method: str, arguments: tuple[Any, ...], value: Any
) -> None:
    with pytest.raises(MalformedFile, match="here"):
        getattr(Field("here", value), method)(*arguments)
