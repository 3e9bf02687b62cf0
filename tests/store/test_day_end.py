"""Days of a ledger that did anything at all: each adds up, and is what a plain count says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from ledger.agreements import FOREVER
from ledger.business_day import business_day, end_of
from ledger.deals import Duty, Mode, Repayment, Rescission
from ledger.entries import Op
from ledger.ids import Address, PartyNo
from ledger.keccak import keccak
from ledger.reconciliation import Flow
from ledger.remittance import commitment_to, new_reference
from ledger.store.engine import IN_MEMORY, Database, open_database
from ledger.store.keeping.openings import DebtOpening, keep_opening
from ledger.store.migration import create_tables
from ledger.store.projector import Portion, Posting, apply
from ledger.store.reading.day_end import DayEnd, day_end
from ledger.store.reading.span import span_of
from ledger.store.tables import lots
from ledger.visibility import Scope, View
from ledger.words import OUTSTANDING, LotState
from tests.support.synthetic import SyntheticLedger, consortium
from tests.support.synthetic_financing import SyntheticDesk

PARTIES = [PartyNo(number) for number in range(1, 6)]
CORE, *SUPPLIERS = PARTIES[:4]
MIDNIGHT = end_of(business_day(1_795_000_000)) + 1
DAY = 86_400


@dataclass
class Days:
    """A ledger whose entries are read day by day. ``counts`` are what each party held, and what
    the core enterprise owed, at each day's end, counted from the ledger's own lots."""

    database: Database
    ledger: SyntheticLedger = field(default_factory=consortium)
    posted: int = 0
    counts: list[Counter[PartyNo]] = field(default_factory=list)

    def end_day(self) -> None:
        """The day's entries: the first at midnight, the last in the day's last second."""
        number = len(self.counts)
        fresh = self.ledger.entries[self.posted :]
        postings = [
            Posting(entry, number + 1, self.time(number, last=place > 0), keccak(b"tx"))
            for place, entry in enumerate(fresh)
        ]
        block = {number + 1: keccak(b"block %d" % number)}
        self.database.write(
            lambda connection: apply(connection, Portion(postings, [], block, number + 1))
        )
        self.posted = len(self.ledger.entries)
        self.counts.append(self.count())

    def time(self, number: int, *, last: bool) -> int:
        return MIDNIGHT + number * DAY + (DAY - 1 if last else 0)

    def count(self) -> Counter[PartyNo]:
        held: Counter[PartyNo] = Counter()
        for lot in self.ledger.lots.values():
            if lot.state in OUTSTANDING:
                held[lot.holder] += lot.amount
        return held

    def report(self, party: PartyNo, number: int) -> DayEnd:
        day = business_day(MIDNIGHT) + timedelta(days=number)
        with self.database.read() as connection:
            return day_end(connection, scope(party), party, day)

    def act(self, random: Random) -> None:
        """Something happens to some lot."""
        live = [one for one in self.ledger.lots.values() if one.state is LotState.LIVE]
        what = random.choice(["issue", "transfer", "transfer", "settle", "over", "merge"])
        if what == "issue" or not live:
            self.ledger.issue(CORE, random.choice(SUPPLIERS), random.randint(1, 1_000))
            return
        lot = random.choice(live)
        if what == "transfer":
            start = random.randint(lot.start, lot.end - 1)
            end = random.randint(start + 1, lot.end)
            others = [one for one in SUPPLIERS if one != lot.holder]
            self.ledger.transfer(lot.claim, lot.start, start, end, random.choice(others))
        elif what in ("settle", "over"):
            most = lot.amount if what == "settle" else 2 * lot.amount
            payment = self.ledger.payment(lot.claim, lot.start, random.randint(1, most))
            self.ledger.settle(payment)
        else:
            self.merge(lot.claim, lot.start, lot.end)

    def merge(self, claim: int, start: int, end: int) -> None:
        """With its neighbour, if that is the same holder's and live."""
        left = self.ledger.lots[claim, start]  # type: ignore[index]
        right = self.ledger.lots.get((claim, end))  # type: ignore[arg-type]
        if right and right.holder == left.holder and right.state is LotState.LIVE:
            self.ledger.merge(left.claim, start, end)


def scope(party: PartyNo) -> Scope:
    address = Address("0x" + 40 * "0")
    return Scope(address, party, (View(party),), is_council=False, is_oracle=False)


@contextmanager
def in_memory() -> Iterator[Database]:
    database = open_database(IN_MEMORY)
    create_tables(database)
    yield database
    database.close()


def live_and_check(days: Days, random: Random, number: int, acts: int) -> None:
    for _ in range(number):
        for _ in range(random.randint(0, acts)):
            days.act(random)
        days.end_day()
    for party in PARTIES:
        before = 0
        for day, count in enumerate(days.counts):
            found = days.report(party, day)
            assert found.balances
            figure = found.owed if party == CORE else found.held
            flow = figure.get("CNY", Flow())
            wanted = count.total() if party == CORE else count[party]
            assert (flow.opening, flow.closing, flow.residual) == (before, wanted, 0)
            assert min(flow.came, flow.went, flow.paid) >= 0
            before = wanted


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_day_end__anything_happens__days_add_up_and_follow_each_other(seed: int) -> None:
    with in_memory() as database:
        live_and_check(Days(database), Random(seed), 4, 6)


def test_day_end__long_life__days_add_up_on_each_database(database: Database) -> None:
    live_and_check(Days(database), Random(4), 6, 20)


def test_span__midnight_and_the_last_second__belong_to_their_day(database: Database) -> None:
    days = Days(database)
    days.ledger.issue(CORE, SUPPLIERS[0], 10)
    days.end_day()
    first = len(days.ledger.entries)
    days.ledger.issue(CORE, SUPPLIERS[0], 10)
    days.ledger.issue(CORE, SUPPLIERS[0], 10)
    days.end_day()
    with database.read() as connection:
        today = business_day(MIDNIGHT)
        spans = [span_of(connection, today + timedelta(days=n)) for n in (-1, 0, 1, 2)]
    assert [(span.first, span.end) for span in spans] == [
        (0, 0),
        (0, first),
        (first, first + 2),
        (first + 2, first + 2),
    ]


def test_day_end__a_lots_row_altered__is_told(database: Database) -> None:
    days = Days(database)
    claim = days.ledger.issue(CORE, SUPPLIERS[0], 1_000)
    days.ledger.transfer(claim, 0, 0, 400, SUPPLIERS[1])
    days.end_day()
    stolen = update(lots).where(lots.c.start == 400).values(holder=SUPPLIERS[1])
    database.write(lambda connection: connection.execute(stolen))
    residuals = [days.report(party, 0).held["CNY"].residual for party in SUPPLIERS[:2]]
    assert residuals == [600, -600]
    assert not days.report(SUPPLIERS[0], 0).balances


# ── deals ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Dealing:
    """Deals whose debts are opened, by name."""

    days: Days
    desk: SyntheticDesk = field(init=False)
    references: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = SyntheticDesk(self.days.ledger)
        self.desk.register()

    def owe(self, name: str, amount: int) -> bytes:
        """The commitment of a debt of this name."""
        self.references[name] = new_reference()
        return commitment_to(self.references[name], "CNY", amount)

    def open(self, name: str, deal: str, duty: Duty, amount: int) -> None:
        bank, seller = self.desk.bank, self.desk.seller
        sides = (bank, seller) if duty in (Duty.ADVANCE, Duty.SURPLUS) else (seller, bank)
        reference = self.references[name]
        commitment = commitment_to(reference, "CNY", amount)
        digest = self.desk.deal(deal)
        made = DebtOpening(commitment, digest, duty, reference, "CNY", amount, *sides)
        self.days.database.write(lambda connection: keep_opening(connection, made, 1))

    def conclude(self, name: str, mode: Mode, start: int, end: int, amount: int) -> bytes:
        commitment = self.owe(name, amount)
        self.desk.conclude(name, mode, start, end, advance=commitment)
        self.open(name, name, Duty.ADVANCE, amount)
        return commitment

    def flows(self, number: int) -> tuple[Flow | None, Flow | None]:
        """What the bank has to pay and to receive; the seller's the other way round."""
        bank = self.days.report(self.desk.bank, number)
        seller = self.days.report(self.desk.seller, number)
        assert bank.balances
        assert seller.balances
        pay, receive = bank.debts.get(("CNY", True)), bank.debts.get(("CNY", False))
        assert seller.debts.get(("CNY", False)) == pay
        assert seller.debts.get(("CNY", True)) == receive
        return pay, receive


def test_day_end__deals_over_days__debts_come_are_paid_lapse_and_stay(database: Database) -> None:
    dealing = Dealing(Days(database))
    desk, end_day = dealing.desk, dealing.days.end_day
    one = dealing.conclude("one", Mode.RECOURSE, 0, 2_000, 1_900)
    dealing.conclude("two", Mode.SALE, 2_000, 3_000, 950)
    pledge = dealing.conclude("pledge", Mode.PLEDGE, 3_000, 4_000, 700)
    end_day()
    desk.prove_and_release("one", 0, commitment=one)
    desk.prove_on_record("pledge", commitment=pledge)
    end_day()
    _rescind(dealing, "two", 950, 2_000)
    _repay(dealing, "pledge", 710)
    end_day()
    desk.enforce("pledge", 3_000)
    end_day()
    end_day()
    assert [dealing.flows(day) for day in range(5)] == [
        (Flow(0, 3_550, 0, 0, 3_550), None),
        (Flow(3_550, 0, 0, 2_600, 950), None),
        (Flow(950, 0, 950, 0, 0), Flow(0, 710, 0, 0, 710)),
        # Enforced, the pledge can't be repaid any more.
        (None, Flow(710, 0, 710, 0, 0)),
        (None, None),
    ]


def _rescind(dealing: Dealing, name: str, amount: int, start: int) -> None:
    desk = dealing.desk
    act = Rescission(commitment_to(dealing.references[name], "CNY", amount), FOREVER)
    desk._post(act, Op.FORECLOSED, [desk._taken(start)], desk.seller)


def _repay(dealing: Dealing, deal: str, amount: int) -> None:
    desk = dealing.desk
    commitment = dealing.owe("repayment", amount)
    desk._record(Repayment(desk.deal(deal), commitment, 1, FOREVER), desk.seller, desk.bank)
    dealing.open("repayment", deal, Duty.REPAYMENT, amount)


def test_day_end__debt_that_nothing_opens__isnt_in_the_figures_and_is_told(
    database: Database,
) -> None:
    dealing = Dealing(Days(database))
    dealing.conclude("one", Mode.SALE, 0, 2_000, 1_900)
    dealing.desk.conclude("closed", Mode.SALE, 2_000, 3_000)
    dealing.days.end_day()
    found = dealing.days.report(dealing.desk.bank, 0)
    assert (found.unopened, found.balances) == (1, False)
    assert found.debts["CNY", True] == Flow(0, 1_900, 0, 0, 1_900)


def test_day_end__opened_for_another_deal_than_the_chains__isnt_in_the_figures_and_is_told(
    database: Database,
) -> None:
    """One side can propose a debt under a deal, and have the chain owe it under another."""
    dealing = Dealing(Days(database))
    dealing.conclude("one", Mode.RECOURSE, 0, 2_000, 1_900)
    dealing.desk.conclude("two", Mode.SALE, 2_000, 3_000, advance=dealing.owe("two", 950))
    dealing.open("two", "one", Duty.SURPLUS, 950)
    dealing.days.end_day()
    for party, pays in ((dealing.desk.bank, True), (dealing.desk.seller, False)):
        found = dealing.days.report(party, 0)
        assert (found.unopened, found.balances) == (1, False)
        assert found.debts["CNY", pays] == Flow(0, 1_900, 0, 0, 1_900)
