"""What the runbooks have people type exists: commands, and the options they are given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from scripts.cli import app

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
PAGES = sorted(page.name for page in FOLDER.glob("*.md"))

_FENCED = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


def _typed(page: str) -> Iterator[list[str]]:
    """Every `yuanliu …` in a page's code blocks, as words."""
    for block in _FENCED.findall((FOLDER / page).read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            _, found, rest = line.partition("yuanliu ")
            if found and not line.lstrip().startswith("#"):
                yield shlex.split(rest, comments=True)


def _missing(words: list[str]) -> list[str]:
    """Of one command line, the command or the options that aren't there."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        if not words:
            return ["a command"]
        name, *words = words
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {
        name for parameter in command.params for name in parameter.opts + parameter.secondary_opts
    }
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [name for name in given if name not in known]


@pytest.mark.parametrize("page", PAGES)
def test_runbook__every_command_and_option__exists(page: str) -> None:
    wrong = {" ".join(words): missing for words in _typed(page) if (missing := _missing(words))}
    assert wrong == {}


def test_missing__no_such_command_or_option__is_named() -> None:
    assert _missing(["finance", "unquote", "9b1d"]) == ["unquote"]
    assert _missing(["finance", "quote", "9b1d", "--price", "3", "--key", "a"]) == ["--price"]


def test_runbooks__all__are_listed() -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (FOLDER / "README.md").read_text("utf-8")))
    assert listed == set(PAGES) - {"README.md"}
