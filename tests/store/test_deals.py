"""Deals as the projection has them, through rewinds, and who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ledger.agreements import FOREVER
from ledger.checks import check
from ledger.consent import read_signed
from ledger.deals import (
    DealState,
    Demand,
    Duty,
    Enforcement,
    Outcome,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.ids import Address, PartyNo
from ledger.keccak import keccak
from ledger.refusals import (
    ApprovalsMissing,
    DealUnknown,
    Expired,
    NoRecourse,
    NotMember,
    NotPledge,
    NotRescindable,
    NotSigner,
    RemittanceMismatch,
    RoleMissing,
    UnknownMode,
    WrongConfig,
)
from ledger.store.engine import Database
from ledger.store.projector import rewind
from ledger.store.reading.deals import deal_by, list_deals
from ledger.store.reading.members import standing_for
from ledger.typed import Struct
from ledger.visibility import Scope, View, concern_of
from tests.store.projecting import (
    later,
    portion,
    project,
    project_by_blocks,
    projected_rows,
)
from tests.support.accounts import COUNCIL, ORACLES, Key
from tests.support.synthetic_financing import SyntheticDesk, lived_deals


def _scope(party: PartyNo) -> Scope:
    address = Address("0x" + 40 * "0")
    return Scope(address, party, (View(party),), is_council=False, is_oracle=False)


def test_apply__deals__one_portion_or_many_same_rows(database: Database) -> None:
    desk = lived_deals()
    project(database, portion(desk.ledger.entries))
    at_once = projected_rows(database)
    for table in ("deals", "obligations", "deal_steps", "registrations", "lot_orders"):
        assert at_once[table]
    database.write(lambda connection: rewind(connection, 0))
    assert not projected_rows(database)["deals"]
    project_by_blocks(database, desk.ledger)
    assert projected_rows(database) == at_once


def test_rewind__prolonged_registration__the_earlier_holds_again(database: Database) -> None:
    desk = SyntheticDesk()
    desk.register(expiresOn=2090_01_01)
    project(database, portion(desk.ledger.entries))
    before = projected_rows(database)
    desk.register()
    project(database, later(desk.ledger.entries[-1:]))
    assert projected_rows(database)["registrations"] != before["registrations"]
    database.write(lambda connection: rewind(connection, 98))
    assert projected_rows(database)["registrations"] == before["registrations"]


def test_list_deals__of_the_bank__states_and_obligations(database: Database) -> None:
    desk = lived_deals()
    project(database, portion(desk.ledger.entries))
    with database.read() as connection:
        found = list_deals(connection, _scope(desk.bank), after=0, limit=50)
        states = {record.deal: record.state for record in found}
        recourse = deal_by(connection, _scope(desk.seller), desk.deal("recourse"))
    assert [states[desk.deal(name)] for name in desk.deals] == [
        DealState.ADVANCED,
        DealState.ADVANCED,
        DealState.RESCINDED,
        DealState.RESCINDED,
        DealState.REPAID,
        DealState.ENFORCED,
    ]
    assert recourse is not None
    assert recourse.demanded
    assert [(one.duty, one.outcome) for one in recourse.obligations] == [
        (Duty.ADVANCE, Outcome.PAID),
        (Duty.BUY_BACK, Outcome.PAID),
        (Duty.BUY_BACK, Outcome.RESCINDED),
        (Duty.SURPLUS, Outcome.PAID),
    ]
    assert recourse.obligations[0].line == keccak(b"line of recourse")


def test_deals__of_a_rival_or_the_debtor__not_shown(database: Database) -> None:
    desk = lived_deals()
    rival = desk.ledger.enrol("RIVAL", 4)
    project(database, portion(desk.ledger.entries))
    with database.read() as connection:
        for stranger in (rival, PartyNo(1), PartyNo(3)):
            assert list_deals(connection, _scope(stranger), after=0, limit=50) == []
            assert deal_by(connection, _scope(stranger), desk.deal("sale")) is None


def test_concern__entries_of_deals__their_parties_and_no_one_else() -> None:
    desk = lived_deals()
    own = [entry for entry in desk.ledger.entries if entry.book == desk.claim]
    concerned = [concern_of(entry) for entry in own]
    assert not any(concern.everyone for concern in concerned)
    named = frozenset().union(*(concern.parties for concern in concerned))
    assert named == {1, desk.seller, desk.bank, 3}


def _checked(database: Database, desk: SyntheticDesk, act: Struct, *sides: Sequence[Key]) -> None:
    signed = read_signed(desk.ledger.signed(act, *sides), desk.ledger.deployment)
    with database.read() as connection:
        check(signed, standing_for(connection, [signed]), now=1)


def test_check__acts_over_deals__only_the_deals_parties(database: Database) -> None:
    desk = lived_deals()
    project(database, portion(desk.ledger.entries))
    seller, bank = desk.ledger.parties[desk.seller], desk.ledger.parties[desk.bank]
    demand = Demand(desk.deal("recourse"), 0, 1, FOREVER)
    repayment = Repayment(desk.deal("pledge"), bytes(32), 1, FOREVER)
    _checked(database, desk, demand, bank)
    _checked(database, desk, Rescission(keccak(b"sale"), FOREVER), seller)
    _checked(database, desk, Rescission(keccak(b"buy-back"), FOREVER), bank)
    _checked(database, desk, repayment, seller, bank)
    _checked(database, desk, replace(desk.deals["sale"], version=9), seller, bank)
    _checked(database, desk, desk.remittance("anything"), ORACLES[:2])
    for act, sides, refusal in (
        (demand, [seller], NotSigner),
        (demand, [()], ApprovalsMissing),
        (replace(demand, deal=keccak(b"none")), [bank], DealUnknown),
        (replace(demand, validUntil=0), [bank], Expired),
        (Rescission(keccak(b"sale"), FOREVER), [bank], NotSigner),
        (Rescission(keccak(b"none"), FOREVER), [bank], RemittanceMismatch),
        (Rescission(keccak(b"surplus"), FOREVER), [seller], NotRescindable),
        (repayment, [bank, seller], NotSigner),
        (replace(repayment, deal=demand.deal), [seller, bank], NotPledge),
        (replace(demand, deal=desk.deal("sale")), [bank], NoRecourse),
        (Surplus(desk.deal("sale"), bytes(32), FOREVER), [bank], NoRecourse),
        (Enforcement(demand.deal, FOREVER), [bank], NotPledge),
        (desk.deals["sale"], [bank, seller], NotSigner),
        (replace(desk.deals["sale"], bank=PartyNo(3)), [seller, seller], RoleMissing),
        (replace(desk.deals["sale"], mode=3), [seller, bank], UnknownMode),
        (desk.remittance("anything", config=bytes(32)), [ORACLES[:2]], WrongConfig),
        (desk.remittance("anything"), [ORACLES[:1]], ApprovalsMissing),
        (desk.registration(), [COUNCIL[:2]], NotMember),
    ):
        with pytest.raises(refusal):
            _checked(database, desk, act, *sides)  # type: ignore[arg-type]
