"""Positions and what befell them, worked out from the projection; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Table, insert

from ledger.agreements import FOREVER
from ledger.credit import CreditLine
from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.ids import Address, Digest, PartyNo
from ledger.keccak import keccak
from ledger.risk import Circumstances, Owed, Piece, Position, Share
from ledger.store.engine import Database
from ledger.store.financing import finance_decisions, finance_quotes, finance_requests
from ledger.store.keeping.acknowledgements import (
    Acknowledgement,
    acknowledge,
    acknowledgements_of,
)
from ledger.store.keeping.lines import SignedLine, put_line
from ledger.store.keeping.reservations import Quote, Wanted, reserve
from ledger.store.projector import rewind
from ledger.store.reading import positions as reading
from ledger.store.reading.befallen import circumstances, shares_of
from ledger.store.reading.positions import (
    Looked,
    obligors_of,
    position_of,
    positions,
    positions_owed_by,
)
from ledger.visibility import Scope, View
from tests.store.projecting import later, portion, project
from tests.support.synthetic import SyntheticLedger
from tests.support.synthetic_financing import EXPIRY, SyntheticDesk, lived_deals

DEBTOR = PartyNo(1)
NOBODY = Address("0x" + 40 * "0")


def _scope(party: PartyNo) -> Scope:
    return Scope(NOBODY, party, (View(party),), is_council=False, is_oracle=False)


def _seen(database: Database, party: PartyNo, after: int = 0, limit: int = 50) -> list[Position]:
    with database.read() as connection:
        return positions(connection, _scope(party), after, limit).positions


def _one(database: Database, desk: SyntheticDesk, name: str) -> Position:
    with database.read() as connection:
        found = position_of(connection, _scope(desk.bank), desk.deal(name))
    assert found is not None
    return found


def _befallen(database: Database, *found: Position) -> list[Circumstances]:
    with database.read() as connection:
        known = circumstances(connection, found)
    return [known[one.deal] for one in found]


def _financed(desk: SyntheticDesk, name: str = "sale", mode: Mode = Mode.SALE, **more: Any) -> None:
    desk.conclude(name, mode, more.pop("start", 0), more.pop("end", 4_000), **more)
    if mode is Mode.PLEDGE:
        desk.prove_on_record(name)
    else:
        desk.prove_and_release(name, desk.deals[name].start)


def test_positions__every_kind_of_deal__only_what_is_owed(database: Database) -> None:
    desk = lived_deals()
    project(database, portion(desk.ledger.entries))
    found = {one.deal: one for one in _seen(database, desk.bank)}
    names = {name: found.get(desk.deal(name)) for name in desk.deals}
    open_ones = {name: one.pieces for name, one in names.items() if one is not None}
    assert open_ones == {
        "sale": (Piece(0, 0, 2_000),),
        "recourse": (Piece(2_000, 2_000, 3_000),),
        "enforced": (Piece(6_000, 6_000, 7_000),),
    }
    recourse = names["recourse"]
    assert recourse is not None
    assert (recourse.demanded, recourse.currency, recourse.outstanding) == (True, "CNY", 1_000)
    assert recourse.owed[2] == Owed(Duty.BUY_BACK, Outcome.RESCINDED, FOREVER)
    assert _one(database, desk, "enforced").state is DealState.ENFORCED


def test_positions__part_paid_and_split__the_rest_in_pieces(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    desk.ledger.settle(desk.ledger.payment(desk.claim, 0, 1_000))
    desk.ledger.transfer(desk.claim, 1_000, 2_000, 3_000, PartyNo(3))
    project(database, portion(desk.ledger.entries))
    assert _one(database, desk, "sale").pieces == (
        Piece(1_000, 1_000, 2_000),
        Piece(3_000, 3_000, 4_000),
    )


def test_positions__merged_with_a_neighbour__its_own_units_only(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    _financed(desk, "second", start=4_000, end=6_000)
    desk.ledger.merge(desk.claim, 0, 4_000)
    project(database, portion(desk.ledger.entries))
    assert _one(database, desk, "sale").pieces == (Piece(0, 0, 4_000),)
    assert _one(database, desk, "second").pieces == (Piece(0, 4_000, 6_000),)


def test_positions__bought_again_by_the_same_bank__counts_once(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    desk.ledger.transfer(desk.claim, 0, 0, 4_000, desk.seller)
    _financed(desk, "again", start=0, end=1_000)
    project(database, portion(desk.ledger.entries))
    assert _one(database, desk, "sale").pieces == ()
    assert _one(database, desk, "again").pieces == (Piece(0, 0, 1_000),)


def test_positions__over__only_while_paid_late_or_a_surplus_is_owed(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk, mode=Mode.RECOURSE)
    payment = desk.ledger.payment(desk.claim, 0, 4_000)
    desk.ledger.settle(payment)
    project(database, portion(desk.ledger.entries))
    assert _seen(database, desk.bank) == []
    desk.surplus("surplus", "sale")
    project(database, later(desk.ledger.entries[-1:]))
    assert [one.pieces for one in _seen(database, desk.seller)] == [()]


def test_positions__of_another_bank_the_debtor_or_a_stranger__none(database: Database) -> None:
    desk = lived_deals()
    rival = desk.ledger.enrol("RIVAL", 4)
    project(database, portion(desk.ledger.entries))
    assert _seen(database, desk.seller) == _seen(database, desk.bank) != []
    with database.read() as connection:
        for stranger in (rival, DEBTOR, PartyNo(3)):
            assert positions(connection, _scope(stranger), 0, 50) == Looked([], None)
            assert position_of(connection, _scope(stranger), desk.deal("sale")) is None
            assert obligors_of(connection, stranger, 0, 50) == []
            assert positions_owed_by(connection, stranger, [DEBTOR]) == {DEBTOR: []}


def test_positions__pages__each_deal_once(database: Database) -> None:
    desk = lived_deals()
    project(database, portion(desk.ledger.entries))
    whole = _seen(database, desk.bank)
    with database.read() as connection:
        first = positions(connection, _scope(desk.bank), 0, 2)
        rest = positions(connection, _scope(desk.bank), first.more_behind or 0, 1)
    assert first.positions + rest.positions == whole
    assert (first.more_behind, rest.more_behind) == (whole[1].concluded, None)


def test_positions__many_that_are_over__a_look_is_bounded_and_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_AT_ONCE", 2)
    monkeypatch.setattr(reading, "_MOST_LOOKS", 1)
    desk = lived_deals()
    project(database, portion(desk.ledger.entries))
    seen: list[Position] = []
    after: int | None = 0
    looks = 0
    with database.read() as connection:
        while after is not None:
            looked = positions(connection, _scope(desk.seller), after, 50)
            seen, after, looks = [*seen, *looked.positions], looked.more_behind, looks + 1
    assert {one.deal for one in seen} == {
        desk.deal(name) for name in ("sale", "recourse", "enforced")
    }
    assert looks > 2


def test_positions__rewound__owed_again(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    project(database, portion(desk.ledger.entries))
    before = _seen(database, desk.bank)
    desk.ledger.settle(desk.ledger.payment(desk.claim, 0, 4_000))
    project(database, later(desk.ledger.entries[-1:]))
    assert _seen(database, desk.bank) == []
    database.write(lambda connection: rewind(connection, 98))
    assert _seen(database, desk.bank) == before != []


def test_owed_by__pledge_the_seller__sale_the_debtor(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    _financed(desk, "loan", Mode.PLEDGE, start=4_000, end=6_000)
    project(database, portion(desk.ledger.entries))
    with database.read() as connection:
        assert obligors_of(connection, desk.bank, 0, 50) == [DEBTOR, desk.seller]
        assert obligors_of(connection, desk.bank, DEBTOR, 50) == [desk.seller]
        owed = positions_owed_by(connection, desk.bank, [DEBTOR, desk.seller])
    assert [one.deal for one in owed[DEBTOR]] == [desk.deal("sale")]
    assert [one.deal for one in owed[desk.seller]] == [desk.deal("loan")]


def test_circumstances__late_payment__the_banks_units_only(database: Database) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    late = 2027_06_01
    for start, amount in ((0, 4_000), (4_000, 6_000)):
        payment = desk.ledger.payment(desk.claim, start, amount, f"line {start}")
        desk.ledger.settle(_booked(payment, late))
    project(database, portion(desk.ledger.entries))
    (one,) = _seen(database, desk.bank)
    (befallen,) = _befallen(database, one)
    (receipt,) = befallen.receipts
    assert (receipt.start, receipt.end, receipt.booked_on) == (0, 4_000, date(2027, 6, 1))


def test_circumstances__before_the_deal__is_none_of_its(database: Database) -> None:
    desk = SyntheticDesk()
    payment = desk.ledger.payment(desk.claim, 0, 1_000)
    desk.ledger.settle(_booked(payment, 2027_06_01))
    _financed(desk, start=1_000, end=4_000)
    project(database, portion(desk.ledger.entries))
    (befallen,) = _befallen(database, *_seen(database, desk.bank))
    assert befallen.receipts == ()


def test_circumstances__freeze_lasts__through_the_end_of_a_lien(database: Database) -> None:
    desk = SyntheticDesk()
    desk.conclude("sale", Mode.SALE, 0, 4_000)
    desk.order(0, freeze=True, evidence=keccak(b"court"))
    ordered = len(desk.ledger.entries) - 1
    desk.prove_and_release("sale", 0)
    project(database, portion(desk.ledger.entries))
    (befallen,) = _befallen(database, *_seen(database, desk.bank))
    (freeze,) = befallen.freezes
    assert (freeze.lot, freeze.entry, freeze.evidence) == (0, ordered, keccak(b"court"))
    desk.order(0, freeze=False)
    project(database, later(desk.ledger.entries[-1:]))
    assert _befallen(database, *_seen(database, desk.bank))[0].freezes == ()


def test_circumstances__registrations__the_banks_longest_over_all_units(
    database: Database,
) -> None:
    desk = SyntheticDesk()
    desk.register(expiresOn=2027_07_01)
    desk.register(expiresOn=2027_09_01, number=keccak(b"second"))
    desk.register(expiresOn=EXPIRY, number=keccak(b"part"), end=3_999)
    desk.register(expiresOn=EXPIRY, number=keccak(b"rival's"), bank=PartyNo(3))
    _financed(desk)
    project(database, portion(desk.ledger.entries))
    (befallen,) = _befallen(database, *_seen(database, desk.bank))
    assert befallen.registered_until == date(2027, 9, 1)


def test_circumstances__layers__as_they_were_at_the_deal(database: Database) -> None:
    desk = SyntheticDesk()
    ledger: SyntheticLedger = desk.ledger
    for recipient in (3, 4, 3, 2):
        ledger.transfer(desk.claim, 0, 0, 10_000, PartyNo(recipient))
    _financed(desk)
    ledger.transfer(desk.claim, 0, 0, 1_000, PartyNo(3))
    project(database, portion(ledger.entries))
    (befallen,) = _befallen(database, *_seen(database, desk.bank))
    assert befallen.layer == 4


@pytest.mark.parametrize(
    ("rules", "layer"), [(b'{"facts":{"split_layer":7}}', 7), (b'{"facts":{}}', 0), (b"{}", 0)]
)
def test_circumstances__layers_counted_by_a_desk__its_count_if_there_is_one(
    database: Database, rules: bytes, layer: int
) -> None:
    desk = SyntheticDesk()
    _financed(desk)
    project(database, portion(desk.ledger.entries))
    request = _filled(finance_requests) | {"row": 1, "documents": []}
    quote = _filled(finance_quotes) | {"row": 1, "request": 1, "digest": desk.deal("sale")}
    quote |= {"message": {}, "terms": b'{"financed":"4000"}'}
    decision = _filled(finance_decisions) | {"request": 1, "quote": 1, "justifications": {}}
    rows = {finance_requests: request, finance_quotes: quote}
    for table, row in (rows | {finance_decisions: decision | {"rules": rules}}).items():
        database.write(lambda tx, t=table, r=row: tx.execute(insert(t), r))
    (befallen,) = _befallen(database, *_seen(database, desk.bank))
    assert befallen.layer == layer


def _filled(table: Table) -> dict[str, Any]:
    """A row of nothing in particular."""
    blank = {int: 1, str: "x", bytes: bytes(32)}
    return {
        one.name: blank.get(one.type.python_type, {}) for one in table.columns if not one.nullable
    }


def test_shares__debtor_lines_of_this_bank__open_and_drawn(database: Database) -> None:
    desk = SyntheticDesk()
    other = desk.ledger.enrol("OTHER CORE", 1)
    project(database, portion(desk.ledger.entries))

    def use(party: PartyNo, kind: str, amount: int) -> None:
        line = CreditLine(desk.bank, party, kind, "CNY", 10_000, 2030_01_01, "test", 0, FOREVER)
        name = Digest(keccak(f"{party} {kind}".encode()))
        quote = Quote(name, desk.bank, desk.claim, 0, 1, 0, 100, "CNY", 60)

        def work(connection: Any) -> None:
            put_line(connection, SignedLine(name, line, [NOBODY], []), 1, 0)
            reserve(connection, quote, [Wanted(line.kind, party, amount)], 1, 0)  # type: ignore[arg-type]

        database.write(work)

    use(DEBTOR, "debtor", 300)
    use(other, "debtor", 100)
    use(desk.seller, "recourse", 5_000)
    with database.read() as connection:
        assert shares_of(connection, desk.bank) == [
            Share(desk.bank, DEBTOR, "CNY", 300, 400),
            Share(desk.bank, other, "CNY", 100, 400),
        ]
        assert shares_of(connection, PartyNo(3)) == []


def test_acknowledge__twice__the_first_stays_and_parties_are_apart(database: Database) -> None:
    alert = keccak(b"alert")
    first = Acknowledgement(alert, PartyNo(6), NOBODY, "called the debtor", 10)
    second = Acknowledgement(alert, PartyNo(6), NOBODY, "another note", 20)
    other = Acknowledgement(alert, PartyNo(2), NOBODY, "we know", 30)
    kept = [database.write(lambda tx, one=one: acknowledge(tx, one)) for one in (first, second)]
    assert kept == [True, False]
    assert database.write(lambda tx: acknowledge(tx, other))
    with database.read() as connection:
        assert acknowledgements_of(connection, PartyNo(6), [alert]) == {alert: first}
        assert acknowledgements_of(connection, PartyNo(7), [alert]) == {}


def _booked(payment: Any, day: int) -> Any:
    return replace(payment, bookedOn=day)


@pytest.mark.parametrize("name", ["sale", "recourse", "pledge"])
def test_position__its_modes_state__as_agreed(database: Database, name: str) -> None:
    desk = SyntheticDesk()
    _financed(desk, name, Mode(name), dueOn=2027_03_01)
    project(database, portion(desk.ledger.entries))
    one = _one(database, desk, name)
    assert (one.mode, one.state, one.lent) == (Mode(name), DealState.ADVANCED, True)
    assert one.due == (date(2027, 3, 1) if name == "pledge" else date(2027, 5, 21))
