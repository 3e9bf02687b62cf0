"""What a party owes and is owed under deals, with the amounts that only the two sides know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from ledger.deals import Duty
from ledger.ids import PartyNo
from ledger.projection import Step
from ledger.reconciliation import Flow
from ledger.store.financing import debt_openings
from ledger.store.reading.span import Span
from ledger.store.tables import deal_steps, deals, obligations

NEVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Debt:
    """A debt whose amount is known here. ``ended`` is the entry with which nothing was owed any
    more; ``line`` the statement line that proved it paid, None where it ended otherwise.

    ``pay_by`` in Unix seconds, 0: at no certain time.
    """

    commitment: bytes
    deal: bytes
    duty: Duty
    reference: str
    currency: str
    amount: int
    payer: PartyNo
    payee: PartyNo
    pay_by: int
    since: int
    ended: int = NEVER
    line: bytes | None = None

    def is_open(self, entry: int) -> bool:
        """Whether it was owed before this entry."""
        return self.since < entry <= self.ended


def debts_of(connection: Connection, party: PartyNo, span: Span) -> list[Debt]:
    """Debts that the party pays or is paid, owed at some time of the day, by their entries."""
    found = _debts(connection, _own(party), obligations.c.since < span.end, _open_at(span.first))
    return [debt for debt in found if debt.ended >= span.first]


def debts_named(connection: Connection, references: Iterable[str]) -> list[Debt]:
    """Debts with these references. Unscoped: for dividing lines that bear them."""
    return _debts(connection, debt_openings.c.reference.in_(list(references)))


def unopened(connection: Connection, party: PartyNo, span: Span) -> int:
    """How many debts of the party's deals were owed that day whose amount isn't known here."""
    query = (
        select(func.count())
        .select_from(obligations)
        .join(deals, deals.c.deal == obligations.c.deal)
        .outerjoin(debt_openings, _opened())
        .where(
            or_(deals.c.seller == party, deals.c.bank == party),
            debt_openings.c.commitment.is_(None),
            obligations.c.since < span.end,
            _open_at(span.first),
        )
    )
    return connection.scalar(query) or 0


def debt_flows(
    connection: Connection, party: PartyNo, debts: Iterable[Debt], span: Span
) -> dict[tuple[str, bool], Flow]:
    """By currency, and whether the party is the payer: what was owed, agreed, paid and ended.

    What was paid is told by the steps that proved it, not by what isn't open any more.
    """
    paid = _paid(connection, party, span)
    sums: dict[tuple[str, bool], list[int]] = {place: [0, 0, 0, 0] for place in paid}
    for debt in debts:
        figures = sums.setdefault((debt.currency, debt.payer == party), [0, 0, 0, 0])
        agreed = span.first <= debt.since < span.end
        lapsed = span.first <= debt.ended < span.end and debt.line is None
        found = (debt.is_open(span.first), agreed, lapsed, debt.is_open(span.end))
        for position, counts in enumerate(found):
            figures[position] += debt.amount * counts
    return {
        place: Flow(opening, came, went, paid.get(place, 0), closing)
        for place, (opening, came, went, closing) in sorted(sums.items())
    }


def _opened() -> ColumnElement[bool]:
    """What opens a debt says whose it is; the chain decides whose the commitment came to be."""
    return and_(
        obligations.c.commitment == debt_openings.c.commitment,
        obligations.c.deal == debt_openings.c.deal,
        obligations.c.duty == debt_openings.c.duty,
    )


def _own(party: PartyNo) -> ColumnElement[bool]:
    return or_(debt_openings.c.payer == party, debt_openings.c.payee == party)


def _open_at(entry: int) -> ColumnElement[bool]:
    stepped = deal_steps.alias()
    before = select(stepped.c.subject).where(
        stepped.c.subject == obligations.c.commitment, stepped.c.since < entry
    )
    return ~before.correlate(obligations).exists()


def _debts(connection: Connection, *conditions: ColumnElement[bool]) -> list[Debt]:
    query = (
        select(
            debt_openings,
            obligations.c.pay_by,
            obligations.c.since,
            deal_steps.c.since.label("ended"),
            deal_steps.c.line,
        )
        .join(obligations, _opened())
        .outerjoin(deal_steps, deal_steps.c.subject == debt_openings.c.commitment)
        .where(*conditions)
        .order_by(obligations.c.since)
    )
    rows = connection.execute(query).all()
    over = _deals_over(connection, {row.deal for row in rows if row.duty == Duty.REPAYMENT})
    return [_debt(row, over) for row in rows]


def _deals_over(connection: Connection, numbers: Iterable[bytes]) -> Mapping[bytes, int]:
    """With which entry each of these pledges was enforced or repaid: no repayment is owed then."""
    wanted = list(numbers)
    if not wanted:
        return {}
    repaid = (
        select(obligations.c.deal, deal_steps.c.since)
        .join(deal_steps, deal_steps.c.subject == obligations.c.commitment)
        .where(
            obligations.c.deal.in_(wanted),
            obligations.c.duty == Duty.REPAYMENT,
            deal_steps.c.step == Step.PAID,
        )
    )
    enforced = select(deal_steps.c.subject, deal_steps.c.since).where(
        deal_steps.c.subject.in_(wanted), deal_steps.c.step == Step.ENFORCED
    )
    return {
        deal: since for query in (repaid, enforced) for deal, since in connection.execute(query)
    }


def _debt(row: Any, over: Mapping[bytes, int]) -> Debt:
    ended = NEVER if row.ended is None else row.ended
    if row.duty == Duty.REPAYMENT and row.ended is None:
        ended = max(over.get(row.deal, NEVER), row.since)
    return Debt(
        commitment=row.commitment,
        deal=row.deal,
        duty=Duty(row.duty),
        reference=row.reference,
        currency=row.currency,
        amount=row.amount,
        payer=PartyNo(row.payer),
        payee=PartyNo(row.payee),
        pay_by=int(row.pay_by),
        since=row.since,
        ended=ended,
        line=row.line,
    )


def _paid(connection: Connection, party: PartyNo, span: Span) -> dict[tuple[str, bool], int]:
    pays = (debt_openings.c.payer == party).label("pays")
    query = (
        select(debt_openings.c.currency, pays, func.sum(debt_openings.c.amount))
        .join(obligations, _opened())
        .join(deal_steps, deal_steps.c.subject == debt_openings.c.commitment)
        .where(_own(party), deal_steps.c.step == Step.PAID, span.within(deal_steps.c.since))
        .group_by(debt_openings.c.currency, pays)
    )
    return {(currency, bool(mine)): int(sum_) for currency, mine, sum_ in connection.execute(query)}
