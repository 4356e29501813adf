"""A Microsoft Graph of our own on loopback, with its sign-in server: the documented JSON, and faults on demand.

Over TLS with a certificate of its own, since msal takes no other authority. What it answers follows the v1.0
documentation; what that does not allow is refused. Invented: nothing here was recorded from the real service.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from agent.connectors.graph import GraphAccount
from tests.servers.certificates import Certificate, self_signed
from tests.servers.graph_delta import Refused
from tests.servers.graph_events import Events
from tests.servers.graph_login import Login
from tests.servers.graph_mail import Mail
from tests.servers.graph_wire import Ask, Fault, Reply, as_json

PERMISSIONS = {"Mail.ReadWrite", "Mail.Send", "Calendars.ReadWrite"}


Route = tuple[str, str, str, Callable[[Ask], Reply]]


@cache
def certificate() -> Certificate:
    """One for all stand-ins of a test run."""
    folder = tempfile.mkdtemp(prefix="graph-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return self_signed(Path(folder))


class GraphServer:
    """One tenant, one app, one mailbox with its calendar. `now`: its clock; None for the real one."""

    def __init__(self, address: str = "claire@example.org") -> None:
        self.address = address
        self.now: datetime | None = None
        self.login = Login("example.org", "client-1", address)
        self.mail = Mail(self.clock, address)
        self.events = Events(self.clock)
        self.granted = set(PERMISSIONS)
        self.faults: list[Fault] = []
        self.requests: list[str] = []  # "METHOD path" of each request for Graph
        self.away = False
        self._routes = _routes(self)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        context = certificate().server()
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def root(self) -> str:
        return f"https://127.0.0.1:{self._http.server_address[1]}"

    @property
    def base(self) -> str:
        """What stands for https://graph.microsoft.com/v1.0."""
        return f"{self.root}/v1.0"

    @staticmethod
    def trust() -> ssl.SSLContext:
        """For a client that believes it."""
        return certificate().client()

    def clock(self) -> datetime:
        return (self.now or datetime.now(UTC)).replace(microsecond=0)

    def account(self, file: Path, secret: str | None = None) -> GraphAccount:
        """How the program is told of it; tokens lie in `file`."""
        return GraphAccount(
            self.address, self.login.tenant, self.login.client_id, secret, self.base, self.root, file, self.trust()
        )

    def fail(self, **fault: object) -> None:
        """Queue a `Fault`."""
        self.faults.append(Fault(**fault))  # type: ignore[arg-type]  # the fields of Fault

    def lose_sync_state(self) -> None:
        """Every delta token is expired."""
        for log in (*self.mail.logs.values(), self.events.log):
            log.lose()

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self.away = True
        self._http.shutdown()
        self._http.server_close()

    def fault(self, what: str) -> Fault | None:
        """The one that meets this request."""
        for fault in self.faults:
            if re.search(fault.where, what):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """One request, done. Requests are done one after the other."""
        url = urlsplit(target)
        if not url.path.startswith("/v1.0/"):
            status, found = self.login.answer(self.root, method, url.path, body)
            return as_json(status, found)
        try:
            return self._graph(method, url.path, dict(parse_qsl(url.query)), headers, body)
        except Refused as refused:
            error = {"error": {"code": refused.code, "message": refused.message, "innerError": {"request-id": "none"}}}
            return as_json(refused.status, error)

    def _graph(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.login.access:
            raise Refused(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        users = re.fullmatch(r"/v1\.0/(?:me|users/([^/]+))/(.+)", path)
        if users is None:
            raise Refused(400, "BadRequest", f"Resource not found for the segment {path!r}.")
        if users[1] and unquote(users[1]).lower() != self.address.lower():
            raise Refused(404, "ErrorInvalidUser", f"The requested user '{unquote(users[1])}' is invalid.")
        prefer = headers.get("prefer", "")
        if method == "GET" and 'IdType="ImmutableId"' not in prefer:
            raise Refused(400, "TestError", "the program forgot to ask for immutable ids")
        asked = re.search(r"odata\.maxpagesize=(\d+)", prefer)
        size = int(asked[1]) if asked else int(query.get("$top", 10))
        for verb, pattern, need, act in self._routes:
            found = re.fullmatch(pattern, users[2])
            if found is None or verb != method:
                continue
            if need not in self.granted:
                raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
            return act(
                Ask(f"{self.root}{path}", [unquote(part) for part in found.groups()], query, size, headers, body)
            )
        raise Refused(400, "BadRequest", f"Resource not found for {method} {path}.")

    def _send_mail(self, ask: Ask) -> Reply:
        if ask.headers.get("content-type") != "text/plain":
            raise Refused(400, "TestError", "only MIME is sent")
        self.mail.send(ask.body)
        return Reply(202)

    def _delete(self, ask: Ask) -> Reply:
        self.mail.delete(ask.parts[0])
        return Reply(204)

    def _patch(self, ask: Ask) -> Reply:
        changed = self.events.patch(ask.parts[0], json.loads(ask.body), ask.headers.get("if-match", "*"))
        return as_json(200, changed)

    def meet(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[Reply | None, Fault]:
        """What a request gets, and what goes wrong with it: None where the connection is closed without a word."""
        with self._lock:
            what = f"{method} {unquote(urlsplit(target).path)}"
            self.requests.append(what)
            fault = self.fault(what) or Fault()
            if self.away or fault.drop == "before":
                return None, fault
            if fault.body:
                return Reply(200, fault.body), fault
            if not fault.status:
                reply = self.answer(method, target, headers, body)
                return (None if fault.drop == "after" else reply), fault
            reply = as_json(fault.status, {"error": {"code": fault.code, "message": "as the test asked"}})
            if fault.retry_after is not None:
                reply.headers["Retry-After"] = fault.retry_after
            return reply, fault

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"server_": self})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: waiting for an ACK between them takes 40 ms
    timeout = 30
    server_: GraphServer

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True  # the client gave up, as some tests want

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply, fault = self.server_.meet(self.command, self.path, headers, body)
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        step = 1 if fault.drip else 64 * 1024
        whole = memoryview(reply.body)
        for at in range(0, len(whole), step):
            self.wfile.write(whole[at : at + step])
            if fault.drip and self.server_._stopped.wait(fault.drip):
                break

    do_POST = do_DELETE = do_PATCH = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.server_.clock(), usegmt=True)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _routes(server: GraphServer) -> list[Route]:
    """Every request that is understood: method, path below the owner, the permission it takes, what it does."""
    mail, events = server.mail, server.events
    read, write = "Mail.ReadWrite", "Calendars.ReadWrite"
    calendar = {"id": "AQMk-calendar", "name": "Calendrier"}
    return [
        ("GET", "mailFolders/([^/]+)", read, lambda a: as_json(200, mail.folder(*a.parts))),
        ("GET", "mailFolders/([^/]+)/messages/delta", read, lambda a: as_json(200, mail.delta(*a.parts, *a.paged))),
        ("GET", "mailFolders/([^/]+)/messages", read, lambda a: as_json(200, mail.listed(*a.parts, *a.paged))),
        ("GET", "messages/([^/]+)/\\$value", read, lambda a: Reply(200, mail.value(*a.parts), "text/plain")),
        ("POST", "messages", read, lambda a: as_json(201, mail.draft(json.loads(a.body)))),
        ("DELETE", "messages/([^/]+)", read, server._delete),
        ("POST", "sendMail", "Mail.Send", server._send_mail),
        ("GET", "calendar", write, lambda _: as_json(200, {**calendar, "canEdit": events.can_edit})),
        ("GET", "calendarView/delta", write, lambda a: as_json(200, events.delta(*a.paged))),
        ("GET", "events/([^/]+)/instances", write, lambda a: as_json(200, events.instances(*a.parts, *a.paged))),
        ("GET", "events/([^/]+)", write, lambda a: as_json(200, events.one(*a.parts))),
        ("PATCH", "events/([^/]+)", write, server._patch),
        ("GET", "events", write, lambda a: as_json(200, events.listed(a.query))),
        ("POST", "events", write, lambda a: as_json(201, events.create(json.loads(a.body)))),
    ]


@contextmanager
def graph_server(address: str = "claire@example.org") -> Iterator[GraphServer]:
    """A server on a free port of 127.0.0.1, stopped at the end."""
    server = GraphServer(address)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def signed_in(server: GraphServer, file: Path) -> GraphAccount:
    """An account whose owner has typed the code."""
    account = server.account(file)
    device = account.connect().device
    assert device is not None
    device.sign_in(lambda _: None)
    return account
