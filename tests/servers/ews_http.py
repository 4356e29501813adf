"""The HTTP side of the tests' Exchange server: logins, faults, streams."""

from __future__ import annotations

import base64
import json
import socket
import struct
import time
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import spnego
from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from tests.servers import ews_soap
from tests.servers.ews_autodiscover import user_settings
from tests.servers.ews_items import M, T
from tests.servers.ews_store import Mailbox, Subscription

if TYPE_CHECKING:
    from tests.servers.ews import EwsServer

PATH = "/EWS/Exchange.asmx"


class Fault(StrEnum):
    """What goes wrong with one request."""

    BUSY = "busy"  # the SOAP fault with BackOffMilliseconds, as HTTP 503
    DROP_BEFORE = "drop before"  # the connection breaks before anything was done
    DROP_AFTER = "drop after"  # it was done, and the connection breaks
    DENIED = "denied"  # ErrorAccessDenied
    INTERNAL = "internal"  # ErrorInternalServerError
    INVALID = "invalid"  # ErrorInvalidRequest
    CONFLICT = "conflict"  # ErrorIrresolvableConflict
    UNAVAILABLE = "unavailable"  # HTTP 503 with a page for people
    PAGE = "page"  # HTTP 200 with a page for people
    NOT_FOUND = "not found"  # HTTP 404
    SLOW = "slow"  # the answer comes after `slowness` seconds
    DRIP = "drip"  # the answer comes a byte at a time
    CUT = "cut"  # a stream breaks off in the middle
    MUTE = "mute"  # a stream says nothing any more


_CODES = {
    Fault.DENIED: "ErrorAccessDenied",
    Fault.INTERNAL: "ErrorInternalServerError",
    Fault.INVALID: "ErrorInvalidRequest",
    Fault.CONFLICT: "ErrorIrresolvableConflict",
}


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.exchange: EwsServer = self.server.exchange  # type: ignore[attr-defined]  # ours is no plain one
        self.user: str | None = None  # NTLM logs a connection in
        self.ntlm: Any = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            self._token(body)
        elif self.path == "/autodiscover/autodiscover.svc":
            if self._login() is not None:
                self._autodiscover(body)
        elif self.path != PATH:
            self._send(404, b"<html>no such page</html>", "text/html")
        elif (user := self._login()) is not None:
            self._ews(user, body)

    def _ews(self, user: str, body: bytes) -> None:
        root = etree.fromstring(body)
        (request,) = root.find(f"{ews_soap.SOAP}Body")
        operation = etree.QName(request).localname
        self.exchange.requests.append(operation)
        fault = self.exchange.take_fault(operation)
        if fault is not None and self._spoiled(fault, operation):
            return
        version = root.find(f"{ews_soap.SOAP}Header/{T}RequestServerVersion")
        if version is None or version.get("Version") not in ews_soap.VERSIONS:
            self._send(500, ews_soap.fault("ErrorInvalidServerVersion", "The specified server version is invalid."))
            return
        acting = root.findtext(f".//{T}ExchangeImpersonation/{T}ConnectingSID/{T}PrimarySmtpAddress")
        person = self.exchange.people[user]
        if acting and not person.impersonates:
            self._send(500, ews_soap.fault("ErrorImpersonateUserDenied", "no role"))
        elif operation == "GetStreamingEvents":
            self._stream(request, fault)
        else:
            opens = {acting.lower()} if acting else person.opens
            answer = self.exchange.operations.perform(operation, request, lambda box: box.address in opens)
            if fault is Fault.DROP_AFTER:
                self._drop()
            else:
                self._send(200, answer, drip=0.02 if fault is Fault.DRIP else 0.0)

    def _spoiled(self, fault: Fault, operation: str) -> bool:
        """Whether this request ends here."""
        if fault is Fault.DROP_BEFORE:
            self._drop()
        elif fault is Fault.BUSY:
            self._send(503, ews_soap.busy(7500))
        elif fault is Fault.UNAVAILABLE:
            self._send(503, b"<html>Service Unavailable</html>", "text/html")
        elif fault is Fault.NOT_FOUND:
            self._send(404, b"<html>no such page</html>", "text/html")
        elif fault is Fault.PAGE:
            self._send(200, b"<html><body>Outlook Web App</body></html>", "text/html")
        elif fault in _CODES:
            code = _CODES[fault]
            extra = "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"
            content = extra if operation == "SyncFolderItems" else ""
            self._send(200, ews_soap.answer(operation, ews_soap.failure(operation, code, content=content)))
        else:
            if fault is Fault.SLOW:
                self.exchange.stopping.wait(self.exchange.slowness)
            return False
        return True

    def _stream(self, request: Any, fault: Fault | None) -> None:
        wanted = request.findtext(f"{M}SubscriptionIds/{T}SubscriptionId")
        minutes = int(request.findtext(f"{M}ConnectionTimeout"))
        found = [(b, b.subscriptions[wanted]) for b in self.exchange.mailboxes.values() if wanted in b.subscriptions]
        name = "GetStreamingEvents"
        if self.exchange.refuses_streams or not found or not 1 <= minutes <= 30:
            code = "ErrorSubscriptionNotFound" if not found else "ErrorInvalidSubscription"
            self._send(200, ews_soap.answer(name, ews_soap.failure(name, code)))
            return
        ((box, subscription),) = found
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.exchange.streams += 1
        try:
            self._tell(ews_soap.answer(name, ews_soap.success(name, "<m:ConnectionStatus>OK</m:ConnectionStatus>")))
            self._notify(box, subscription, time.monotonic() + 60 * minutes, fault)
        finally:
            self.exchange.streams -= 1
            self.close_connection = True

    def _notify(self, box: Mailbox, subscription: Subscription, end: float, fault: Fault | None) -> None:
        name = "GetStreamingEvents"
        if fault is Fault.CUT:
            self.wfile.write(b"40\r\n<Envelope")
            self._drop()
            return
        alive = ews_soap.answer(name, ews_soap.success(name, "<m:ConnectionStatus>OK</m:ConnectionStatus>"))
        beat = time.monotonic()
        while time.monotonic() < end and not self.exchange.stopping.is_set() and subscription.alive:
            told = box.events(subscription, self.exchange.stopping.is_set, 0.1)
            if fault is Fault.MUTE:
                continue
            if told:
                events = "".join(_event(*one) for one in told)
                content = f"<t:SubscriptionId>{subscription.id}</t:SubscriptionId>{events}"
                content = f"<m:Notifications><m:Notification>{content}</m:Notification></m:Notifications>"
                self._tell(ews_soap.answer(name, ews_soap.success(name, content)))
            elif self._hung_up():
                return
            elif time.monotonic() - beat > self.exchange.heartbeat:
                beat = time.monotonic()
                self._tell(alive)
        closed = "<m:ConnectionStatus>Closed</m:ConnectionStatus>"
        if not subscription.alive:
            self._tell(ews_soap.answer(name, ews_soap.failure(name, "ErrorSubscriptionNotFound")))
        else:
            self._tell(ews_soap.answer(name, ews_soap.success(name, closed)))
        self.wfile.write(b"0\r\n\r\n")

    def _hung_up(self) -> bool:
        self.connection.setblocking(False)
        try:
            return not self.connection.recv(1)
        except (BlockingIOError, OSError) as error:
            return not isinstance(error, BlockingIOError) and "read operation did not complete" not in str(error)
        finally:
            self.connection.settimeout(self.timeout)

    def _tell(self, document: bytes) -> None:
        self.wfile.write(f"{len(document):x}\r\n".encode() + document + b"\r\n")
        self.wfile.flush()

    def _login(self) -> str | None:
        """Who asks; without a proper login it is refused here."""
        kind, _, value = (self.headers["Authorization"] or "").partition(" ")
        if kind == "Basic" and "Basic" in self.exchange.offers:
            user, _, password = base64.b64decode(value).decode().partition(":")
            if user in self.exchange.people and self.exchange.people[user].password == password:
                return user
        elif kind == "Bearer" and self.exchange.takes_tokens and value in self.exchange.tokens:
            return "app"
        elif kind in ("NTLM", "Negotiate") and "NTLM" in self.exchange.offers:
            return self._ntlm(kind, value)
        elif self.user is not None:
            return self.user
        self._refuse()
        return None

    def _ntlm(self, kind: str, value: str) -> str | None:
        """One step of the handshake: type 1 is answered with a challenge, type 3 logs the connection in."""
        token = base64.b64decode(value)
        first = self.ntlm is None or token[8:9] == b"\x01"
        try:
            if first:
                self.ntlm = spnego.server(protocol="ntlm")
            out = self.ntlm.step(token)
        except Exception:  # noqa: BLE001 -- whatever the library says of a wrong password
            self.ntlm = None
            self._refuse()
            return None
        if self.ntlm.complete:
            self.user = str(self.ntlm.client_principal)
            return self.user
        self._refuse(f"{kind} {base64.b64encode(out or b'').decode()}")
        return None

    def _refuse(self, challenge: str | None = None) -> None:
        self.send_response(401)
        for offer in (challenge,) if challenge else self.exchange.offers:
            self.send_header("WWW-Authenticate", 'Basic realm="ex1.example.org"' if offer == "Basic" else str(offer))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.exchange.clients.get(form.get("client_id", "")) != form.get("client_secret"):
            self._send(401, b'{"error": "invalid_client"}', "application/json")
        elif form.get("grant_type") != "client_credentials" or not form.get("scope", "").endswith("/.default"):
            self._send(400, b'{"error": "unsupported_grant_type"}', "application/json")
        else:
            self.exchange.tokens_issued += 1
            token = f"token-{self.exchange.tokens_issued}"
            self.exchange.tokens.add(token)
            told = {"access_token": token, "token_type": "Bearer", "expires_in": self.exchange.token_seconds}
            self._send(200, json.dumps(told).encode(), "application/json")

    def _autodiscover(self, body: bytes) -> None:
        self._send(200, user_settings(body, self.exchange.endpoint, set(self.exchange.mailboxes)))

    def _send(self, status: int, body: bytes, kind: str = "text/xml; charset=utf-8", drip: float = 0.0) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for part in [body[at : at + 1] for at in range(len(body))] if drip else [body]:
            self.wfile.write(part)
            if drip and self.exchange.stopping.wait(drip):
                break

    def _drop(self) -> None:
        """Break the connection, as a server does that dies."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _event(kind: str, folder: str, item: str) -> str:
    times = "<t:TimeStamp>2026-11-02T08:00:00Z</t:TimeStamp>"
    ids = f'<t:ItemId Id="{item}" ChangeKey="AQ=="/><t:ParentFolderId Id="{folder}" ChangeKey="AQ=="/>'
    return f"<t:{kind}>{times}{ids}</t:{kind}>"
