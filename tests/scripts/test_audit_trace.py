"""`yuanliu audit trace` over a bundle tells nothing that wasn't verified first."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger.bundle import bundle_bytes
from ledger.trust import trust_bytes
from scripts.cli import app
from tests.support.synthetic import lived_claim

BAD_OPTIONS = REFUSED = 2


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A bundle and its trust file."""
    ledger, claim = lived_claim()
    bundle, trust = tmp_path / "bundle.json", tmp_path / "trust.json"
    bundle.write_bytes(bundle_bytes(ledger.bundle(claim)))
    trust.write_bytes(trust_bytes(ledger.trust(claim)))
    return bundle, trust


def _trace(*options: str | Path) -> Result:
    return CliRunner().invoke(app, ["audit", "trace", "1:3500", *map(str, options)])


def test_trace__sound_bundle__tells_the_path(files: tuple[Path, Path]) -> None:
    bundle, trust = files
    told = _trace("--bundle", bundle, "--trust", trust)
    assert told.exit_code == 0, told.output
    assert "Unit 3500 of claim 1" in told.output


def test_trace__bundle_with_a_byte_changed__tells_what_is_wrong_and_no_path(
    files: tuple[Path, Path],
) -> None:
    bundle, trust = files
    content = bundle.read_bytes()
    bundle.write_bytes(content.replace(b'"op":"MOVED"', b'"op":"MERGED"', 1))
    told = _trace("--bundle", bundle, "--trust", trust)
    assert told.exit_code == REFUSED
    assert "HeadMismatch" in told.output
    assert "Unit 3500" not in told.output


@pytest.mark.parametrize("given", ["bundle", "trust"])
def test_trace__one_file_without_the_other__is_refused(
    given: str, files: tuple[Path, Path]
) -> None:
    told = _trace(f"--{given}", files[given == "trust"])
    assert told.exit_code == BAD_OPTIONS
    assert "go together" in told.output
