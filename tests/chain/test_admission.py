"""Who signs the blocks against whom the council admitted."""

from __future__ import annotations

from chain.admission import Seat, compare

ONE, TWO, THREE = (bytes([n]) * 32 for n in (1, 2, 3))


def test_compare__the_same_set__agrees() -> None:
    found = compare({ONE: 10, TWO: 20}, {TWO: 20, ONE: 10})
    assert found == [Seat(ONE, 10, 10), Seat(TWO, 20, 20)]
    assert all(seat.agrees for seat in found)


def test_compare__stranger_absentee_and_other_power__each_differs() -> None:
    found = compare({ONE: 10, TWO: 20}, {TWO: 21, THREE: 5})
    assert found == [Seat(ONE, 10, 0), Seat(TWO, 20, 21), Seat(THREE, 0, 5)]
    assert not any(seat.agrees for seat in found)


def test_compare__removed_by_both__is_no_seat() -> None:
    assert compare({ONE: 0, TWO: 20}, {TWO: 20}) == [Seat(TWO, 20, 20)]
