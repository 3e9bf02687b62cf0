"""`yuanliu report` and `yuanliu worklist`: a clerk's day."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from ledger.errors import Refused
from scripts.cli import app
from tests.api.commanding import connect
from tests.api.test_day_end import claim, hand_in, lot_line
from tests.api.world import BANK, TIER2, World
from tests.support.commanding import run_json

__all__ = ["claim"]


@pytest.fixture(autouse=True)
def commands(world: World, claim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(world, monkeypatch)
    # What is drafted is valid for an hour of the person's clock; the made-up API has its own.
    monkeypatch.setattr("client.resolving.valid_until", lambda: world.now + 60)


def resolve(line: dict[str, Any], *more: str) -> Any:
    given = ("--remedy", "returned", "--note", "sent back", "--key", str(BANK), "--yes")
    return run_json("worklist", "resolve", line["id"], *given, *more)


def shown(*arguments: str) -> str:
    with capture_logs():
        ended = CliRunner().invoke(app, [*arguments, "--key", str(BANK)])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def refusal(*arguments: str) -> str:
    with pytest.raises(Refused) as refused:
        run_json(*arguments)
    return refused.value.name


def test_report_day_end__as_json_and_as_tables__say_the_same(world: World, claim: int) -> None:
    (stray,) = hand_in(world, lot_line(world, claim, end_to_end_id="RENT"))
    day = stray["booked_on"]
    found = run_json("report", "day-end", "--day", day, "--key", str(BANK))
    assert (found["day"], found["balances"]) == (day, True)
    assert [one["unmatched"] for one in found["differences"]] == ["1000"]
    text = shown("report", "day-end", "--day", day)
    assert "unmatched 10.00 CNY" in text
    assert "RENT" in text
    assert "yes" in text


def test_worklist_resolve__line_of_ones_own__is_signed_and_journalled(
    world: World, claim: int
) -> None:
    (stray,) = hand_in(world, lot_line(world, claim, end_to_end_id="RENT"))
    assert stray["id"] in shown("show", "worklist")
    assert resolve(stray)["resolution"] == "sent back"
    assert stray["id"] not in shown("show", "worklist")
    (entry,) = run_json("worklist", "journal", "--key", str(BANK))
    assert entry["message"]["remedy"] == "returned"
    assert entry["signers"] == [world.key(BANK).address]
    assert "sent back" in shown("worklist", "journal")
    assert refusal(
        "worklist", "resolve", stray["id"], "--remedy", "returned", "--note", "again",
        "--key", str(BANK), "--yes",
    ) == "NotOnWorklist"  # fmt: skip


def test_worklist_resolve__line_of_anothers_statement__is_refused(world: World, claim: int) -> None:
    (over,) = hand_in(world, lot_line(world, claim, units=2_000))
    assert refusal(
        "worklist", "resolve", over["id"], "--remedy", "returned", "--note", "ours",
        "--key", str(TIER2), "--yes",
    ) == "NotYourStatement"  # fmt: skip


def test_worklist_resolve__above_the_amount_for_four_eyes__takes_two_keys(
    world: World, claim: int
) -> None:
    careful = world.ledger.enrol("CAREFUL BANK", 4, signers=2, quorum=2, dual_above=900)
    world.index()
    (stray,) = hand_in(world, lot_line(world, claim, end_to_end_id="RENT"), who=careful)
    given = ("worklist", "resolve", stray["id"], "--remedy", "elsewhere", "--note", "rent")
    assert refusal(*given, "--key", f"{careful}.0", "--yes") == "ApprovalsMissing"
    keys = ("--key", f"{careful}.0", "--key", f"{careful}.1")
    assert run_json(*given, *keys, "--yes")["resolution"] == "rent"
