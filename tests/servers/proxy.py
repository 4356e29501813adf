"""A proxy on loopback between a client and a server: it counts what goes over the wire, and can fall silent."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType


@dataclass
class Counts:
    """Bytes to and from the server. `turns`: how often the client spoke after it had been answered, connecting too."""

    up: int = 0
    down: int = 0
    turns: int = 0

    def __str__(self) -> str:
        return f"{self.up / 1000:.1f} kB up, {self.down / 1000:.1f} kB down, {self.turns} round trips"


class Proxy:
    """`with Proxy(host, port) as proxy`: connect to `proxy.port` instead.

    While `silent`, connections stay open and nothing passes: as when the other side vanished without a word.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.host = "127.0.0.1"
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        self.silent = False
        self._counts = Counts()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def take(self) -> Counts:
        """What went over the wire since the last time."""
        with self._lock:
            found, self._counts = self._counts, Counts()
        return found

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target, timeout=60)
                self._open += [client, server]
                last = ["server"]
                with self._lock:
                    self._counts.turns += 1
                for source, sink, name in ((client, server, "client"), (server, client, "server")):
                    threading.Thread(target=self._pump, args=(source, sink, name, last), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, name: str, last: list[str]) -> None:
        with suppress(OSError):
            while chunk := source.recv(262144):
                if self.silent:
                    continue
                with self._lock:
                    if name == "client":
                        self._counts.up += len(chunk)
                        self._counts.turns += last[0] == "server"
                    else:
                        self._counts.down += len(chunk)
                    last[0] = name
                sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
