"""The mentor's calendar on a CalDAV server (RFC 4791), followed by sync tokens (RFC 6578) or by ETags.

Only whole resources are fetched, never a time range and never expanded by the server: servers get both wrong, so
occurrences are worked out by `agent.occurrences`. The library takes 35 MB, hence it is imported inside the functions,
and the daemon uses `caldav_child.ChildCalendar`, which runs them in a process of their own.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from agent import invitation
from agent.connectors import caldav_changes as changes
from agent.connectors import caldav_write
from agent.connectors.caldav_cursor import Seen, configured, dump, parse
from agent.connectors.caldav_errors import translated
from agent.connectors.caldav_find import Found, Places, Services, calendars_at, choose, dns_services, find
from agent.connectors.ports import CalendarDelta
from agent.errors import TransientError

if TYPE_CHECKING:
    from caldav.davclient import DAVClient


class CaldavCalendar:
    """A calendar on a server; `timeout` is how many seconds one request may take.

    `url` names a calendar, or a principal or home, or a bare host, where `caldav_find` looks; `which` chooses one of
    several by name or URL. `ca`: PEM certificates that are trusted besides the system's own.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        timeout: float = 30.0,
        *,
        which: str = "",
        ca: str = "",
        services: Services = dns_services,
    ) -> None:
        self._url = url
        self._login = (username, password)
        self._timeout = timeout
        self._which = which
        self._key = configured(url, which)
        self._ca = ca
        self._services = services

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`. A calendar that was moved or made anew is found again, and given complete."""
        seen = parse(cursor, self._key)
        if seen is not None:
            with translated(self._url), self._client(seen.calendar) as client:
                found = changes.since(_collection(client, seen.calendar), seen.state)
                if found is not None:
                    return self._delta(client, seen.calendar, found)
        with self._found() as (client, calendar):
            found = changes.everything(_collection(client, calendar.url))
            return self._delta(client, calendar.url, found, complete=True)

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`. If-None-Match (RFC 4791 5.3.2) leaves alone what is there, whoever put it there."""
        with self._found() as (client, calendar):
            caldav_write.create(client, f"{calendar.url.rstrip('/')}/{quote(href)}", ics)

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """See `ports.Calendar`. If-Match (RFC 9110 13.1.1) keeps what was written meanwhile; then it is read again."""
        with self._found() as (client, calendar):
            url = f"{calendar.url.rstrip('/')}/{quote(href)}"
            for _ in range(2):
                found = caldav_write.fetched(client, url)
                after = None if found is None else invitation.moved(href, found.ics, start, end, at)
                if found is None or after is None or after == found.ics:
                    return after is not None
                if caldav_write.replaced(client, url, after, found.etag):
                    return True
        raise TransientError(f"{url} is being changed by somebody else")

    def check(self) -> list[str]:
        """Which calendar is read, how much is in it, and whether it can only be read."""
        with self._found() as (client, calendar):
            count = len(changes.everything(_collection(client, calendar.url)).changed)
            only = ", read only (what is booked cannot be entered there)" if calendar.writable is False else ""
            return [f"calendar “{calendar.name or calendar.url}” at {calendar.url}{only}: {count} entries"]

    def _delta(self, client: DAVClient, url: str, found: changes.Changes, *, complete: bool = False) -> CalendarDelta:
        cursor = dump(self._key, Seen(url, _login_kind(client), found.state))
        return CalendarDelta(found.changed, found.removed, cursor, complete)

    def _client(self, url: str) -> DAVClient:
        from caldav.davclient import DAVClient  # noqa: PLC0415  35 MB that an idle daemon must not hold

        username, password = self._login
        return DAVClient(
            url=url,
            username=username or None,
            password=password or None,
            timeout=self._timeout,  # type: ignore[arg-type]  # typed int, handed on to niquests as it is
            ssl_verify_cert=_authorities(self._ca) if self._ca else True,
            enable_rfc6764=False,  # its way asks the whole internet without a word, and only on port 443
        )

    @contextmanager
    def _found(self) -> Iterator[tuple[DAVClient, Found]]:
        """The calendar of the settings, with an open client for its server."""
        with ExitStack() as stack:

            def look(place: str) -> tuple[DAVClient, Found]:
                with translated(place):
                    client = self._client(place)
                    stack.callback(client.close)
                    return client, choose(calendars_at(client, place, self._which), self._which, place)

            places = Places(self._url, self._services, _context(self._ca) if self._ca else None)
            client, calendar = find(look, places)
            with translated(calendar.url):
                yield client, calendar


def create_request(arguments: Mapping[str, Any]) -> None:
    """`CaldavCalendar.create` for the child process: the account, href, ics -> nothing."""
    _calendar(arguments).create(arguments["href"], arguments["ics"])


def reschedule_request(arguments: Mapping[str, Any]) -> bool:
    """`CaldavCalendar.reschedule` for the child process: the account, href, start, end, at (ISO 8601) -> its answer."""
    start, end, at = (datetime.fromisoformat(arguments[name]) for name in ("start", "end", "at"))
    return _calendar(arguments).reschedule(arguments["href"], start, end, at)


def poll_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`CaldavCalendar.poll` for the child process: the account, cursor -> a delta as plain values."""
    return asdict(_calendar(arguments).poll(arguments["cursor"]))


def check_request(arguments: Mapping[str, Any]) -> list[str]:
    """`CaldavCalendar.check` for the child process: the account -> findings."""
    return _calendar(arguments).check()


def _calendar(arguments: Mapping[str, Any]) -> CaldavCalendar:
    account = (arguments["url"], arguments["username"], arguments["password"])
    return CaldavCalendar(*account, which=arguments["which"], ca=arguments["ca"])


def _collection(client: DAVClient, url: str) -> changes.Collection:
    from caldav.collection import Calendar  # noqa: PLC0415  as in _client

    return Calendar(client=client, url=url)


def _login_kind(client: DAVClient) -> str:
    """How the server let us in: the glance of `caldav_glance` can do without a login, or with Basic (RFC 7617)."""
    if client.auth is None:
        return "none"
    return "basic" if type(client.auth).__name__ == "HTTPBasicAuth" else "other"


def _authorities(ca: str) -> str:
    """The system's certificates and ours, as the library's transport takes them."""
    import wassima  # noqa: PLC0415  comes with the transport, which would use it by itself

    return f"{wassima.generate_ca_bundle()}\n{ca}"


def _context(ca: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=ca)
    return context
