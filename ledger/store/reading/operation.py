"""How the queue goes: counts and ages, of nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal_column, select, text

from ledger.store.outbox import ActStatus
from ledger.store.tables import acts

# Literal, so that SQLite sees that the index over refused acts will do.
_IS_REFUSED = acts.c.status == literal_column("'refused'")


@dataclass(frozen=True, slots=True)
class Pool:
    """Acts that the chain hasn't decided, and when the oldest came (Unix milliseconds)."""

    accepted: int
    sent: int
    oldest: int | None


def pool(connection: Connection) -> Pool:
    waiting = acts.c.status.in_((ActStatus.ACCEPTED, ActStatus.SENT))
    counted = (
        select(acts.c.status, func.count(), func.min(acts.c.created))
        .where(waiting)
        .group_by(acts.c.status)
    )
    found = {status: (count, oldest) for status, count, oldest in connection.execute(counted)}
    accepted, sent = (found.get(one, (0, None)) for one in (ActStatus.ACCEPTED, ActStatus.SENT))
    ages = [oldest for _, oldest in (accepted, sent) if oldest is not None]
    return Pool(accepted[0], sent[0], min(ages, default=None))


def refused_since(connection: Connection, moment: int) -> dict[str, int]:
    """How many acts were refused after a moment (Unix milliseconds), by the refusal's name."""
    name = acts.c.refusal["name"].as_string()
    counted = select(name, func.count()).where(_IS_REFUSED, acts.c.settled > moment).group_by(name)
    return dict(connection.execute(counted).all())


def server_version(connection: Connection) -> str:
    """Which database this is, and which version of it."""
    dialect = connection.dialect.name
    asked = "SELECT sqlite_version()" if dialect == "sqlite" else "SHOW server_version"
    version = str(connection.scalar(text(asked))).partition(" ")[0]
    return f"{'SQLite' if dialect == 'sqlite' else 'PostgreSQL'} {version}"
