from __future__ import annotations

from sqlalchemy import Connection, update

from ledger.ids import Digest
from ledger.keccak import keccak
from ledger.refusals import Expired, LotChanged
from ledger.store.batches import record_batch
from ledger.store.engine import Database
from ledger.store.keeping.heartbeats import Heartbeat, beat, last_beats
from ledger.store.outbox import (
    NewAct,
    accept,
    mark_refused,
    next_accepted,
    read_act,
)
from ledger.store.projector import Portion, Posting, apply
from ledger.store.reading.decided import Decided, decided_by
from ledger.store.reading.feed import entries_after
from ledger.store.reading.operation import Pool, pool, refused_since, server_version
from ledger.store.tables import acts
from ledger.store.verdicts import RefusedCall
from tests.support.synthetic import DEPLOYMENT, SyntheticLedger, address_of

SENDER = address_of("relayer")
BLOCK, TX = 7, keccak(b"tx")


def _act(name: str, request_id: str | None = None, call: bytes = b"") -> NewAct:
    digest = Digest(keccak(name.encode()))
    return NewAct(digest, "Transfer", SENDER, call or name.encode(), 7, request_id)


def _accept(database: Database, *new: NewAct) -> list[str | None]:
    return [one.request_id for one in database.write(lambda c: accept(c, new))]


def _pool(database: Database) -> Pool:
    with database.read() as connection:
        return pool(connection)


def _refuse_all(database: Database, *why: LotChanged | Expired) -> None:
    def work(connection: Connection) -> None:
        ids = [act.id for act in next_accepted(connection, 100)]
        mark_refused(connection, list(zip(ids, why, strict=True)))

    database.write(work)


def test_accept__again_by_another_request__keeps_the_first_id(database: Database) -> None:
    assert _accept(database, _act("one", "first")) == ["first"]
    assert _accept(database, _act("one", "second"), _act("two", "second")) == ["first", "second"]
    with database.read() as connection:
        assert [act.request_id for act in next_accepted(connection, 9)] == ["first", "second"]


def test_accept__refused_and_taken_up_again__has_the_id_of_who_did(database: Database) -> None:
    _accept(database, _act("one", "first"))
    _refuse_all(database, LotChanged(1, 0, 2, 3))
    assert _accept(database, _act("one", "same")) == ["first"]
    assert _accept(database, _act("one", "better", b"better approvals")) == ["better"]


def test_pool__accepted_and_sent__counts_and_oldest(database: Database) -> None:
    assert _pool(database) == Pool(0, 0, None)
    _accept(database, _act("one"), _act("two"), _act("three"))

    def send_and_age(connection: Connection) -> None:
        (first, *_) = next_accepted(connection, 1)
        record_batch(connection, SENDER, 0, b"raw", TX, [first.id])
        connection.execute(update(acts).where(acts.c.id == first.id).values(created=1_000))

    database.write(send_and_age)
    assert _pool(database) == Pool(accepted=2, sent=1, oldest=1_000)


def test_refused_since__names_are_counted_and_old_ones_left_out(database: Database) -> None:
    _accept(database, *(_act(str(number)) for number in range(4)))
    _refuse_all(database, LotChanged(1, 0, 2, 3), Expired(1), LotChanged(1, 0, 2, 3), Expired(1))

    def age(connection: Connection) -> None:
        last = acts.c.digest == keccak(b"3")
        connection.execute(update(acts).where(last).values(settled=5_000))

    database.write(age)
    with database.read() as connection:
        assert refused_since(connection, 5_000) == {"LotChanged": 2, "Expired": 1}
        assert refused_since(connection, 4_999) == {"LotChanged": 2, "Expired": 2}


def test_server_version__of_each_database__names_it(database: Database) -> None:
    with database.read() as connection:
        name, version = server_version(connection).split(" ")
    assert name == ("SQLite" if database.is_sqlite else "PostgreSQL")
    assert int(version.partition(".")[0]) >= 3


def test_heartbeat__a_newer_one__takes_the_place_of_the_old(database: Database) -> None:
    for at in (1, 2):
        heartbeat = Heartbeat("indexer", at, {"height": at * 10})
        database.write(lambda connection, one=heartbeat: beat(connection, one))
    with database.read() as connection:
        assert last_beats(connection) == {"indexer": Heartbeat("indexer", 2, {"height": 20})}


def _apply(database: Database, portion: Portion) -> list[Decided]:
    def work(connection: Connection) -> list[Decided]:
        apply(connection, portion)
        return decided_by(connection, portion)

    return database.write(work)


def test_decided__entries_of_our_acts_and_of_others__only_ours_with_their_requests(
    database: Database,
) -> None:
    ledger = SyntheticLedger()
    ledger.found()
    ledger.seat_oracles()
    ours, others = ledger.entries[-1], ledger.entries[-2]
    new = NewAct(ours.act, "Enrolment", DEPLOYMENT.registry, ours.memo, None, "req-1")
    _accept(database, new)
    postings = [Posting(entry, BLOCK, 1, TX) for entry in ledger.entries]
    portion = Portion(postings, [], {BLOCK: bytes(32)}, BLOCK)
    (decided,) = _apply(database, portion)
    assert (decided.digest, decided.request_id) == (ours.act, "req-1")
    assert (decided.entry, decided.refusal) == (ours.index, None)
    assert 0 <= decided.milliseconds < 60_000
    with database.read() as connection:
        feed = {one.entry.index: one.request_id for one in entries_after(connection, -1, 100)}
    assert feed[ours.index] == "req-1"
    assert feed[others.index] is None
    assert len(feed) == len(ledger.entries)


def test_decided__refused_in_our_batch__tells_why_and_a_strangers_copy_does_not(
    database: Database,
) -> None:
    _accept(database, _act("one", "req-1"))

    def send(connection: Connection) -> None:
        record_batch(connection, SENDER, 0, b"raw", TX, [next_accepted(connection, 1)[0].id])

    database.write(send)
    refusal = LotChanged(1, 0, 2, 3)

    def refused_in(tx: bytes, block: int) -> list[Decided]:
        call = RefusedCall(keccak(b"one"), SENDER, b"", refusal, block, tx, 0)
        return _apply(database, Portion([], [call], {block: bytes(32)}, block))

    assert refused_in(keccak(b"a stranger's"), 1) == []
    (decided,) = refused_in(TX, 2)
    assert (decided.request_id, decided.refusal) == ("req-1", "LotChanged")
    with database.read() as connection:
        record = read_act(connection, keccak(b"one"))
    assert record is not None
    assert record.request_id == "req-1"
