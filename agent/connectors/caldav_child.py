"""CalDAV for a daemon that must stay small: the library in short-lived processes, and none where nothing is new."""

from __future__ import annotations

import ssl
from datetime import datetime

from agent.connectors import caldav_glance, child
from agent.connectors.caldav_cursor import configured
from agent.connectors.ports import CalendarDelta, CalendarObject

GLANCES = 24
"""So many times in a row a server's word that nothing changed is enough; some forget to change what they say."""


class ChildCalendar:
    """`CaldavCalendar` in a short-lived process; `timeout` is how many seconds a whole poll may take.

    `which`: see there. `ca`: PEM certificates that are trusted besides the system's own, and `tls` the same for the
    requests that are made in this process.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        timeout: float = 120.0,
        *,
        which: str = "",
        ca: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._account = {"url": url, "username": username, "password": password, "which": which, "ca": ca}
        self._timeout = timeout
        self._tls = tls
        self._glances = 0

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`."""
        if cursor and self._glances < GLANCES and self._unchanged(cursor):
            self._glances += 1
            return CalendarDelta((), (), cursor)
        self._glances = 0
        answer = child.call("caldav.poll", {**self._account, "cursor": cursor}, self._timeout)
        changed = tuple(CalendarObject(**item) for item in answer["changed"])
        return CalendarDelta(changed, tuple(answer["removed"]), answer["cursor"], answer["complete"])

    def check(self) -> list[str]:
        """See `ports.Calendar`."""
        return [str(finding) for finding in child.call("caldav.check", self._account, self._timeout)]

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`."""
        child.call("caldav.create", {**self._account, "href": href, "ics": ics}, self._timeout)

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """See `ports.Calendar`."""
        times = {"start": start.isoformat(), "end": end.isoformat(), "at": at.isoformat()}
        return bool(child.call("caldav.reschedule", {**self._account, "href": href, **times}, self._timeout))

    def _unchanged(self, cursor: str) -> bool:
        account = self._account
        key = configured(account["url"], account["which"])
        return caldav_glance.unchanged(cursor, key, account["username"], account["password"], self._tls)
