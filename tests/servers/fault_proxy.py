"""A TCP proxy on loopback before a server of the tests, which does to connections what bad days do.

One thread serves every connection, so that the number of threads says nothing about it. Everything is bounded: what
hangs is let go when the trouble changes, and what lies says only so much.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import threading
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType

from tests.servers.ports import free_ports

SIZE = 65_536
LIES = 20  # answers in one connection


class Trouble(StrEnum):
    """What happens to connections until it is changed."""

    NONE = "none"
    REFUSE = "refused"
    DROP = "dropped at once"
    HANG = "hanging"
    TRICKLE = "a byte at a time"
    CUT = "cut in the middle"
    NONSENSE = "answering nonsense"
    FULL = "full"


class FaultProxy:
    """`with FaultProxy(port) as proxy`: connect to `proxy.port`, set `trouble`.

    `nonsense`: what it says instead of the server, at once if `greets`. `full`: from what a client says to the answer
    of a server that has no room left, None for what such a server passes on. `pace`: seconds between two bytes.
    """

    def __init__(
        self,
        target: int,
        *,
        chance: random.Random,
        nonsense: bytes = b"\x00\xff what?\r\n",
        greets: bool = True,
        full: Callable[[bytes], bytes | None] = lambda said: None,
        pace: float = 0.001,
    ) -> None:
        self.port = free_ports(1)[0]
        self.connections = 0
        self._target, self._chance, self._pace = target, chance, pace
        self._nonsense, self._greets, self._full = nonsense, greets, full
        self._trouble = Trouble.NONE
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._run(self._turn(Trouble.REFUSE))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def trouble(self) -> Trouble:
        """What happens now."""
        return self._trouble

    @trouble.setter
    def trouble(self, trouble: Trouble) -> None:
        """From now on, for every connection: those that are open are broken off, but by HANG, which leaves them so."""
        self._run(self._turn(trouble))

    def _run(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]  # always a coroutine

    async def _turn(self, trouble: Trouble) -> None:
        self._trouble = trouble
        if trouble is not Trouble.HANG:
            for task in list(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(list(self._tasks), timeout=5)
        if trouble is Trouble.REFUSE and self._server is not None:
            self._server.close()
            self._server = None
        elif trouble is not Trouble.REFUSE and self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # broken off: that is the trouble
        finally:
            self._tasks.discard(task)
            await _close(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._trouble is Trouble.DROP:
            return
        if self._trouble is Trouble.HANG:
            await asyncio.sleep(3600)  # until the trouble changes
        if self._trouble is Trouble.NONSENSE:
            await self._lie(reader, writer)
            return
        back, forth = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            ways = {
                asyncio.ensure_future(self._client_to_server(reader, writer, forth)),
                asyncio.ensure_future(self._server_to_client(back, writer)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            await _close(forth)

    async def _client_to_server(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, forth: asyncio.StreamWriter
    ) -> None:
        while said := await reader.read(SIZE):
            await self._wait_while_hung()
            answer = self._full(said) if self._trouble is Trouble.FULL else None
            if answer is not None:
                writer.write(answer)
                await writer.drain()
            else:
                forth.write(said)
                await forth.drain()

    async def _server_to_client(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._chance.randint(1, 600) if self._trouble is Trouble.CUT else None
        while said := await back.read(SIZE):
            await self._wait_while_hung()
            if left is not None and len(said) >= left:
                writer.write(said[:left])
                await writer.drain()
                return
            if left is not None:
                left -= len(said)
            if self._trouble is Trouble.TRICKLE:
                for sign in said:
                    writer.write(bytes([sign]))
                    await writer.drain()
                    await asyncio.sleep(self._pace)
            else:
                writer.write(said)
                await writer.drain()

    async def _lie(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._greets:
            writer.write(self._nonsense)
        for _ in range(LIES):
            if not await reader.read(SIZE):
                return
            writer.write(self._nonsense)
            await writer.drain()

    async def _wait_while_hung(self) -> None:
        while self._trouble is Trouble.HANG:
            await asyncio.sleep(0.05)


async def _close(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        sock = writer.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.close()
        await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(writer.wait_closed())), 2)
