"""A lot reference survives a bank, or is known to have been changed."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ids import ClaimNo
from ledger.references import (
    MAX_LENGTH,
    LotReferenceMistyped,
    NotLotReference,
    lot_reference,
    read_lot_reference,
)
from ledger.words import LotRef

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
lots = st.builds(
    LotRef,
    claim=st.integers(0, (1 << 32) - 1).map(ClaimNo),
    start=st.integers(0, (1 << 64) - 1),
    version=st.integers(0, (1 << 32) - 1),
)
EDGES = [
    LotRef(ClaimNo(12), 0, 1),
    LotRef(ClaimNo((1 << 32) - 1), (1 << 64) - 1, (1 << 32) - 1),
    LotRef(ClaimNo(1), 71_300_042, 3),
]


def refused(text: str) -> bool:
    try:
        read_lot_reference(text)
    except (NotLotReference, LotReferenceMistyped):
        return True
    return False


@given(lots)
def test_read_lot_reference__what_was_written__the_same_lot(lot: LotRef) -> None:
    text = lot_reference(lot)
    assert read_lot_reference(text) == lot
    assert len(text) <= MAX_LENGTH
    assert text.startswith("YL")
    assert set(text) <= set(ALPHABET)


@pytest.mark.parametrize("lot", EDGES)
def test_read_lot_reference__any_one_wrong_character__refused(lot: LotRef) -> None:
    text = lot_reference(lot)
    for position, right in enumerate(text):
        for wrong in set(ALPHABET + "ylo* ") - {right}:
            assert refused(text[:position] + wrong + text[position + 1 :])


@given(lots)
def test_read_lot_reference__any_two_characters_swapped__refused(lot: LotRef) -> None:
    text = lot_reference(lot)
    for i, j in combinations(range(len(text)), 2):
        if text[i] != text[j]:
            swapped = list(text)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            assert refused("".join(swapped))


@pytest.mark.parametrize(
    "text", ["", "NOTPROVIDED", "INV-2026-001", "YL", " YLO-C-0-1", "YLO-C-0-1\n", "YLO-0C-0-1"]
)
def test_read_lot_reference__another_reference__not_a_lot_reference(text: str) -> None:
    with pytest.raises(NotLotReference):
        read_lot_reference(text)


def test_read_lot_reference__number_out_of_range__mistyped() -> None:
    with pytest.raises(LotReferenceMistyped):
        read_lot_reference("YL0-ZZZZZZZZ-0-1")


def test_lot_reference__known_lot__known_text() -> None:
    assert lot_reference(LotRef(ClaimNo(12), 0, 1)) == "YLO-C-0-1"


def test_lot_reference__number_out_of_range__fault() -> None:
    with pytest.raises(ValueError, match="no lot"):
        lot_reference(LotRef(ClaimNo(1), 1 << 64, 1))
