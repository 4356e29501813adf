"""An Exchange server of our own on loopback: HTTP or HTTPS, EWS, Autodiscover, a token endpoint; with faults on demand.

There is none to install. It speaks the operations that exchangelib sends for us, keeps items with change keys and sync
states as Exchange does, and refuses what Exchange would refuse.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.servers.certificates import Certificate
from tests.servers.ews_http import PATH, Fault, Handler
from tests.servers.ews_soap import Operations
from tests.servers.ews_store import Mailbox
from tests.servers.ports import free_ports

PASSWORD = "secret"

__all__ = ["PASSWORD", "EwsServer", "Fault", "Person", "Sent", "ntlm_users"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it left the server."""

    sender: str
    raw: bytes
    recipients: tuple[str, ...]


@dataclass
class Person:
    """Who may log in, which mailboxes they may open, and whom they may act for."""

    password: str
    opens: set[str] = field(default_factory=set)
    impersonates: bool = False


class EwsServer:
    """`with EwsServer() as server`. `offers`: the ways to log in, in the order they are named."""

    def __init__(self, certificate: Certificate | None = None, offers: tuple[str, ...] = ("Basic",)) -> None:
        self.port = free_ports(1)[0]
        self.scheme = "https" if certificate else "http"
        self.people: dict[str, Person] = {}
        self.clients: dict[str, str] = {}  # OAuth2 client ids with their secrets
        self.mailboxes: dict[str, Mailbox] = {}
        self.sent: list[Sent] = []
        self.requests: list[str] = []
        """The operations that were asked for, in order."""
        self.tokens: set[str] = set()
        self.tokens_issued = 0
        self.token_seconds = 3599
        self.takes_tokens = True
        self.slowness = 0.0
        self.streams = 0
        """Streams that are open now."""
        self.refuses_streams = False
        self.heartbeat = 45.0  # seconds between two signs of life of a stream
        self._certificate, self.offers = certificate, offers
        self._faults: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()
        self.operations = Operations(self.mailboxes, self._submit)
        self._http: _Http | None = None
        self.stopping = threading.Event()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """The URL of EWS."""
        return f"{self.scheme}://{self.host}{PATH}"

    @property
    def token_url(self) -> str:
        """Where tokens are had."""
        return f"{self.scheme}://{self.host}/token"

    def mailbox(self, address: str, user: str | None = None) -> Mailbox:
        """A new mailbox, and who opens it: a new person's password is PASSWORD."""
        box = self.mailboxes[address] = Mailbox(address)
        self.people.setdefault(user or address, Person(PASSWORD)).opens.add(address)
        return box

    def fail_next(self, operation: str, *faults: Fault) -> None:
        """The next requests for this operation go wrong, each in its way."""
        with self._lock:
            self._faults += [(operation, one) for one in faults]

    def expire_tokens(self) -> None:
        """No token that was given holds any longer."""
        self.tokens.clear()

    def start(self) -> None:
        """Serve, in threads of its own."""
        self.stopping.clear()
        self._http = _Http(("127.0.0.1", self.port), self)
        if self._certificate:
            context = self._certificate.server()
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """No longer there; what it holds is kept."""
        self.stopping.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.hang_up()
            self._http.server_close()
            self._http = None

    def __enter__(self) -> EwsServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _submit(self, sender: Mailbox, raw: bytes, recipients: list[str]) -> None:
        self.sent.append(Sent(sender.address, raw, tuple(recipients)))
        for address in dict.fromkeys(one.lower() for one in recipients):
            if address in self.mailboxes:
                self.mailboxes[address].deliver(b"Received: from ex1.example.org by ex1.example.org\r\n" + raw)

    def take_fault(self, operation: str) -> Fault | None:
        with self._lock:
            for index, (wanted, fault) in enumerate(self._faults):
                if wanted in (operation, "*"):
                    del self._faults[index]
                    return fault
        return None


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], exchange: EwsServer) -> None:
        self.exchange = exchange
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Clients of a server that is gone meet a closed connection."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or was sent away."""


@contextmanager
def ntlm_users(file: Path, **passwords: str) -> Iterator[None]:
    """The server's side of NTLM knows these users (of the domain MENTOR): pyspnego reads them from a file."""
    file.write_text("".join(f"MENTOR:{user}:{password}\n" for user, password in passwords.items()), encoding="utf-8")
    before = os.environ.get("NTLM_USER_FILE")
    os.environ["NTLM_USER_FILE"] = str(file)
    try:
        yield
    finally:
        del os.environ["NTLM_USER_FILE"]
        if before is not None:
            os.environ["NTLM_USER_FILE"] = before
