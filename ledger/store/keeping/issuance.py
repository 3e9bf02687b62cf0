"""Acts accepted to the outbox, issues only within what their debtors may still issue.

The limit is taken up in the transaction that accepts the issue, so that no two issues, whatever
runs at the same time, see the same room. A debtor for whom no bank has set a limit has none.
What went to the chain another way counts once it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, exists, select

from ledger.agreements import Issue
from ledger.consent import Signed
from ledger.credit import IssuanceLimitReached, LineExceeded, LineExpired, LineKind
from ledger.ids import Digest, PartyNo
from ledger.store.keeping.reservations import Issuing, reserve_issue
from ledger.store.line_use import horizon
from ledger.store.outbox import ActRecord, ActStatus, NewAct, accept, read_call_hashes
from ledger.store.private import credit_lines, reservations
from ledger.store.tables import claims, entries

Accepted = ActRecord | IssuanceLimitReached


def issues_among(signed: Iterable[Signed]) -> dict[Digest, Issue]:
    return {one.digest: one.act.agreement for one in signed if isinstance(one.act.agreement, Issue)}


def accept_within_limits(
    connection: Connection, new: Sequence[NewAct], issues: Mapping[Digest, Issue], now: int
) -> list[Accepted]:
    """As ``outbox.accept``, with a refusal in the place of each issue that is beyond its limit.

    ``issues`` are those among the acts, by digest; ``now`` in Unix seconds.
    """
    refused = _refused(connection, new, issues, now)
    records = iter(accept(connection, [act for act in new if act.digest not in refused]))
    return [refused.get(act.digest) or next(records) for act in new]


def count_issues(connection: Connection, first: int) -> None:
    """Issues among the entries from ``first`` on that nobody handed in here take up their debtors'
    limits all the same, above them if need be."""
    limited = exists().where(
        credit_lines.c.party == claims.c.debtor,
        credit_lines.c.currency == claims.c.currency,
        credit_lines.c.kind == LineKind.ISSUANCE,
    )
    query = (
        select(claims.c.debtor, claims.c.currency, claims.c.face, entries.c.act, entries.c.time)
        .join(entries, entries.c.index == claims.c.since)
        .where(
            claims.c.since >= first,
            claims.c.until.is_(None),
            limited,
            ~exists().where(reservations.c.digest == entries.c.act),
        )
    )
    for row in connection.execute(query).all():
        # Should the entry be taken back, the next block finds that its time is over.
        issue = Issuing(Digest(row.act), row.debtor, row.currency, row.face, valid_until=0)
        reserve_issue(connection, issue, row.time, horizon(connection))


def _refused(
    connection: Connection, new: Sequence[NewAct], issues: Mapping[Digest, Issue], now: int
) -> dict[Digest, IssuanceLimitReached]:
    limited = _limited(connection, issues.values())
    calls: dict[Digest, bytes] = {}
    for act in new:
        if act.digest in issues and _limit_of(issues[act.digest]) in limited:
            calls.setdefault(act.digest, act.call_hash)  # as accepting does: the first call counts
    if not calls:
        return {}
    seen = horizon(connection)
    found = (
        (digest, _beyond_limit(connection, digest, issues[digest], now, seen))
        for digest in _to_be_sent(connection, calls)
    )
    return {digest: refusal for digest, refusal in found if refusal is not None}


def _limit_of(issue: Issue) -> tuple[int, str]:
    return issue.debtor, issue.currency


def _limited(connection: Connection, issues: Iterable[Issue]) -> set[tuple[int, str]]:
    """Debtors, with currencies, for whom a bank has set a limit."""
    debtors = {issue.debtor for issue in issues}
    if not debtors:
        return set()
    query = (
        select(credit_lines.c.party, credit_lines.c.currency)
        .where(credit_lines.c.kind == LineKind.ISSUANCE, credit_lines.c.party.in_(debtors))
        .distinct()
    )
    return {(party, currency) for party, currency in connection.execute(query)}


def _to_be_sent(connection: Connection, calls: Mapping[Digest, bytes]) -> list[Digest]:
    """Those that accepting makes pending: new ones, and refused ones with another call."""
    known = read_call_hashes(connection, calls)

    def stays(digest: Digest) -> bool:
        status, call_hash = known[digest]
        return status is not ActStatus.REFUSED or call_hash == calls[digest]

    return [digest for digest in calls if digest not in known or not stays(digest)]


def _beyond_limit(
    connection: Connection, digest: Digest, issue: Issue, now: int, seen: int
) -> IssuanceLimitReached | None:
    wanted = Issuing(digest, PartyNo(issue.debtor), issue.currency, issue.face, issue.validUntil)
    try:
        reserve_issue(connection, wanted, now, seen)
    except (LineExceeded, LineExpired):
        return IssuanceLimitReached(issue.debtor)
    return None
