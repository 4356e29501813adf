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
from agent.errors import TerminalError
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


# -- an entry of ours at another time

LATER = START + timedelta(days=2, hours=1)
AT = NOW + timedelta(days=1)
EDITED = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//phone//EN\r\n"
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\nUID:{uid}\r\nSEQUENCE:4\r\nSUMMARY:Léa\\, avec un titre si long que le téléphone le plie sur\r\n"
    "  deux lignes\r\nDTSTART;TZID=Europe/Paris:20261104T140000\r\nDURATION:PT45M\r\n"
    "DTSTAMP:20261103T100000Z\r\nLAST-MODIFIED:20261103T100000Z\r\nDESCRIPTION:le dossier\\nDTSTART:hier\r\n"
    "X-PHONE-COLOR;VALUE=TEXT:teal\r\nSTATUS:CONFIRMED\r\n"
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:rappel\r\nTRIGGER:-PT15M\r\nDURATION:PT5M\r\nREPEAT:1\r\n"
    "END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
).replace("{uid}", UID)
HREF = invitation.resource(UID)


def moved(text: str, start: datetime = LATER, href: str = HREF) -> str | None:
    return invitation.moved(href, text, start, start + timedelta(minutes=45), AT)


def test_a_moved_entry_differs_in_its_time_and_its_revision_alone() -> None:
    text = moved(EDITED)
    assert text is not None
    gone, new = (set(a.split("\r\n")) - set(b.split("\r\n")) for a, b in ((EDITED, text), (text, EDITED)))
    assert gone == {
        "DTSTART;TZID=Europe/Paris:20261104T140000",
        "DURATION:PT45M",
        "SEQUENCE:4",
        "DTSTAMP:20261103T100000Z",
        "LAST-MODIFIED:20261103T100000Z",
    }
    assert new == {
        "DTSTART:20261106T140000Z",
        "DTEND:20261106T144500Z",
        "SEQUENCE:5",
        "DTSTAMP:20261103T080001Z",
        "LAST-MODIFIED:20261103T080001Z",
    }
    event = event_of(text)
    assert not event.errors
    assert (event.start, event.end) == (LATER, LATER + timedelta(minutes=45))
    assert "DURATION:PT5M\r\n" in text  # the alarm's
    assert "DTSTART:19701025T030000\r\n" in text  # the zone's


def test_an_entry_as_we_made_it_can_be_moved_and_moved_back() -> None:
    made = invitation.entry(UID, SLOT, "Session avec Léa", "à réserver", NOW)
    there = moved(made)
    assert there is not None
    back = moved(there, START)
    assert back is not None
    assert (event_of(back)["SEQUENCE"], event_of(back).start) == (2, START)
    assert moved(made, START) == made
    assert moved(EDITED, START) == EDITED  # 14:00 in Paris: it is there already


def test_an_entry_with_bare_line_ends_keeps_them() -> None:
    text = moved(EDITED.replace("\r\n", "\n"))
    assert text is not None
    assert "\r" not in text
    assert event_of(text).start == LATER


@pytest.mark.parametrize(
    ("text", "href"),
    [
        (EDITED.replace(UID, "lea@platform.example"), HREF),
        (EDITED.replace(UID, f"ma-{'0' * 32}@example.org"), HREF),
        (EDITED, "other.ics"),
        ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n", HREF),
    ],
)
def test_only_an_entry_of_ours_under_its_own_name_is_moved(text: str, href: str) -> None:
    assert moved(text, href=href) is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("RRULE:FREQ=WEEKLY", "series"),
        ("RDATE:20261201T130000Z", "series"),
        ("ATTENDEE:mailto:lea@learner.example", "invited"),
    ],
)
def test_what_the_mentor_made_a_series_or_a_meeting_of_is_theirs_to_move(line: str, why: str) -> None:
    with pytest.raises(TerminalError, match=why):
        moved(EDITED.replace("STATUS:CONFIRMED", line))


def test_a_text_that_is_no_entry_is_said_and_left_alone() -> None:
    with pytest.raises(TerminalError, match="cannot be read"):
        moved("<html>not found</html>")


def test_an_invitation_that_moves_an_earlier_one_has_its_uid_and_a_higher_sequence() -> None:
    """RFC 5546 3.2.2.1: the learner's program moves what it has."""
    summary = invitation.title(Language.FR, CLAIRE.name)
    later = Slot(LATER, LATER + timedelta(minutes=45))
    event = event_of(invitation.request(UID, later, summary, CLAIRE, LEA, AT, sequence=1))
    assert (event["UID"], event["SEQUENCE"], event["DTSTART"].dt) == (UID, 1, LATER)
