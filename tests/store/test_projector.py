from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, null, select

from ledger.acts import ATTESTATIONS, FINANCING, RECEIVABLES, REGISTRY, VALIDATORS
from ledger.agreements import FOREVER, Amendment
from ledger.entries import EMPTY_HEAD
from ledger.keccak import keccak
from ledger.refusals import LotChanged
from ledger.store.drift import Drift, compare
from ledger.store.engine import IN_MEMORY, Database, open_database
from ledger.store.migration import create_tables
from ledger.store.outbox import ActStatus, NewAct, accept, read_act
from ledger.store.projector import (
    Checkpoint,
    EntryOutOfSequence,
    Portion,
    checkpoints,
    rewind,
    tip,
)
from ledger.store.reading.members import party_by_identifier
from ledger.store.tables import (
    acts,
    entries,
    identifiers,
    lots,
    parties,
    policies,
    signers,
)
from ledger.store.verdicts import RefusedCall
from tests.store.projecting import (
    hash_of,
    later,
    portion,
    posting,
    project,
    project_by_blocks,
    projected_rows,
)
from tests.support.synthetic import (
    CORE,
    DEPLOYMENT,
    ORACLES,
    Key,
    SyntheticLedger,
    address_of,
    consortium,
    lived_claim,
)

CORE_PARTY = 1


def _full_life() -> SyntheticLedger:
    """Every kind of entry there is, twice where that makes a difference."""
    ledger, claim = lived_claim()
    signer, spare = Key("TIER 1 0"), Key("spare")
    swap = Amendment(2, 1, 2, True, (spare.address,), (signer.address,), 1, 5, FOREVER)
    back = Amendment(2, 2, 2, False, (signer.address,), (spare.address,), 1, 6, FOREVER)
    ledger.amend(swap)
    ledger.amend(back)
    ledger.seat_oracles(2, ORACLES[:2])
    policy = address_of("another policy")
    scheduled = ledger.change_policy(policy, True, 0)
    ledger.enact_policy(policy, scheduled)
    ledger.change_policy(policy, False, 1)
    validator = keccak(b"validator")
    ledger.change_validator(validator, CORE_PARTY, 10)
    ledger.change_validator(keccak(b"another"), CORE_PARTY, 10)
    ledger.change_validator(validator, CORE_PARTY, 0, version=1)
    one = ledger.payment(claim, 0, 5)
    ledger.equivocation(one, replace(one, amount=6), ORACLES[0])
    return ledger


def test_apply__one_portion_or_many__same_rows(database: Database) -> None:
    ledger = _full_life()
    project(database, portion(ledger.entries))
    at_once = projected_rows(database)
    database.write(lambda connection: rewind(connection, 0))
    project_by_blocks(database, ledger)
    assert projected_rows(database) == at_once


def test_apply__full_life__tip_has_the_heads(database: Database) -> None:
    ledger = _full_life()
    project(database, portion(ledger.entries))
    with database.read() as connection:
        reached = tip(connection)
        heads = connection.execute(
            select(entries.c.book, entries.c.head).order_by(entries.c.index)
        ).all()
    assert reached.entries == len(ledger.entries)
    assert reached.global_head == ledger.head()
    for book, head in dict(map(tuple, heads)).items():
        assert head == ledger.head(book)


def test_apply__lots_of_a_lived_claim__current_rows_are_the_live_lots(database: Database) -> None:
    ledger, _ = lived_claim()
    project_by_blocks(database, ledger)
    statement = select(lots).where(lots.c.until.is_(None), lots.c.state != 3)
    with database.read() as connection:
        rows = connection.execute(statement).all()
    stored = {(r.claim, r.start): (r.end, r.holder, r.state, r.version) for r in rows}
    told = {
        place: (lot.end, lot.holder, lot.state, lot.version) for place, lot in ledger.lots.items()
    }
    assert stored == told


def test_apply__signer_swapped_and_back_in_one_portion__each_row_has_its_span(
    database: Database,
) -> None:
    ledger = consortium()
    signer, spare = Key("TIER 1 0"), Key("spare")
    enrolled = 8
    project(database, portion(ledger.entries))
    stored = len(ledger.entries)
    ledger.amend(Amendment(2, 1, 2, True, (spare.address,), (signer.address,), 1, 5, FOREVER))
    ledger.amend(Amendment(2, 2, 2, True, (signer.address,), (spare.address,), 1, 5, FOREVER))
    project(database, later(ledger.entries[stored:]))
    swapped = len(ledger.entries) - 2
    statement = select(signers.c.signer, signers.c.since, signers.c.until).where(
        signers.c.party == 2
    )
    with database.read() as connection:
        rows = set(map(tuple, connection.execute(statement)))
    assert rows == {
        (signer.address, enrolled, swapped),
        (spare.address, swapped, swapped + 1),
        (signer.address, swapped + 1, None),
    }


def test_apply__policy__address_is_checksummed_like_all_others(database: Database) -> None:
    ledger = consortium()
    project(database, portion(ledger.entries))
    with database.read() as connection:
        stored = set(connection.scalars(select(policies.c.policy)))
    names = (REGISTRY, ATTESTATIONS, RECEIVABLES, VALIDATORS, FINANCING)
    assert stored == {DEPLOYMENT.address(name) for name in names}


@pytest.mark.parametrize("wrong", [0, 4, 6])
def test_apply__gap_or_repeat__is_a_fault_and_writes_nothing(
    database: Database, wrong: int
) -> None:
    ledger = consortium()
    project(database, portion(ledger.entries[:5]))
    before = projected_rows(database)
    with pytest.raises(EntryOutOfSequence) as fault:
        project(database, portion([ledger.entries[wrong]]))
    assert (fault.value.expected, fault.value.found) == (5, wrong)
    assert projected_rows(database) == before


def test_apply__silent_blocks__only_the_newest_is_kept(database: Database) -> None:
    ledger = consortium()
    project(database, portion(ledger.entries[:3]))
    for number in (50, 60):
        project(database, Portion([], [], {number: hash_of(number)}, number))
    with database.read() as connection:
        kept = [mark.number for mark in checkpoints(connection, 10)]
        assert kept == [60, 1]
        assert checkpoints(connection, 10, below=60) == [Checkpoint(1, hash_of(1))]


@pytest.mark.parametrize("to_block", range(10))
def test_rewind__to_any_block__as_if_nothing_had_come_after(
    database: Database, to_block: int
) -> None:
    ledger = _full_life()
    kept = [entry for entry in ledger.entries if posting(entry).block <= to_block]
    if kept:
        project(database, portion(kept))
    never_more = projected_rows(database)
    rest = ledger.entries[len(kept) :]
    project(database, portion(rest))
    whole = projected_rows(database)
    database.write(lambda connection: rewind(connection, to_block))
    assert projected_rows(database) == never_more
    project(database, portion(rest))
    assert projected_rows(database) == whole


def test_tip__nothing_read__is_the_start(database: Database) -> None:
    with database.read() as connection:
        reached = tip(connection)
    assert (reached.block, reached.entries, reached.global_head) == (None, 0, EMPTY_HEAD)


def test_verdicts__entry_then_rewind__act_confirmed_then_accepted_again(
    database: Database,
) -> None:
    ledger = consortium()
    last = ledger.entries[-1]
    new = NewAct(last.act, "Enrolment", DEPLOYMENT.registry, last.memo)
    database.write(lambda connection: accept(connection, [new]))
    project(database, portion(ledger.entries))
    record = _read(database, new)
    assert (record.status, record.entry, record.claim) == (ActStatus.CONFIRMED, last.index, 0)
    assert record.tx == posting(last).tx
    database.write(lambda connection: rewind(connection, 0))
    record = _read(database, new)
    assert (record.status, record.entry, record.settled) == (ActStatus.ACCEPTED, None, None)
    with database.read() as connection:
        nulls = connection.execute(select(acts.c.digest).where(acts.c.refusal.is_(null()))).all()
    assert len(nulls) == 1


def test_accept__on_the_chain_before_it_came_here__confirmed_at_once(database: Database) -> None:
    ledger = consortium()
    project(database, portion(ledger.entries))
    last = ledger.entries[-1]
    new = NewAct(last.act, "Enrolment", DEPLOYMENT.registry, last.memo)
    (record,) = database.write(lambda connection: accept(connection, [new]))
    assert (record.status, record.entry) == (ActStatus.CONFIRMED, last.index)


def test_verdicts__refusal_in_a_strangers_transaction__changes_nothing(
    database: Database,
) -> None:
    ledger = consortium()
    new = NewAct(ledger.entries[-1].act, "Enrolment", DEPLOYMENT.registry, b"call")
    database.write(lambda connection: accept(connection, [new]))
    call = RefusedCall(
        keccak(b"call"), DEPLOYMENT.registry, b"", LotChanged(1, 2, 3, 4), 9, bytes(32), 0
    )
    project(database, portion([], [call]))
    assert _read(database, new).status is ActStatus.ACCEPTED


def test_compare__a_changed_row_and_a_missing_one__both_named(database: Database) -> None:
    ledger = consortium()
    project(database, portion(ledger.entries))

    def tamper_and_compare(connection: Connection) -> list[Drift]:
        connection.execute(parties.update().where(parties.c.number == 1).values(roles=63))
        connection.execute(signers.delete().where(signers.c.signer == Key("CORE 0").address))
        return sorted(compare(connection, intact), key=lambda drift: drift.table)

    fresh = open_database(IN_MEMORY)
    create_tables(fresh)
    project(fresh, portion(ledger.entries))
    with fresh.read() as intact:
        changed, missing = database.write(tamper_and_compare)
    fresh.close()
    assert changed == Drift("parties", (1, 1), "roles", 63, CORE)
    assert (missing.table, missing.key[0], missing.live) == ("signers", Key("CORE 0").address, None)
    assert missing.rebuilt is not None


def _read(database: Database, act: NewAct) -> Any:
    with database.read() as connection:
        record = read_act(connection, act.digest)
    assert record is not None
    return record


def test_apply__identifiers_that_are_no_utf8__kept_as_they_read(database: Database) -> None:
    """The chain tells them apart by their bytes; neither may stop the indexer."""
    ledger = consortium()
    numbers = [ledger.enrol_with_bytes("LATIN", b"name:CN:L%cTIN" % byte) for byte in (0xE4, 0xE5)]
    ledger.enrol("NEXT", CORE)
    project_by_blocks(database, ledger)
    query = select(identifiers.c.identifier).where(identifiers.c.party.in_(numbers))
    with database.read() as connection:
        assert connection.scalars(query).all() == 2 * ["name:CN:L\ufffdTIN"]
        assert party_by_identifier(connection, "name:CN:L\ufffdTIN") is None
        found = party_by_identifier(connection, "name:CN:NEXT")
    assert found is not None
