"""One thread that follows the database for everyone who waits on it.

However many requests wait for acts, and however many streams are open, there is this one reader;
it holds no transaction while it waits, and asks nothing while nobody does.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from ledger.entries import EMPTY_HEAD
from ledger.store.changes import ChangeWatch
from ledger.store.connection import Connection
from ledger.store.engine import Database
from ledger.store.outbox import ActStatus, read_acts
from ledger.store.projector import tip
from ledger.store.reading.feed import FeedEntry, entries_after, heads_at

FINAL = (ActStatus.CONFIRMED, ActStatus.REFUSED)

_PAUSE = 0.004
_PAUSE_WITHOUT_CHANGE_WATCH = 0.02
_PAUSE_AFTER_FAULT = 0.5
_ACTS_AT_ONCE = 500
_ENTRIES_AT_ONCE = 500
_HEADS_KEPT = 4096
_BACKLOG = 10_000

_log = structlog.get_logger("api.follower")


@dataclass(frozen=True, slots=True)
class Rewound:
    """The chain forgot what came after entry ``index``; -1: everything."""

    index: int


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """There may be entries that were not handed on: read on from the last one you have."""


News = FeedEntry | Rewound | ReadAgain


class Follower:
    """Start it in a running event loop; stop it before the database is closed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._waiting: dict[bytes, set[asyncio.Event]] = defaultdict(set)
        self._streams: set[asyncio.Queue[News]] = set()
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=_HEADS_KEPT)
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.set()
        self._thread.join()

    @contextmanager
    def settling(self, digest: bytes) -> Iterator[asyncio.Event]:
        """An event that is set once the act is confirmed or refused."""
        event = asyncio.Event()
        with self._lock:
            self._waiting[digest].add(event)
            self._wanted.set()
        try:
            yield event
        finally:
            with self._lock:
                self._waiting[digest].discard(event)
                if not self._waiting[digest]:
                    del self._waiting[digest]

    @contextmanager
    def subscribed(self) -> Iterator[asyncio.Queue[News]]:
        """A queue of every entry from now on."""
        queue: asyncio.Queue[News] = asyncio.Queue(_BACKLOG)
        with self._lock:
            self._streams.add(queue)
            self._wanted.set()
        try:
            yield queue
        finally:
            with self._lock:
                self._streams.discard(queue)

    def _run(self) -> None:
        pause = _PAUSE if self._database.is_sqlite else _PAUSE_WITHOUT_CHANGE_WATCH
        with ChangeWatch(self._database) as watch:
            while not self._stopping.is_set():
                if not self._is_wanted():
                    self._wanted.wait()
                elif self._look(watch):
                    self._stopping.wait(pause)
                else:
                    self._stopping.wait(_PAUSE_AFTER_FAULT)

    def _is_wanted(self) -> bool:
        with self._lock:
            if not self._streams:
                self._recent.clear()
            if not self._waiting and not self._streams:
                self._wanted.clear()
                return self._stopping.is_set()
            return True

    def _look(self, watch: ChangeWatch) -> bool:
        """Whether everyone who waits has been told what is new."""
        try:
            if not watch.changed():
                return True
            self._tell_settled()
            self._tell_entries()
        except Exception:  # noqa: BLE001 - logged; the database may be back in a moment
            _log.exception("follower.failed")
            return False
        return True

    def _tell_settled(self) -> None:
        with self._lock:
            digests = list(self._waiting)
        for start in range(0, len(digests), _ACTS_AT_ONCE):
            with self._database.read() as connection:
                found = read_acts(connection, digests[start : start + _ACTS_AT_ONCE])
            for act in found:
                if act.status in FINAL:
                    self._wake(act.digest)

    def _wake(self, digest: bytes) -> None:
        with self._lock:
            events = tuple(self._waiting.get(digest, ()))
        for event in events:
            self._in_loop(event.set)

    def _tell_entries(self) -> None:
        with self._lock:
            if not self._streams:
                return
        with self._database.read() as connection:
            if not self._recent:
                now = tip(connection)
                self._recent.append((now.entries - 1, now.global_head))
                self._publish(ReadAgain())
                return
            self._tell_rewind(connection)
            while found := entries_after(connection, self._recent[-1][0], _ENTRIES_AT_ONCE):
                for one in found:
                    self._recent.append((one.entry.index, one.global_head))
                    self._publish(one)

    def _tell_rewind(self, connection: Connection) -> None:
        """Drop what the chain has forgotten since, and say so."""
        newest = self._recent[-1]
        there = heads_at(connection, [newest[0]])
        if not self._holds(newest, there):
            there = heads_at(connection, [index for index, _ in self._recent])
        while self._recent and not self._holds(self._recent[-1], there):
            self._recent.pop()
        if not self._recent:
            self._recent.append((-1, EMPTY_HEAD))
        if self._recent[-1] != newest:
            self._publish(Rewound(self._recent[-1][0]))

    @staticmethod
    def _holds(seen: tuple[int, bytes], there: dict[int, bytes]) -> bool:
        index, head = seen
        return index < 0 or there.get(index) == head

    def _publish(self, news: News) -> None:
        with self._lock:
            queues = tuple(self._streams)
        for queue in queues:
            self._in_loop(partial(_put, queue, news))

    def _in_loop(self, call: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)


def _put(queue: asyncio.Queue[News], news: News) -> None:
    """A reader that is too slow is sent back to the database, instead of filling the memory."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        news = ReadAgain()
    queue.put_nowait(news)
