"""The project's sample documents, as they are or with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[3] / "samples"

Sample = Callable[..., bytes]


@pytest.fixture(scope="session")
def sample() -> Sample:
    """``sample(name, (old, new), …)``: a sample's bytes after replacing text that is there."""

    def edited(name: str, *changes: tuple[str, str]) -> bytes:
        text = (SAMPLES / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        return text.encode()

    return edited
