"""The calendar half of the Graph stand-in: single events and series, calendarView/delta, instances, GET, POST, PATCH.

A series is given with the occurrences that Exchange would count out: nothing is expanded here. As the real service
does, the delta names an occurrence's times alone, and does not name one that was deleted from its series.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar

from tests.servers.graph_delta import Json, Log, Refused, page

_PROPERTY = re.compile(r"singleValueExtendedProperties/Any\(ep: ep/id eq '([^']+)' and ep/value eq '((?:[^']|'')*)'\)")
_PARTIAL = ("@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end")


@dataclass
class Events:
    """The default calendar of one mailbox, by id. `series`: the occurrences of each master."""

    clock: Callable[[], datetime]
    items: dict[str, Json] = field(default_factory=dict)
    series: dict[str, list[Json]] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    transactions: dict[str, str] = field(default_factory=dict)  # used ones stay used
    can_edit: bool = True
    meanwhile: list[Callable[[], object]] = field(default_factory=list)  # the mentor's hand, right before a PATCH
    search_lags: int = 0  # so many searches do not find what is there yet
    _next: int = 0

    def put(self, name: str, ics: str) -> str:
        """The mentor creates or changes a single event; its id."""
        events: list[Any] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
        (event,) = events
        start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
        end = end or start + event["DURATION"].dt
        return self.put_json(
            name,
            {"subject": str(event["SUMMARY"]), "start": stamp(start), "end": stamp(end), "iCalUId": str(event["UID"])},
        )

    def put_json(self, name: str, event: Json) -> str:
        """The same, in Graph's own terms; what is left out is as it usually is."""
        identity = f"AAMkAGI2/{name}"
        known = self.items.get(identity)
        self._next += 1
        usual = {
            "subject": "",
            "body": {"contentType": "text", "content": ""},
            "bodyPreview": "",
            "isAllDay": False,
            "isCancelled": False,
            "showAs": "busy",
            "sensitivity": "normal",
            "type": "singleInstance",
            "seriesMasterId": None,
            "attendees": [],
            "location": {"displayName": ""},
            "onlineMeeting": None,
            "transactionId": None,
            "iCalUId": f"040000008200E00074C5B7101A82E008{self._next:08}",
            "lastModifiedDateTime": "2026-11-01T00:00:00Z",
        }
        self.items[identity] = {
            **(known or usual),
            **event,
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": f'W/"{self._next}"',
            "id": identity,
        }
        self.log.record("updated" if known else "created", identity)
        return identity

    def put_series(self, name: str, master: Json, occurrences: list[Json]) -> str:
        """A series with the occurrences that are left of it."""
        identity = self.put_json(name, {**master, "type": "seriesMaster"})
        self.series[identity] = [
            {
                **{k: v for k, v in self.items[identity].items() if k != "recurrence"},
                "type": "occurrence",
                "originalStart": one["start"]["dateTime"][:19] + "Z",
                **one,
                "id": f"{identity}.{number}",
                "seriesMasterId": identity,
            }
            for number, one in enumerate(occurrences)
        ]
        return identity

    def remove(self, name: str) -> None:
        """It is deleted."""
        identity = f"AAMkAGI2/{name}"
        del self.items[identity]
        self.series.pop(identity, None)
        self.log.record("deleted", identity)

    def delta(self, query: dict[str, str], size: int, link: Callable[[str, str], str]) -> Json:
        """calendarView/delta."""
        if token := query.get("$skiptoken"):
            _, items, number, start, end = self.log.state(token)
            return page(self.log, link, items, number, size, start, end)
        if token := query.get("$deltatoken"):
            _, number, start, end = self.log.state(token)
            items = [item for identity in self.log.since(number) for item in self._told(identity, start, end)]
            return page(self.log, link, items, self.log.number, size, start, end)
        if set(query) != {"startDateTime", "endDateTime"}:
            raise Refused(400, "ErrorInvalidUrlQuery", "calendarView/delta takes startDateTime and endDateTime alone")
        start, end = (datetime.fromisoformat(query[name]) for name in ("startDateTime", "endDateTime"))
        items = [i for identity in self.items for i in self._told(identity, start, end) if "@removed" not in i]
        return page(self.log, link, items, self.log.number, size, start, end)

    def _told(self, identity: str, start: datetime, end: datetime) -> list[Json]:
        """An event as the delta tells it: what lies outside the window is told as removed."""
        item = self.items.get(identity)
        if item is None:
            return [{"id": identity, "@removed": {"reason": "deleted"}}]
        if identity in self.series:
            inside = [one for one in self.series[identity] if _within(one, start, end)]
            return [item, *({name: one[name] for name in _PARTIAL} for one in inside)] if inside else []
        if not _within(item, start, end):
            return [{"id": identity, "@removed": {"reason": "deleted"}}]
        return [item]

    def instances(self, identity: str, query: dict[str, str], size: int, link: Callable[[str, str], str]) -> Json:
        """events/{id}/instances, with all properties."""
        if identity not in self.items:
            raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        start, end = (datetime.fromisoformat(query[name]) for name in ("startDateTime", "endDateTime"))
        inside = [one for one in self.series.get(identity, []) if _within(one, start, end)]
        skip = int(query.get("$skip", 0))
        answer: Json = {"value": inside[skip : skip + size]}
        if len(inside) > skip + size:
            answer["@odata.nextLink"] = link("$skip", str(skip + size))
        return answer

    def listed(self, query: dict[str, str]) -> Json:
        """events: counted, or found by an extended property."""
        if set(query) - {"$select", "$top", "$count", "$filter"}:
            raise Refused(400, "BadRequest", f"Unsupported query option in {query}")
        found = list(self.items.values())
        if condition := query.get("$filter"):
            wanted = _PROPERTY.fullmatch(condition)
            if wanted is None:
                raise Refused(400, "ErrorInvalidUrlQueryFilter", condition)
            sought = {"id": wanted[1], "value": wanted[2].replace("''", "'")}
            found = [item for item in found if sought in item.get("singleValueExtendedProperties", [])]
            if self.search_lags:
                self.search_lags, found = self.search_lags - 1, []
        answer: Json = {"value": [{"id": item["id"]} for item in found[: int(query.get("$top", 10))]]}
        if query.get("$count") == "true":
            answer["@odata.count"] = len(found)
        return answer

    def create(self, given: Json) -> Json:
        """POST events. A transaction that was used before makes no second event."""
        if not self.can_edit:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if given.get("attendees"):
            raise Refused(400, "ErrorInvalidRequest", "the program must not invite anybody: Graph would write to them")
        for name in ("start", "end"):
            if set(given[name]) != {"dateTime", "timeZone"}:
                raise Refused(400, "ErrorInvalidRequest", f"{name} needs dateTime and timeZone")
        transaction = given.get("transactionId")
        if transaction in self.transactions:
            raise Refused(
                409,
                "ErrorDuplicateTransactionId",
                "Your request can't be completed. The TransactionId specified in the request has already been used.",
            )
        properties = {
            one["id"].rpartition(" ")[2]: one["value"] for one in given.get("singleValueExtendedProperties", [])
        }
        name = properties.get("mentor-agent-entry", f"new-{self._next}")
        identity = self.put_json(
            name, {**given, "isCancelled": False, "lastModifiedDateTime": f"{self.clock():%FT%TZ}"}
        )
        if transaction:
            self.transactions[transaction] = identity
        return {name: value for name, value in self.items[identity].items() if name != "singleValueExtendedProperties"}

    def one(self, identity: str) -> Json:
        """GET events/{id}, without what would have to be expanded."""
        if identity not in self.items:
            raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return {name: value for name, value in self.items[identity].items() if name != "singleValueExtendedProperties"}

    def patch(self, identity: str, given: Json, etag: str) -> Json:
        """PATCH events/{id}: what is not named stays. Attendees would be written to, and nobody can forbid it."""
        if self.meanwhile:
            self.meanwhile.pop(0)()
        known = self.one(identity)
        if not self.can_edit:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if etag not in ("*", known["@odata.etag"]):
            raise Refused(
                412,
                "ErrorIrresolvableConflict",
                "The send or update operation could not be performed because the change key passed in the request does"
                " not match the current change key for the item.",
            )
        if known["attendees"]:
            raise Refused(400, "TestError", "the program must move nothing that others are invited to")
        for name in set(given) & {"start", "end"}:
            if set(given[name]) != {"dateTime", "timeZone"}:
                raise Refused(400, "ErrorInvalidRequest", f"{name} needs dateTime and timeZone")
        start, end = ((given.get(name) or known[name])["dateTime"][:19] for name in ("start", "end"))
        if end < start:
            raise Refused(400, "ErrorPropertyValidationFailure", "the end lies before the start")
        self.put_json(identity.partition("/")[2], {**given, "lastModifiedDateTime": f"{self.clock():%FT%TZ}"})
        return self.one(identity)


def stamp(moment: Any) -> Json:
    """A time as Graph gives it where UTC was asked for; whole days begin at midnight."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
        return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
    return {"dateTime": f"{moment:%Y-%m-%d}T00:00:00.0000000", "timeZone": "UTC"}


def occurrence(start: datetime, minutes: int = 45, **more: Any) -> Json:
    """One of a series."""
    return {"start": stamp(start), "end": stamp(start + timedelta(minutes=minutes)), **more}


def _within(item: Json, start: datetime, end: datetime) -> bool:
    begins, ends = (datetime.fromisoformat(item[name]["dateTime"]).replace(tzinfo=UTC) for name in ("start", "end"))
    return begins < end and ends > start
