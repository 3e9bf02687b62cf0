"""A SQLite database copied while it is used, and put back. PostgreSQL has tools of its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlalchemy import make_url

from ledger.errors import Refused
from ledger.store.engine import SQLITE

_PAGES_AT_ONCE = 1_000
"""Writers get their turn in between."""


@dataclass
class BackedUpElsewhere(Refused):
    """The database isn't a SQLite file."""

    backend: str
    summary: ClassVar[str] = (
        "A {backend} database is backed up with its own tools: pg_dump --format=custom, "
        "and pg_restore to put it back."
    )


@dataclass
class WouldOverwrite(Refused):
    """There is a file already; it may be the only good one."""

    path: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "{path} is there already: nothing was written."


@dataclass
class NotABackup(Refused):
    """The file isn't a sound database."""

    path: str
    reason: str
    summary: ClassVar[str] = "{path} is no sound database: {reason}."


def back_up(url: str, to: Path) -> None:
    """One consistent state of the database at ``url``, as it was at one moment, in a new file.

    Checked before it gets its name; readable by its owner only. May run while services do.
    Raises ``BackedUpElsewhere``, ``WouldOverwrite``, ``NotABackup``.
    """
    _copy(_file_of(url), to)


def put_back(backup: Path, url: str) -> None:
    """A backup as the database at ``url``, where none may be. Raises as ``back_up`` does."""
    into = _file_of(url)
    for leftover in (into.with_name(into.name + ending) for ending in ("-wal", "-shm")):
        # SQLite would play another database's log into this one.
        if leftover.exists():
            raise WouldOverwrite(str(leftover))
    _copy(backup, into)


def _file_of(url: str) -> Path:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend != SQLITE or not parsed.database:
        raise BackedUpElsewhere(backend)
    return Path(parsed.database)


def _copy(source: Path, to: Path) -> None:
    if to.exists():
        raise WouldOverwrite(str(to))
    unfinished = to.with_name(to.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _fill(source, unfinished)
        os.link(unfinished, to)
    except FileExistsError:
        raise WouldOverwrite(str(to)) from None
    finally:
        unfinished.unlink()
    _sync_folder(to.parent)


def _fill(source: Path, copy: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(copy)) as writing,
        ):
            reading.backup(writing, pages=_PAGES_AT_ONCE)
            # One file, without a log beside it: that is what gets carried away.
            writing.execute("PRAGMA journal_mode = DELETE")
            (verdict,) = writing.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise NotABackup(str(source), str(error)) from error
    if verdict != "ok":
        raise NotABackup(str(source), str(verdict))
    with copy.open("rb") as written:
        os.fsync(written.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
