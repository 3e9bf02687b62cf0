"""`yuanliu network generate`, as an operator types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node.besu import NetworkUnsound
from node.besu.plan import DuplicateHost, ValidatorsOutOfRange
from scripts.cli import app
from scripts.commands.generate import EngineNotGenerated, NoSuchAccount

ROOT = Path(__file__).resolve().parents[3]


def generate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["network", "generate", *arguments])


def test_generate__four_validators__check_decodes_the_same_four(tmp_path: Path) -> None:
    out = tmp_path / "net"
    made = generate("--engine", "besu", "--validators", "4", "--out", str(out))
    assert made.exit_code == 0
    assert "No account may send transactions yet" in made.stderr
    checked = generate("--check", str(out), "--json")
    found = json.loads(checked.stdout)
    assert len(found["validators"]) == 4
    assert found["quorum"] == 3
    assert all(validator in made.stdout for validator in found["validators"])


def test_generate__as_json__names_validators_and_folder(tmp_path: Path) -> None:
    out = tmp_path / "net"
    account = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf".lower()
    arguments = ("--validators", "1", "--account", account, "--out", str(out), "--json")
    made = json.loads(generate(*arguments).stdout)
    assert made["out"] == str(out)
    assert (made["chain_id"], made["quorum"], len(made["validators"])) == (7777, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("--validators", "0"), ValidatorsOutOfRange),
        (("--validators", "2", "--hosts", "a,a"), DuplicateHost),
        (("--engine", "geth"), EngineNotGenerated),
        (("--account", "0x12"), NoSuchAccount),
        (("--check", "no-such-folder"), NetworkUnsound),
    ],
)
def test_generate__what_cannot_be__refused_by_name_and_nothing_written(
    arguments: tuple[str, ...], refusal: type[Exception], tmp_path: Path
) -> None:
    out = tmp_path / "net"
    assert isinstance(generate(*arguments, "--out", str(out)).exception, refusal)
    assert not out.exists()


def test_generate__folder_in_use__one_line_on_stderr_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("")
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "network", "generate", "--out", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "YUANLIU_DATA_DIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == f"FolderNotEmpty: {tmp_path} isn't an empty folder.\n"
