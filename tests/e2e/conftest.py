"""Running the command as a user does, from a folder of no importance."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ledger.store.engine import open_database
from tests.e2e.mortal import MortalStack
from tests.e2e.town import Town

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
SECONDS = 120

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scripts.cli", *arguments]


def environment() -> dict[str, str]:
    """Ours without any setting of the product's, and with its modules to be found."""
    product = ("YUANLIU_", "DATABASE_URL", "PROFILE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(product)}
    return kept | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def yuanliu(tmp_path: Path) -> Run:
    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment() | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with MortalStack.on_dev(tmp_path_factory.mktemp("town")) as stack:
        database = open_database(stack.settings.database_url)
        with httpx.Client(base_url=stack.settings.api_url, trust_env=False, timeout=60) as http:
            yield Town(stack, database, http)
        database.close()
