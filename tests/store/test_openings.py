from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.deals import Duty
from ledger.ids import PartyNo
from ledger.remittance import OpeningDiffers, commitment_to, new_reference
from ledger.store.engine import Database
from ledger.store.keeping.openings import (
    DebtOpening,
    ReferenceTaken,
    keep_opening,
    openings_by_commitment,
    openings_by_reference,
    openings_of,
)

DEAL = b"\x11" * 32
BANK, SELLER, RIVAL = PartyNo(1), PartyNo(2), PartyNo(3)


def an_opening(amount: int = 98_765) -> DebtOpening:
    reference = new_reference()
    return DebtOpening(
        commitment_to(reference, "CNY", amount),
        DEAL,
        Duty.ADVANCE,
        reference,
        "CNY",
        amount,
        BANK,
        SELLER,
    )


def test_keep_opening__kept_twice__is_one(database: Database) -> None:
    opening = an_opening()
    for now in (1, 2):
        database.write(lambda connection, at=now: keep_opening(connection, opening, at))
    with database.read() as connection:
        assert openings_by_reference(connection, [opening.reference, new_reference()]) == {
            opening.reference: opening
        }
        assert openings_by_commitment(connection, [opening.commitment]) == {
            opening.commitment: opening
        }


def test_openings_of__a_rival__gets_none(database: Database) -> None:
    opening = an_opening()
    database.write(lambda connection: keep_opening(connection, opening, 1))
    with database.read() as connection:
        for party in (BANK, SELLER):
            assert openings_of(connection, party, [DEAL]) == {opening.commitment: opening}
        assert openings_of(connection, RIVAL, [DEAL]) == {}
        assert openings_of(connection, BANK, [b"\x12" * 32]) == {}
        assert openings_of(connection, BANK, []) == {}


@pytest.mark.parametrize("wrong", [{"amount": 98_766}, {"currency": "USD"}, {"reference": "YR-A"}])
def test_keep_opening__opens_another_commitment__is_refused(
    database: Database, wrong: dict[str, object]
) -> None:
    opening = replace(an_opening(), **wrong)
    with pytest.raises(OpeningDiffers):
        database.write(lambda connection: keep_opening(connection, opening, 1))
    with database.read() as connection:
        assert openings_by_commitment(connection, [opening.commitment]) == {}


def test_keep_opening__reference_of_another_debt__is_refused(database: Database) -> None:
    first = an_opening()
    database.write(lambda connection: keep_opening(connection, first, 1))
    dearer = replace(first, amount=99_000, commitment=commitment_to(first.reference, "CNY", 99_000))
    for second in (dearer, replace(first, deal=b"\x12" * 32)):
        with pytest.raises(ReferenceTaken):
            database.write(lambda connection, one=second: keep_opening(connection, one, 2))
    with database.read() as connection:
        assert openings_by_reference(connection, [first.reference]) == {first.reference: first}
