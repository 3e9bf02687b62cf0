"""Entries as a stream (SSE), from where the reader left off, as far as it may see them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.auth import Caller, NotEnrolled, SignedIn, caller_of
from api.follower import News, ReadAgain, Rewound
from api.routing import Route
from api.services import Given, Services
from api.wire import (
    Hash,
    MalformedCursor,
    Moment,
    Out,
    RequestId,
    iso_moment,
    number_cursor,
)
from ledger.hexadecimal import hexed
from ledger.refusals import PartyNotActive
from ledger.store.keeping.sessions import Session
from ledger.store.reading.feed import FeedEntry, entries_after, newest_entry
from ledger.visibility import concern_of, may_see

router = APIRouter(route_class=Route, prefix="/v1/events", tags=["events"])

_AT_ONCE = 500
_LOOK_UP_AFTER = 5.0


class EntryEvent(Out):
    """An entry of a claim's book, or (claim 0) of the consortium's. ``request_id`` is that of the
    request that brought its act here, if one did."""

    index: int
    claim: int
    op: str
    act: Hash
    block: int
    time: Moment
    tx: Hash
    request_id: RequestId | None


class RewindEvent(Out):
    """The chain forgot everything after entry ``index``: drop it and read on."""

    index: int


def _resume(last_event_id: Annotated[str | None, Header()] = None) -> int | None:
    """The entry after which to begin; None for only what is new.

    A dependency, because a stream that has begun can't be refused any more.
    """
    if not last_event_id:
        return None
    try:
        return number_cursor(last_event_id)
    except ValueError:
        raise MalformedCursor from None


@router.get("", response_class=EventSourceResponse)
async def stream_events(
    services: Given, caller: SignedIn, after: Annotated[int | None, Depends(_resume)]
) -> AsyncIterator[ServerSentEvent]:
    """Events ``entry`` (id: its index) and ``rewind``. ``Last-Event-ID`` resumes behind an entry;
    without it the stream begins with the next one. Comments keep it open; it ends when the
    token does, or the caller's place in the registry."""
    async for event in _Stream(services, caller).events(after):
        yield event


class _Stream:
    """One reader's stream."""

    def __init__(self, services: Services, caller: Caller) -> None:
        self._services = services
        self._caller = caller
        self._last = -1

    async def events(self, after: int | None) -> AsyncIterator[ServerSentEvent]:
        with self._services.follower.subscribed() as queue:
            self._last = await run_in_threadpool(self._newest) if after is None else after
            async for event in self._caught_up():
                yield event
            while await run_in_threadpool(self._still_welcome):
                news = await self._next(queue)
                if isinstance(news, ReadAgain):
                    async for event in self._caught_up():
                        yield event
                elif isinstance(news, Rewound):
                    self._last = min(self._last, news.index)
                    data = RewindEvent(index=news.index)
                    yield ServerSentEvent(event="rewind", id=_id(news.index), data=data)
                elif news is not None and (fresh := self._event(news)):
                    yield fresh

    async def _next(self, queue: asyncio.Queue[News]) -> News | None:
        """What comes next; None if nothing did for a while."""
        left = self._caller.expires - self._services.clock()
        try:
            return await asyncio.wait_for(queue.get(), min(_LOOK_UP_AFTER, max(left, 0.05)))
        except TimeoutError:
            return None

    async def _caught_up(self) -> AsyncIterator[ServerSentEvent]:
        """What the database has behind the last entry that was sent."""
        while found := await run_in_threadpool(self._read):
            for one in found:
                if fresh := self._event(one):
                    yield fresh

    def _read(self) -> list[FeedEntry]:
        with self._services.database.read() as connection:
            return entries_after(connection, self._last, _AT_ONCE)

    def _newest(self) -> int:
        with self._services.database.read() as connection:
            return newest_entry(connection)

    def _event(self, found: FeedEntry) -> ServerSentEvent | None:
        """The entry's event, unless it was sent already or is not the caller's to see."""
        entry = found.entry
        if entry.index <= self._last:
            return None
        self._last = entry.index
        concern = concern_of(entry).also_of(found.deal_parties)
        if not may_see(self._caller.scope, entry, concern, found.debtor):
            return None
        data = EntryEvent(
            index=entry.index,
            claim=entry.book,
            op=entry.op.name.lower(),
            act=hexed(entry.act),
            block=found.block,
            time=iso_moment(found.time),
            tx=hexed(found.tx),
            request_id=found.request_id,
        )
        return ServerSentEvent(event="entry", id=str(entry.index), data=data)

    def _still_welcome(self) -> bool:
        """Looks the caller up again: mandates and signers change while a stream is open."""
        now = self._services.clock()
        if now >= self._caller.expires:
            return False
        session = Session(self._caller.address, self._caller.expires)
        try:
            with self._services.database.read() as connection:
                self._caller = caller_of(connection, session, now)
        except (NotEnrolled, PartyNotActive):
            return False
        return True


def _id(index: int) -> str | None:
    """Before the first entry there is none to resume behind."""
    return str(index) if index >= 0 else None
