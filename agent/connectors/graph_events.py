"""Graph's events as calendar text (RFC 5545), and an entry of ours as Graph's JSON.

Times are asked for in UTC. A series comes as its single occurrences, which the server counted out with its own zones
and exceptions: each has the series' UID and, as RECURRENCE-ID, the start it was first given: a moved one stays itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from agent import invitation
from agent.errors import TerminalError

OURS = "mentor-agent/"
"""How the transactionId of an entry of ours begins; its UID follows, and after # what tells a second try apart."""

ENTRY_PROPERTY = "String {00020329-0000-0000-C000-000000000046} Name mentor-agent-entry"
"""The name an entry was made under, as a property that can be searched for."""

_FREE = {"free", "workingElsewhere"}
_CLASSES = {"private": "PRIVATE", "personal": "PRIVATE", "confidential": "CONFIDENTIAL"}


def text(events: Iterable[Mapping[str, Any]], series: str | None = None) -> str:
    """One event, or the occurrences of the series with this id, as a calendar resource."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//mentor-agent//graph//EN")
    for event in events:
        calendar.add_component(_component(event, series))
    written: bytes = calendar.to_ical()
    return written.decode("utf-8")


def payload(href: str, ics: str, again: str = "") -> dict[str, Any]:
    """A new event with nobody invited. `again` makes another transaction of a second try."""
    events: list[Any] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    if len(events) != 1:
        raise TerminalError(f"{href} is not one appointment")
    (event,) = events
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start + event["DURATION"].dt
    tentative = str(event.get("STATUS", "")).upper() == "TENTATIVE"
    return {
        "subject": str(event.get("SUMMARY", "")),
        "body": {"contentType": "text", "content": str(event.get("DESCRIPTION", ""))},
        "start": _stamp(start),
        "end": _stamp(end),
        "isAllDay": not isinstance(start, datetime),
        "showAs": "tentative" if tentative else "busy",
        "responseRequested": False,
        "transactionId": f"{OURS}{event['UID']}{f'#{again}' if again else ''}",
        "singleValueExtendedProperties": [{"id": ENTRY_PROPERTY, "value": href}],
    }


def moved(event: Mapping[str, Any], start: datetime, end: datetime) -> dict[str, Any] | None:
    """What is to be set for an event to be at another time; None where it is. It was asked for in UTC."""
    whole_day = bool(event.get("isAllDay"))
    stamps = [datetime.fromisoformat(event[name]["dateTime"]).replace(tzinfo=UTC) for name in ("start", "end")]
    if not whole_day and stamps == [start, end]:
        return None
    return {"start": _stamp(start), "end": _stamp(end), **({"isAllDay": False} if whole_day else {})}


def own(href: str, event: Mapping[str, Any]) -> bool:
    """Whether this is the entry that we made under this name. TerminalError for one that is not to be moved."""
    if not invitation.named(href, _uid(event)):
        return False
    repeats = event.get("type", "singleInstance") != "singleInstance"
    invitation.check_movable(href, repeats=repeats, invited=bool(event.get("attendees")))
    return True


def _component(event: Mapping[str, Any], series: str | None) -> icalendar.Event:
    made = icalendar.Event()
    all_day = bool(event.get("isAllDay"))
    made.add("uid", series or _uid(event))
    if series is not None:
        _add_time(made, "recurrence-id", _original(event), all_day)
    if changed := event.get("lastModifiedDateTime"):
        made.add("dtstamp", datetime.fromisoformat(changed).astimezone(UTC))
    _add_time(made, "dtstart", event["start"], all_day)
    _add_time(made, "dtend", event["end"], all_day)
    made.add("summary", event.get("subject") or "")
    for name, value in (
        ("description", _description(event)),
        ("location", (event.get("location") or {}).get("displayName")),
        ("url", (event.get("onlineMeeting") or {}).get("joinUrl") or event.get("onlineMeetingUrl")),
        ("class", _CLASSES.get(event.get("sensitivity") or "")),
        ("status", _status(event)),
    ):
        if value:
            made.add(name, value)
    made.add("transp", "TRANSPARENT" if event.get("showAs") in _FREE else "OPAQUE")
    for person in event.get("attendees") or []:
        if address := (person.get("emailAddress") or {}).get("address"):
            made.add("attendee", f"mailto:{address}")
    return made


def _uid(event: Mapping[str, Any]) -> str:
    """Our own, where we made the entry."""
    transaction = event.get("transactionId") or ""
    if transaction.startswith(OURS):
        return str(transaction.removeprefix(OURS).partition("#")[0])
    return str(event.get("iCalUId") or event["id"])


def _original(event: Mapping[str, Any]) -> Mapping[str, Any]:
    first = event.get("originalStart")
    return {"dateTime": first, "timeZone": "UTC"} if first else event["start"]


def _status(event: Mapping[str, Any]) -> str | None:
    if event.get("isCancelled"):
        return "CANCELLED"
    return "TENTATIVE" if event.get("showAs") == "tentative" else None


def _description(event: Mapping[str, Any]) -> str:
    """As text, which is asked for; the beginning of it where the server gives HTML all the same."""
    body = event.get("body") or {}
    if body.get("contentType") == "text":
        return str(body.get("content") or "").replace("\r\n", "\n").strip()
    return str(event.get("bodyPreview") or "").replace("\r\n", "\n").strip()


def _add_time(made: icalendar.Event, name: str, value: Mapping[str, Any], all_day: bool) -> None:
    """A zone that nobody knows stays in the text by its name: reading it fails with that name, for this entry alone."""
    moment = datetime.fromisoformat(str(value["dateTime"]))
    if all_day:
        middle = moment + timedelta(hours=12) if name == "recurrence-id" else moment
        made.add(name, middle.date())
        return
    if moment.tzinfo is not None:
        made.add(name, moment.astimezone(UTC))
        return
    named = str(value.get("timeZone") or "UTC")
    known = WINDOWS_TO_OLSON.get(named, named)
    try:
        made.add(name, moment.replace(tzinfo=ZoneInfo(known)).astimezone(UTC))
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        made.add(name, moment, parameters={"TZID": named})


def _stamp(moment: date) -> dict[str, str]:
    if isinstance(moment, datetime):
        utc = moment.astimezone(UTC) if moment.tzinfo else moment
        return {"dateTime": f"{utc:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
    return {"dateTime": f"{moment:%Y-%m-%d}T00:00:00", "timeZone": "UTC"}
