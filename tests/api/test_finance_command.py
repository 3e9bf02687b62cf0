"""`yuanliu finance`, from asking to accepting, and what the client checks before it signs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from client.financing import check_quote
from client.records import Quote
from client.signing import DigestDiffers
from ledger.business_day import business_day
from ledger.commitments import CommitmentMismatch
from ledger.credit import LineExceeded
from ledger.deals import Finance
from ledger.deciding import JustificationMissing
from ledger.errors import Refused
from ledger.quoting import QuoteDiffers
from scripts.cli import app
from scripts.commands import finance, quoting
from tests.api.banking import Banking
from tests.api.commanding import connect
from tests.api.world import BANK, NOW, TIER2, World
from tests.support.commanding import run_json
from tests.support.synthetic import DEPLOYMENT

WHY = ("--justify", "tenor-financed=trade custom")
SECOND = ("--justify", "registration-priority=The first registrant has waived it.")


@pytest.fixture
def banking(world: World, monkeypatch: pytest.MonkeyPatch) -> Banking:
    """The command at the made-up API: keys are named by party and number, e.g. ``9.1``."""
    connect(world, monkeypatch)
    monkeypatch.setattr(finance, "today", lambda: business_day(NOW))
    for commands in (finance, quoting):
        monkeypatch.setattr(commands, "valid_until", lambda seconds: NOW + seconds)
    return Banking(world)


def _run(*arguments: str) -> Any:
    """The JSON that `yuanliu finance` prints; raises what it refuses with."""
    return run_json("finance", *arguments)


def _quote(who: str, request: str, rate: str, *more: str) -> Any:
    given = ("--rate", rate, *WHY, "--yes", "--key", who)
    return _run("quote", request, *given, *more)


def test_finance__asked_quoted_by_two__the_cheaper_is_accepted(banking: Banking) -> None:
    banks = ("--bank", str(BANK), "--bank", str(banking.rival))
    asked = _run("ask", "1:1000", *banks, "--amount", "20.00", "--key", str(TIER2))
    assert [one["amount"] for one in asked] == ["2000", "2000"]
    (own,) = _run("inbox", "--key", str(BANK))
    assert own["id"] == asked[0]["id"]
    seen = _run("inbox", own["id"], "--key", str(BANK))
    assert seen["view"]["request"]["id"] == own["id"]
    _run("say", own["id"], "Which goods?", "--key", str(BANK))
    dear = _quote(str(BANK), own["id"], "4.8")
    cheap = _quote(str(banking.rival), asked[1]["id"], "3.65", *SECOND)
    listed = _run("quotes", "--key", str(TIER2))
    assert [one["id"] for one in listed] == [cheap["id"], dear["id"]]
    assert _run("accept", cheap["id"], "--yes", "--key", str(TIER2))["status"] == "accepted"
    statuses = [one["status"] for one in _run("requests", "--key", str(TIER2))]
    assert sorted(statuses) == ["accepted", "open"]


def test_finance__four_eyes_decline_and_withdraw(banking: Banking) -> None:
    careful = str(banking.careful)
    banks = ("--bank", careful, "--bank", str(BANK), "--bank", str(banking.rival))
    first, second, third = _run("ask", "1:1000", *banks, "--mode", "pledge", "--key", str(TIER2))
    made = _quote(careful, first["id"], "3.65", "--amount", "15.00", *SECOND)
    assert (made["status"], made["price"]["advance"]) == ("proposed", "1500")
    assert _run("approve", made["id"], "--yes", "--key", f"{careful}.1")["status"] == "offered"
    no = _run("decline", second["id"], "--reason", "no", "--key", str(BANK))
    assert (no[0]["status"], no[0]["reason"]) == ("declined", "no")
    assert _run("withdraw", third["id"], "--key", str(TIER2))[0]["status"] == "withdrawn"


def test_finance_take_back__offered_by_nobody_yet__line_is_free_again(banking: Banking) -> None:
    careful = str(banking.careful)
    (request,) = _run("ask", "1:1000", "--bank", careful, "--key", str(TIER2))
    made = _quote(careful, request["id"], "3.65", *SECOND)
    assert _used(careful) > 0
    assert _run("take-back", made["id"], "--key", careful)["status"] == "withdrawn"
    assert _used(careful) == 0
    again = _quote(careful, request["id"], "3.65", *SECOND)
    _run("approve", again["id"], "--yes", "--key", f"{careful}.1")
    with pytest.raises(Refused) as refused:
        _run("take-back", again["id"], "--key", careful)
    assert refused.value.name == "QuoteClosed"


def _used(bank: str) -> int:
    return sum(int(one["open"]) for one in run_json("line", "list", "--key", bank))


def test_finance__for_people__is_tables(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    runner = CliRunner()
    for arguments in (
        ["inbox"],
        ["inbox", request["id"]],
        ["say", request["id"], "which goods?"],
        ["quotes"],
    ):
        ended = runner.invoke(app, ["finance", *arguments, "--key", str(BANK)])
        assert ended.exception is None, arguments
        assert ended.stdout


def test_finance__refused__is_the_apis_name(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    given = ("--rate", "3.65", "--yes", "--key", str(BANK))
    with pytest.raises(Refused) as refused:
        _run("quote", request["id"], *given)
    assert refused.value.name == JustificationMissing.__name__
    with pytest.raises(quoting.MalformedJustification):
        _run("quote", request["id"], *given, "--justify", "because")
    for _ in range(50):
        banking.quoted(BANK, request)
    with pytest.raises(Refused) as refused:
        _quote(str(BANK), request["id"], "3.65")
    assert refused.value.name == LineExceeded.__name__


def test_check_quote__any_part_altered__is_not_signed(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    quote: Quote = banking.quoted(BANK, request)  # type: ignore[assignment]
    assert check_quote(quote, DEPLOYMENT).price.advance == int(quote["price"]["advance"])
    cheaper = {**quote, "terms": quote["terms"].replace('"rate_bp":365', '"rate_bp":1')}
    with pytest.raises(CommitmentMismatch):
        check_quote(cheaper, DEPLOYMENT)  # type: ignore[arg-type]
    finance_said = Finance.from_json(quote["message"])
    other = replace(finance_said, end=5_000)
    with pytest.raises(DigestDiffers):
        check_quote({**quote, "message": other.to_json()}, DEPLOYMENT)  # type: ignore[arg-type]
    for whole in (
        replace(finance_said, end=5_000),
        replace(finance_said, dueOn=2028_05_21),
        replace(finance_said, mode=2, start=2_000),
    ):
        named = "0x" + DEPLOYMENT.digest(whole).hex()
        with pytest.raises(QuoteDiffers):
            check_quote({**quote, "message": whole.to_json(), "digest": named}, DEPLOYMENT)  # type: ignore[arg-type]
    unpaid = replace(finance_said, advance=bytes(32))
    digest = "0x" + DEPLOYMENT.digest(unpaid).hex()
    with pytest.raises(QuoteDiffers):
        check_quote({**quote, "message": unpaid.to_json(), "digest": digest}, DEPLOYMENT)  # type: ignore[arg-type]
