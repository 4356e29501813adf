"""An end to a conversation: time-outs are per answer, and a server that drips a byte a second never meets one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from agent.errors import TransientError


@contextmanager
def cut_after(seconds: float, sock: socket.socket, where: str) -> Iterator[None]:
    """After so long the connection is shut, whoever reads from it; what breaks by that is a TransientError."""
    fired = threading.Event()

    def cut() -> None:
        fired.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # below TLS, whose own state is its reader's

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as exc:
        if fired.is_set():
            raise TransientError(f"{where} took longer than {seconds:g} s for one look") from exc
        raise
    finally:
        timer.cancel()
        timer.join()
