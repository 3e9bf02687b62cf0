"""What a party says of itself: its name and where it is to be paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from ledger.ids import PartyNo
from ledger.store.keeping.upsert import put
from ledger.store.private import profiles


@dataclass(frozen=True, slots=True)
class Profile:
    """``account`` is an IBAN or the bank's own number; the agent is its bank."""

    party: PartyNo
    name: str
    account: str | None = None
    agent_bic: str | None = None
    agent_cnaps: str | None = None
    agent_name: str | None = None


def put_profile(connection: Connection, profile: Profile) -> None:
    put(connection, profiles, asdict(profile))


def find_profiles(connection: Connection, parties: Iterable[PartyNo]) -> dict[PartyNo, Profile]:
    rows = connection.execute(select(profiles).where(profiles.c.party.in_(list(parties))))
    return {row.party: Profile(*row) for row in rows}
