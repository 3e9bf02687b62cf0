"""The rule packs from the command line: listed, shown with sources, asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.canonical import write_canonical
from ledger.rules import reproduce, shipped_catalogue
from tests.scripts.test_cli import yuanliu

PACK = "cn-receivables-1"
FACTS: dict[str, Any] = {
    "act": "finance",
    "issued_on": "2026-11-22",
    "maturity": "2027-03-01",
    "registered": True,
    "issuer_blocked": False,
    "split_layer": 2,
    "days_captured_late": 0,
    "invoice_reversed": False,
    "earlier_registrations": 0,
}


def _check(folder: Path, facts: Any, *more: str) -> Any:
    return yuanliu("rules", "check", json.dumps(facts), "--on", "2026-12-01", *more, folder=folder)


def test_list__names_every_pack_with_its_hash(tmp_path: Path) -> None:
    found = json.loads(yuanliu("rules", "list", "--json", folder=tmp_path).stdout)
    hashes = ["0x" + pack.hash.hex() for pack in shipped_catalogue().packs]
    assert [pack["hash"] for pack in found["packs"]] == hashes
    assert "announced" in yuanliu("rules", "list", folder=tmp_path).stdout


def test_list__announced_pack_tried__ends_the_one_before(tmp_path: Path) -> None:
    dated = ("--dated", "cn-receivables-2=2027-01-01")
    found = json.loads(yuanliu("rules", "list", *dated, "--json", folder=tmp_path).stdout)
    periods = [pack["in_force"] for pack in found["packs"]]
    assert periods[0]["until"] == periods[1]["from"] == "2027-01-01"


def test_show__every_rule_has_its_source(tmp_path: Path) -> None:
    found = json.loads(yuanliu("rules", "show", PACK, "--json", folder=tmp_path).stdout)
    assert len(found["rules"]) == len(shipped_catalogue().by_id(PACK).rules)
    assert all(rule["source"]["text"] and rule["source"]["known"] for rule in found["rules"])
    one = yuanliu("rules", "show", PACK, "--rule", "tenor", folder=tmp_path).stdout
    assert "银发〔2025〕77号, article 11" in one
    assert yuanliu("rules", "show", PACK, "--rule", "tenant", folder=tmp_path).returncode == 2


def test_check__json__is_the_decision_as_stored(tmp_path: Path) -> None:
    ended = _check(tmp_path, FACTS, "--json")
    assert ended.returncode == 0, ended.stderr
    document = write_canonical(json.loads(ended.stdout))
    assert reproduce(shipped_catalogue(), document).document() == document


def test_check__from_a_file__says_why(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(FACTS))
    shown = yuanliu("rules", "check", str(file), "--on", "2026-12-01", folder=tmp_path).stdout
    assert "99 days from 2026-11-22 to 2027-03-01: within 6 months" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("changes", "more", "name"),
    [
        ({"registered": False}, (), "RulesRefuse"),
        ({"registered": None}, (), "MalformedFile"),
        ({"maturity": "2028-03-01"}, (), "RulesRefuse"),
        ({"maturity": "2027-09-01"}, (), "JustificationMissing"),
        ({"split_layer": 6}, (), "JustificationMissing"),
        ({"split_layer": 6}, ("--justified", "tenor-financed"), "JustificationMissing"),
        ({"split_layer": -1}, (), "MalformedFile"),
        ({"act": "gift"}, (), "MalformedFile"),
        ({"moon": "full"}, (), "MalformedFile"),
        ({}, ("--on", "2020-01-01"), "NoPackInForce"),
        ({}, ("--pack", "cn-receivables-2"), "PackNotInForce"),
        ({}, ("--pack", "cn-receivables-9"), "PackMissing"),
        ({}, ("--dated", "cn-receivables-2"), "MalformedDating"),
    ],
)
def test_check__in_the_way_or_malformed__is_one_named_line(
    tmp_path: Path, changes: dict[str, Any], more: tuple[str, ...], name: str
) -> None:
    ended = _check(tmp_path, FACTS | changes, *more)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{name}: ")
    assert ended.stderr.count("\n") == 1


def test_check__fact_left_out__is_refused_by_the_rule_that_needs_it(tmp_path: Path) -> None:
    ended = _check(tmp_path, {name: FACTS[name] for name in FACTS if name != "registered"})
    assert "registration-before-finance: registered is not known." in ended.stderr


def test_check__justified__passes(tmp_path: Path) -> None:
    assert (
        _check(tmp_path, FACTS | {"split_layer": 6}, "--justified", "split-layers").returncode == 0
    )
