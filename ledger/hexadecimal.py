"""Bytes as people and JSON have them: 0x and hexadecimal digits."""

from __future__ import annotations


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def unhexed(text: str) -> bytes:
    """The bytes of hexadecimal digits, with or without 0x; ValueError."""
    return bytes.fromhex(text.removeprefix("0x"))
