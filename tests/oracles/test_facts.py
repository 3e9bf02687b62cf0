"""Remittances and registrations: what members' signatures over them put into the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.acts import SignedAct, decode_call
from ledger.agreements import Payment
from ledger.deals import Mode, Registration, Remittance
from ledger.errors import Refused
from ledger.ids import Address, PartyNo
from ledger.keccak import keccak
from ledger.refusals import (
    AmountTooLarge,
    InvalidDate,
    NotMember,
    RegistrationLapsed,
    UnknownClaim,
    WrongConfig,
    ZeroAmount,
)
from ledger.store.engine import Database
from ledger.store.keeping.attestations import Tally, disagreements, list_witnessed
from ledger.store.outbox import PendingAct, next_accepted
from ledger.store.projector import Portion, Posting, apply
from ledger.visibility import Scope, View
from ledger.witnessing import Fact
from oracles.quorum import Brought, attest
from tests.store.databases import migrated
from tests.support.accounts import DEPLOYMENT, ORACLES, Key
from tests.support.synthetic_financing import SyntheticDesk

NOW = 1_795_000_000
ONE, TWO, THREE = ORACLES
ORACLE = Scope(Address(ONE.address), None, (), is_council=False, is_oracle=True)


class World:
    """A desk whose entries a database follows."""

    def __init__(self, database: Database) -> None:
        self.database, self.desk, self.posted, self.blocks = database, SyntheticDesk(), 0, 0
        self.index()

    def index(self) -> None:
        self.blocks += 1
        entries = self.desk.ledger.entries[self.posted :]
        postings = [Posting(entry, self.blocks, NOW, bytes(32)) for entry in entries]
        hashes = {self.blocks: keccak(b"block %d" % self.blocks)}
        portion = Portion(postings, [], hashes, self.blocks)
        self.database.write(lambda connection: apply(connection, portion))
        self.posted = len(self.desk.ledger.entries)

    def concluded(self) -> None:
        self.desk.register()
        self.desk.conclude("deal", Mode.SALE, 0, 10_000)
        self.index()

    def attest(self, fact: Fact, *members: Key) -> Tally:
        for member in members:
            approval = member.sign(DEPLOYMENT.digest(fact))
            brought = Brought(fact, approval, NOW)
            tally = self.database.write(lambda tx, one=brought: attest(tx, DEPLOYMENT, one))
        return tally

    def waiting(self) -> list[PendingAct]:
        with self.database.read() as connection:
            return next_accepted(connection, 100)

    def contrary(self, scope: Scope = ORACLE) -> list[tuple[int, int, list[Address]]]:
        """Readings shown, readings hidden and members who contradict themselves, by source."""
        config = self.desk.ledger.config
        with self.database.read() as connection:
            found = disagreements(connection, scope, config, 10)
        return [(len(one.readings), one.hidden, one.two_faced) for one in found]

    def scope(self, party: PartyNo) -> Scope:
        return Scope(Address("0x"), party, (View(party),), is_council=False, is_oracle=False)

    def seen_by(self, party: PartyNo) -> list[Fact]:
        with self.database.read() as connection:
            return [one.fact for one in list_witnessed(connection, self.scope(party), None, 10)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    yield World(opened)
    opened.close()


def _remittance(world: World, name: str = "deal") -> Remittance:
    return world.desk.remittance(name)


def _payment_of(world: World, line: bytes) -> Payment:
    subject = world.desk.lot(0).ref.subject
    return Payment(world.desk.ledger.config, line, subject, "CNY", 500, 2027_05_21)


# ── remittances ──────────────────────────────────────────────────────────────────────────────


def test_remittance__quorum__proves_the_debt_once(world: World) -> None:
    world.concluded()
    fact = _remittance(world)
    assert world.attest(fact, ONE).given == (ONE.address,)
    assert world.waiting() == []
    assert len(world.attest(fact, TWO).given) == 2
    (act,) = world.waiting()
    assert act.target == DEPLOYMENT.financing
    signed = decode_call(act.call)
    assert isinstance(signed, SignedAct)
    assert (signed.agreement, len(signed.approvals[0])) == (fact, 2)
    world.attest(fact, THREE)
    assert world.waiting() == [act]


def test_remittance__concerns_payer_and_payee_only(world: World) -> None:
    world.concluded()
    world.attest(_remittance(world), ONE)
    assert world.seen_by(world.desk.bank) == world.seen_by(world.desk.seller)
    assert world.seen_by(world.desk.bank) == [_remittance(world)]
    assert world.seen_by(PartyNo(1)) == world.seen_by(PartyNo(3)) == []


def test_remittance__signed_before_its_debt_is_there__waits_for_it(world: World) -> None:
    fact = _remittance(world)
    assert len(world.attest(fact, ONE, TWO).given) == 2
    assert (world.waiting(), world.seen_by(world.desk.bank)) == ([], [])
    world.concluded()
    world.attest(fact, ONE)
    assert len(world.waiting()) == 1
    assert world.seen_by(world.desk.bank) == [fact]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"config": bytes(32)}, WrongConfig), ({"bookedOn": 2027_02_30}, InvalidDate)],
)
def test_remittance__spoilt__is_refused_and_not_kept(
    world: World, changes: dict[str, object], refusal: type[Refused]
) -> None:
    world.concluded()
    with pytest.raises(refusal):
        world.attest(replace(_remittance(world), **changes), ONE)  # type: ignore[arg-type]
    assert world.seen_by(world.desk.bank) == []


def test_remittance__by_no_member__is_refused(world: World) -> None:
    world.concluded()
    with pytest.raises(NotMember):
        world.attest(_remittance(world), Key("thief"))


# ── registrations ────────────────────────────────────────────────────────────────────────────


def test_registration__quorum__goes_to_the_chain_and_concerns_its_bank(world: World) -> None:
    fact = world.desk.registration()
    world.attest(fact, ONE)
    assert world.waiting() == []
    world.attest(fact, THREE)
    (act,) = world.waiting()
    assert act.target == DEPLOYMENT.financing
    assert world.seen_by(world.desk.bank) == [fact]
    assert world.seen_by(PartyNo(1)) == world.seen_by(world.desk.seller) == []


def _spoilt(world: World, **changes: object) -> Registration:
    return replace(world.desk.registration(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"start": 10, "end": 10}, ZeroAmount),
        ({"end": 1 << 63}, AmountTooLarge),
        ({"expiresOn": 2026_11_17}, RegistrationLapsed),
        ({"expiresOn": 2099_02_30}, InvalidDate),
        ({"claim": 99}, UnknownClaim),
        ({"config": bytes(32)}, WrongConfig),
    ],
)
def test_registration__spoilt__is_refused_and_not_kept(
    world: World, changes: dict[str, object], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        world.attest(_spoilt(world, **changes), ONE)
    assert world.seen_by(world.desk.bank) == []


def test_registration__prolonged__contradicts_nobody(world: World) -> None:
    world.attest(_spoilt(world, expiresOn=2027_11_22), ONE, TWO)
    later = world.attest(_spoilt(world, expiresOn=2029_11_22), ONE, TWO)
    assert (len(later.given), later.others, later.contradicted) == (2, (), None)
    assert len(world.waiting()) == 2
    assert world.contrary() == []


@pytest.mark.parametrize("changes", [{"registeredAt": 0}, {"bank": 2}, {"start": 1}])
def test_registration__prolonged_with_something_else_changed__stays_here(
    world: World, changes: dict[str, object]
) -> None:
    """The contract doesn't compare times: an earlier one would overtake other banks."""
    world.desk.register(expiresOn=2027_11_22)
    world.index()
    world.attest(_spoilt(world, **changes), ONE, TWO, THREE)
    assert world.waiting() == []
    world.attest(_spoilt(world), ONE, TWO, THREE)
    assert world.waiting() == []
    assert world.contrary() == [(2, 0, sorted(one.address for one in ORACLES))]


def test_registration__prolonged_as_it_is__goes_out(world: World) -> None:
    world.desk.register(expiresOn=2027_11_22)
    world.index()
    world.attest(_spoilt(world), ONE, TWO)
    assert len(world.waiting()) == 1


def test_registration__read_for_other_units__counts_for_neither(world: World) -> None:
    one, other = _spoilt(world), _spoilt(world, end=5_000, expiresOn=2098_11_22)
    world.attest(one, ONE)
    tally = world.attest(other, ONE)
    assert (tally.contradicted, tally.evidence, tally.given) == (ONE.address, None, ())
    assert world.attest(one, TWO).given == (TWO.address,)
    assert world.waiting() == []
    assert world.contrary() == [(2, 0, [ONE.address])]
    assert len(world.attest(one, THREE).given) == 2
    assert len(world.waiting()) == 1


# ── contradictions across kinds ──────────────────────────────────────────────────────────────


def test_line__read_as_a_lots_and_as_a_debts_payment__counts_for_neither(world: World) -> None:
    world.concluded()
    remitted = _remittance(world)
    paid = _payment_of(world, remitted.line)
    world.attest(paid, ONE)
    tally = world.attest(remitted, ONE)
    assert (tally.contradicted, tally.evidence) == (ONE.address, None)
    assert world.attest(remitted, TWO).given == (TWO.address,)
    assert world.attest(paid, THREE).given == (THREE.address,)
    assert world.waiting() == []
    assert world.contrary() == [(2, 0, [ONE.address])]


def test_disagreement__each_sees_only_readings_that_concern_it(world: World) -> None:
    world.concluded()
    remitted = _remittance(world)
    world.attest(_payment_of(world, remitted.line), ONE)
    world.attest(remitted, TWO)
    debtor, seller, bank = PartyNo(1), world.desk.seller, world.desk.bank
    assert world.contrary() == [(2, 0, [])]
    # The bank holds the lot that one member read, and paid the debt that the other read.
    assert world.contrary(world.scope(bank)) == [(2, 0, [])]
    assert world.contrary(world.scope(debtor)) == [(1, 1, [])]
    assert world.contrary(world.scope(seller)) == [(1, 1, [])]
    assert world.contrary(world.scope(PartyNo(3))) == []


def test_payments__contrary_beside_a_remittance__are_evidence_for_the_chain(world: World) -> None:
    world.concluded()
    remitted = _remittance(world)
    paid = _payment_of(world, remitted.line)
    world.attest(remitted, ONE)
    assert world.attest(paid, ONE).evidence is None
    tally = world.attest(replace(paid, amount=499), ONE)
    assert tally.evidence is not None
    assert [act.digest for act in world.waiting()] == [tally.evidence]
