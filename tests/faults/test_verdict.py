from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ledger.ids import Digest
from ledger.keccak import keccak
from ledger.store.outbox import ActStatus
from tests.faults import table
from tests.faults.catalogue import FAULTS
from tests.faults.verdict import Answer, Handed, Row, Tally, judged, since, tally

ONE, TWO, LATE, PLANTED, STRANGE = (Digest(keccak(name.encode())) for name in "12lps")
HANDED = Handed([ONE, TWO, LATE], {PLANTED: "UnknownLot"}, {LATE: "Expired"})
POSTED = [ONE, TWO, LATE]
CONFIRMED = Answer(ActStatus.CONFIRMED)
ANSWERS = {
    ONE: CONFIRMED,
    TWO: CONFIRMED,
    LATE: CONFIRMED,
    PLANTED: Answer(ActStatus.REFUSED, "UnknownLot"),
}
ROW = Row("some", accepted=4, refused=1, seconds=1.5)
SOME = list(FAULTS.values())[:2]


def without(act: Digest) -> dict[Digest, Answer]:
    return {digest: answer for digest, answer in ANSWERS.items() if digest != act}


def test_tally__everything_as_it_should_be__is_empty_and_the_row_sound() -> None:
    found = tally(HANDED, POSTED, ANSWERS)
    assert found == Tally()
    assert judged(ROW, found) == ROW
    assert ROW.sound


def test_tally__expired_on_its_way__is_a_refusal() -> None:
    refused = ANSWERS | {LATE: Answer(ActStatus.REFUSED, "Expired")}
    assert tally(HANDED, [ONE, TWO], refused) == Tally()


@pytest.mark.parametrize(
    ("posted", "answers", "lost", "doubled"),
    [
        ([ONE, LATE], without(TWO), 1, 0),
        ([ONE, LATE], ANSWERS, 1, 0),
        ([ONE, LATE], ANSWERS | {TWO: Answer(ActStatus.REFUSED, "LotChanged")}, 1, 0),
        ([ONE, TWO], ANSWERS | {LATE: Answer(ActStatus.REFUSED, "LotChanged")}, 1, 0),
        (POSTED, without(PLANTED), 1, 0),
        ([ONE, TWO, TWO, LATE], ANSWERS, 0, 1),
        ([*POSTED, STRANGE], ANSWERS, 0, 1),
        (POSTED, ANSWERS | {STRANGE: CONFIRMED}, 0, 1),
        ([*POSTED, PLANTED], ANSWERS, 0, 1),
    ],
    ids=[
        "lost_from_the_outbox",
        "confirmed_but_not_on_the_chain",
        "sound_and_refused",
        "refused_by_a_wrong_name",
        "planted_and_lost",
        "twice_on_the_chain",
        "a_stranger_on_the_chain",
        "a_stranger_in_the_outbox",
        "planted_on_the_chain",
    ],
)
def test_tally__planted_damage__fails_the_row(
    posted: list[Digest], answers: dict[Digest, Answer], lost: int, doubled: int
) -> None:
    row = judged(ROW, tally(HANDED, posted, answers))
    assert (row.lost, row.doubled) == (lost, doubled)
    assert row.problems
    assert not row.sound


def test_tally__still_waiting__has_no_answer_and_isnt_lost() -> None:
    row = judged(ROW, tally(HANDED, [ONE, TWO], ANSWERS | {LATE: Answer(ActStatus.SENT)}))
    assert row.lost == 0
    assert not row.sound
    assert "without an answer" in row.problems[0]


@pytest.mark.parametrize(
    ("posted", "answers"),
    [
        ([TWO, ONE, LATE], ANSWERS),
        (POSTED, ANSWERS | {TWO: Answer(ActStatus.REFUSED, "LotChanged")}),
        (POSTED, ANSWERS | {PLANTED: Answer(ActStatus.REFUSED, "Expired")}),
        (POSTED, ANSWERS | {PLANTED: Answer(ActStatus.REFUSED)}),
    ],
    ids=["another_order", "refused_and_posted", "refused_by_another_name", "refused_by_no_name"],
)
def test_tally__wrong_answer_or_order__fails_the_row(
    posted: list[Digest], answers: dict[Digest, Answer]
) -> None:
    assert not judged(ROW, tally(HANDED, posted, answers)).sound


def test_row__drift_or_no_recovery__isnt_sound() -> None:
    assert not replace(ROW, problems=("drift in 1 place",)).sound
    assert not replace(ROW, seconds=None).sound


def test_since__damage_of_an_earlier_fault__isnt_told_again() -> None:
    earlier = tally(HANDED, [ONE, LATE], without(TWO))
    later = tally(HANDED, [ONE, LATE, LATE], without(TWO))
    found = since(earlier, later)
    assert (found.lost, found.doubled) == (frozenset(), frozenset({LATE}))


def test_all_sound__fault_that_wasnt_run__fails() -> None:
    rows = [replace(ROW, fault=fault.name) for fault in SOME]
    assert table.all_sound(rows, SOME)
    assert not table.all_sound(rows[:1], SOME)
    assert not table.all_sound([], SOME)


def test_table__rows__stand_under_their_columns_with_problems_below() -> None:
    row = replace(ROW, fault=SOME[0].name, seconds=None, problems=("something",))
    head, (first, second) = table.heading(SOME), table.line(row, SOME).splitlines()
    assert len(head) == len(first)
    assert first.endswith("never")
    assert second == "  ✗ something"


def test_json__damaged_row__says_so_in_one_line() -> None:
    rows = [replace(ROW, fault=SOME[0].name, lost=2, problems=("2 acts lost",))]
    told = json.loads(table.as_json(rows, SOME[:1], 4))
    assert (told["sound"], told["lost"], told["doubled"]) == (False, 2, 0)
    assert told["rows"][0]["problems"] == ["2 acts lost"]
