"""The stream, over a real socket: test clients that run in the process hold answers back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from ledger.agreements import FOREVER, Amendment
from ledger.deals import Mode
from ledger.store.projector import rewind
from tests.api.world import CORE, STRANGER, TIER1, TIER2, World, problem_of
from tests.support.synthetic import Key
from tests.support.synthetic_financing import SyntheticDesk


@pytest.fixture
def url(world: World) -> Iterator[str]:
    config = uvicorn.Config(world.app, port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    world.http.__exit__(None, None, None)
    thread.start()
    while not server.started:
        pass
    port = server.servers[0].sockets[0].getsockname()[1]
    world.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)  # type: ignore[assignment]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


class _Reader:
    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self) -> dict[str, Any] | None:
        """The next event; None when the stream has ended."""
        event: dict[str, Any] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name in ("event", "id", "data"):
                event[name] = json.loads(value) if name == "data" else value
            elif not line and event:
                return event
        return None


@contextmanager
def _stream(world: World, who: int | Key, after: int | None = None) -> Iterator[_Reader]:
    headers = world.headers(who)
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    with world.http.stream("GET", "/v1/events", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _Reader(response.iter_lines())


@pytest.mark.usefixtures("url")
def test_events__as_they_come__only_ones_own(world: World) -> None:
    with _stream(world, TIER1) as reader, _stream(world, STRANGER) as stranger:
        claim = world.ledger.issue(CORE, TIER1, 100)
        world.ledger.issue(CORE, TIER2, 100)
        world.ledger.transfer(claim, 0, 0, 100, TIER2)
        world.ledger.issue(CORE, STRANGER, 100)
        world.index()
        first, second = reader.next(), reader.next()
        assert first is not None
        assert second is not None
        assert (first["event"], first["data"]["op"], first["data"]["claim"]) == (
            "entry",
            "opened",
            claim,
        )
        assert second["data"]["op"] == "moved"
        assert first["id"] == str(first["data"]["index"])
        (only,) = [stranger.next()]
        assert only is not None
        assert only["data"]["claim"] == 3


@pytest.mark.usefixtures("url")
def test_events__last_event_id__resumes_behind_it(world: World) -> None:
    for _ in range(3):
        world.ledger.issue(CORE, TIER1, 100)
    world.index()
    newest = world.posted - 1
    with _stream(world, TIER1, after=newest - 2) as reader:
        seen = [reader.next(), reader.next()]
        assert [event["data"]["index"] for event in seen if event] == [newest - 1, newest]
        world.ledger.issue(CORE, TIER1, 100)
        world.index()
        event = reader.next()
        assert event is not None
        assert event["data"]["index"] == newest + 1


@pytest.mark.usefixtures("url")
def test_events__last_event_id_made_up__is_refused(world: World) -> None:
    headers = {**world.headers(TIER1), "Last-Event-ID": "x"}
    assert problem_of(world.http.get("/v1/events", headers=headers)) == "MalformedCursor"


@pytest.mark.usefixtures("url")
def test_events__chain_forgets_a_block__says_so_and_goes_on(world: World) -> None:
    with _stream(world, TIER1) as reader:
        world.ledger.issue(CORE, TIER1, 100)
        world.index()
        event = reader.next()
        assert event is not None
        index = event["data"]["index"]
        world.database.write(lambda connection: rewind(connection, world.blocks - 1))
        event = reader.next()
        assert event is not None
        assert (event["event"], event["data"]) == ("rewind", {"index": index - 1})
        world.blocks, world.posted = world.blocks - 1, world.posted - 1
        world.index()
        event = reader.next()
        assert event is not None
        assert (event["event"], event["data"]["index"]) == ("entry", index)


@pytest.mark.usefixtures("url")
def test_events__token_runs_out__ends_the_stream(world: World) -> None:
    with _stream(world, TIER1) as reader:
        world.now += 900
        world.ledger.issue(CORE, TIER1, 100)
        world.index()
        # What was under way may still arrive; then the stream ends.
        assert reader.next() is None or reader.next() is None


@pytest.mark.usefixtures("url")
def test_events__signer_removed__ends_the_stream(world: World) -> None:
    old, new = world.key(TIER1), Key("next")
    with _stream(world, TIER1) as reader:
        act = Amendment(TIER1, 1, 2, True, (new.address,), (old.address,), 1, FOREVER, FOREVER)
        world.ledger.amend(act)
        world.index()
        event = reader.next()
        assert event is None or event["data"]["claim"] == 0
        assert reader.next() is None


@pytest.mark.usefixtures("url")
def test_events__lien_ends__both_sides_of_the_deal_are_told(world: World) -> None:
    desk = SyntheticDesk(world.ledger, bank_name="FINANCING BANK")
    desk.register()
    world.index()
    with (
        _stream(world, TIER1) as seller,
        _stream(world, desk.bank) as bank,
        _stream(world, STRANGER) as stranger,
    ):
        desk.conclude("sale", Mode.SALE, 0, 2_000)
        desk.prove_and_release("sale", 0)
        desk.conclude("pledge", Mode.PLEDGE, 2_000, 4_000)
        desk.rescind("pledge", TIER1, 2_000, returned=False)
        world.ledger.issue(CORE, STRANGER, 100)
        world.index()
        ops = ["conveyed", "released", "encumbered", "released"]
        assert _ops(seller, 4) == ops
        assert _ops(bank, 4) == ops
        assert _ops(stranger, 1) == ["opened"]


def _ops(reader: _Reader, count: int) -> list[str]:
    found = [reader.next() for _ in range(count)]
    return [one["data"]["op"] for one in found if one is not None]
