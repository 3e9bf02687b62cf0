"""Every act of membership, as the operators' runbooks have it: by the command, on a whole ledger.

Goes on from test to test: what one admits, a later one removes.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from chain.profile import DEV
from chain.rpc import Rpc
from ledger.errors import Refused
from ledger.keccak import keccak
from node.anvil import free_port
from scripts import cli
from scripts.founding import COUNCIL, COUNCIL_QUORUM, POLICY_DELAY_SECONDS
from scripts.settings import Settings
from scripts.stack import Stack
from tests.support.synthetic import Key, address_of

Run = Callable[..., Result]
pytestmark = pytest.mark.xdist_group("membership")  # each goes on from the one before
BANK_ID = "lei:529900T8BM49AURSDO55"
BANK, KEYS = 1, [keccak(b"node 1"), keccak(b"node 2")]
SIGNED = [part for name in COUNCIL[:COUNCIL_QUORUM] for part in ("--key", name)]
POLICY, WITHDRAWN = address_of("next policy"), address_of("withdrawn policy")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("consortium")
    given = Settings.in_folder(DEV, folder).at(free_port(), free_port())
    with Stack(given, lambda _: None) as stack:
        yield stack.settings


@pytest.fixture(scope="module")
def yuanliu(settings: Settings) -> Iterator[Run]:
    """The command, in this process: it is called often, and starting Python takes a second."""
    ours = {"YUANLIU_PASSPHRASE_FILE": str(settings.dev_passphrase_file)}

    def run(*arguments: str, **given: str) -> Result:
        env = {**settings.environment(), **ours, **given}
        return CliRunner().invoke(cli.app, list(arguments), env=env)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cli, "log_as_command", _log_nothing)
        yield run
    structlog.reset_defaults()


def _log_nothing() -> None:
    """Standard output is for the answer."""
    silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=silent)


def _council(yuanliu: Run, *arguments: str) -> dict[str, Any]:
    record = _answer(yuanliu("council", *arguments, *SIGNED, "--yes", "--json"))
    assert record["status"] == "confirmed"
    return record


def _answer(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, repr(done.exception)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _refused(done: Result, name: str) -> None:
    assert isinstance(done.exception, Refused), done.output
    assert done.exception.name == name


def _shown(yuanliu: Run) -> dict[str, Any]:
    return _answer(yuanliu("show", "consortium", "--key", COUNCIL[0], "--json"))


def _party(yuanliu: Run) -> dict[str, Any]:
    return _answer(yuanliu("party", "show", str(BANK), "--key", COUNCIL[0], "--json"))


def _powers(yuanliu: Run) -> dict[str, tuple[str, int]]:
    return {one["key"]: (one["power"], one["version"]) for one in _shown(yuanliu)["validators"]}


def test_party__admitted_and_suspended__by_the_council(yuanliu: Run) -> None:
    signer = Key("bank").address
    _council(yuanliu, "enrol", BANK_ID, "--role", "bank", "--signer", signer)
    standing = ["--role", "bank", "--quorum", "1", "--dual-above", str(2**64 - 1)]
    amend = ["amend", str(BANK), *standing]
    _council(yuanliu, *amend, "--version", "1", "--no-active")
    assert _party(yuanliu)["active"] is False
    again = yuanliu("council", *amend, "--version", "1", "--active", *SIGNED, "--yes")
    _refused(again, "PartyChanged")
    successor = Key("bank's next").address
    rotated = ["--version", "2", "--add", successor, "--remove", signer]
    _council(yuanliu, *amend, *rotated)
    assert _party(yuanliu)["active"] is True


def test_oracles__one_member_replaced__next_epoch(yuanliu: Run) -> None:
    def seat(epoch: int, *names: str) -> list[str]:
        members = [part for name in names for part in ("--member", Key(name).address)]
        return ["oracles", "--epoch", str(epoch), "--quorum", "2", *members]

    _council(yuanliu, *seat(1, "one", "two", "three"))
    _council(yuanliu, *seat(2, "one", "two", "four"))
    oracles = _shown(yuanliu)["oracles"]
    assert (oracles["epoch"], oracles["quorum"]) == (2, 2)
    assert set(oracles["members"]) == {Key(name).address for name in ("one", "two", "four")}
    _refused(yuanliu("council", *seat(2, "one", "two"), *SIGNED, "--yes"), "WrongEpoch")


def test_validator__admitted_and_removed__as_the_record_shows(yuanliu: Run) -> None:
    spelled = [base64.b64encode(KEYS[0]).decode(), "0x" + KEYS[1].hex()]
    for key in spelled:
        _council(yuanliu, "validator", key, "--party", str(BANK), "--power", "10")
    first, second = ("0x" + key.hex() for key in KEYS)
    assert _powers(yuanliu) == {first: ("10", 1), second: ("10", 1)}
    removal = ["validator", spelled[0], "--party", str(BANK), "--power", "0"]
    _refused(yuanliu("council", *removal, *SIGNED, "--yes"), "ValidatorChanged")
    _council(yuanliu, *removal, "--version", "1")
    assert _powers(yuanliu) == {first: ("0", 2), second: ("10", 1)}
    last = ["validator", spelled[1], "--party", str(BANK), "--power", "0", "--version", "1"]
    _refused(yuanliu("council", *last, *SIGNED, "--yes"), "LastValidator")
    _refused(yuanliu("council", "validator", "0xno", *last[2:], *SIGNED), "MalformedValidatorKey")


def test_council_act__from_hand_to_hand_as_a_file__each_signs_by_itself(
    yuanliu: Run, tmp_path: Path
) -> None:
    paper = str(tmp_path / "change.json")
    change = ["validator", "0x" + KEYS[0].hex(), "--party", str(BANK), "--power", "7"]
    alone = ["--key", COUNCIL[0], "--version", "2", "--hours", "48", "--yes", "--out", paper]
    assert yuanliu("council", *change, *alone).exit_code == 0
    _refused(yuanliu("hand-in", paper, "--key", COUNCIL[0]), "ApprovalsMissing")
    signed = yuanliu("sign", paper, "--side", "council", "--key", COUNCIL[1], "--yes")
    assert signed.exit_code == 0, repr(signed.exception)
    done = _answer(yuanliu("hand-in", paper, "--key", COUNCIL[0], "--json"))
    assert done["status"] == "confirmed"
    assert _powers(yuanliu)["0x" + KEYS[0].hex()] == ("7", 3)


def test_backup__taken_and_put_elsewhere__has_no_drift(yuanliu: Run, tmp_path: Path) -> None:
    backup, elsewhere = tmp_path / "backup.db", tmp_path / "elsewhere.db"
    assert yuanliu("db", "backup", str(backup)).exit_code == 0
    _refused(yuanliu("db", "backup", str(backup)), "WouldOverwrite")
    _refused(yuanliu("db", "restore", str(backup)), "WouldOverwrite")
    other = f"sqlite:///{elsewhere}"
    assert yuanliu("db", "restore", str(backup), DATABASE_URL=other).exit_code == 0
    assert _answer(yuanliu("audit", "replay", "--json", DATABASE_URL=other))["drift"] == 0


def test_council__handed_over__by_the_one_before_it(yuanliu: Run) -> None:
    shown = _shown(yuanliu)["council"]
    members = [part for one in shown["members"] for part in ("--member", one)]
    constitution = ["constitute", "--epoch", str(shown["epoch"] + 1), "--quorum", "2", *members]
    _council(yuanliu, *constitution)
    assert _shown(yuanliu)["council"]["epoch"] == shown["epoch"] + 1
    # Another one for the same epoch: the very same act again would be no second act.
    later = [*constitution[:4], "3", *members]
    _refused(yuanliu("council", *later, *SIGNED, "--yes"), "WrongEpoch")


def test_policy__authorised_ended_and_enacted__after_the_delay(
    yuanliu: Run, settings: Settings
) -> None:
    """The last one: it takes the chain a day ahead of everybody's clocks."""
    for policy in (POLICY, WITHDRAWN):
        _council(yuanliu, "policy", policy, "--authorise")
    _council(yuanliu, "policy", WITHDRAWN, "--end", "--version", "1")
    _refused(yuanliu("council", "enact", POLICY), "PolicyNotReady")
    with Rpc(settings.endpoints.rpc) as rpc:
        rpc.batch([("evm_increaseTime", [POLICY_DELAY_SECONDS]), ("evm_mine", [])])
    enacted = _answer(yuanliu("council", "enact", POLICY, "--json"))
    _refused(yuanliu("council", "enact", WITHDRAWN), "PolicyNotReady")
    found = _policies_at(yuanliu, enacted["block"])
    policies = {one["policy"]: one["authorised"] for one in found}
    assert policies[POLICY] is True
    assert policies[WITHDRAWN] is False


def _policies_at(yuanliu: Run, block: int) -> list[dict[str, Any]]:
    """The policies, once a replay finds that the projection has read as far as this block."""
    for _ in range(100):
        if _answer(yuanliu("audit", "replay", "--json"))["block"] >= block:
            break
        time.sleep(0.1)
    policies: list[dict[str, Any]] = _shown(yuanliu)["policies"]
    return policies
