"""The calculator: what a financing costs, from the command line alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.pricing import RateBp
from scripts.terms import MalformedRate, percent
from tests.scripts.test_cli import yuanliu

BASE = ("price", "1000000.00", "--from", "2026-01-05", "--to", "2026-07-04", "--rate", "3.65")


def _price(folder: Path, *more: str) -> dict[str, Any]:
    ended = yuanliu(*BASE, *more, "--json", folder=folder)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_price__plain__is_interest_of_180_days_over_360(tmp_path: Path) -> None:
    found = _price(tmp_path)
    assert found["price"] == {
        "days": 180,
        "interest": "1825000",
        "holder_interest": "1825000",
        "core_interest": "0",
        "fees": "0",
        "advance": "98175000",
        "repayment": "100000000",
        "annual_cost_bp": 377,
    }
    assert (found["terms"]["rate_bp"], found["terms"]["late_rate_bp"]) == (365, 548)


def test_price__every_option__is_in_the_terms(tmp_path: Path) -> None:
    found = _price(
        tmp_path, "--timing", "arrears", "--year-base", "365", "--day-count", "30E",
        "--fee", "300.00", "--fee-bp", "5", "--ratio", "3:1", "--late-rate", "5",
        "--late-until", "2026-07-14",
    )  # fmt: skip
    terms, price = found["terms"], found["price"]
    assert (terms["timing"], terms["day_count"], terms["year_base"]) == ("arrears", "30E", "365")
    assert terms["fees"] == {"flat": "30000", "bp": 5}
    assert (price["days"], price["interest"], price["fees"]) == (179, "1790000", "80000")
    assert (price["holder_interest"], price["core_interest"]) == ("1342500", "447500")
    assert (price["advance"], price["repayment"]) == ("100000000", "101870000")
    assert found["late"] == {"until": "2026-07-14", "days_past_due": 10, "interest": "136986"}


def test_price__maturity_on_a_saturday__rolls_if_asked(tmp_path: Path) -> None:
    assert _price(tmp_path)["terms"]["maturity"] == "2026-07-04"
    assert _price(tmp_path, "--roll", "following")["terms"]["maturity"] == "2026-07-06"


def test_price__for_people__is_a_table(tmp_path: Path) -> None:
    shown = yuanliu(*BASE, folder=tmp_path).stdout
    assert "981,750.00 CNY" in shown
    assert "3.65 % a year, 5.48 % when late" in shown


@pytest.mark.parametrize(
    ("more", "name"),
    [
        (("--rate", "10000"), "RateTooHigh"),
        (("--rate", "100.01"), "RateTooHigh"),
        (("--rate=-1",), "NegativeRate"),
        (("--rate", "3.655"), "MalformedRate"),
        (("--rate", "1e2"), "MalformedRate"),
        (("--rate", "nan"), "MalformedRate"),
        (("--year-base", "0"), "UnknownYearBase"),
        (("--day-count", "31"), "UnknownDayCount"),
        (("--day-count", "30E", "--year-base", "actual"), "IncoherentConvention"),
        (("--to", "2026-01-05"), "NoTerm"),
        (("--to", "2099-01-05", "--roll", "following"), "CalendarUnknown"),
        (("--fee", "1000000"), "NothingAdvanced"),
        (("--fee-bp", "10001"), "FeeTooHigh"),
        (("--fee-bp", "-1"), "NegativeAmount"),
        (("--ratio", "0:0"), "InvalidRatio"),
        (("--ratio", "half"), "InvalidRatio"),
        (("--currency", "XXX"), "UnknownCurrency"),
        (("--currency", "JPY", "--fee", "0.5"), "TooManyDecimals"),
    ],
)
def test_price__bad_terms__is_one_named_line(
    tmp_path: Path, more: tuple[str, ...], name: str
) -> None:
    ended = yuanliu(*BASE, *more, folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"{name}: ")
    assert ended.stderr.count("\n") == 1


def test_price__rate_zero__costs_nothing(tmp_path: Path) -> None:
    price = _price(tmp_path, "--rate", "0")["price"]
    assert (price["interest"], price["advance"]) == ("0", "100000000")


def test_percent__is_whole_basis_points() -> None:
    assert percent("3.65") == percent("3.650") == RateBp(365)
    assert (percent("0"), percent("100"), percent("0.01"), percent("4.")) == (0, 10_000, 1, 400)
    for text in ("", ".5", "3,65", "٣", "3.651", "1" * 13):
        with pytest.raises(MalformedRate):
            percent(text)
