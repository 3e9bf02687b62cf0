"""What the audience sees: each step as it happens, and at the end who held what and was paid."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.text import Text

from scripts.output import stderr


class Screen:
    """Steps on standard error: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._console = stderr()

    def say(self, text: str) -> None:
        self._console.print(Text(f"  {text}"), soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step of the story, with the time it took."""
        began = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(Text(title)):
                yield
        else:
            yield
        took = time.monotonic() - began
        self._console.print(Text(f"✓ {title} ({took:.1f} s)"), soft_wrap=True)
