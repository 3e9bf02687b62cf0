"""As much of Protocol Buffers as evidence is hashed from, in its one canonical spelling.

By hand, because what is hashed must be reproduced to the byte: protobuf's own library promises no
canonical form (https://protobuf.dev/programming-guides/serialization-not-canonical), carries none
of these messages, and would want generated code for a dozen fields. Fields go by rising number,
without defaults, as gogoproto writes them.
"""

from __future__ import annotations

from collections.abc import Iterator

Value = int | bytes

_VARINT, _FIXED64, _BYTES = 0, 1, 2
_MOST_BITS = 64


class NotCanonicalProtobuf(ValueError):
    """Bytes that aren't a message, or are one in another spelling than the canonical."""


def varint(number: int) -> bytes:
    """A number of up to 64 bits; a negative one counts as its 64-bit two's complement."""
    rest = number & ((1 << _MOST_BITS) - 1)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def uint(field: int, number: int) -> bytes:
    """A varint field, left out when 0."""
    return varint(field << 3 | _VARINT) + varint(number) if number else b""


def sfixed64(field: int, number: int) -> bytes:
    """Eight bytes, little-endian; left out when 0."""
    tag = varint(field << 3 | _FIXED64)
    return tag + number.to_bytes(8, "little", signed=True) if number else b""


def data(field: int, content: bytes) -> bytes:
    """A bytes or text field, left out when empty."""
    return message(field, content) if content else b""


def message(field: int, content: bytes) -> bytes:
    """An embedded message, written even when it is empty."""
    return varint(field << 3 | _BYTES) + delimited(content)


def delimited(content: bytes) -> bytes:
    """Bytes behind their length."""
    return varint(len(content)) + content


def timestamp(nanoseconds: int) -> bytes:
    """google.protobuf.Timestamp of a time since 1970."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return uint(1, seconds) + uint(2, rest)


def read_fields(source: bytes) -> Iterator[tuple[int, Value]]:
    """A message's varint and bytes fields in their order; NotCanonicalProtobuf."""
    at = 0
    while at < len(source):
        tag, at = read_varint(source, at)
        number, at = read_varint(source, at)
        if tag & 7 == _VARINT:
            yield tag >> 3, number
        elif tag & 7 == _BYTES and at + number <= len(source):
            yield tag >> 3, source[at : at + number]
            at += number
        else:
            raise NotCanonicalProtobuf("a field of another type, or cut short")


def read_varint(source: bytes, at: int) -> tuple[int, int]:
    """A number and the place behind it; NotCanonicalProtobuf unless it is spelled shortest."""
    number, start = 0, at
    while at < len(source) and (at - start) * 7 < _MOST_BITS:
        number |= (source[at] & 0x7F) << (at - start) * 7
        at += 1
        if source[at - 1] < 0x80:
            if varint(number) != source[start:at]:
                break
            return number, at
    raise NotCanonicalProtobuf("a number that isn't spelled shortest, or is cut short")


def zigzag(number: int) -> int:
    """What a ``sint64`` varint stands for."""
    return number >> 1 if number & 1 == 0 else -(number + 1 >> 1)
