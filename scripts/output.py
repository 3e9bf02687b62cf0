"""What commands print: tables for people, JSON for programs; notes go to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 200
"""Columns to assume where no terminal says how many it has."""


def stdout() -> Console:
    return _console(stderr=False)


def stderr() -> Console:
    return _console(stderr=True)


def print_json(value: Any) -> None:
    """One JSON value, indented, Chinese as Chinese."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_line(value: Any) -> None:
    """One JSON value in one line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table; columns whose heading ends in ``>`` are numbers, aligned right."""
    stdout().print(table(columns, rows, title))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> Table:
    made = Table(title=title or None, title_justify="left")
    for column in columns:
        right = column.endswith(">")
        made.add_column(column.rstrip(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        # Text, not str: what others wrote must not be read as our markup.
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return made


def print_fields(fields: Iterable[tuple[str, Any]], console: Console | None = None) -> None:
    """Labelled values, one a line."""
    pairs = [(name, "" if value is None else str(value)) for name, value in fields]
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        (console or stdout()).print(Text(f"{name.ljust(width)}  {value}"), soft_wrap=True)


def note(text: str) -> None:
    """A remark for the person at the terminal."""
    stderr().print(Text(text), soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console
