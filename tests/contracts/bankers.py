"""The banks beside the machine: lines that every deal has to fit in, and a projection to see by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from ledger.credit import CreditLine, LineExceeded, LineKind
from ledger.deals import Finance
from ledger.entries import Entry
from ledger.ids import Address, Digest, PartyNo
from ledger.keccak import keccak
from ledger.refusals import ZeroAmount
from ledger.store.connection import Connection
from ledger.store.engine import open_database
from ledger.store.keeping.lines import SignedLine, find_line, put_line
from ledger.store.keeping.reservations import Quote, Wanted, reserve, withdraw
from ledger.store.line_use import differences, horizon
from ledger.store.migration import create_tables
from ledger.store.private import credit_lines
from ledger.store.projector import Portion, Posting, apply
from ledger.store.reading.deals import deal_by
from ledger.store.tables import claims, lots
from ledger.visibility import Scope, View
from ledger.words import OUTSTANDING
from tests.support.model_financing import SALE, FinancingModel
from tests.support.model_state import Deal

LIMIT = 8_000
"""Of every line, in minor units: most deals fit, and not all."""

NOW = 1_700_000_000
NEVER_ENDS = 9999_12_31

LineOf = tuple[int, int, LineKind, str]
"""Bank, party, kind and currency."""


class Bankers:
    """One database for all of them, which reads what the chain says as an indexer does."""

    def __init__(self, founding: Sequence[Entry]) -> None:
        self.database = open_database("sqlite://")
        create_tables(self.database)
        self.blocks = 0
        self.index(founding)

    def close(self) -> None:
        self.database.close()

    def index(self, entries: Sequence[Entry]) -> None:
        """A block that says this."""
        self.blocks += 1
        time, block_hash = NOW + self.blocks, keccak(b"block %d" % self.blocks)
        postings = [Posting(entry, self.blocks, time, block_hash) for entry in entries]
        portion = Portion(postings, [], {self.blocks: block_hash}, self.blocks, time)
        self.database.write(lambda connection: apply(connection, portion))

    # ── before a deal ────────────────────────────────────────────────────────────────────────

    def fits(self, act: Finance, digest: Digest, model: FinancingModel) -> bool:
        """Reserve what the deal takes of the bank's lines; whether there was room. What no desk
        would quote, a lot that isn't so or nothing of it, is for the chain to refuse."""
        claim, bank = model.claims[act.claim], PartyNo(act.bank)
        if model.places[act.claim][act.lot].version != act.version:
            return True
        quote = Quote(
            digest,
            bank,
            act.claim,
            act.lot,
            act.version,
            act.start,
            act.end,
            claim.currency,
            act.validUntil,
        )
        units = act.end - act.start
        wanted = [Wanted(LineKind.DEBTOR, PartyNo(claim.debtor), units)]
        if act.mode != SALE:
            wanted.append(Wanted(LineKind.RECOURSE, PartyNo(act.seller), units))

        def work(connection: Connection) -> None:
            for one in wanted:
                _open_line(connection, bank, one.party, one.kind, claim.currency)
            reserve(connection, quote, wanted, NOW, horizon(connection))

        try:
            self.database.write(work)
        except LineExceeded:
            return False
        except ZeroAmount:
            return True
        return True

    def forget(self, act: Finance, digest: Digest) -> None:
        """The quote never left the bank."""
        bank = PartyNo(act.bank)
        self.database.write(lambda connection: withdraw(connection, bank, digest))

    # ── afterwards ───────────────────────────────────────────────────────────────────────────

    def compare(self, model: FinancingModel) -> None:
        """What is projected, and what lines hold of it, against the model."""
        with self.database.read() as connection:
            assert _held(connection) == model.held()
            for number, deal in model.deals.items():
                _compare_deal(connection, number, deal, model)
            assert differences(connection) == []
            self._compare_lines(connection, model)

    def _compare_lines(self, connection: Connection, model: FinancingModel) -> None:
        drawn = _drawn(model)
        for line in connection.execute(select(credit_lines)):
            name = (line.bank, line.party, LineKind(line.kind), line.currency)
            assert (name, line.drawn) == (name, drawn.pop(name, 0))
            assert line.open >= 0
            assert line.open + line.drawn <= line.limit, "a bank is exposed beyond its line"
        assert not +drawn, "a bank is exposed without a line"


def _open_line(
    connection: Connection, bank: PartyNo, party: PartyNo, kind: LineKind, currency: str
) -> None:
    if find_line(connection, bank, party, kind, currency) is None:
        line = CreditLine(bank, party, kind, currency, LIMIT, NEVER_ENDS, "", 0, 0)
        name = keccak(f"{bank} {party} {kind} {currency}".encode())
        change = SignedLine(Digest(name), line, (), ())
        put_line(connection, change, NOW, horizon(connection))


def _held(connection: Connection) -> Counter[tuple[int, str]]:
    query = (
        select(lots.c.holder, claims.c.currency, lots.c.end - lots.c.start)
        .join(claims, claims.c.number == lots.c.claim)
        .where(lots.c.until.is_(None), lots.c.state.in_(OUTSTANDING))
    )
    held: Counter[tuple[int, str]] = Counter()
    for holder, currency, units in connection.execute(query):
        held[holder, currency] += units
    return held


def _compare_deal(connection: Connection, number: bytes, deal: Deal, model: FinancingModel) -> None:
    bank = PartyNo(deal.bank)
    scope = Scope(Address("0x" + "00" * 20), bank, (View(bank),), False, False)
    found = deal_by(connection, scope, number)
    assert found is not None
    assert (found.claim, found.start, found.end) == (deal.claim, deal.start, deal.end)
    assert (found.state.name.lower(), found.demanded) == (deal.state, deal.demanded)
    known = {c: debt.outcome for c, debt in model.debts.items() if debt.deal == number}
    assert {one.commitment: one.outcome.name.lower() for one in found.obligations} == known


def _drawn(model: FinancingModel) -> Counter[LineOf]:
    """Unit by unit: each that a bank holds, or has a lien on, counts for its newest deal of it."""
    drawn: Counter[LineOf] = Counter()
    by_bank: dict[int, list[Deal]] = defaultdict(list)
    for deal in model.deals.values():
        by_bank[deal.bank].append(deal)
    for bank, deals in by_bank.items():
        for claim, unit in _units_of(bank, model):
            covering = (d for d in reversed(deals) if d.claim == claim and d.start <= unit < d.end)
            newest = next(covering, None)
            if newest is None:
                continue
            issue = model.claims[claim]
            drawn[bank, issue.debtor, LineKind.DEBTOR, issue.currency] += 1
            if newest.mode != SALE:
                drawn[bank, newest.seller, LineKind.RECOURSE, issue.currency] += 1
    return drawn


def _units_of(bank: int, model: FinancingModel) -> Iterator[tuple[int, int]]:
    for claim, places in model.places.items():
        for start, place in places.items():
            if place.state in ("live", "frozen") and bank in (place.holder, place.lien):
                yield from ((claim, unit) for unit in range(start, place.end))
