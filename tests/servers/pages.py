"""A web server over TLS on loopback, for the few pages that a test gives it, with faults on demand."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from types import TracebackType

from tests.servers.certificates import Certificate

SLOW = b"slow"
"""As a page: a byte every tenth of a second, for three seconds at most."""


class Pages:
    """`with Pages(certificate, {"host/path": b"..."}) as web`: `asked` lists "host/path?query" of each request.

    A page that begins with "https://" is a redirect to it. What is not there is 404.
    """

    def __init__(self, certificate: Certificate, pages: Mapping[str, bytes] | None = None) -> None:
        self.pages = dict(pages or {})
        self.asked: list[str] = []
        self._context = certificate.server()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Pages:
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
                connection.settimeout(5)
                with connection, contextlib.suppress(OSError):
                    self._answer(self._context.wrap_socket(connection, server_side=True))

    def _answer(self, connection: ssl.SSLSocket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request and len(request) < 10_000:
                request += connection.recv(4096) or b"\r\n\r\n"
            lines = request.decode("ascii").split("\r\n")
            path = lines[0].split(" ")[1]
            host = next(line[6:] for line in lines if line.startswith("Host: "))
            self.asked.append(host + path)
            page = self.pages.get(f"{host}{path.partition('?')[0]}")
            if page is None:
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            elif page == SLOW:
                _trickle(connection)
            elif page.startswith(b"https://"):
                connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + page + b"\r\nContent-Length: 0\r\n\r\n")
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)


def _trickle(connection: ssl.SSLSocket) -> None:
    for sign in b"HTTP/1.1 200 OK\r\nContent-Length: 9"[:30]:
        connection.sendall(bytes([sign]))
        time.sleep(0.1)
