"""Injective's node binary from PyPI: found, unpacked once, and asked."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.consortium.fault import ConsortiumFault

_PACKAGE = "injective_core"
_ARCHIVE = "injectived.tar.zst"
_NAME = "injectived"
_UNPACKED = "unpacked"
_COMMAND_SECONDS = 60.0


class ConsortiumExtraMissing(ConsortiumFault):
    """The engine of the consortium profile isn't installed here."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"{missing} isn't there: run `pip install -e .[consortium]`")


class EngineCommandFailed(ConsortiumFault):
    """A command of the engine's own failed: its last words."""


# A large batch passes through many copies as JSON: collecting them took an eighth of a validator's
# time at Go's defaults. The limit makes it collect more often before it grows past it.
_GARBAGE = {"GOGC": "400", "GOMEMLIMIT": "1500MiB"}


@dataclass(frozen=True)
class Binary:
    """The engine's program, whose shared library lies beside it."""

    path: Path

    def environment(self, home: Path) -> dict[str, str]:
        """Ours, with the library found and nothing of the user's home touched."""
        library_path = {"LD_LIBRARY_PATH": str(self.path.parent)}
        return {**os.environ, **library_path, **_GARBAGE, "HOME": str(home)}

    def run(self, home: Path, *arguments: str, answer: str = "") -> str:
        """What one command on a node's folder prints; raises ``EngineCommandFailed``."""
        try:
            done = subprocess.run(
                [str(self.path), *arguments, "--home", str(home)],
                env=self.environment(home),
                input=answer,
                capture_output=True,
                text=True,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            late = f"{_NAME} {' '.join(arguments)}: no end within {_COMMAND_SECONDS:.0f} s"
            raise EngineCommandFailed(late) from None
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()[-1_000:]
            raise EngineCommandFailed(f"{_NAME} {' '.join(arguments)}: {words}")
        return done.stdout


def json_in(output: str) -> Any:
    """The JSON object among the warnings that a command prints."""
    return json.loads(output[output.index("{") : output.rindex("}") + 1])


def find_binary() -> Binary:
    """The binary, unpacked on first use; raises ``ConsortiumExtraMissing``."""
    package = _package_folder()
    unpacked = package / _UNPACKED
    if not unpacked.exists():
        with _only_one(package / f"{_UNPACKED}.lock"):
            if not unpacked.exists():
                _unpack(package / "bin" / _ARCHIVE, unpacked)
    return Binary(_program_in(unpacked))


def _package_folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ConsortiumExtraMissing("injective-core")
    return Path(spec.origin).parent


def _program_in(folder: Path) -> Path:
    for program in sorted(folder.glob(f"{_NAME}*")):
        return program
    raise ConsortiumExtraMissing(f"{_NAME} for this machine")


def _unpack(archive: Path, folder: Path) -> None:
    """The archive's files in ``folder``, all or none.

    The package's own way leaves half a binary, which it takes for whole, when it is killed.
    """
    try:
        import zstandard
    except ModuleNotFoundError:
        raise ConsortiumExtraMissing("zstandard") from None
    if not archive.is_file():
        raise ConsortiumExtraMissing(str(archive))
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        with (
            archive.open("rb") as packed,
            zstandard.ZstdDecompressor().stream_reader(packed) as plain,
            tarfile.open(fileobj=plain, mode="r|") as files,
        ):
            files.extractall(partial, filter="data")
        _program_in(partial).chmod(0o755)
        partial.chmod(0o755)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """One process at a time; the others wait."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
