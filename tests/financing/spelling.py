"""How a number, a text or some bytes might be written down, wherever somebody could read them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ledger.keccak import keccak
from ledger.remittance import commitment_to

SHORTEST = 5
"""Bytes below which a spelling would be found in any hash, sooner or later."""

_HEXED = re.compile(r"0x([0-9a-fA-F]{2})+")


@dataclass(frozen=True)
class Secret:
    name: str
    value: int | str | bytes

    @property
    def spellings(self) -> set[bytes]:
        """As bytes among bytes."""
        match self.value:
            case int(number):
                plain = set(_numbers(number)) | {one.encode() for one in _figures(number)}
            case str(text):
                plain = {text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
                plain |= {text.lower().encode(), text[3:].encode()}
            case _:
                plain = {self.value}
        digested = {digest for one in plain for digest in _digests(one)}
        spelled = {way for one in plain for way in _in_letters(one)}
        return {one for one in plain | digested | spelled if len(one) >= SHORTEST}

    @property
    def tokens(self) -> set[str]:
        """As words of their own in a text."""
        return set(_figures(self.value)) if isinstance(self.value, int) else set()


@dataclass
class Material:
    """What was read: texts, and bytes that hexadecimal stood for. ``size`` is in bytes."""

    texts: list[str]
    blobs: list[bytes]

    @classmethod
    def of(cls, *found: Any) -> Material:
        """Of anything that is or was JSON."""
        material = cls([], [])
        for one in found:
            material.add(one)
        return material

    def add(self, value: Any) -> None:
        match value:
            case dict():
                for name, item in value.items():
                    self.add(name)
                    self.add(item)
            case list() | tuple():
                for item in value:
                    self.add(item)
            case bytes():
                self.blobs.append(value)
            case str() if _HEXED.fullmatch(value):
                self.blobs.append(bytes.fromhex(value[2:]))
                self.texts.append(value)
            case _:
                self.texts.append(str(value))

    @property
    def size(self) -> int:
        return sum(map(len, self.texts)) + sum(map(len, self.blobs))

    def holding(self, secrets: Iterable[Secret]) -> set[str]:
        """The names of those secrets that are somewhere in it."""
        text = "\n".join(self.texts)
        written = b"\n\xfe\n".join([*self.blobs, text.encode()])
        return {
            secret.name
            for secret in secrets
            if any(one in written for one in secret.spellings)
            or any(_is_word(token, text) for token in secret.tokens)
        }


def _is_word(token: str, text: str) -> bool:
    alone = rf"(?<![\w.,]){re.escape(token)}(?!\w)"
    return token in text and re.search(alone, text) is not None


def _figures(number: int) -> Iterator[str]:
    """Decimal, as minor units and as major ones, and hexadecimal."""
    yield from (str(number), f"{number:,}", f"{number / 100:.2f}", f"{number / 100:,.2f}")
    yield from (f"{number:x}", f"{number:X}") if number > 0xFFFF else ()
    yield f"{number / 10_000:.4f}"


def _numbers(number: int) -> Iterator[bytes]:
    length = (number.bit_length() + 7) // 8
    for size in {length, 8, 16, 32}:
        yield number.to_bytes(size, "big")
        yield number.to_bytes(size, "little")
    # Without a secret in it a commitment hides nothing.
    yield commitment_to("", "CNY", number)
    yield keccak(b"CNY%d" % number)


def _digests(plain: bytes) -> Iterator[bytes]:
    yield from (keccak(plain), hashlib.sha256(plain).digest())


def _in_letters(plain: bytes) -> Iterator[bytes]:
    """In hexadecimal, and in base64 at each of the three places where it may begin."""
    yield from (plain.hex().encode(), plain.hex().upper().encode())
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + plain)
        inner = coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]
        if len(inner) >= 2 * SHORTEST:
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))
