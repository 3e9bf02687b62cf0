"""Decisions: kept, and repeated byte for byte, whatever pack is in force by now."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MalformedFile, write_canonical
from ledger.errors import Refused
from ledger.rules import Act, Facts, decide, load_catalogue, reproduce, shipped_catalogue
from ledger.rules.errors import DecisionNotReproduced, NoPackInForce, PackMissing
from tests.ledger.rules.packs import ANNOUNCED, add_pack, in_force
from tests.ledger.rules.test_engine import FINANCE, any_facts

KEPT = sorted((Path(__file__).parent / "decisions").glob("*.json"))
CATALOGUE = shipped_catalogue()
LAYERS = Facts(Act.TRANSFER, split_layer=4)


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_reproduce__decision_kept_since_the_first_version__byte_for_byte(file: Path) -> None:
    document = file.read_bytes()
    assert reproduce(CATALOGUE, document).document() == document


@given(any_facts, st.dates(date(2025, 6, 15), date(2040, 1, 1)))
def test_reproduce__any_decision__byte_for_byte(facts: Facts, on: date) -> None:
    decision = decide(CATALOGUE, facts, on)
    dated = shipped_catalogue({"cn-receivables-2": date(2026, 1, 1)})
    assert reproduce(CATALOGUE, decision.document()) == decision
    assert reproduce(dated, decision.document()) == decision


def test_decide__new_pack__changes_tomorrow_and_not_yesterday(tmp_path: Path) -> None:
    add_pack(tmp_path, "one", in_force("2025-01-01"), limit=5)
    add_pack(tmp_path, "two", ANNOUNCED, limit=3)
    yesterday = decide(load_catalogue(tmp_path), LAYERS, date(2026, 12, 31))
    changed = load_catalogue(tmp_path, {"two": date(2027, 1, 1)})
    tomorrow = decide(changed, LAYERS, date(2027, 1, 1))
    assert (yesterday.answers.outcome, tomorrow.answers.outcome) == ("pass", "refused")
    assert reproduce(changed, yesterday.document()) == yesterday
    assert decide(changed, LAYERS, date(2026, 12, 31)) == yesterday


def test_decide__no_pack_that_day__refused() -> None:
    with pytest.raises(NoPackInForce):
        decide(CATALOGUE, FINANCE, date(2020, 1, 1))


def test_reproduce__pack_gone__refused(tmp_path: Path) -> None:
    add_pack(tmp_path, "one", in_force("2025-01-01"))
    with pytest.raises(PackMissing):
        reproduce(load_catalogue(tmp_path), KEPT[0].read_bytes())


@pytest.mark.parametrize(
    ("path", "value", "refusal"),
    [
        (("answers", 1, "outcome"), "refused", DecisionNotReproduced),
        (("answers", 4, "reasons"), [], DecisionNotReproduced),
        (("facts", "registered"), False, DecisionNotReproduced),
        (("facts", "registered"), "true", MalformedFile),
        (("facts", "split_layer"), True, MalformedFile),
        (("facts", "colour"), "red", MalformedFile),
        (("facts", "maturity"), "soon", MalformedFile),
        (("facts",), {}, MalformedFile),
        (("on",), "2026-02-29", MalformedFile),
        (("pack", "id"), "cn-receivables-2", DecisionNotReproduced),
        (("pack", "hash"), "0x" + "11" * 32, PackMissing),
        (("pack", "hash"), "0x11", MalformedFile),
        (("kind",), "another", MalformedFile),
    ],
)
def test_reproduce__one_thing_changed__refused(
    path: tuple[Any, ...], value: Any, refusal: type[Refused]
) -> None:
    decision = json.loads(decide(CATALOGUE, FINANCE, date(2026, 3, 1)).document())
    place = decision
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(refusal) as caught:
        reproduce(CATALOGUE, write_canonical(decision))
    assert str(caught.value)


def test_reproduce__another_spelling__refused() -> None:
    document = decide(CATALOGUE, FINANCE, date(2026, 3, 1)).document()
    with pytest.raises(DecisionNotReproduced):
        reproduce(CATALOGUE, document.replace(b",", b", "))


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=4))
def test_reproduce__damaged__refused_by_name_or_the_same(at: int, junk: bytes) -> None:
    document = decide(CATALOGUE, FINANCE, date(2026, 3, 1)).document()
    damaged = document[:at] + junk + document[at + len(junk) :]
    try:
        assert reproduce(CATALOGUE, damaged).document() == damaged
    except Refused:
        return
