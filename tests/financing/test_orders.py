"""The council freezes, thaws and recovers lots, by command, on a real chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from client.evidence import Evidence
from ledger.commitments import CommitmentMismatch, opens
from ledger.errors import Refused
from ledger.ids import ClaimNo
from ledger.store.tables import lot_orders
from ledger.words import LotState
from scripts.commands import orders
from scripts.desk import Desk
from tests.financing.market import OTHER, OUTSIDER, Market
from tests.financing.paying import connect
from tests.support.accounts import COUNCIL, Key
from tests.support.commanding import run, run_json

KEYS = ("--key", "council-0", "--key", "council-1", "--yes")


@pytest.fixture
def council(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """The market with commands connected on its operator's machine."""
    connect(market, monkeypatch)
    connected = Desk.key

    def key(desk: Desk, name: str) -> Key:
        office, _, number = name.partition("-")
        return COUNCIL[int(number)] if office == "council" else connected(desk, name)  # type: ignore[return-value]

    class Opened:
        @contextmanager
        def read(self) -> Iterator[Any]:
            with market.database.read() as connection:
                yield connection

        def close(self) -> None: ...

    monkeypatch.setattr(Desk, "key", key)
    monkeypatch.setattr(orders, "open_database", lambda _url: Opened())
    return market


@pytest.fixture
def order(tmp_path: Path) -> Path:
    file = tmp_path / "order.pdf"
    file.write_bytes(b"%PDF the court orders that the claim be frozen")
    return file


def _name(claim: ClaimNo) -> str:
    return f"{claim}:0"


def _evidence(market: Market) -> bytes:
    with market.database.read() as connection:
        rows = connection.execute(lot_orders.select().order_by(lot_orders.c.since)).all()
    return bytes(rows[-1].evidence)


def test_freeze__lot__stays_until_it_is_thawed(council: Market, order: Path) -> None:
    claim = council.issued()
    proof = ("--evidence", str(order))
    run("council", "freeze", _name(claim), *proof, *KEYS)
    assert council.lot(claim).state is LotState.FROZEN
    kept = json.loads(order.with_name("order.pdf.salt.json").read_bytes())
    salt, commitment = (bytes.fromhex(kept[name][2:]) for name in ("salt", "commitment"))
    assert _evidence(council) == commitment
    assert opens(commitment, salt, order.read_bytes())
    _refused("NoSuchLots", "council", "freeze", _name(claim), *proof, *KEYS)
    run("council", "thaw", _name(claim), *proof, *KEYS)
    assert council.lot(claim).state is LotState.LIVE
    assert _evidence(council) == commitment
    _refused("NoSuchLots", "council", "thaw", _name(claim), *proof, *KEYS)


def test_freeze__by_one_member_alone__is_refused(council: Market, order: Path) -> None:
    claim = council.issued()
    alone = ("--evidence", str(order), "--key", "council-0", "--yes")
    _refused(
        "ApprovalsMissing", "council", "freeze", _name(claim), "--evidence", str(order), *alone
    )
    assert council.lot(claim).state is LotState.LIVE


def test_recover__party_that_lost_its_keys__all_its_lots_frozen_ones_too(
    council: Market, order: Path
) -> None:
    claims = [council.issued(holder=OTHER) for _ in range(3)]
    proof = ("--evidence", str(order))
    run("council", "freeze", _name(claims[1]), *proof, *KEYS)
    told = run_json(
        "council", "recover", "--party", str(OTHER), "--to", str(OUTSIDER), *proof, *KEYS
    )
    assert [one["status"] for one in told] == ["confirmed"] * 3
    found = [council.lot(claim) for claim in claims]
    assert {lot.holder for lot in found} == {OUTSIDER}
    assert [lot.state for lot in found] == [LotState.LIVE, LotState.FROZEN, LotState.LIVE]
    _refused("NoSuchLots", "council", "recover", "--party", str(OTHER), "--to", "4", *proof, *KEYS)


def test_order__neither_lot_nor_party_or_both__is_refused(council: Market, order: Path) -> None:
    lot = f"{council.issued()}:0"
    for named in ((), (lot, "--party", "2")):
        _refused("LotOrParty", "council", "freeze", *named, "--evidence", str(order), *KEYS)
    _refused("UnreadableFile", "council", "freeze", lot, "--evidence", "no-such-file", *KEYS)


def test_order__party_to_one_file__is_refused(council: Market, order: Path) -> None:
    for _ in range(2):
        council.issued(holder=OUTSIDER)
    out = ("--out", str(order.with_name("act.json")))
    party = ("--party", str(OUTSIDER), "--evidence", str(order))
    _refused("OneActAFile", "council", "freeze", *party, *out, *KEYS)


def test_evidence__file_changed_since__is_refused(order: Path) -> None:
    first = Evidence.of(order)
    assert Evidence.of(order).commitment == first.commitment
    order.write_bytes(b"another order")
    with pytest.raises(CommitmentMismatch):
        Evidence.of(order)


def test_evidence__two_files_of_the_same_bytes__tell_nothing(order: Path) -> None:
    copy = order.with_name("copy.pdf")
    copy.write_bytes(order.read_bytes())
    assert Evidence.of(copy).commitment != Evidence.of(order).commitment


def _refused(name: str, *arguments: str) -> None:
    with pytest.raises(Refused) as caught:
        run(*arguments)
    assert caught.value.name == name
