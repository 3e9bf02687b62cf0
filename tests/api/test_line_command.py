"""`yuanliu line`: a bank's officers at their lines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from client.api import Api
from client.credit_lines import (
    LineTerms,
    NotALineFile,
    SignedChange,
    describe_line,
    draft_line,
    set_line,
)
from client.member import Member
from ledger.credit import CreditLine, LineKind
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.money import Currency, Units
from scripts.cli import app
from scripts.commands import line
from tests.api.commanding import connect
from tests.api.test_lines import reserved
from tests.api.world import BANK, CORE, NOW, TIER1, URL, World
from tests.support.commanding import run_json
from tests.support.synthetic import DEPLOYMENT

UNTIL = ("--until", "2027-12-31")
TERMS = LineTerms(
    CORE, LineKind.DEBTOR, Currency("CNY"), Units(5_000), date(2027, 12, 31), "first line"
)


@pytest.fixture(autouse=True)
def commands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(world, monkeypatch)
    monkeypatch.setattr(line, "valid_until", lambda seconds: NOW + seconds)


def _set(limit: str, *more: str, who: str = str(BANK), reason: str = "review") -> Any:
    given = (str(CORE), limit, *UNTIL, "--reason", reason, "--key", who, "--yes")
    return run_json("line", "set", *given, *more)


def _refusal(*arguments: str) -> str:
    with pytest.raises(Refused) as refused:
        run_json("line", *arguments)
    return refused.value.name


def test_line__set_raised_and_listed__is_the_banks(world: World) -> None:
    made = _set("50.00", reason="first line")
    raised = _set("60.00")
    assert (raised["id"], raised["limit"], raised["version"]) == (made["id"], "6000", 2)
    _set("7.00", "--kind", "issuance")
    kinds = [one["kind"] for one in run_json("line", "list", "--key", str(BANK))]
    assert kinds == ["issuance", "debtor"]
    journal = run_json("line", "history", made["id"], "--key", str(BANK))
    assert [(one["limit"], one["reason"]) for one in journal] == [
        ("6000", "review"),
        ("5000", "first line"),
    ]
    used = run_json("line", "use", str(CORE), "--key", str(BANK))
    assert [(one["kind"], one["remaining"]) for one in used] == [
        ("debtor", "6000"),
        ("issuance", "700"),
    ]
    (limit,) = run_json("line", "use", "--key", str(CORE))
    assert limit == {"currency": "CNY", "limit": "700", "used": "0", "remaining": "700"}
    assert run_json("line", "list", "--key", str(CORE)) == []
    assert _refusal("history", made["id"], "--key", str(CORE)) == "NotFound"


def test_line__for_people__is_tables(world: World) -> None:
    made = _set("50.00")
    reserved(world, 1_000)
    (holder,) = run_json("line", "holders", made["id"], "--key", str(BANK))
    assert (holder["held"], holder["state"]) == ("1000", "reserved")
    for arguments in (
        ["list", "--key", str(BANK)],
        ["history", made["id"], "--key", str(BANK)],
        ["holders", made["id"], "--key", str(BANK)],
        ["use", str(CORE), "--key", str(BANK)],
    ):
        shown = CliRunner().invoke(app, ["line", *arguments])
        assert shown.exception is None, arguments
        assert "10.00 CNY" in shown.stdout or "50.00 CNY" in shown.stdout, shown.stdout


def test_line__nobody_says_yes__is_not_signed(world: World) -> None:
    given = (str(CORE), "50.00", *UNTIL, "--reason", "x", "--key", str(BANK))
    assert _refusal("set", *given) == "NotConfirmed"
    assert run_json("line", "list", "--key", str(BANK)) == []


def test_line__four_eyes__takes_both_keys_or_a_file_from_hand_to_hand(
    world: World, tmp_path: Path
) -> None:
    careful = world.ledger.enrol("CAREFUL BANK", 4, signers=2, quorum=2, dual_above=1_000)
    world.index()
    first, second = str(careful), f"{careful}.1"
    with pytest.raises(Refused) as refused:
        _set("50.00", who=first)
    assert refused.value.name == "ApprovalsMissing"
    assert _set("50.00", "--key", second, who=first)["version"] == 1
    paper = tmp_path / "change.json"
    given = (str(CORE), "60.00", *UNTIL, "--reason", "more", "--key", first, "--yes")
    written = CliRunner().invoke(app, ["line", "set", *given, "--out", str(paper)])
    assert written.exception is None
    (current,) = run_json("line", "list", "--key", first)
    assert current["limit"] == "5000"
    assert _refusal("approve", str(paper), "--key", first, "--yes") == "ApprovalsMissing"
    approved = run_json("line", "approve", str(paper), "--key", second, "--yes")
    assert (approved["limit"], approved["version"]) == ("6000", 2)


def test_approve__file_altered_on_its_way__is_refused(world: World, tmp_path: Path) -> None:
    careful = world.ledger.enrol("CAREFUL BANK", 4, signers=2, quorum=2, dual_above=1_000)
    world.index()
    paper = tmp_path / "change.json"
    given = (str(CORE), "60.00", *UNTIL, "--reason", "x", "--key", str(careful), "--yes")
    CliRunner().invoke(app, ["line", "set", *given, "--out", str(paper)])
    content = json.loads(paper.read_text())
    content["line"]["limit"] = "999999"
    paper.write_text(json.dumps(content))
    assert _refusal("approve", str(paper), "--key", f"{careful}.1", "--yes") == "NotSigner"
    paper.write_text('{"line": {}}')
    with pytest.raises(NotALineFile):
        SignedChange.read(paper)
    with pytest.raises(NotALineFile):
        SignedChange.read(tmp_path / "none.json")


def test_set_line__by_a_member__drafts_over_the_line_as_it_is(world: World) -> None:
    key = world.key(BANK)
    with Api.at(URL) as api:
        api.sign_in(key)  # type: ignore[arg-type]
        member = Member(key, api, DEPLOYMENT)  # type: ignore[arg-type]
        soon = NOW + 60
        drafted = draft_line(api, BANK, TERMS, soon)
        assert drafted == CreditLine(
            BANK, CORE, "debtor", "CNY", 5_000, 2027_12_31, "first line", 0, soon
        )
        change = SignedChange(drafted).signed_by([key, key], DEPLOYMENT)  # type: ignore[list-item]
        assert len(change.approvals) == 1
        assert api.put_line(change.body())["version"] == 1
        world.now = 0  # the client's own clock says until when
        other = replace(TERMS, party=PartyNo(TIER1), kind=LineKind.RECOURSE)
        assert set_line(member, other)["version"] == 1
        assert api.line(next(api.lines(CORE))["id"])["limit"] == "5000"
    shown = dict(describe_line(drafted, DEPLOYMENT))
    assert shown["what"] == f"bank {BANK} allows itself 50.00 CNY on party {CORE} until 2027-12-31"
