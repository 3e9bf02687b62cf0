"""Deals that no desk here had quoted: whoever has both signatures may submit.

A bank's own officers can sign past its desk. What the chain then has is exposure all the same, and
no later quote may find room that isn't there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, exists, select

from ledger.acts import SignedAct, decode_call
from ledger.credit import LineKind
from ledger.deals import Finance, Mode
from ledger.ids import Digest, PartyNo
from ledger.store.keeping.lines import find_line
from ledger.store.keeping.reservations import Quote, Wanted, most_more, reserve
from ledger.store.line_use import horizon
from ledger.store.private import credit_lines, reservations
from ledger.store.tables import claims, deals, entries


def count_deals(connection: Connection, first: int) -> None:
    """Deals among the entries from ``first`` on that nobody quoted here take up their banks' lines,
    above them if need be: with all of their units, since what was lent on them isn't known."""
    query = (
        select(claims.c.debtor, claims.c.currency, entries.c.act, entries.c.time, entries.c.memo)
        .select_from(deals)
        .join(entries, entries.c.index == deals.c.since)
        .join(claims, claims.c.number == deals.c.claim)
        .where(
            deals.c.since >= first,
            deals.c.until.is_(None),
            claims.c.until.is_(None),
            exists().where(credit_lines.c.bank == deals.c.bank),
            ~exists().where(reservations.c.digest == deals.c.deal),
        )
        .order_by(deals.c.since)
    )
    for row in connection.execute(query).all():
        call = decode_call(row.memo)
        if not isinstance(call, SignedAct) or not isinstance(call.agreement, Finance):
            continue
        act = call.agreement
        wanted = list(_wanted(connection, row, act))
        if wanted:
            reserve(connection, _quote(row, act), wanted, row.time, horizon(connection))


def _wanted(connection: Connection, row: Any, act: Finance) -> Iterator[Wanted]:
    """Of those lines that the bank has, up to what their sums can hold: the chain's units go
    further than any line, and no deal may stop the indexer."""
    taken = [(LineKind.DEBTOR, PartyNo(row.debtor))]
    if act.mode != Mode.SALE.number:
        taken.append((LineKind.RECOURSE, PartyNo(act.seller)))
    for kind, party in taken:
        line = find_line(connection, PartyNo(act.bank), party, kind, row.currency)
        amount = 0 if line is None else min(act.end - act.start, most_more(line))
        if amount:
            yield Wanted(kind, party, amount)


def _quote(row: Any, act: Finance) -> Quote:
    return Quote(
        digest=Digest(row.act),
        bank=PartyNo(act.bank),
        claim=act.claim,
        lot=act.lot,
        version=act.version,
        start=act.start,
        end=act.end,
        currency=row.currency,
        # Should the entry be taken back, the next block finds that its time is over.
        valid_until=0,
    )
