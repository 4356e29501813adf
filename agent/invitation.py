"""An appointment as calendar text (RFC 5545): for the mentor's own calendar, and for the learner's (RFC 5546).

Also what an entry of ours is known by when it is met again, and how it is moved: connectors ask that too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import icalendar

from agent.errors import TerminalError
from agent.model import Language, Slot

PREFIX = "ma-"
"""How the UIDs of our own entries begin, and the names of their resources."""

_OURS = re.compile(rf"{PREFIX}[0-9a-f]{{32}}@\S+")
_PRODID = "-//mentor-agent//appointments//EN"

_LOGICAL = re.compile(r"(?<=\n)(?![ \t])")
"""Between two content lines, each with its folds and its line end (RFC 5545 3.1)."""

_NAME = re.compile(r"[A-Za-z0-9-]*")
_WHEN = {"DTSTART", "DTEND", "DURATION"}
_STAMPS = {"DTSTAMP", "LAST-MODIFIED"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at an appointment."""

    name: str
    address: str


def uid(learner: str, situation_id: int, slot: Slot, domain: str) -> str:
    """The same booking has the same UID, however often it is begun; `learner` is their address."""
    named = f"{learner.lower()}/{situation_id}/{slot.start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{PREFIX}{sha256(named.encode()).hexdigest()[:32]}@{domain}"


def ours(uid: str) -> bool:
    """Whether we made this entry."""
    return _OURS.fullmatch(uid) is not None


def resource(uid: str) -> str:
    """The file name of an entry of ours."""
    return f"{uid.partition('@')[0]}.ics"


def entry(uid: str, slot: Slot, summary: str, description: str, at: datetime) -> str:
    """The appointment for the mentor's calendar: tentative until it is booked on the platform.

    Nobody is named in it as attendee: a server that sends invitations by itself would write to the learner as well.
    """
    event = _event(uid, slot, summary, at)
    event.add("status", "TENTATIVE")
    event.add("description", description)
    return _calendar(event)


def moved(href: str, ics: str, start: datetime, end: datetime, at: datetime) -> str | None:
    """An entry of ours at another time, every other line as it is; the same text where it is at that time already.

    None for what is no entry of ours of that name. SEQUENCE grows by one (RFC 5545 3.8.7.4); `at` is when it is moved.
    TerminalError: see `check_movable`; also for text that is no calendar entry.
    """
    try:
        events: list[Any] = list(icalendar.Calendar.from_ical(ics).walk("VEVENT"))
        uid = str(events[0].get("UID", "")) if events else ""
        if not named(href, uid):
            return None
        event = events[0]
        repeats = len(events) > 1 or "RRULE" in event or "RDATE" in event
        check_movable(href, repeats=repeats, invited="ATTENDEE" in event)
        if (event.start, event.end) == (start, end):
            return ics
        sequence = int(event.get("SEQUENCE", 0)) + 1
    except ValueError as error:
        raise TerminalError(f"{href} cannot be read as a calendar entry: {error}") from error
    times = [f"DTSTART:{_utc(start)}", f"DTEND:{_utc(end)}"]
    return _rewritten(ics, [*times, f"SEQUENCE:{sequence}"], [f"{name}:{_utc(at)}" for name in sorted(_STAMPS)])


def named(href: str, uid: str) -> bool:
    """Whether an entry with this UID is ours, and the one of this name."""
    return ours(uid) and resource(uid) == href


def check_movable(href: str, *, repeats: bool, invited: bool) -> None:
    """TerminalError for an entry that the mentor made a series of, or invited others to: a server may write to them."""
    if repeats:
        raise TerminalError(f"{href} was made a series: it is not moved")
    if invited:
        raise TerminalError(f"others are invited to {href}, whom a calendar server may write to: it is not moved")


def _rewritten(ics: str, times: list[str], stamps: list[str]) -> str:
    """The text with these lines in place of the entry's own; alarms and zones have lines of the same names."""
    newline = "\r\n" if "\r\n" in ics else "\n"
    written, within = list[str](), list[str]()
    for line in _LOGICAL.split(ics):
        found = _NAME.match(line)
        name = found[0].upper() if found else ""
        if name == "END":
            within.pop()
        own = within == ["VCALENDAR", "VEVENT"]
        if not own or name not in _WHEN | _STAMPS | {"SEQUENCE"}:
            written.append(line)
        if name == "BEGIN":
            within.append(line.partition(":")[2].strip().upper())
            if within == ["VCALENDAR", "VEVENT"]:
                written += [f"{one}{newline}" for one in (*stamps, *times)]
    return "".join(written)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def request(
    uid: str, slot: Slot, summary: str, organizer: Person, attendee: Person, at: datetime, sequence: int = 0
) -> str:
    """The invitation for the learner (METHOD:REQUEST, RFC 5546 3.2.2).

    With the UID of an earlier one and a higher `sequence` it moves what the learner has (RFC 5546 3.2.2.1).
    """
    event = _event(uid, slot, summary, at)
    event.add("sequence", sequence)
    event.add("status", "CONFIRMED")
    event.add("organizer", _address(organizer))
    invited = _address(attendee)
    invited.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})
    event.add("attendee", invited)
    return _calendar(event, method="REQUEST")


def title(language: Language, name: str) -> str:
    """What the entry is called, as the shipped recognisers know it."""
    return f"Session de mentorat avec {name}" if language is Language.FR else f"Mentoring session with {name}"


def _event(uid: str, slot: Slot, summary: str, at: datetime) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", slot.start.astimezone(UTC))  # a zone by its name would need its VTIMEZONE (RFC 5545 3.6.5)
    event.add("dtend", slot.end.astimezone(UTC))
    event.add("summary", summary)
    return event


def _address(person: Person) -> icalendar.vCalAddress:
    address = icalendar.vCalAddress(f"mailto:{person.address}")
    # A quotation mark cannot stand in a parameter (RFC 5545 3.2), and programs differ on what a backslash escapes.
    address.params["CN"] = person.name.replace('"', "'").replace("\\", "/")
    return address


def _calendar(event: icalendar.Event, method: str | None = None) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODID)
    calendar.add("version", "2.0")
    if method is not None:
        calendar.add("method", method)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())
