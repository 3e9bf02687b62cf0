"""A data folder that only one owner at a time works on."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_LOCK = "lock"


class DataFolderInUse(Exception):
    """Another node, or network of nodes, runs on this folder."""


def lock_folder(folder: Path) -> int:
    """A descriptor that holds the folder until it is closed; raises ``DataFolderInUse``."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise DataFolderInUse(f"{folder}, by process {_written(folder)}") from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def owner_of(folder: Path) -> int | None:
    """The process that holds the folder now; None when nobody does."""
    try:
        with (folder / _LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except OSError:
        return _written(folder)
    return None


def _written(folder: Path) -> int | None:
    """None in the instant between taking the lock and signing it."""
    text = (folder / _LOCK).read_text(encoding="ascii")
    return int(text) if text else None
