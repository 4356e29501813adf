"""A CalDAV server with less than it should have: a real one, seen through a proxy that takes things away."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

TOKENS, CTAG, ETAGS = "sync-token", "getctag", "getetag"
"""What can be taken away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PoorCaldav:
    """Before the server on 127.0.0.1:`upstream`. `lacks`: see above; `refusal` answers a sync-collection REPORT then.

    `play` may answer in the server's place: status, headers and body, or None.
    """

    upstream: int
    lacks: tuple[str, ...] = ()
    refusal: int = 403
    play: Callable[[Asked], tuple[int, dict[str, str], bytes] | None] | None = None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        poor = self

        class Handler(BaseHTTPRequestHandler):
            def any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                poor.asked.append(asked)
                status, headers, content = poor.answer(asked)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_DELETE = do_PROPFIND = do_REPORT = do_OPTIONS = any

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(10)

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """The server's answer, without what it lacks."""
        if self.play is not None and (played := self.play(asked)) is not None:
            return played
        if TOKENS in self.lacks and b"sync-collection" in asked.body and asked.method == "REPORT":
            return self.refusal, {"Content-Type": "text/plain"}, b"no such report"
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=20)
        kept = ("authorization", "content-type", "depth", "if-match", "if-none-match")
        headers = {name: value for name, value in asked.headers.items() if name in kept}
        try:
            connection.request(asked.method, asked.path, asked.body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except OSError:
            return 502, {}, b""
        finally:
            connection.close()
        for name in self.lacks if answer.status == 207 else ():
            content = re.sub(rb"<((?:\w+:)?%b)>.*?</\1>" % name.encode(), b"", content)
        passed = ("content-type", "www-authenticate", "etag", "location")
        found = {name: value for name, value in answer.getheaders() if name.lower() in passed}
        if ETAGS in self.lacks:
            found = {name: value for name, value in found.items() if name.lower() != "etag"}
        return answer.status, found, content
