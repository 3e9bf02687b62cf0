"""Random lives of lines and quotes against a model that counts unit by unit and keeps no sums."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.credit import LineBelowUse, LineExceeded, LineKind
from ledger.store.engine import Database, open_database
from ledger.store.keeping.reservations import Quote, withdraw
from ledger.store.migration import create_tables
from ledger.words import LotState
from tests.store.credit import BANK, CORE, RIVAL, SECOND_SELLER, SELLER, Desk, digest_of
from tests.store.databases import empty_postgres, migrated

FACE = 12
BANKS = (BANK, RIVAL)
LINES = ((CORE, LineKind.DEBTOR), (SELLER, LineKind.RECOURSE))
UNITS = st.tuples(st.integers(0, FACE - 1), st.integers(1, FACE))


@dataclass
class Told:
    """A quote as the model knows it; ``order`` is the entry that concluded it."""

    quote: Quote
    amounts: tuple[int, int]
    order: int | None = None
    ended: bool = False


class LineMachine(RuleBasedStateMachine):
    database: Database

    @initialize()
    def found(self) -> None:
        self.database = self._open()
        self.desk = Desk(self.database)
        self.desk.open_claim(1, FACE)
        self.limits = {(bank, line): 300 for bank in BANKS for line in LINES}
        for (bank, (party, kind)), limit in self.limits.items():
            self.desk.put(limit, bank=bank, party=party, kind=kind)
        self.told: list[Told] = []
        self.names = 0

    def _open(self) -> Database:
        database = open_database("sqlite://")
        create_tables(database)
        return database

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    # ── what happens ─────────────────────────────────────────────────────────────────────────

    @rule(
        bank=st.sampled_from(BANKS),
        units=UNITS,
        amount=st.integers(1, 200),
        recourse=st.integers(0, 200),
        seconds=st.integers(1, 100),
    )
    def reserve(
        self, bank: int, units: tuple[int, int], amount: int, recourse: int, seconds: int
    ) -> None:
        lot = self.desk.lot_of(1, units[0])
        end = min(lot.end, units[0] + units[1])
        self.names += 1
        owner = next(one for one in BANKS if one == bank)
        quote = self.desk.quote(
            f"quote {self.names}", 1, units[0], end, bank=owner, seconds=seconds
        )
        told = Told(quote, (amount, recourse))
        fits = self._fits(owner, told)
        try:
            self.desk.reserve(quote, amount, recourse)
        except LineExceeded:
            assert not fits
        else:
            assert fits
            self.told.append(told)

    def _fits(self, bank: int, told: Told) -> bool:
        return all(
            self.used(bank, n) + told.amounts[n] <= self.limits[bank, line]
            for n, line in enumerate(LINES)
            if told.amounts[n]
        )

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def reserve_again(self, data: st.DataObject) -> None:
        told = data.draw(st.sampled_from(self.told))
        self.desk.reserve(told.quote, *told.amounts)

    @precondition(lambda self: self._concludable())
    @rule(data=st.data(), pledge=st.booleans())
    def conclude(self, data: st.DataObject, pledge: bool) -> None:
        told = data.draw(st.sampled_from(self._concludable()))
        quote = told.quote
        told.order = self.desk.entries
        if pledge:
            self.desk.write_units(1, quote.start, quote.end, quote.digest, lien=quote.bank)
        else:
            self.desk.conclude(quote)
        self._block()

    @rule(unit=st.integers(0, FACE - 1), until=st.integers(1, FACE))
    def settle(self, unit: int, until: int) -> None:
        lot = self.desk.lot_of(1, unit)
        if lot.state is LotState.LIVE:
            self.desk.settle(1, unit, min(lot.end, unit + until))
            self._block()

    @rule(
        unit=st.integers(0, FACE - 1),
        holder=st.sampled_from((SELLER, SECOND_SELLER, *BANKS)),
        lien=st.sampled_from((0, 0, *BANKS)),
    )
    def move(self, unit: int, holder: int, lien: int) -> None:
        """Sold on, repaid, bought back, rescinded, enforced: to lines they are all this."""
        lot = self.desk.lot_of(1, unit)
        if lot.state is LotState.LIVE:
            act = digest_of(f"move {self.desk.entries} {self.desk.now} {unit}")
            self.desk.write_units(1, unit, lot.end, act, holder=holder, lien=lien)
            self._block()

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds: int) -> None:
        self.desk.now += seconds
        self.desk.tick()
        self._block()

    @rule()
    def sweep(self) -> None:
        assert self.desk.sweep() == 0

    @precondition(lambda self: len(self.desk.kept) > 1)
    @rule(data=st.data())
    def rewind(self, data: st.DataObject) -> None:
        self.desk.rewind(data.draw(st.integers(1, min(3, len(self.desk.kept) - 1))))
        for told in self.told:
            if told.order is not None and told.order >= self.desk.entries:
                told.order = None

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        told = data.draw(st.sampled_from(self.told))
        returned = self.desk.write(
            lambda connection: withdraw(connection, told.quote.bank, told.quote.digest)
        )
        assert returned == (told in self._alive())
        told.ended = told.ended or returned

    @rule(bank=st.sampled_from(BANKS), limit=st.integers(0, 400), line=st.integers(0, 1))
    def set_limit(self, bank: int, limit: int, line: int) -> None:
        owner = next(one for one in BANKS if one == bank)
        party, kind = LINES[line]
        try:
            self.desk.put(limit, bank=owner, party=party, kind=kind)
        except LineBelowUse:
            assert limit < self.used(bank, line)
        else:
            assert limit >= self.used(bank, line)
            self.limits[bank, LINES[line]] = limit

    # ── what must hold ───────────────────────────────────────────────────────────────────────

    @invariant()
    def sums_are_the_models(self) -> None:
        for bank in BANKS:
            for n, (party, kind) in enumerate(LINES):
                line = self.desk.line(bank, party, kind)
                assert line.used == self.used(bank, n)
                assert line.limit == self.limits[bank, (party, kind)]

    @invariant()
    def nothing_differs_from_the_projection(self) -> None:
        assert self.desk.wrong() == []

    # ── the model ────────────────────────────────────────────────────────────────────────────

    def used(self, bank: int, line: int) -> int:
        return sum(
            -(-told.amounts[line] * self._left(told) // (told.quote.end - told.quote.start))
            for told in self.told
            if told.quote.bank == bank
        )

    def _left(self, told: Told) -> int:
        quote = told.quote
        units = range(quote.start, quote.end)
        if told.order is None:
            return len(units) if told in self._alive() else 0
        return sum(self._counts(told, unit) for unit in units)

    def _counts(self, told: Told, unit: int) -> bool:
        lot = self.desk.lot_of(1, unit)
        has = lot.state is LotState.LIVE and told.quote.bank in (lot.holder, lot.lien)
        newer = any(
            other.order is not None
            and told.order is not None
            and other.order > told.order
            and other.quote.bank == told.quote.bank
            and other.quote.start <= unit < other.quote.end
            for other in self.told
        )
        return has and not newer

    def _alive(self) -> list[Told]:
        return [
            told
            for told in self.told
            if told.order is None
            and not told.ended
            and self.desk.versions.get((1, told.quote.lot), 0) <= told.quote.version
        ]

    def _concludable(self) -> list[Told]:
        """Those that the contract would still take; a quote that ran out is none, since the next
        block's time is beyond it."""
        return [told for told in self._alive() if self._stands(told.quote)]

    def _stands(self, quote: Quote) -> bool:
        lot = self.desk.lots.get((1, quote.lot))
        same = lot is not None and (lot.version, lot.state) == (quote.version, LotState.LIVE)
        return (
            same and lot is not None and quote.end <= lot.end and quote.valid_until >= self.desk.now
        )

    def _block(self) -> None:
        """A block was read: what ran out before its time is over, for good."""
        for told in self._alive():
            if told.quote.valid_until < self.desk.now:
                told.ended = True


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_machine__on_sqlite__holds() -> None:
    run_state_machine_as_test(LineMachine, settings=_settings(30, 30))


def test_machine__on_postgresql__holds(postgres_url: str) -> None:
    class OnPostgresql(LineMachine):
        def _open(self) -> Database:
            return migrated(empty_postgres(postgres_url))

    run_state_machine_as_test(OnPostgresql, settings=_settings(4, 25))
