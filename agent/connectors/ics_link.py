"""A published calendar that is only read (ics+https://): the school's own, as any calendar program subscribes to it.

Asked with ETag and Last-Modified (RFC 9110 13.1), so that nothing new costs one short answer. It runs in the daemon's
own process: the standard library's HTTP is there anyway. A link often is the key to the calendar: no message, log or
cursor holds more of it than the server's name.
"""

from __future__ import annotations

import json
import ssl
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urljoin, urlsplit

from agent.connectors import plain_http
from agent.connectors.ics_split import mark, split
from agent.connectors.plain_http import Answer
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import TerminalError, TransientError

LARGEST = 20_000_000
"""Bytes, packed or unpacked: 40,000 appointments."""

_HOPS = 5
_LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last look left behind: the answer's validators, and the mark of each entry."""

    etag: str = ""
    modified: str = ""
    marks: dict[str, str] = field(default_factory=dict)


class IcsLink:
    """`url` is the whole link (https:, or http: on this machine); `seconds` is for each request.

    It can only be read: `create` and `reschedule` raise TerminalError. An answer that is no calendar, or only a part of
    one, is an error and never an empty calendar.
    """

    def __init__(
        self, url: str, *, tls: ssl.SSLContext | None = None, seconds: float = 60.0, largest: int = LARGEST
    ) -> None:
        self._url = url
        self._host = _host(url) or "its server"
        self._key = sha256(url.encode()).hexdigest()[:16]  # tells one link's cursor from another's
        self._tls, self._seconds, self._largest = tls, seconds, largest

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`. An href is made of the entry's UID, which never changes."""
        known = self._parse(cursor)
        answer = self._fetch(known or _Seen())
        if answer is None:
            return CalendarDelta((), (), cursor or "")
        entries = {f"{quote(uid, safe='@')}.ics": ics for uid, ics in self._entries(answer).items()}
        marks = {href: mark(ics) for href, ics in entries.items()}
        before = known.marks if known else {}
        new = sorted(href for href in entries if before.get(href) != marks[href])
        changed = tuple(CalendarObject(href, marks[href], entries[href]) for href in new)
        headers = answer.headers
        seen = {"link": self._key, "etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
        removed = tuple(sorted(set(before) - set(entries)))
        return CalendarDelta(changed, removed, json.dumps({**seen, "marks": marks}), complete=known is None)

    def create(self, href: str, ics: str) -> None:
        """Never: it is somebody else's calendar."""
        raise TerminalError(f"the calendar published at {self._host} can only be read: nothing can be entered there")

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """Never: as above."""
        raise TerminalError(f"the calendar published at {self._host} can only be read: nothing can be moved there")

    def check(self) -> list[str]:
        """See `ports.Calendar`."""
        answer = self._fetch(_Seen())
        count = len(self._entries(answer)) if answer else 0  # never None: nothing was asked that 304 could answer
        return [f"calendar published at {self._host}, read only: {count} entries"]

    def _entries(self, answer: Answer) -> dict[str, str]:
        try:
            return split(_text(_unpacked(answer, self._largest)))
        except (TransientError, TerminalError) as error:
            kind = answer.headers.get("content-type", "no type").partition(";")[0]
            raise type(error)(f"{self._host} {error} ({kind}, {len(answer.body)} bytes)") from None

    def _fetch(self, known: _Seen) -> Answer | None:
        """The whole answer; None for “not modified”."""
        headers = {"Accept": "text/calendar", "Accept-Encoding": "gzip", "User-Agent": "mentor-agent"}
        headers |= {"If-None-Match": known.etag} if known.etag else {}
        headers |= {"If-Modified-Since": known.modified} if known.modified else {}
        url = self._url
        for _ in range(_HOPS):
            self._allowed(url)
            answer = plain_http.ask("GET", url, headers, tls=self._tls, seconds=self._seconds, largest=self._largest)
            if answer.status not in (301, 302, 303, 307, 308):
                return self._judged(answer, _host(url), asked=known != _Seen())
            url = _joined(url, answer.headers.get("location", ""))
        raise TransientError(f"{self._host} sends from one address to the next without end")

    def _allowed(self, url: str) -> None:
        """A secret link, and what is read there, go over TLS, or never leave this machine."""
        host, scheme = _host(url), url.partition(":")[0].lower()
        if not host:
            raise TerminalError(f"{self._host} leads to something that is no address")
        if scheme != "https" and not (scheme == "http" and host in _LOCAL):
            raise TerminalError(f"{self._host} leads to an address without TLS at {host}: not followed")

    @staticmethod
    def _judged(answer: Answer, host: str, *, asked: bool) -> Answer | None:
        if answer.status == 304 and asked:
            return None
        if answer.status == 200:
            return answer
        if answer.status in (401, 403, 404, 410):
            raise TerminalError(
                f"{host} no longer gives the calendar to this link ({answer.status}): copy the link from there again"
            )
        raise TransientError(f"{host} answered {answer.status} instead of the calendar")

    def _parse(self, cursor: str | None) -> _Seen | None:
        try:
            fields = json.loads(cursor or "null")
            if fields["link"] != self._key:
                return None
            marks = {str(href): str(value) for href, value in fields["marks"].items()}
            return _Seen(str(fields["etag"]), str(fields["modified"]), marks)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


def _host(url: str) -> str:
    """The server's name; "" for what is no address."""
    try:
        parts = urlsplit(url)
        usable = parts.port != 0
    except ValueError:  # a broken IPv6 address, a port that is no number
        return ""
    return (parts.hostname or "") if usable else ""


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _unpacked(answer: Answer, largest: int) -> bytes:
    if answer.headers.get("content-encoding", "").lower() not in ("gzip", "x-gzip"):
        return answer.body
    packed = zlib.decompressobj(wbits=31)
    try:
        body = packed.decompress(answer.body, largest + 1)
    except zlib.error as error:
        raise TransientError(f"gave an answer that cannot be unpacked: {error}") from None
    if len(body) > largest:
        raise TerminalError(f"gave more than {largest / 1e6:g} MB: that is not read")
    if not packed.eof:
        raise TransientError("gave an answer that is cut off")
    return body


def _text(raw: bytes) -> str:
    """UTF-8, as RFC 5545 asks; anything else is an old Windows export."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
