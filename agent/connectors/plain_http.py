"""One HTTP request within a deadline, by the standard library alone: for polls that must cost next to nothing.

No redirect is followed, no login answered, no proxy asked: whoever calls decides what an answer means. Messages name
the server and never the path, which may be a secret.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from socket import SHUT_RDWR
from threading import Event, Timer
from urllib.parse import urlsplit

from agent.errors import TerminalError, TransientError

_PIECE = 65_536  # bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as it was on the wire: a body is not unpacked."""

    status: int
    headers: Mapping[str, str]  # names in lower case; of a repeated one the last
    body: bytes


@cache
def trusted() -> ssl.SSLContext:
    """The machine's own authorities; made once, for reading them takes longer than a request."""
    return ssl.create_default_context()


def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    tls: ssl.SSLContext | None = None,
    seconds: float,
    largest: int,
) -> Answer:
    """Send one request to an http: or https: URL and read the whole answer, of at most `largest` bytes.

    `seconds` is for everything: a server that sends a byte a second is left, too. TransientError when it cannot be
    reached or breaks off; TerminalError for a certificate nobody vouches for, and for more than `largest` bytes.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=tls or trusted())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=seconds)
    )
    target = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
    with _translated(host, seconds), _within(connection, seconds) as late:
        connection.request(method, target, body or None, dict(headers))
        answer = connection.getresponse()
        content = _read(answer, largest, host)
        if late.is_set():  # what ends with the connection would pass for whole
            raise TimeoutError
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)


def _read(answer: http.client.HTTPResponse, largest: int, host: str) -> bytes:
    pieces, size = [], 0
    while piece := answer.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            raise TerminalError(f"{host} sends more than {largest / 1e6:g} MB: that is not read")
    if answer.length:  # read1() ends a body that was cut off like a whole one
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(pieces)


@contextmanager
def _within(connection: http.client.HTTPConnection, seconds: float) -> Iterator[Event]:
    """Cut the connection when time is up: a time-out of the socket only counts from byte to byte."""
    late = Event()

    def cut() -> None:
        late.set()
        with suppress(OSError, AttributeError):  # not connected yet, or not any more
            connection.sock.shutdown(SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    except (OSError, http.client.HTTPException) as error:
        raise TimeoutError if late.is_set() else error from None
    finally:
        timer.cancel()
        connection.close()


@contextmanager
def _translated(host: str, seconds: float) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TerminalError(f"the TLS certificate of {host} is not to be trusted: {error.verify_message}") from None
    except TimeoutError:
        raise TransientError(f"{host} did not answer within {seconds:g} s") from None
    except http.client.InvalidURL:
        raise TerminalError(f"the address at {host} holds characters that no address has") from None
    except http.client.HTTPException as error:
        raise TransientError(f"{host} broke off its answer ({type(error).__name__})") from None
    except (OSError, ValueError) as error:
        raise TransientError(f"{host} cannot be reached: {error}") from None
