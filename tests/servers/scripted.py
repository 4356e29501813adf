"""A server that says what the test tells it to, for behaviour that no decent server shows."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType


class Scripted:
    """`with Scripted(play) as server`: `play` is given each connection in turn, which is closed when it returns."""

    def __init__(self, play: Callable[[socket.socket], None]) -> None:
        self.host = "127.0.0.1"
        self._play = play
        self._listener = socket.create_server((self.host, 0))
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection, contextlib.suppress(OSError):
                    self._play(connection)


def silent(connection: socket.socket) -> None:
    """Accepts, and says nothing until the other side gives up."""
    while connection.recv(4096):
        pass
