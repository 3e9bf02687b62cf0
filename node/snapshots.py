"""Saved states of a chain on disk: whole or absent, the newest few kept."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from node.dump import Dump

_SUFFIX = ".json.gz"


class CorruptSnapshot(Exception):
    """A snapshot that can't be read back."""


class Snapshots:
    """A folder of numbered snapshots; the highest number is the newest.

    Numbers, not heights: a chain that came back from an older snapshot grows again through
    heights that already have a file.
    """

    def __init__(self, folder: Path, keep: int = 3) -> None:
        self._folder = folder
        self._keep = keep
        folder.mkdir(parents=True, exist_ok=True)

    def newest_first(self) -> Iterator[Path]:
        yield from sorted(self._folder.glob(f"*{_SUFFIX}"), reverse=True)

    def save(self, dump: Dump) -> Path:
        """Write a dump so that a crash at any instant leaves either no file or all of it."""
        path = self._folder / f"{self._next_number():010d}-{dump.height}{_SUFFIX}"
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(dump.content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        _sync_folder(self._folder)
        for old in list(self.newest_first())[self._keep :]:
            old.unlink()
        return path

    def unpack(self, snapshot: Path) -> Path:
        """The snapshot as the plain file that anvil loads; the caller removes it."""
        plain = self._folder / "loading.json"
        try:
            plain.write_bytes(gzip.decompress(snapshot.read_bytes()))
        except (OSError, EOFError, zlib.error) as error:
            raise CorruptSnapshot(f"{snapshot}: {error}") from error
        return plain

    def set_aside(self, snapshot: Path) -> None:
        """Keep a snapshot that can't be used for a person to look at, out of our way."""
        snapshot.rename(snapshot.with_suffix(".unusable"))

    def _next_number(self) -> int:
        used = [int(path.name.split("-")[0]) for path in self._folder.glob("*-*")]
        return max(used, default=0) + 1


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
