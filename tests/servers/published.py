"""A calendar published on the web, as a school does: one text behind a link, with ETag and Last-Modified."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.servers.ports import free_ports

PATH = "/private-3f9c2e/basic.ics"
"""The secret part of the link."""


@dataclass
class Published:
    """What is at http://127.0.0.1:`port``PATH`. `contents`: one calendar resource by name, given as one text.

    `play` answers in the server's place (an answer that is cut off, a page that asks for a login); `validators` says
    which of ETag and Last-Modified it knows; `requests` are the headers it was asked with.
    """

    contents: dict[str, str] = field(default_factory=dict)
    validators: tuple[str, ...] = ("etag", "last-modified")
    packed: bool = False
    play: Callable[[BaseHTTPRequestHandler], None] | None = None
    port: int = field(default_factory=lambda: free_ports(1)[0])
    requests: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0  # bytes of bodies
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None
    _changed: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    @property
    def link(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def put(self, name: str, ics: str) -> None:
        self.put_all({name: ics})

    def put_all(self, contents: dict[str, str]) -> None:
        self.contents = {**self.contents, **contents}
        self._changed += timedelta(minutes=1)

    def remove(self, name: str) -> None:
        self.contents = {other: ics for other, ics in self.contents.items() if other != name}
        self._changed += timedelta(minutes=1)

    def text(self) -> str:
        """Everything in one calendar."""
        parts = [ics[ics.index("BEGIN:VEVENT") : ics.rindex("END:VCALENDAR")] for ics in self.contents.values()]
        head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//school.example//plan//FR\r\n"
        return head + "".join(parts) + "END:VCALENDAR\r\n"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """200 with the text, or 304."""
        self.requests.append({name.lower(): value for name, value in request.headers.items()})
        if self.play is not None:
            self.play(request)
            return
        body = self.text().encode()
        mine = {"etag": f'"{sha256(body).hexdigest()}"', "last-modified": format_datetime(self._changed, usegmt=True)}
        mine = {name: value for name, value in mine.items() if name in self.validators}
        asked = {"etag": request.headers["If-None-Match"], "last-modified": request.headers["If-Modified-Since"]}
        if any(asked[name] == value for name, value in mine.items()):
            reply(request, 304, b"", mine)
            return
        if self.packed:
            body, mine = gzip.compress(body), {**mine, "content-encoding": "gzip"}
        self.sent += len(body)
        reply(request, 200, body, {"content-type": "text/calendar; charset=utf-8", **mine})

    def start(self) -> None:
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                published.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(10)
            self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    """A whole answer."""
    request.send_response(status)
    for name, value in {"content-length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
