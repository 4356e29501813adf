"""The SMTP server of the tests: aiosmtpd, which hands what it accepts to Dovecot's LMTP, and fails on demand."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports


class Fault(StrEnum):
    """What goes wrong with the next message."""

    RECIPIENT_LATER = "451 4.3.0 mailbox busy"
    RECIPIENT_NEVER = "550 5.1.1 no such user"
    MESSAGE_LATER = "452 4.3.1 disk full"
    MESSAGE_NEVER = "554 5.7.1 looks like spam"
    DROP_LOST = "drops the connection before delivering"
    DROP_DELIVERED = "drops the connection after delivering"
    SLOW = "takes two seconds to accept"


_AT_RECIPIENT = (Fault.RECIPIENT_LATER, Fault.RECIPIENT_NEVER)
_AT_MESSAGE = (Fault.MESSAGE_LATER, Fault.MESSAGE_NEVER)


_MECHANISMS = {"PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}
_FIRST = {
    "XOAUTH2": re.compile(rb"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01"),
    "OAUTHBEARER": re.compile(rb"n,a=([^\x01]+),\x01host=[^\x01]+\x01port=\d+\x01auth=Bearer ([^\x01]+)\x01\x01"),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message that was accepted, as it came."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class SmtpIn:
    """`with SmtpIn(dovecot) as smtp`. Mail to Dovecot's accounts is delivered there, all other mail only recorded.

    `vouched` holds the sender domains that get `dmarc=pass` from `authserv_id` (RFC 8601); while `strips` is true,
    fields that came with a mail under that name are removed, as section 5 wants it. With `login`, AUTH with
    that name and password is required; with `tokens`, which says whose an access token is, AUTH with one of those, by
    `mechanism` (OAUTHBEARER or XOAUTH2). `tls` wraps the port, `starttls` offers STARTTLS and insists on it.
    """

    def __init__(
        self,
        dovecot: Dovecot | None = None,
        *,
        authserv_id: str = "mx.example.org",
        login: tuple[str, str] | None = None,
        tokens: Callable[[str], str | None] | None = None,
        mechanism: str = "XOAUTH2",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        smtputf8: bool = True,
    ) -> None:
        self.host, self.port = "127.0.0.1", free_ports(1)[0]
        self.authserv_id = authserv_id
        self.accepted: list[Accepted] = []
        self.vouched: set[str] = set()
        self.strips = False
        self.logins = 0
        self.working = threading.Event()
        """Set once a slow message has been handed over and is not accepted yet."""
        self._fault: Fault | None = None
        self._dovecot = dovecot
        self._controller = Controller(
            _Bearer(self, tokens, mechanism) if tokens else _Handler(self),
            hostname=self.host,
            port=self.port,
            ssl_context=tls,
            tls_context=starttls,
            require_starttls=starttls is not None,
            enable_SMTPUTF8=smtputf8,
            authenticator=self._authenticator(login) if login else None,
            auth_required=bool(login or tokens),
            auth_require_tls=not (login or tokens),  # without a login, AUTH is not offered
            auth_exclude_mechanism=_MECHANISMS - {mechanism} if tokens else (),
        )

    def __enter__(self) -> SmtpIn:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._controller.stop()

    def fail_next(self, fault: Fault) -> None:
        """The next message meets this fault, the ones after it do not."""
        self._fault = fault

    def meets(self, *faults: Fault) -> Fault | None:
        """The fault that is due, if it is one of these; it is used up."""
        if self._fault not in faults:
            return None
        fault, self._fault = self._fault, None
        return fault

    def deliver(self, message: Accepted) -> None:
        """Record, and pass on to those who have a mailbox."""
        domain = message.sender.rpartition("@")[2]
        raw = self._stripped(message.raw) if self.strips else message.raw
        if domain in self.vouched:
            raw = f"Authentication-Results: {self.authserv_id};\r\n dmarc=pass header.from={domain}\r\n".encode() + raw
        if self._dovecot:
            for address in message.recipients:
                if address in self._dovecot.addresses:
                    self._dovecot.deliver(address, raw, sender=message.sender)
        self.accepted.append(message)

    def _stripped(self, raw: bytes) -> bytes:
        name = re.escape(self.authserv_id.encode())
        return re.sub(rb"(?im)^Authentication-Results:\s*%s\s*;.*\r\n(?:[ \t].*\r\n)*" % name, b"", raw)

    def _authenticator(self, login: tuple[str, str]) -> Callable[..., AuthResult]:
        def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            self.logins += 1
            return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)

        return check


class _Handler:
    """aiosmtpd's hooks; their names and parameters are given."""

    def __init__(self, owner: SmtpIn) -> None:
        self._owner = owner

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if fault := self._owner.meets(*_AT_RECIPIENT):
            return fault.value
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if fault := self._owner.meets(*_AT_MESSAGE):
            return fault.value
        if self._owner.meets(Fault.SLOW):
            self._owner.working.set()
            await asyncio.sleep(2)
        drop = self._owner.meets(Fault.DROP_LOST, Fault.DROP_DELIVERED)
        if drop is not Fault.DROP_LOST:
            message = Accepted(envelope.mail_from or "", tuple(envelope.rcpt_tos), bytes(envelope.content))
            await asyncio.get_running_loop().run_in_executor(None, self._owner.deliver, message)
        if drop:
            server.transport.abort()
        return "250 2.0.0 OK"


class _Bearer(_Handler):
    """AUTH with access tokens: a refused one gets its reason as a challenge, to which there is one right answer."""

    def __init__(self, owner: SmtpIn, tokens: Callable[[str], str | None], mechanism: str) -> None:
        super().__init__(owner)
        self._tokens, self._mechanism = tokens, mechanism

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        return await self._login(server, args, b"")

    async def auth_OAUTHBEARER(self, server: Any, args: list[str]) -> AuthResult:
        return await self._login(server, args, b"\x01")

    async def _login(self, server: Any, args: list[str], seen: bytes) -> AuthResult:
        self._owner.logins += 1
        first = _FIRST[self._mechanism].fullmatch(base64.b64decode(args[1]))
        if first and self._tokens(first[2].decode()) == first[1].decode():
            return AuthResult(success=True, auth_data=first[1])
        answer = await server.challenge_auth('{"status":"invalid_token","schemes":"bearer"}')
        if answer != seen:
            return AuthResult(success=False, handled=False, message="501 5.5.2 that is no answer")
        return AuthResult(success=False, handled=False)
