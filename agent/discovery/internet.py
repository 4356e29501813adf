"""The real DNS, web and mail servers, with deadlines: five seconds for each question, twenty for a whole search.

Addresses are looked up here rather than by the system, whose look-up has no deadline. No password is ever sent.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from agent.discovery.values import NOT_ASKED, NoAnswerError, Target

if TYPE_CHECKING:
    from dns.resolver import Resolver

EACH = 5.0  # seconds
IN_ALL = 20.0  # seconds
LARGEST = 100_000  # bytes of an answer
REDIRECTS = 2


class RealInternet:
    """See `Internet`. `servers`: (address, UDP port) of name servers instead of the machine's own.

    `ports`: what is listened on instead of a well-known port; `trust` makes what certificates are verified with.
    """

    def __init__(
        self,
        servers: Sequence[tuple[str, int]] = (),
        *,
        trust: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        ports: Mapping[int, int] | None = None,
        each: float = EACH,
        in_all: float = IN_ALL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers, self._trust, self._ports = tuple(servers), trust, dict(ports or {})
        self._each, self._in_all, self._clock = each, in_all, clock
        self._resolver: Resolver | None = None
        self._started: float | None = None
        self._silent = False

    def mail_hosts(self, domain: str) -> tuple[str, ...]:
        """See `Internet.mail_hosts`."""
        found = sorted(self._records(domain, "MX"), key=lambda one: one.preference)
        return tuple(name for one in found if (name := _name(one.exchange)))

    def services(self, name: str) -> tuple[Target, ...]:
        """See `Internet.services`."""
        found = sorted(self._records(name, "SRV"), key=lambda one: (one.priority, -one.weight))
        return tuple(Target(host, one.port) for one in found if (host := _name(one.target)))

    def texts(self, name: str) -> tuple[str, ...]:
        """See `Internet.texts`."""
        return tuple(b"".join(one.strings).decode("ascii", "replace") for one in self._records(name, "TXT"))

    def exists(self, host: str) -> bool:
        """See `Internet.exists`."""
        return bool(self._addresses(host))

    def fetch(self, url: str) -> bytes:
        """See `Internet.fetch`."""
        for _ in range(REDIRECTS + 1):
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname:
                raise NoAnswerError(f"sent on to {url[:100]!r}, which is not HTTPS")
            status, headers, body = self._get(parts.hostname, parts.port or 443, _path(url))
            if status not in (301, 302, 303, 307, 308):
                break
            url = urljoin(url, headers.get("Location", ""))
        if status != 200:
            raise NoAnswerError(f"HTTP {status}")
        return body

    def greeting(self, host: str, port: int) -> bytes:
        """See `Internet.greeting`."""
        end = self._deadline()
        with self._connect(host, port, end) as sock:
            said = b""
            while b"\n" not in said and len(said) < 1000:
                if not (more := _receive(sock, end - self._clock())):
                    break
                said += more
        return said.partition(b"\n")[0].strip()

    def _get(self, host: str, port: int, path: str) -> tuple[int, Message, bytes]:
        end = self._deadline()
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        with self._connect(host, port, end) as sock:
            sock.sendall(request.encode("ascii"))
            said = b""
            while more := _receive(sock, end - self._clock()):
                said += more
                if len(said) > LARGEST:
                    raise NoAnswerError(f"more than {LARGEST // 1000} kB")
        try:
            answer = http.client.HTTPResponse(_Said(said))  # type: ignore[arg-type]  # asks only for a file to read
            answer.begin()
            return answer.status, answer.headers, answer.read()
        except (http.client.HTTPException, ValueError) as error:
            raise NoAnswerError(f"something that is no HTTP ({type(error).__name__})") from None

    def _connect(self, host: str, port: int, end: float) -> ssl.SSLSocket:
        """TLS, verified for `host`. NoAnswerError in words."""
        try:
            return self._encrypted(host, port, end, self._trust())
        except ssl.SSLCertVerificationError as error:
            names = self._names_shown(host, port, end)
            said = f"its certificate is for {names}" if names else f"its certificate is not trusted: {_reason(error)}"
            raise NoAnswerError(f"connected, but {said}") from None
        except ssl.SSLError as error:
            raise NoAnswerError(f"connected, but it speaks no TLS ({error.reason})") from None
        except ConnectionRefusedError:
            raise NoAnswerError("connection refused") from None
        except TimeoutError:
            raise NoAnswerError("no answer in time") from None
        except OSError as error:
            raise NoAnswerError(error.strerror or str(error)) from None

    def _encrypted(self, host: str, port: int, end: float, context: ssl.SSLContext) -> ssl.SSLSocket:
        address = self._addresses(host)[0]
        sock = socket.create_connection((address, self._ports.get(port, port)), _left(end - self._clock()))
        try:
            sock.settimeout(_left(end - self._clock()))
            return context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise

    def _names_shown(self, host: str, port: int, end: float) -> str:
        """Whom a trusted certificate is for that is not for `host`; "" when it is not trusted. Nothing is sent."""
        context = self._trust()
        context.check_hostname = False
        try:
            with self._encrypted(host, port, end, context) as sock:
                shown = sock.getpeercert() or {}
        except OSError:
            return ""
        names = [str(entry[1]) for entry in shown.get("subjectAltName", ())]
        return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")

    def _addresses(self, host: str) -> list[str]:
        found = [one.address for one in self._records(host, "A")]
        if not found:
            found = [one.address for one in self._records(host, "AAAA")]
        if not found:
            raise NoAnswerError("the name has no address")
        return found

    def _records(self, name: str, kind: str) -> list[Any]:
        from dns import exception, resolver  # noqa: PLC0415 -- 50 ms, and only this command asks

        if self._silent:
            raise NoAnswerError(f"{NOT_ASKED}no name server answered a moment ago")
        left = self._deadline() - self._clock()
        try:
            return list(self._made().resolve(f"{name}.", kind, lifetime=left, search=False))
        except resolver.NXDOMAIN:
            raise NoAnswerError("no such name") from None
        except resolver.NoAnswer:
            return []
        except (exception.Timeout, resolver.NoResolverConfiguration, OSError):
            self._silent = True
            raise NoAnswerError("no name server answers: is this machine on the network?") from None
        except (exception.DNSException, UnicodeError) as error:
            raise NoAnswerError(f"the name cannot be looked up ({type(error).__name__})") from None

    def _made(self) -> Resolver:
        if self._resolver is None:
            from dns.nameserver import Do53Nameserver  # noqa: PLC0415 -- as above
            from dns.resolver import LRUCache, Resolver  # noqa: PLC0415 -- as above

            self._resolver = Resolver(configure=not self._servers)
            self._resolver.cache = LRUCache(200)
            if self._servers:
                self._resolver.nameservers = [Do53Nameserver(address, port) for address, port in self._servers]
        return self._resolver

    def _deadline(self) -> float:
        """When the question in hand must be over. NoAnswerError when the whole search has had its time."""
        now = self._clock()
        if self._started is None:
            self._started = now
        end = self._started + self._in_all
        if now >= end:
            raise NoAnswerError(f"{NOT_ASKED}the search has had its {self._in_all:g} seconds")
        return min(now + self._each, end)


class _Said:
    """What a server said, as the socket that http.client reads an answer from."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._said)


def _reason(error: ssl.SSLCertVerificationError) -> str:
    return str(error.verify_message).rstrip(".")


def _receive(sock: socket.socket, left: float) -> bytes:
    try:
        sock.settimeout(_left(left))
        return sock.recv(16_384)
    except TimeoutError:
        raise NoAnswerError("no answer in time") from None
    except OSError as error:
        raise NoAnswerError(f"connected, then broken off ({error.strerror or error})") from None


def _left(seconds: float) -> float:
    """A socket's time-out; TimeoutError when none is left, for zero would mean no waiting."""
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _name(name: Any) -> str:
    """A DNS name without its last dot, in lower case; "" for the root, which says "not here" (RFC 2782, RFC 7505)."""
    return str(name).rstrip(".").lower()


def _path(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    if any(ord(sign) <= 32 or ord(sign) > 126 for sign in path + parts.query):
        raise NoAnswerError("sent on to an address that is none")
    return f"{path}?{parts.query}" if parts.query else path
