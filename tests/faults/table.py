"""The rows as a table for people and as one line of JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.faults.fault import Fault
from tests.faults.verdict import Row

_COLUMNS = ("fault", "accepted", "refused", "lost", "doubled", "seconds to recover")


def heading(faults: Sequence[Fault]) -> str:
    width = _width(faults)
    return "  ".join([_COLUMNS[0].ljust(width), *_COLUMNS[1:]])


def line(row: Row, faults: Sequence[Fault]) -> str:
    """A row, and below it whatever is wrong with it."""
    seconds = "never" if row.seconds is None else f"{row.seconds:.1f}"
    figures = [str(row.accepted), str(row.refused), str(row.lost), str(row.doubled), seconds]
    cells = [
        figure.rjust(len(column)) for figure, column in zip(figures, _COLUMNS[1:], strict=True)
    ]
    told = [f"  ✗ {problem}" for problem in row.problems]
    return "\n".join(["  ".join([row.fault.ljust(_width(faults)), *cells]), *told])


def as_json(rows: Sequence[Row], asked: Sequence[Fault], validators: int) -> str:
    return json.dumps(
        {
            "sound": all_sound(rows, asked),
            "validators": validators,
            "lost": sum(row.lost for row in rows),
            "doubled": sum(row.doubled for row in rows),
            "rows": [row.to_json() for row in rows],
        }
    )


def all_sound(rows: Sequence[Row], asked: Sequence[Fault]) -> bool:
    """Whether every fault that was asked for was run, and got over without any damage."""
    run = [row.fault for row in rows]
    return run == [fault.name for fault in asked] and all(row.sound for row in rows)


def _width(faults: Sequence[Fault]) -> int:
    return max(len(fault.name) for fault in faults)
