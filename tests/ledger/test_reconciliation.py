"""Lines are divided without remainder, whatever they say; what needs a person is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.documents.statement import Direction
from ledger.ids import PartyNo
from ledger.keccak import keccak
from ledger.reconciliation import (
    AccountItems,
    Balances,
    Booked,
    Division,
    Due,
    DueKind,
    Flow,
    Item,
    ItemState,
    Proof,
    StatedDay,
    by_account,
    divide,
    items,
)

PAYER, PAYEE = PartyNo(1), PartyNo(2)
DEBIT, CREDIT = Direction.DEBIT, Direction.CREDIT


def due(reference: str = "A", amount: int = 1_000, **changes: object) -> Due:
    made = Due(reference, DueKind.LOT, "CNY", amount, PAYER, PAYEE)
    return replace(made, **changes)  # type: ignore[arg-type]


def line(
    name: str, units: int = 1_000, reference: str = "A", direction: Direction = DEBIT, **more: str
) -> Booked:
    found = Booked(name, keccak(name.encode()), "ACC", reference, direction, units, "CNY")
    return replace(found, **more)  # type: ignore[arg-type]


def proof(name: str, amount: int = 1_000, direction: Direction | None = DEBIT) -> Proof:
    return Proof(keccak(name.encode()), amount, direction)


def parts(found: Division) -> dict[str, int]:
    named = ("settled", "waiting", "over", "repeated", "unmatched")
    return {name: getattr(found, name) for name in named if getattr(found, name)}


def only(dues: Sequence[Due], *lines: Booked) -> dict[str, int]:
    """Of the last line."""
    return parts(divide(dues, lines)[-1])


def state(owed: Due, *lines: Booked) -> ItemState:
    (item,) = items([owed], divide([owed], lines))
    assert item.due.proven + item.open + item.lapsed == item.due.amount
    return item.state


def test_divide__exact_payment__waits_until_it_is_proven() -> None:
    assert only([due()], line("L")) == {"waiting": 1_000}
    assert only([due(proofs=(proof("L"),))], line("L")) == {"settled": 1_000}


def test_divide__over_and_short__surplus_is_told_apart() -> None:
    assert only([due()], line("L", 1_300)) == {"waiting": 1_000, "over": 300}
    assert only([due(proofs=(proof("L"),))], line("L", 1_300)) == {"settled": 1_000, "over": 300}
    assert only([due()], line("L", 400)) == {"waiting": 400}
    assert only([due(proofs=(proof("L", 400),))], line("L", 400)) == {"settled": 400}


@pytest.mark.parametrize("proofs", [(), (proof("L"),)])
def test_divide__reference_paid_again__is_repeated(proofs: tuple[Proof, ...]) -> None:
    owed = [due(proofs=proofs)]
    assert only(owed, line("L"), line("M")) == {"repeated": 1_000}
    assert only(owed, line("L"), line("M", 5)) == {"repeated": 5}


def test_divide__proven_line_comes_later_in_the_file__the_other_is_repeated() -> None:
    first, second = divide([due(proofs=(proof("L"),))], [line("M"), line("L")])
    assert (parts(first), parts(second)) == ({"repeated": 1_000}, {"settled": 1_000})


def test_divide__both_banks_state_one_payment__neither_is_repeated() -> None:
    debit, credit = line("D"), line("C", direction=CREDIT)
    assert only([due()], debit, credit) == {"waiting": 1_000}
    proven = due(proofs=(proof("D"),))
    assert only([proven], debit, credit) == {"settled": 1_000}
    assert only([proven], credit) == {"settled": 1_000}
    assert only([proven], credit, line("C2", direction=CREDIT)) == {"repeated": 1_000}


def test_divide__line_in_two_statements__is_one() -> None:
    assert len(divide([due()], [line("L"), line("M", reference="B"), line("L")])) == 2


@pytest.mark.parametrize(
    ("owed", "paid"),
    [
        (due(), line("L", reference="B")),
        (due(), line("L", reference="")),
        (due(), line("L", currency="EUR")),
        (due(), line("L", obstacle="reversal")),
        (due(ended=True), line("L")),
    ],
)
def test_divide__nothing_owed_for_it__is_unmatched(owed: Due, paid: Booked) -> None:
    assert only([owed], paid) == {"unmatched": 1_000}


def test_divide__lot_paid_in_part_and_again__is_repeated() -> None:
    """A lot's reference is of one version: what is left of the lot has another."""
    owed = due(proofs=(proof("L", 400),), ended=True)
    assert only([owed], line("L", 400), line("M", 600)) == {"repeated": 600}


def test_divide__debt_paid_by_another_amount__proves_nothing_and_leaves_room() -> None:
    owed = due(kind=DueKind.ADVANCE)
    for units in (999, 1_001):
        assert only([owed], line("L", units)) == {"unmatched": units}
        assert only([owed], line("L", units), line("M")) == {"waiting": 1_000}
    assert state(owed, line("L", 999)) is ItemState.SHORT
    assert state(owed, line("L", 1_001)) is ItemState.OVER


def test_state__from_open_to_settled__each_step() -> None:
    assert state(due()) is ItemState.OPEN
    assert state(due(instructed=1_000)) is ItemState.INSTRUCTED
    assert state(due(instructed=1_000), line("L")) is ItemState.STATED
    assert state(due(proofs=(proof("L"),)), line("L")) is ItemState.SETTLED
    assert state(due(proofs=(proof("L"),))) is ItemState.SETTLED
    assert state(due(ended=True)) is ItemState.ENDED


def test_state__short_over_repeated__each_is_told() -> None:
    assert state(due(), line("L", 999)) is ItemState.SHORT
    assert state(due(ended=True, proofs=(proof("L", 999),)), line("L", 999)) is ItemState.SHORT
    assert state(due(), line("L", 1_001)) is ItemState.OVER
    assert state(due(ended=True), line("L", 1)) is ItemState.OVER
    assert state(due(), line("L"), line("M")) is ItemState.REPEATED


def test_items__refused_line__is_no_payment() -> None:
    assert state(due(), line("L", obstacle="wrong_account")) is ItemState.OPEN


def test_flow__terms_disagree__the_residual_says_by_how_much() -> None:
    assert Flow(100, 50, 20, 30, 100).residual == 0
    assert Flow(100, 50, 20, 30, 99).residual == 1
    assert Flow(100, 50, 20, 30, 101).residual == -1


def stated(balances: Balances, *lines: Booked, account: str = "ACC") -> StatedDay:
    return StatedDay(account, "CNY", balances, frozenset(one.fingerprint for one in lines))


def test_by_account__bank_moved_more_than_its_lines_tell__is_the_residual() -> None:
    lines = line("L"), line("M", 7, "B", CREDIT)
    divisions = divide([due()], lines)
    (bare,) = by_account(divisions, [])
    assert bare == AccountItems("ACC", "CNY", 7, 1_000, 0, 1_007)
    assert bare.residual == 0
    exact, more = Balances(0, 7, 1_000, -993), Balances(1, 8, 1_000, -991)
    found = by_account(divisions, [stated(exact, *lines), stated(more, *lines)])
    assert [one.residual for one in found] == [0, 1]
    (silent,) = by_account([], [stated(Balances(5, 0, 0, 5), account="B")])
    assert (silent.account, silent.residual) == ("B", 0)


def test_by_account__day_stated_in_pieces__each_is_held_against_its_own_lines() -> None:
    lines = line("L"), line("M", 70, "B"), line("N", 5, "C")
    divisions = divide([due()], lines)
    pieces = (
        stated(Balances(0, 0, 1_000, -1_000), lines[0]),
        stated(Balances(-1_000, 0, 70, -1_070), lines[1]),
    )
    found = by_account(divisions, [*pieces, pieces[0]])
    assert [(one.debits, one.residual) for one in found] == [(70, 0), (1_000, 0), (5, 0)]
    assert [one.balances is None for one in found] == [False, False, True]


# ── whatever comes ───────────────────────────────────────────────────────────────────────────

references = st.sampled_from(["A", "B", "C", ""])
amounts = st.integers(1, 50)
directions = st.sampled_from(Direction)
booked = st.builds(
    Booked,
    id=st.just("id"),
    fingerprint=st.integers(0, 9).map(lambda n: keccak(b"%d" % n)),
    account=st.sampled_from(["X", "Y"]),
    reference=references,
    direction=directions,
    units=amounts,
    currency=st.sampled_from(["CNY", "EUR"]),
    obstacle=st.sampled_from([None, None, None, "reversal"]),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Due], list[Booked]]:
    """Dues, some of them proven by lines that were handed in, and lines of every kind."""
    lines = draw(st.lists(booked, max_size=10, unique_by=lambda one: one.fingerprint))
    dues = []
    for reference in ("A", "B"):
        amount = draw(amounts)
        own = [one for one in lines if one.reference == reference and one.currency == "CNY"]
        proofs: tuple[Proof, ...] = ()
        if own and draw(st.booleans()):
            one = draw(st.sampled_from(own))
            proofs = (Proof(one.fingerprint, min(one.units, amount), one.direction),)
        kind = draw(st.sampled_from([DueKind.LOT, DueKind.ADVANCE]))
        dues.append(due(reference, amount, kind=kind, proofs=proofs, ended=draw(st.booleans())))
    return dues, lines


@given(worlds())
def test_divide__anything__nothing_is_lost_and_nothing_is_made(
    world: tuple[list[Due], list[Booked]],
) -> None:
    dues, lines = world
    found = divide(dues, lines)
    assert [one.line for one in found] == lines
    for one in found:
        assert one.settled + one.unsettled == one.line.units
        assert min(one.settled, one.waiting, one.over, one.repeated, one.unmatched) >= 0
    for owed in dues:
        for direction in Direction:
            own = [
                one
                for one in found
                if one.line.reference == owed.reference and one.line.direction is direction
            ]
            assert sum(one.settled + one.waiting for one in own) <= owed.amount
            assert sum(one.settled > 0 or one.waiting > 0 for one in own) <= 1


@given(worlds())
def test_by_account__anything__every_unit_moved_is_settled_or_listed(
    world: tuple[list[Due], list[Booked]],
) -> None:
    dues, lines = world
    accounts = by_account(divide(dues, lines), [])
    assert sum(one.credits + one.debits for one in accounts) == sum(one.units for one in lines)
    assert all(one.residual == 0 for one in accounts)


@given(worlds())
def test_items__anything__amount_is_proven_open_or_lapsed(
    world: tuple[list[Due], list[Booked]],
) -> None:
    dues, lines = world
    for item in items(dues, divide(dues, lines)):
        assert item.due.proven + item.open + item.lapsed == item.due.amount
        assert item.open == 0 or not item.due.ended
        if item.state is ItemState.SETTLED:
            assert (item.open, item.lapsed) == (0, 0)


def test_divide__same_lines_in_any_order__sums_are_the_same() -> None:
    lines = [line("L"), line("M"), line("C", direction=CREDIT), line("X", 3, "B")]
    owed = [due(proofs=(proof("L"),))]
    sums = {
        str([parts(one) for one in sorted(divide(owed, order), key=_name)])
        for order in permutations(lines)
    }
    assert len(sums) == 1


def _name(division: Division) -> str:
    return division.line.id


def test_item__open__never_of_what_ended() -> None:
    assert Item(due(ended=True), 0).open == 0
    assert Item(due(proofs=(proof("L", 400),)), 400).open == 600
