from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, update

from ledger.errors import Refused
from ledger.ids import Address, Digest
from ledger.keccak import keccak
from ledger.refusals import LotChanged, LotNotLive, NotDue, NotYetLate
from ledger.store.batches import (
    discard_batches,
    mark_mined,
    next_nonce,
    record_batch,
    reopen_acts,
    unresolved_batches,
)
from ledger.store.engine import Database
from ledger.store.outbox import (
    ActStatus,
    NewAct,
    accept,
    count_by_status,
    mark_refused,
    next_accepted,
    read_act,
    read_acts,
)
from ledger.store.tables import acts
from tests.support.synthetic import address_of

SENDER = address_of("relayer")
WHY = LotChanged(1, 0, 2, 3)


def _act(name: str, call: bytes = b"") -> NewAct:
    digest = Digest(keccak(name.encode()))
    return NewAct(digest, "Transfer", address_of("receivables"), call or name.encode(), 7)


def _accept(database: Database, *new: NewAct) -> list[ActStatus]:
    return [r.status for r in database.write(lambda connection: accept(connection, new))]


def _ids(database: Database) -> list[int]:
    with database.read() as connection:
        return [act.id for act in next_accepted(connection, 100)]


def _send_all(database: Database, nonce: int, tx: bytes) -> Any:
    ids = _ids(database)
    return database.write(
        lambda connection: record_batch(connection, SENDER, nonce, b"raw " + tx, tx, ids)
    )


def test_accept__new_acts__taken_in_the_order_given(database: Database) -> None:
    new = [_act(f"act {n}") for n in range(20)]
    assert _accept(database, *new) == [ActStatus.ACCEPTED] * 20
    with database.read() as connection:
        pending = next_accepted(connection, 15)
    assert [act.digest for act in pending] == [act.digest for act in new[:15]]
    assert (pending[0].target, pending[0].call) == (new[0].target, new[0].call)


def test_accept__same_act_twice__is_one_act(database: Database) -> None:
    _accept(database, _act("one"), _act("two"), _act("one"))
    _accept(database, _act("two"), _act("one"))
    with database.read() as connection:
        assert count_by_status(connection)[ActStatus.ACCEPTED] == 2


def test_accept__sent_already__stays_sent_with_its_first_call(database: Database) -> None:
    _accept(database, _act("one"))
    _send_all(database, 0, bytes(32))
    assert _accept(database, _act("one", b"other approvals")) == [ActStatus.SENT]
    assert _ids(database) == []


def test_accept__refused_and_the_same_call_again__stays_refused(database: Database) -> None:
    _accept(database, _act("one"))
    refused = [(_ids(database)[0], WHY)]
    database.write(lambda connection: mark_refused(connection, refused))
    assert _accept(database, _act("one")) == [ActStatus.REFUSED]
    with database.read() as connection:
        record = read_act(connection, _act("one").digest)
    assert record is not None
    assert record.refusal == {"name": "LotChanged", "facts": WHY.facts()}


@pytest.mark.parametrize("why", [NotDue(2027_05_21), NotYetLate(1), LotNotLive(1, 0, 4)])
def test_accept__refused_as_too_early_or_frozen__same_call_is_taken_up_again(
    database: Database, why: Refused
) -> None:
    _accept(database, _act("one"), _act("two"))
    first, _ = _ids(database)
    database.write(lambda connection: mark_refused(connection, [(first, why)]))
    with database.read() as connection:
        record = read_act(connection, _act("one").digest)
    assert record is not None
    assert record.may_pass_later
    assert _accept(database, _act("one")) == [ActStatus.ACCEPTED]
    assert _accept(database, _act("one")) == [ActStatus.ACCEPTED]
    assert _ids(database) == [first, first + 1]


def test_accept__refused_and_another_call_now__is_taken_up_again(database: Database) -> None:
    _accept(database, _act("one"))
    refused = [(_ids(database)[0], WHY)]
    database.write(lambda connection: mark_refused(connection, refused))
    assert _accept(database, _act("one", b"better approvals")) == [ActStatus.ACCEPTED]
    with database.read() as connection:
        (pending,) = next_accepted(connection, 10)
        record = read_act(connection, pending.digest)
    assert pending.call == b"better approvals"
    assert record is not None
    assert (record.refusal, record.settled) == (None, None)


def test_accept__nothing__is_nothing(database: Database) -> None:
    assert _accept(database) == []


def test_read_acts__unknown_digest__is_left_out(database: Database) -> None:
    _accept(database, _act("one"))
    with database.read() as connection:
        assert read_acts(connection, [bytes(32)]) == []
        assert read_act(connection, bytes(32)) is None


def test_record_batch__acts__sent_with_its_transaction(database: Database) -> None:
    _accept(database, _act("one"), _act("two"))
    tx = keccak(b"tx")
    _send_all(database, 5, tx)
    with database.read() as connection:
        records = read_acts(connection, [_act("one").digest, _act("two").digest])
        assert next_nonce(connection, SENDER) == 6
        assert next_nonce(connection, Address("0x" + "00" * 20)) == 0
    assert {(r.status, r.tx) for r in records} == {(ActStatus.SENT, tx)}


def test_unresolved__chain_forgot_some__all_from_there_in_order(database: Database) -> None:
    for nonce in range(4):
        _accept(database, _act(f"act {nonce}"))
        batch = _send_all(database, nonce, keccak(bytes([nonce])))
        if nonce < 3:
            database.write(lambda c, batch=batch: mark_mined(c, batch, 10))
    with database.read() as connection:
        assert [b.nonce for b in unresolved_batches(connection, SENDER, 4, 9)] == [3]
        assert [b.nonce for b in unresolved_batches(connection, SENDER, 1, 9)] == [1, 2, 3]
        assert unresolved_batches(connection, address_of("another"), 0, 9) == []
        assert [b.nonce for b in unresolved_batches(connection, SENDER, 0, 2)] == [0, 1]


def test_reopen_acts__batch_did_nothing__acts_accepted_in_their_old_order(
    database: Database,
) -> None:
    _accept(database, _act("one"), _act("two"))
    ids = _ids(database)
    batch = _send_all(database, 0, bytes(32))
    _accept(database, _act("three"))
    assert sorted(database.write(lambda connection: reopen_acts(connection, batch))) == ids
    assert _ids(database)[:2] == ids


def test_discard_batch__acts_settled_otherwise__keep_their_status(database: Database) -> None:
    _accept(database, _act("one"), _act("two"))
    ids = _ids(database)
    batch = _send_all(database, 0, bytes(32))

    def settle_one(connection: Connection) -> None:
        confirmed = {"status": ActStatus.CONFIRMED, "entry": 4}
        connection.execute(update(acts).where(acts.c.id == ids[0]).values(confirmed))

    database.write(settle_one)
    assert database.write(lambda c: discard_batches(c, SENDER, batch.nonce, 99)) == [ids[1]]
    with database.read() as connection:
        assert next_nonce(connection, SENDER) == 0
        counts = count_by_status(connection)
    assert (counts[ActStatus.CONFIRMED], counts[ActStatus.ACCEPTED]) == (1, 1)


def test_mark_refused__sent_meanwhile__is_not_refused(database: Database) -> None:
    _accept(database, _act("one"))
    refused = [(_ids(database)[0], WHY)]
    _send_all(database, 0, bytes(32))
    database.write(lambda connection: mark_refused(connection, refused))
    with database.read() as connection:
        assert count_by_status(connection)[ActStatus.SENT] == 1
