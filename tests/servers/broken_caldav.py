"""Servers that answer CalDAV requests as none should, but some do."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def web_server(status: int, body: bytes = b"", tls: ssl.SSLContext | None = None) -> AbstractContextManager[int]:
    """A server that gives every request the same answer; yields its port."""
    return fake_server(lambda _: (status, body), tls)


@contextmanager
def fake_server(answers: Callable[[bytes], tuple[int, bytes]], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers each body with a status and a body; yields its port."""

    class Answer(BaseHTTPRequestHandler):
        def answer(self) -> None:
            status, body = answers(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(status)
            self.send_header("Content-Type", "text/xml" if status == 207 else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PROPFIND = do_REPORT = do_GET = do_PUT = answer  # the names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reluctant(status: int, ics: str) -> Callable[[bytes], tuple[int, bytes]]:
    """A calendar that lists one session, leaves it out of the multiget, and answers a GET or a PUT with `status`."""

    def answer(body: bytes) -> tuple[int, bytes]:
        if body.startswith(b"BEGIN:VCALENDAR"):  # a PUT
            return status, b""
        if not body:  # the GET
            return status, ics.encode() if status == 200 else b""
        if b"multiget" in body:
            return 207, b"<multistatus xmlns='DAV:'/>"
        if b"sync-collection" in body:
            inside = (
                "<href>/cal/lea.ics</href><propstat><prop><getetag>1</getetag></prop>"
                "<status>HTTP/1.1 200 OK</status></propstat>"
            )
        else:
            inside = (
                "<href>/cal/</href><propstat><prop><resourcetype><calendar xmlns='urn:ietf:params:xml:ns:caldav'/>"
                "</resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat>"
            )
        text = f"<multistatus xmlns='DAV:'><response>{inside}</response><sync-token>2</sync-token></multistatus>"
        return 207, text.encode()

    return answer
