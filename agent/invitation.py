"""An appointment as calendar text (RFC 5545): for the mentor's own calendar, and for the learner's (RFC 5546)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import icalendar

from agent.model import Language, Slot

PREFIX = "ma-"
"""How the UIDs of our own entries begin, and the names of their resources."""

_OURS = re.compile(rf"{PREFIX}[0-9a-f]{{32}}@\S+")
_PRODID = "-//mentor-agent//appointments//EN"


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


def request(uid: str, slot: Slot, summary: str, organizer: Person, attendee: Person, at: datetime) -> str:
    """The invitation for the learner (METHOD:REQUEST, RFC 5546 3.2.2)."""
    event = _event(uid, slot, summary, at)
    event.add("sequence", 0)
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
