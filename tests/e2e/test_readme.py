"""The README's five minutes, as its reader would play them: each command, each line shown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Run

# What differs from one run to the next: how long a step took, what day and time it is, which block.
_VARIES = re.compile(r"\(\d+\.\d s\)|\d{4}-\d{2}-\d{2}|\d{2}:\d{2}:\d{2}|block \d+")


@dataclass(frozen=True)
class Example:
    arguments: list[str]
    shown: list[str]


def _blocks() -> Iterator[list[str]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield block.splitlines()


def _examples() -> list[Example]:
    """Commands, written after ``$``, and the lines below each, up to the next command."""
    found: list[Example] = []
    for block in _blocks():
        for line in block:
            if line.startswith("$ "):
                found.append(Example(shlex.split(line[2:]), []))
            elif block[0].startswith("$ "):
                found[-1].shown.append(line)
    return found


def _settled(line: str) -> str:
    return _VARIES.sub("…", line).rstrip()


@pytest.mark.xdist_group("consortium")
def test_readme__five_minutes__go_as_shown(yuanliu: Run, tmp_path: Path) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    played = 0
    for example in _examples():
        arguments = example.arguments[1:]
        settings: dict[str, str] = {}
        if example.arguments[0] == "make":  # what `make demo` runs once all is installed
            assert arguments[0] == "demo"
            settings = dict(setting.split("=") for setting in arguments[1:])
            arguments = ["demo", "--data-dir", str(tmp_path / f"play-{played}")]
        result = yuanliu(*arguments, **settings)
        given = (result.stdout + result.stderr).splitlines()
        assert result.returncode in (0, 2), given
        if arguments[0] == "demo" and result.returncode == 0:
            _bring_bundle(given, tmp_path)
        _require_shown(example, given)
        played += 1
    assert played >= 5


def _bring_bundle(given: list[str], folder: Path) -> None:
    told = json.loads(next(line for line in given if line.startswith("{")))
    for name in told.keys() & {"bundle", "trust"}:
        made = Path(told[name])
        (folder / made.name).write_bytes(made.read_bytes())


def _require_shown(example: Example, given: list[str]) -> None:
    lines = {_settled(line) for line in given}
    for line in example.shown:
        if line.strip() in ("", "…"):
            continue
        if line.startswith("{"):  # the JSON line is shown in part
            assert any(one.startswith(line.partition(', "bundle"')[0]) for one in given), line
        else:
            assert _settled(line) in lines, (example.arguments, line)
