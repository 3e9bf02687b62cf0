"""The wires between validators: TCP proxies that a partition cuts.

One listener for each ordered pair, through which the first dials the second. A cut wire is a
network that drops packets: what flowed on it breaks, and what is dialled meanwhile gets no answer
until the wire is whole again. Peers that were refused instead would soon dial minutes apart.

All of it runs in one thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

_BUFFER_BYTES = 4 * 1024 * 1024
_HELD_BYTES = 64 * 1024
"""What one who waits behind a cut wire may say before it is read no further."""
_LOOPBACK = "127.0.0.1"

Pair = tuple[int, int]
_T = TypeVar("_T")


class Wires:
    """Proxies between validators, by index. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._wires: dict[Pair, _Wire] = {}
        self._groups: Collection[frozenset[int]] = ()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._thread.start()

    def lay(self, pair: Pair, target: int) -> int:
        """The port at which the first of ``pair`` reaches the second, who listens at ``target``.

        A wire that lies already keeps its port, and leads to ``target`` from now on.
        """
        return self._wait_for(self._lay(pair, target))

    def cut(self, groups: Collection[frozenset[int]]) -> None:
        """Let only members of one group reach each other; without groups, everybody everybody."""
        self._wait_for(self._cut(groups))

    def close(self) -> None:
        """Break everything and end the thread."""
        self._wait_for(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _lay(self, pair: Pair, target: int) -> int:
        wire = self._wires.get(pair)
        if wire is None:
            wire = _Wire(target)
            await wire.open()
            self._wires[pair] = wire
            wire.set_whole(self._joins(pair))
        wire.target = target
        return wire.port

    async def _cut(self, groups: Collection[frozenset[int]]) -> None:
        self._groups = groups
        for pair, wire in self._wires.items():
            wire.set_whole(self._joins(pair))

    async def _close(self) -> None:
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()
        await asyncio.sleep(0)  # aborted connections are told in the loop's next round

    def _joins(self, pair: Pair) -> bool:
        return not self._groups or any(set(pair) <= group for group in self._groups)


class _Wire:
    """One listener and the links that go through it."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.whole = True
        self.links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Link(self).near, _LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def set_whole(self, whole: bool) -> None:
        """Cutting breaks what flows; mending lets those through who wait."""
        self.whole = whole
        for link in list(self.links):
            if not whole:
                link.cut()
            elif link.waits:
                link.connect()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for link in list(self.links):
            link.abort()


class _Link:
    """One connection from the near side, who dialled, to the far side, once it is reached."""

    def __init__(self, wire: _Wire) -> None:
        self.near = _Side(self)
        self.far = _Side(self)
        self._wire = wire
        self._connecting: asyncio.Task[None] | None = None

    @property
    def waits(self) -> bool:
        return self.far.transport is None and self._connecting is None

    def made(self, side: _Side) -> None:
        side.other = self.far if side is self.near else self.near
        if side is self.near:
            self._wire.links.add(self)
            if self._wire.whole:
                self.connect()
        else:
            self.near.flush_held()

    def connect(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def cut(self) -> None:
        if not self.waits:
            self.abort()

    def abort(self) -> None:
        self._wire.links.discard(self)
        if self._connecting is not None:
            self._connecting.cancel()
        for side in (self.near, self.far):
            if side.transport is not None:
                side.transport.abort()

    def lost(self, side: _Side) -> None:
        """What one side sent before it hung up still reaches the other."""
        self._wire.links.discard(self)
        other = self.far if side is self.near else self.near
        if other.transport is not None:
            other.transport.close()
        elif self._connecting is not None:
            self._connecting.cancel()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self.far, _LOOPBACK, self._wire.target)
        except OSError:
            self.abort()


class _Side(asyncio.Protocol):
    """One end of a link: what it receives, the other sends."""

    def __init__(self, link: _Link) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Side | None = None
        self._link = link
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP gives
        transport.set_write_buffer_limits(high=_BUFFER_BYTES)
        self.transport = transport
        self._link.made(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)
            return
        self._held += data
        if len(self._held) > _HELD_BYTES and self.transport is not None:
            self.transport.pause_reading()

    def flush_held(self) -> None:
        if self.other is not None and self.other.transport is not None and self._held:
            self.other.transport.write(bytes(self._held))
            self._held.clear()
        if self.transport is not None:
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self.transport = None
        self._link.lost(self)
