"""Runs faults, one after the other, on one scene, and judges each of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.ids import CONSORTIUM_BOOK, ClaimNo
from tests.chain.stage import FOUNDING_ENTRIES
from tests.faults.audit import Auditor
from tests.faults.fault import Check, Fault
from tests.faults.scene import Scene, Unmet
from tests.faults.verdict import Row, Tally, judged, since

LEAD_SECONDS = 0.5
"""Of load before a fault begins."""


@dataclass
class Harness:
    """``seconds`` is how long a fault lasts, once all that has to hold meanwhile was seen.

    ``folder`` gets bundles, and the tracebacks of what nobody foresaw.
    """

    scene: Scene
    folder: Path
    seconds: float
    bundles: int = 3

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._auditor = Auditor(self.scene, self.folder)
        self._before = Tally()

    def run(self, faults: Sequence[Fault], say: Callable[[Row], None]) -> list[Row]:
        """A row for each fault, told as soon as it is known. After one that the stack didn't get
        over, the rest isn't tried."""
        rows: list[Row] = []
        for fault in faults:
            row = self.row(fault)
            say(row)
            rows.append(row)
            if row.seconds is None:
                break
        return rows

    def row(self, fault: Fault) -> Row:
        """One fault under load, and what is found after it."""
        clerk = self.scene.clerk
        accepted, refused = len(clerk.accepted), self._refused()
        begun = len(clerk.script.entries)
        seconds, problems = None, list[str]()
        try:
            seconds, check = self._suffer(fault)
            self.scene.stack.wait_until_settled(self.scene.database)
            problems += self._found_wrong(check, begun)
        except Exception as error:  # noqa: BLE001 - told in the row, which fails by it
            problems.append(f"{type(error).__name__}: {error}")
            (self.folder / f"{fault.name}.txt").write_text(traceback.format_exc(), "utf-8")
        after, unlike = self._auditor.count()
        found, self._before = since(self._before, after), after
        row = Row(
            fault.name,
            accepted=len(clerk.accepted) - accepted,
            refused=self._refused() - refused,
            seconds=seconds,
            problems=(*problems, *unlike),
        )
        return judged(row, found)

    def _suffer(self, fault: Fault) -> tuple[float | None, Check | None]:
        """The load all through it; seconds from its end until an act of later was confirmed."""
        with self.scene.at_work():
            time.sleep(LEAD_SECONDS)
            with fault.strike(self.scene) as check:
                time.sleep(self.seconds)
                ended = time.monotonic()
            return self.scene.seconds_to_recover(ended), check

    def _found_wrong(self, check: Check | None, begun: int) -> Iterator[str]:
        if check is not None:
            try:
                check()
            except Unmet as unmet:
                yield str(unmet)
        yield from self._auditor.problems(self._some_claims(begun))

    def _some_claims(self, begun: int) -> list[ClaimNo]:
        """Of those that had entries since, the newest and a few of the oldest."""
        entries = self.scene.clerk.script.entries[max(begun, FOUNDING_ENTRIES) :]
        touched = sorted({entry.book for entry in entries} - {CONSORTIUM_BOOK})
        return [*touched[-1:], *touched[: self.bundles - 1]]

    def _refused(self) -> int:
        return len(self.scene.clerk.refused) + self.scene.clerk.refused_at_once
