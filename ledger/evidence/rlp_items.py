"""Reading RLP that others wrote: strictly, and no deeper than its meaning needs."""

from __future__ import annotations

from rlp.codec import consume_length_prefix
from rlp.exceptions import DecodingError

Item = bytes | list["Item"]


class NotRlp(Exception):
    """Not the one RLP spelling of anything of this depth."""


def read_rlp(data: bytes, depth: int) -> Item:
    """The item in these bytes, lists within lists at most ``depth`` deep; NotRlp.

    (``rlp.decode`` recurses as deep as its input asks it to, which may end the process.)
    """
    item, end = _read(data, 0, len(data), depth)
    if end != len(data):
        raise NotRlp("goes on after its end")
    return item


def read_list(data: bytes, depth: int) -> list[Item]:
    item = read_rlp(data, depth)
    if not isinstance(item, list):
        raise NotRlp("is no list")
    return item


def read_strings(data: bytes) -> list[bytes]:
    """The items of a list that holds no lists; NotRlp."""
    return [item for item in read_list(data, 1) if isinstance(item, bytes)]


def read_number(item: Item, most_bytes: int) -> int:
    """A number without leading zeros; NotRlp."""
    if not isinstance(item, bytes) or len(item) > most_bytes or item[:1] == b"\0":
        raise NotRlp(f"isn't a number of at most {most_bytes} bytes")
    return int.from_bytes(item, "big")


def _read(data: bytes, start: int, stop: int, depth: int) -> tuple[Item, int]:
    try:
        _, kind, length, begin = consume_length_prefix(data, start)
    except (DecodingError, IndexError) as error:
        raise NotRlp("has a malformed length") from error
    end = begin + length
    if end > stop:
        raise NotRlp("ends before its length says")
    if kind is bytes:
        return data[begin:end], end
    if depth == 0:
        raise NotRlp("is nested deeper than anything it could mean")
    items: list[Item] = []
    while begin < end:
        item, begin = _read(data, begin, end, depth - 1)
        items.append(item)
    return items, end
