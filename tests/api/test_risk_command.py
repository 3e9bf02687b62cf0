"""`yuanliu risk` at the made-up API."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from ledger.deals import Mode
from scripts.cli import app
from scripts.commands.risk import NoSuchAlert
from tests.api.commanding import connect
from tests.api.lending import Lending
from tests.api.world import CORE, SAMPLES, TIER1, World
from tests.support.commanding import run_json

RED = str(SAMPLES / "red-letter-cn.xml")


@pytest.fixture
def lending(world: World, monkeypatch: pytest.MonkeyPatch) -> Lending:
    made = Lending(world)
    connect(world, monkeypatch)
    return made


def test_risk__overdue_deal__alert_seen_to_classified_and_collected(lending: Lending) -> None:
    deal = lending.finance("recourse", Mode.RECOURSE, 0, 4_000)
    lending.pass_days(91)
    officer = ("--key", str(lending.bank))
    (alert,) = run_json("risk", "alerts", "--open", *officer)
    assert (alert["kind"], alert["deal"]) == ("overdue", deal)
    (seen,) = run_json("risk", "acknowledge", alert["id"], "called the treasurer", *officer)
    assert seen["acknowledged"]["note"] == "called the treasurer"
    assert run_json("risk", "alerts", "--open", *officer) == []
    assert run_json("risk", "alerts", *officer) == [seen]
    (debtor,) = run_json("risk", "classes", *officer)
    assert (debtor["party"], debtor["category"]) == (CORE, "substandard")
    (debt,) = run_json("risk", "classes", str(CORE), *officer)
    assert (debt["deal"], debt["days_past_due"]) == (deal, 91)
    (task,) = run_json("risk", "collections", *officer)
    assert (task["step"], task["actor"]) == ("demand", lending.bank)


def test_risk__collections__the_latest_first(lending: Lending) -> None:
    lending.finance("later", Mode.PLEDGE, 0, 1_000, dueOn=2027_05_01)
    lending.finance("earlier", Mode.PLEDGE, 1_000, 2_000, dueOn=2027_03_01)
    lending.pass_days(0)
    found = run_json("risk", "collections", "--key", str(lending.bank))
    assert [one["due_on"] for one in found] == ["2027-03-01", "2027-05-01"]


def test_risk__red_letter_handed_in__is_listed_and_alarms(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    (kept,) = run_json("risk", "reverse", RED, "--key", str(TIER1))
    assert (kept["side"], kept["original"]) == ("seller", "26332000000000000017")
    assert run_json("risk", "reversals", "--key", str(lending.bank)) == [kept]
    (alert,) = run_json("risk", "alerts", "--key", str(lending.bank))
    assert alert["kind"] == "invoice_reversed"


def test_risk__unknown_alert__named(lending: Lending) -> None:
    with pytest.raises(NoSuchAlert):
        run_json("risk", "acknowledge", "0x00", "seen", "--key", str(lending.bank))


def test_risk__for_people__is_tables(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    lending.pass_days(10)
    CliRunner().invoke(app, ["risk", "reverse", RED, "--key", str(TIER1)])
    for arguments, said in (
        (["alerts"], "outstanding 40.00 CNY"),
        (["classes"], "special_mention"),
        (["classes", str(CORE)], "2027-05-21"),
        (["collections"], "remind debtor"),
        (["reversals"], "1,130,000.00 CNY"),
    ):
        ended = CliRunner().invoke(app, ["risk", *arguments, "--key", str(lending.bank)])
        assert ended.exception is None, arguments
        assert said in " ".join(ended.stdout.split()), (arguments, ended.stdout)
