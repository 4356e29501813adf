"""The mentor's calendar in Microsoft 365, followed by delta queries over a window of time.

Of the two delta functions for events, v1.0 has the one on calendarView only, with a fixed window; the one without a
window is beta. Its answers are half-told for series: occurrences have their times alone, and one that was deleted is
not named. So a delta says that something changed; a series it touches is then read whole, as its occurrences
(/instances), and what is gone of it is gone from the text.

The window reaches a year ahead, and is begun anew every month. "Now" is the server's: its Date header.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from agent.connectors import graph_events
from agent.connectors.graph_errors import ConflictError, GoneError, StateLostError, understood
from agent.connectors.graph_http import GraphHttp
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import RefusedLoginError, TerminalError, TransientError, UnreadableError

NEED = "Calendars.ReadWrite"
PAST = timedelta(days=60)
FUTURE = timedelta(days=400)
RENEWED = timedelta(days=30)
"""How old a window may grow before it is begun anew."""

_PAGE = 100
_PREFER = f'odata.maxpagesize={_PAGE}, outlook.timezone="UTC", outlook.body-content-type="text"'
_PAGES = 1000  # a calendar of a hundred thousand entries: beyond that the server turns in a circle
_DUPLICATE = "ErrorDuplicateTransactionId"


@dataclass(slots=True)
class _Window:
    """What a cursor remembers. `series`: the ids of the series in it."""

    link: str
    start: str
    end: str
    begun: str
    series: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Round:
    """What one round of the delta said, by id: the single events as they are now, what is gone, touched series."""

    single: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)


class GraphCalendar:
    """The account's default calendar."""

    def __init__(self, http: GraphHttp) -> None:
        self._http = http

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `Calendar.poll`."""
        window = self._parse(cursor)
        with understood(self._http.root):
            if window is not None:
                try:
                    delta = self._changes(window)
                except StateLostError:
                    delta = None
                if delta is not None:
                    return delta
            return self._everything()

    def create(self, href: str, ics: str) -> None:
        """See `Calendar.create`. Nobody is invited; the transactionId keeps a repeated call from making two."""
        if self._id(href):
            return
        try:
            self._http.post("events", graph_events.payload(href, ics), NEED)
        except RefusedLoginError:
            raise
        except TerminalError as error:
            if _DUPLICATE not in str(error):
                raise
            if not self._id(href):  # it was made once, and deleted
                again = f"{self._http.server_time:%Y%m%dT%H%M%S}"
                self._http.post("events", graph_events.payload(href, ics, again), NEED)
        except UnreadableError as error:
            raise TerminalError(f"Microsoft Graph has no calendar for this account: {error}") from error

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """See `Calendar.reschedule`. Only its time is sent, so that a server that heeds no If-Match loses nothing."""
        for _ in range(2):
            identity = self._id(href)
            place = f"events/{quote(identity, safe='')}"
            with understood(self._http.root):
                try:
                    event = self._http.get(place, NEED, prefer=_PREFER) if identity else {}
                    if not event or not graph_events.own(href, event):
                        return False
                    change = graph_events.moved(event, start, end)
                    if change is not None:
                        self._http.patch(place, change, NEED, str(event.get("@odata.etag", "")))
                except (ConflictError, GoneError):
                    continue  # the mentor was there first: look again
                return True
        raise TransientError(f"{href} is being changed by somebody else in Microsoft 365")

    def check(self) -> list[str]:
        """See `Calendar.check`."""
        calendar = self._get("calendar", **{"$select": "name,canEdit"})
        count = self._get("events", **{"$select": "id", "$top": "1", "$count": "true"}).get("@odata.count")
        reading = "" if calendar.get("canEdit", True) else ", which takes no entries from this account"
        return [f"Microsoft 365 (Graph), calendar “{calendar.get('name')}”{reading}: {count} entries"]

    def _everything(self) -> CalendarDelta:
        self._get("calendar", **{"$select": "id"})
        now = self._http.server_time
        start, end = (f"{moment:%Y-%m-%dT00:00:00Z}" for moment in (now - PAST, now + FUTURE))
        link = f"{self._http.root}/calendarView/delta?startDateTime={quote(start)}&endDateTime={quote(end)}"
        window = _Window(link, start, end, now.isoformat())
        changed, _ = self._read(window)
        return CalendarDelta(changed, (), self._dump(window), complete=True)

    def _changes(self, window: _Window) -> CalendarDelta | None:
        """None when the window has grown old."""
        changed, removed = self._read(window)
        if self._http.server_time - datetime.fromisoformat(window.begun) > RENEWED:
            return None
        return CalendarDelta(changed, removed, self._dump(window))

    def _read(self, window: _Window) -> tuple[tuple[CalendarObject, ...], tuple[str, ...]]:
        """What changed since the window's link, and what went; the window moves on."""
        told = _Round()
        for item in self._items(window):
            _sort(item, told)
        known = set(window.series)
        touched = told.series | (known if told.gone - known else set())  # an occurrence that went has no series' name
        objects, gone = [_single(event) for event in told.single.values()], set(told.gone)
        for master in sorted(touched - told.gone):
            found = self._series(master, window)
            if found is None:
                gone.add(master)
            else:
                objects.append(found)
        window.series = sorted((known | touched) - gone)
        return tuple(sorted(objects, key=_href)), tuple(sorted(gone))

    def _items(self, window: _Window) -> Iterator[dict[str, Any]]:
        for _ in range(_PAGES):
            page = self._get(window.link, prefer=_PREFER)
            yield from page.get("value", [])
            if link := page.get("@odata.nextLink"):
                window.link = link
            elif link := page.get("@odata.deltaLink"):
                window.link = link
                return
            else:
                break
        raise TransientError("Microsoft Graph ends its list of events without a link to go on with")

    def _series(self, master: str, window: _Window) -> CalendarObject | None:
        """All occurrences in the window; None where there are none any more."""
        link = f"events/{quote(master, safe='')}/instances?startDateTime={window.start}&endDateTime={window.end}"
        found: list[dict[str, Any]] = []
        try:
            for _ in range(_PAGES):
                page = self._http.get(link, NEED, prefer=_PREFER)
                found += page.get("value", [])
                link = page.get("@odata.nextLink", "")
                if not link:
                    break
        except GoneError:
            return None
        if not found:
            return None
        ics = graph_events.text(sorted(found, key=lambda event: str(event["start"]["dateTime"])), master)
        return CalendarObject(master, sha256(ics.encode()).hexdigest()[:16], ics)

    def _id(self, href: str) -> str:
        """The id of the entry that was made under this name; "" where there is none."""
        value = href.replace("'", "''")
        wanted = f"ep/id eq '{graph_events.ENTRY_PROPERTY}' and ep/value eq '{value}'"
        query = {"$filter": f"singleValueExtendedProperties/Any(ep: {wanted})", "$select": "id"}
        found = self._get("events", **query).get("value") or [{"id": ""}]
        return str(found[0]["id"])

    def _get(self, place: str, *, prefer: str = "", **query: str) -> dict[str, Any]:
        try:
            return self._http.get(place, NEED, prefer=prefer, **query)
        except UnreadableError as error:
            raise TerminalError(f"Microsoft Graph has no calendar for this account: {error}") from error
        except TerminalError as error:
            if "token" in place and "(400" in str(error):
                raise StateLostError(str(error)) from error  # a link that makes no sense to the server
            raise

    def _parse(self, cursor: str | None) -> _Window | None:
        """None for a cursor that is not one of ours, or another account's."""
        try:
            data = json.loads(cursor or "")
            if data.pop("who") != self._http.who:
                return None
            window = _Window(**data)
            datetime.fromisoformat(window.begun)
            return window if self._http.gives(window.link) else None
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def _dump(self, window: _Window) -> str:
        fields = {name: getattr(window, name) for name in ("link", "start", "end", "begun", "series")}
        return json.dumps({"who": self._http.who, **fields})


def _sort(item: dict[str, Any], told: _Round) -> None:
    """One item of the delta; the same id may come again, and the last word counts."""
    identity = str(item["id"])
    told.single.pop(identity, None)
    told.gone.discard(identity)
    if "@removed" in item:
        told.gone.add(identity)
    elif item.get("type") == "seriesMaster":
        told.series.add(identity)
    elif master := item.get("seriesMasterId"):
        told.series.add(str(master))
    else:
        told.single[identity] = item


def _single(event: dict[str, Any]) -> CalendarObject:
    return CalendarObject(str(event["id"]), str(event.get("@odata.etag", "")), graph_events.text([event]))


def _href(item: CalendarObject) -> str:
    return item.href
