"""What a bank is exposed to, open quotes included: read from its lines' sums, never from deals.

A line's sums move in the transaction that moves a reservation, so this is as true as adding up
every deal would be, and costs the same with ten lots as with a million.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from ledger.credit import LineKind
from ledger.ids import PartyNo
from ledger.store.keeping.lines import lines_to
from ledger.store.private import credit_lines

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Exposure:
    """Of one bank to one party, by kind and currency. ``all_parties`` is what the bank's lines of
    this kind and currency have in use altogether."""

    kind: LineKind
    currency: str
    limit: int
    expires_on: int
    open: int
    drawn: int
    all_parties: int

    @property
    def used(self) -> int:
        return self.open + self.drawn

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def share(self) -> int:
        """Of ``all_parties``, in basis points, rounded down."""
        return share_of(self.used, self.all_parties)


@dataclass(frozen=True, slots=True)
class IssuanceLimit:
    """What a core enterprise may still issue in a currency; of all banks together."""

    currency: str
    limit: int
    used: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def exposures(connection: Connection, bank: PartyNo, party: PartyNo) -> list[Exposure]:
    """This bank's alone, by kind and currency."""
    lines = (
        select(credit_lines)
        .where(credit_lines.c.bank == bank, credit_lines.c.party == party)
        .order_by(credit_lines.c.kind, credit_lines.c.currency)
    )
    return [
        Exposure(
            kind=LineKind(row.kind),
            currency=row.currency,
            limit=row.limit,
            expires_on=row.expires_on,
            open=row.open,
            drawn=row.drawn,
            all_parties=used_of_kind(connection, bank, LineKind(row.kind), row.currency),
        )
        for row in connection.execute(lines).all()
    ]


def share_of(part: int, whole: int) -> int:
    """In basis points, rounded down; of nothing, 0."""
    return part * _BASIS_POINTS // whole if whole else 0


def used_of_kind(connection: Connection, bank: PartyNo, kind: LineKind, currency: str) -> int:
    """What the bank's lines of this kind and currency have in use, to all parties."""
    used = select(func.sum(credit_lines.c.open + credit_lines.c.drawn)).where(
        credit_lines.c.bank == bank,
        credit_lines.c.kind == kind,
        credit_lines.c.currency == currency,
    )
    return int(connection.scalar(used) or 0)


def issuance_limits(connection: Connection, debtor: PartyNo, today: int) -> list[IssuanceLimit]:
    """For the debtor itself: sums, by currency, over the limits that last until ``today``.

    Where all have ended it is 0: then nothing can be issued, unlike where none was ever set.
    """
    sums: dict[str, tuple[int, int]] = {}
    for line in lines_to(connection, debtor, LineKind.ISSUANCE):
        limit, used = sums.get(line.currency, (0, 0))
        lasts = line.expires_on >= today
        sums[line.currency] = (limit + line.limit, used + line.used) if lasts else (limit, used)
    return [IssuanceLimit(currency, *sums[currency]) for currency in sorted(sums)]
