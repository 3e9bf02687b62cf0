"""Long lists of parameters, a few at a time: databases bound how many a statement has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunked(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The values in their order, at most ``size`` at a time."""
    return (values[at : at + size] for at in range(0, len(values), size))
