"""TOML of one level, with a comment to each group: all that Besu's own files are made of.

A library would come with the extra that brings a test engine not licensed for production, and
whoever generates a production network must not need that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

Value = str | bool | int | float | Sequence[str]
Group = tuple[str, Mapping[str, Value]]


def write_toml(groups: Sequence[Group]) -> str:
    return "\n".join(_group(comment, values) for comment, values in groups)


def _group(comment: str, values: Mapping[str, Value]) -> str:
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"{key} = {_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _value(value: Value) -> str:
    if isinstance(value, (str, bool, int, float)):
        return _scalar(value)
    if len(value) < 2:
        return f"[{', '.join(map(_scalar, value))}]"
    return "\n".join(["[", *(f"  {_scalar(item)}," for item in value), "]"])


def _scalar(value: str | bool | float) -> str:
    """JSON's spelling, which for ASCII text, booleans and numbers is TOML's too."""
    return json.dumps(value)
