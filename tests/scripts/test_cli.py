"""The command: help that teaches, refusals in one line, exit codes that mean something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main

from scripts.cli import app

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


def _commands() -> Iterator[tuple[str, click.Command]]:
    def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield name, command
            return
        for child, inner in children.items():
            yield from walk(f"{name} {child}".strip(), inner)

    yield from walk("", typer.main.get_command(app))


COMMANDS = dict(_commands())


def yuanliu(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "YUANLIU_DATA_DIR": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help__of_every_command__says_what_it_does_with_an_example(name: str) -> None:
    text = COMMANDS[name].help or ""
    assert text.strip()
    if not name.startswith("serve "):
        assert f"yuanliu {name}" in text


def test_keys__made_listed_and_shown__agree(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a passphrase\n")
    secret.chmod(0o600)
    made = yuanliu(
        "keys", "new", "treasurer", "--demonstration", "--json",
        folder=tmp_path, YUANLIU_PASSPHRASE_FILE=str(secret),
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    address = json.loads(made.stdout)["address"]
    listed = yuanliu("keys", "list", "--json", folder=tmp_path)
    assert json.loads(listed.stdout) == [{"name": "treasurer", "address": address}]


def test_key__without_anyone_to_ask_for_a_passphrase__is_refused(tmp_path: Path) -> None:
    ended = yuanliu("keys", "new", "treasurer", folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("PassphraseNeeded: ")
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all/yuanliu.db", "postgresql://nobody@127.0.0.1:1/none"]
)
def test_db_migrate__database_out_of_reach__is_one_line(tmp_path: Path, url: str) -> None:
    ended = yuanliu("db", "migrate", folder=tmp_path, DATABASE_URL=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith("StorageFault: unreachable: ")
    assert len(ended.stderr.splitlines()) == 1


def test_invoice_read__sample__shows_what_is_payable(tmp_path: Path) -> None:
    ended = yuanliu("invoice", "read", str(SAMPLES / "einvoice-cn.xml"), "--json", folder=tmp_path)
    assert json.loads(ended.stdout)["payable"] == "113000000"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("invoice", "read", "samples/credit-note.xml"), "CreditNoteNotReceivable"),
        (("invoice", "read", "samples/negative.xml"), "NegativeInvoice"),
        (("invoice", "read", "no-such-file.xml"), "UnreadableFile"),
        (("keys", "show", "nobody"), "NoSuchKey"),
        (("keys", "show", "a b"), "UnsafeKeyName"),
        (("show", "lot", "twelve", "--key", "x"), "NotALotName"),
        (("audit", "bundle", "1"), "NotDeployed"),
        (("verify", "samples/einvoice-cn.xml", "--trust", "samples/negative.xml"), "MalformedFile"),
    ],
)
def test_bad_input__is_one_named_line_and_exit_2(
    tmp_path: Path, arguments: tuple[str, ...], name: str
) -> None:
    ended = yuanliu(*arguments, folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{name}: ")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_api_down__is_one_line_and_exit_1(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a passphrase\n")
    secret.chmod(0o600)
    environment = {
        "YUANLIU_PASSPHRASE_FILE": str(secret),
        "YUANLIU_API_URL": "http://127.0.0.1:9",
    }
    yuanliu("keys", "new", "me", "--demonstration", folder=tmp_path, **environment)
    ended = yuanliu("sign-in", "--key", "me", folder=tmp_path, **environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith("ApiFault: no answer from http://127.0.0.1:9")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "environment",
    [{"PROFILE": "moon"}, {"YUANLIU_API_URL": "ftp://x"}, {"YUANLIU_RPC_URL": "127.0.0.1"}],
)
def test_bad_settings__are_one_line_and_exit_1(tmp_path: Path, environment: dict[str, str]) -> None:
    ended = yuanliu("keys", "list", folder=tmp_path, **environment)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
