"""The appointment as calendar text, read by another program's rules (RFC 5545, 5546): what makes it an invitation."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import invitation
from agent.invitation import Person
from agent.model import Language, Slot

START = datetime(2026, 11, 4, 13, tzinfo=UTC)
SLOT = Slot(START, START + timedelta(minutes=45))
NOW = datetime(2026, 11, 2, 8, 0, 1, 500, tzinfo=UTC)
CLAIRE = Person("Claire Martin", "claire.martin@example.org")
LEA = Person("Léa Moreau", "lea.moreau@learner.example")
UID = invitation.uid(LEA.address, 7, SLOT, "example.org")
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=90)


def requested(slot: Slot = SLOT, mentor: Person = CLAIRE, learner: Person = LEA) -> str:
    summary = invitation.title(Language.FR, mentor.name)
    return invitation.request(UID, slot, summary, mentor, learner, NOW)


def event_of(text: str) -> Any:
    calendar: Any = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return event


def test_an_invitation_has_all_that_a_request_must_have() -> None:
    """RFC 5546 3.2.2, RFC 5545 3.6: and what Gmail, Outlook and Apple Mail look for before they offer to answer."""
    calendar: Any = icalendar.Calendar.from_ical(requested())
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "REQUEST")
    assert calendar["PRODID"]
    (event,) = calendar.walk("VEVENT")
    assert not event.errors
    once = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "ORGANIZER", "ATTENDEE", "STATUS")
    assert [name for name in once if isinstance(event.get(name, []), list)] == []
    assert (event["SEQUENCE"], event["STATUS"], event["DTSTAMP"].dt) == (0, "CONFIRMED", NOW.replace(microsecond=0))
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == (
        "mailto:claire.martin@example.org",
        "Claire Martin",
    )
    invited = event["ATTENDEE"]
    assert invited == "mailto:lea.moreau@learner.example"
    assert dict(invited.params) == {
        "CN": "Léa Moreau",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Indian/Reunion"])
def test_its_hours_are_in_utc_so_that_no_program_needs_a_zone_s_definition(zone: str) -> None:
    there = Slot(SLOT.start.astimezone(ZoneInfo(zone)), SLOT.end.astimezone(ZoneInfo(zone)))
    text = requested(there)
    assert "DTSTART:20261104T130000Z\r\n" in text
    assert "DTEND:20261104T134500Z\r\n" in text
    assert "TZID" not in text
    assert invitation.uid(LEA.address, 7, there, "example.org") == UID


@settings(max_examples=150, deadline=None)
@given(mentor=NAMES, learner=NAMES)
def test_any_name_is_folded_and_quoted_so_that_it_comes_back_and_adds_no_line(mentor: str, learner: str) -> None:
    text = requested(mentor=Person(mentor, CLAIRE.address), learner=Person(learner, LEA.address))
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    assert max(len(line.encode()) for line in lines) <= 75  # octets, RFC 5545 3.1
    names = [re.split("[;:]", line)[0] for line in lines if line and not line.startswith(" ")]
    assert (names.count("ATTENDEE"), names.count("ORGANIZER"), names.count("METHOD")) == (1, 1, 1)
    event = event_of(text)
    assert event["ORGANIZER"] == f"mailto:{CLAIRE.address}"
    assert event["ATTENDEE"] == f"mailto:{LEA.address}"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    assert event["SUMMARY"] == invitation.title(Language.FR, mentor)


def test_the_mentor_s_own_entry_has_the_same_uid_and_invites_nobody() -> None:
    text = invitation.entry(UID, SLOT, "Session de mentorat avec Léa Moreau", "à réserver", NOW)
    own = event_of(text)
    assert own["UID"] == event_of(requested())["UID"]
    assert own["STATUS"] == "TENTATIVE"
    assert not {"ATTENDEE", "ORGANIZER"} & set(own)
    assert "METHOD" not in text  # RFC 4791 4.1: a calendar on a server has none
