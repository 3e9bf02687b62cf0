"""The `yuanliu` command at the made-up API."""

from __future__ import annotations

import pytest

from ledger.ids import PartyNo
from tests.api.world import URL, World
from tests.support.commanding import connect_to
from tests.support.synthetic import Key


def connect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on commands talk to this world; keys are named by party and number."""

    def key(party: int, number: int) -> Key:
        return world.ledger.parties[PartyNo(party)][number]

    connect_to(world.http, URL, key, monkeypatch)
