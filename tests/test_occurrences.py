"""Calendar text to appointments: the hours must be right, and a session must be known again when it moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.errors import UnreadableError
from agent.occurrences import Occurrence, expand

PARIS = ZoneInfo("Europe/Paris")


def calendar(*events: str, head: str = "") -> str:
    """VEVENTs, each given by its lines after UID, as one resource."""
    body = "".join(f"BEGIN:VEVENT\nUID:lea@example.org\n{lines.strip()}\nEND:VEVENT\n" for lines in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example.org//test//EN\n{head}{body}END:VCALENDAR\n"


def in_2026(ics: str, zone: ZoneInfo = PARIS) -> list[Occurrence]:
    return expand(ics, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(found: list[Occurrence]) -> list[str]:
    return [item.start.strftime("%m-%d %H:%M") for item in found]


WEEKLY = "DTSTART;TZID=Europe/Paris:{start}\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;COUNT={count}"


def test_a_session_is_read_whole() -> None:
    (session,) = in_2026(
        calendar(
            "SUMMARY:Session de mentorat\\, Léa\nDESCRIPTION:Projet 4\\nSoutenance bientôt\nLOCATION:En ligne\n"
            "URL:https://video.example.org/lea\nDTSTART:20260302T090000Z\nDTEND:20260302T094500Z\n"
            "ATTENDEE;CN=Léa:MAILTO:Lea.Martin@Example.org\nATTENDEE:mailto:mentor@example.org\n"
            "ATTENDEE;EMAIL=karim@example.org:urn:uuid:7\nATTENDEE:urn:uuid:8"
        )
    )

    assert session == Occurrence(
        uid="lea@example.org",
        key="lea@example.org",
        start=utc("2026-03-02T09:00"),
        end=utc("2026-03-02T09:45"),
        all_day=False,
        summary="Session de mentorat, Léa",
        description="Projet 4\nSoutenance bientôt",
        location="En ligne",
        attendees=("lea.martin@example.org", "mentor@example.org", "karim@example.org"),
        cancelled=False,
        busy=True,
        url="https://video.example.org/lea",
    )


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20260302T090000Z\nDTEND:20260302T094500Z",
        "DTSTART;TZID=Europe/Paris:20260329T013000\nDTEND;TZID=Europe/Paris:20260329T034500",
        "DTSTART;TZID=America/Martinique:20261025T203000\nDTEND;TZID=Europe/Paris:20261026T021500",
        "DTSTART:20261025T013000\nDTEND:20261025T024500",
        "DTSTART:20261231T233000Z\nDTEND:20270101T001500Z\nSTATUS:CANCELLED",
        "DTSTART:20260302T090000Z\nDTEND:20260302T094500Z\nTRANSP:TRANSPARENT",
    ],
)
def test_a_single_appointment_is_read_alike_alone_and_in_a_file_with_a_series(lines: str) -> None:
    series = calendar(WEEKLY.format(start="20260601T090000", count=2)).replace("lea@", "karim@")
    _, _, events = series.partition("BEGIN:VEVENT")
    together = calendar(lines).replace("END:VCALENDAR", f"BEGIN:VEVENT{events}".rstrip("\n"))

    assert in_2026(calendar(lines)) == [item for item in in_2026(together) if item.uid == "lea@example.org"]


def test_who_declined_or_sends_somebody_else_is_told_from_who_may_come() -> None:
    states = ("ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION", "delegated")
    guests = "\n".join(f"ATTENDEE;PARTSTAT={state}:mailto:{state}@Example.org" for state in states)
    (session,) = in_2026(calendar(f"DTSTART:20260302T090000Z\nDTEND:20260302T094500Z\n{guests}"))

    assert len(session.attendees) == 5
    assert session.declined == ("declined@example.org", "delegated@example.org")


def test_without_an_end_an_appointment_is_a_moment_and_a_day_is_a_day() -> None:
    (moment,) = in_2026(calendar("DTSTART:20260302T090000Z"))
    (day,) = in_2026(calendar("DTSTART;VALUE=DATE:20260302"))

    assert moment.start == moment.end == utc("2026-03-02T09:00")
    assert day.end - day.start == timedelta(days=1)


def test_days_with_a_duration_last_so_long() -> None:
    (leave,) = in_2026(calendar("DTSTART;VALUE=DATE:20260302\nDURATION:P5D"))

    assert (leave.start, leave.end) == (utc("2026-03-01T23:00"), utc("2026-03-06T23:00"))


@pytest.mark.parametrize("kind", ["PUBLIC", "PRIVATE", "CONFIDENTIAL"])
def test_a_private_appointment_is_read_like_any_other_in_the_mentors_own_calendar(kind: str) -> None:
    (session,) = in_2026(calendar(f"CLASS:{kind}\nSUMMARY:Session Léa\nDTSTART:20260302T090000Z\nDURATION:PT45M"))

    assert (session.summary, session.busy) == ("Session Léa", True)


def test_a_zone_with_a_known_name_is_that_zone_whatever_the_calendar_says_of_it() -> None:
    """Old exports describe Europe/Paris without its summer time; everybody else goes by the name."""
    wrong = OWN_ZONE.replace("École", "Europe/Paris").format("+0300")

    found = in_2026(calendar("DTSTART;TZID=Europe/Paris:20260702T090000\nDURATION:PT45M", head=wrong))

    assert starts(found) == ["07-02 07:00"]


def test_an_extra_date_may_be_a_period_of_its_own_length() -> None:
    series = WEEKLY.format(start="20260302T090000", count=1)

    found = in_2026(calendar(f"{series}\nRDATE;VALUE=PERIOD:20260305T130000Z/PT2H"))

    assert starts(found) == ["03-02 08:00", "03-05 13:00"]


def test_an_exception_without_its_zone_is_one_of_the_series_all_the_same() -> None:
    """Exchange writes some so."""
    series = WEEKLY.format(start="20260302T090000", count=2)
    moved = "RECURRENCE-ID:20260309T090000\nDTSTART;TZID=Europe/Paris:20260310T090000\nDURATION:PT45M"

    found = in_2026(calendar(series, moved))

    assert [item.key for item in found] == ["lea@example.org/20260302T080000Z", "lea@example.org/20260309T080000Z"]
    assert starts(found) == ["03-02 08:00", "03-10 08:00"]


def test_a_duration_stands_for_an_end() -> None:
    (session,) = in_2026(calendar("DTSTART:20260302T090000Z\nDURATION:PT45M"))

    assert session.end == utc("2026-03-02T09:45")


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        ("20260323T090000", ["03-23 08:00", "03-30 07:00"]),  # summer time begins on Sunday 29 March
        ("20261019T090000", ["10-19 07:00", "10-26 08:00"]),  # and ends on Sunday 25 October
    ],
)
def test_nine_in_paris_stays_nine_in_paris_over_both_clock_changes(start: str, hours: list[str]) -> None:
    assert starts(in_2026(calendar(WEEKLY.format(start=start, count=2)))) == hours


def test_every_week_of_a_series_has_a_key_of_its_own() -> None:
    found = in_2026(calendar(WEEKLY.format(start="20260323T090000", count=2)))

    assert [item.key for item in found] == ["lea@example.org/20260323T080000Z", "lea@example.org/20260330T070000Z"]


def test_a_week_taken_out_of_a_series_does_not_happen() -> None:
    series = WEEKLY.format(start="20260302T090000", count=3)

    found = in_2026(calendar(f"{series}\nEXDATE;TZID=Europe/Paris:20260309T090000"))

    assert starts(found) == ["03-02 08:00", "03-16 08:00"]


def test_an_extra_date_of_a_series_happens() -> None:
    series = WEEKLY.format(start="20260302T090000", count=1)

    found = in_2026(calendar(f"{series}\nRDATE;TZID=Europe/Paris:20260305T140000"))

    assert starts(found) == ["03-02 08:00", "03-05 13:00"]


def test_a_moved_week_keeps_its_key() -> None:
    series = WEEKLY.format(start="20260302T090000", count=3)
    moved = "RECURRENCE-ID;TZID=Europe/Paris:20260309T090000\nDTSTART:20260312T160000Z\nDURATION:PT30M"
    before, after = in_2026(calendar(series)), in_2026(calendar(series, moved))

    assert starts(after) == ["03-02 08:00", "03-12 16:00", "03-16 08:00"]
    assert [item.key for item in after] == [item.key for item in before]
    assert after[1].end - after[1].start == timedelta(minutes=30)


def test_a_week_moved_before_the_one_ahead_of_it_keeps_its_key() -> None:
    series = WEEKLY.format(start="20260302T090000", count=3)
    moved = "RECURRENCE-ID;TZID=Europe/Paris:20260316T090000\nDTSTART:20260303T160000Z\nDURATION:PT30M"

    found = in_2026(calendar(series, moved))

    assert starts(found) == ["03-02 08:00", "03-03 16:00", "03-09 08:00"]
    assert found[1].key == "lea@example.org/20260316T080000Z"


def test_weeks_moved_from_one_on_keep_their_keys() -> None:
    series = WEEKLY.format(start="20260316T090000", count=4)
    moved = (
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20260323T090000\n"
        "DTSTART;TZID=Europe/Paris:20260324T110000\nDURATION:PT45M"
    )
    before, after = in_2026(calendar(series)), in_2026(calendar(series, moved))

    assert starts(after) == ["03-16 08:00", "03-24 10:00", "03-31 09:00", "04-07 09:00"]
    assert [item.key for item in after] == [item.key for item in before]


def test_one_week_of_a_series_to_which_the_mentor_was_invited_alone_is_read() -> None:
    found = in_2026(calendar("RECURRENCE-ID:20260309T080000Z\nDTSTART:20260312T160000Z\nDURATION:PT45M"))

    assert [(item.key, item.start) for item in found] == [
        ("lea@example.org/20260309T080000Z", utc("2026-03-12T16:00")),
    ]


def test_a_cancelled_week_is_given_as_cancelled_and_leaves_the_mentor_free() -> None:
    series = WEEKLY.format(start="20260302T090000", count=2)
    cancelled = (
        "RECURRENCE-ID;TZID=Europe/Paris:20260309T090000\nDTSTART;TZID=Europe/Paris:20260309T090000\n"
        "DURATION:PT45M\nSTATUS:CANCELLED"
    )

    found = in_2026(calendar(series, cancelled))

    assert [(item.cancelled, item.busy) for item in found] == [(False, True), (True, False)]


def test_an_entry_marked_as_free_time_leaves_the_mentor_free() -> None:
    (reminder,) = in_2026(calendar("DTSTART:20260302T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT"))

    assert (reminder.cancelled, reminder.busy) == (False, False)


def test_a_day_off_runs_from_midnight_to_midnight_where_the_mentor_lives() -> None:
    (day,) = in_2026(calendar("DTSTART;VALUE=DATE:20260329\nSUMMARY:Congé"))

    assert day.all_day
    assert (day.start, day.end) == (utc("2026-03-28T23:00"), utc("2026-03-29T22:00"))  # 23 hours: the clocks change


def test_days_of_a_yearly_series_have_the_date_for_a_key() -> None:
    (day,) = in_2026(calendar("DTSTART;VALUE=DATE:20250329\nRRULE:FREQ=YEARLY"))

    assert day.key == "lea@example.org/20260329"


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Paris", 8), ("America/Martinique", 13), ("Indian/Reunion", 5)])
def test_an_hour_without_a_zone_is_the_mentors_own(zone: str, hour: int) -> None:
    (session,) = in_2026(calendar("DTSTART:20260302T090000\nDURATION:PT45M"), ZoneInfo(zone))

    assert session.start.hour == hour


@pytest.mark.parametrize("zone", ["America/Martinique", "Pacific/Auckland"])
def test_an_hour_without_a_zone_is_found_at_the_edge_of_the_time_looked_at(zone: str) -> None:
    ics = calendar("DTSTART:20260302T090000\nDURATION:PT45M")
    (session,) = in_2026(ics, ZoneInfo(zone))

    assert expand(ics, session.start, session.end, ZoneInfo(zone)) == [session]
    assert expand(ics, session.end, session.end + timedelta(hours=9), ZoneInfo(zone)) == []
    assert expand(ics, session.start - timedelta(hours=9), session.start, ZoneInfo(zone)) == []


def test_outlooks_names_of_zones_are_understood() -> None:
    (session,) = in_2026(calendar("DTSTART;TZID=Romance Standard Time:20260302T090000\nDURATION:PT45M"))

    assert session.start == utc("2026-03-02T08:00")


OWN_ZONE = (
    "BEGIN:VTIMEZONE\nTZID:École\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{0}\n"
    "END:STANDARD\nEND:VTIMEZONE\n"
)


def test_a_zone_that_the_calendar_defines_itself_counts_for_that_calendar_only() -> None:
    session = "DTSTART;TZID=École:20260302T090000\nDURATION:PT45M"

    assert starts(in_2026(calendar(session, head=OWN_ZONE.format("+0300")))) == ["03-02 06:00"]
    assert starts(in_2026(calendar(session, head=OWN_ZONE.format("-0500")))) == ["03-02 14:00"]
    with pytest.raises(UnreadableError, match="École"):
        in_2026(calendar(session))


@pytest.mark.parametrize(
    ("zone", "lines"),
    [
        ("Mars/Olympus", "DTSTART;TZID=Mars/Olympus:20260302T090000"),
        ("Mars/Olympus", "DTSTART:20260302T090000Z\nDTEND;TZID=Mars/Olympus:20260302T100000"),
        ("Mars/Olympus", "DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY\nEXDATE;TZID=Mars/Olympus:20260303T090000"),
        ("Europe", "DTSTART;TZID=Europe:20260302T090000"),
        ("../../etc/passwd", "DTSTART;TZID=../../etc/passwd:20260302T090000"),
    ],
)
def test_a_zone_that_nobody_defines_is_named_and_no_hour_is_guessed(zone: str, lines: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        in_2026(calendar(f"SUMMARY:Session Léa\n{lines}"))

    assert f"“{zone}”" in str(caught.value)
    assert "such as Europe/Paris" in str(caught.value)


def test_a_nonsense_zone_of_the_whole_calendar_is_named_too() -> None:
    with pytest.raises(UnreadableError, match="“Mars/Olympus”"):
        in_2026(calendar("DTSTART:20260302T090000", head="X-WR-TIMEZONE:Mars/Olympus\n"))


IN_PARIS = "X-WR-TIMEZONE:Europe/Paris\n"


@pytest.mark.parametrize("name", ["Europe/Paris", "Romance Standard Time"])
def test_an_hour_without_a_zone_is_meant_in_the_zone_that_the_calendar_names(name: str) -> None:
    ics = calendar("DTSTART:20260302T090000\nDURATION:PT45M", head=f"X-WR-TIMEZONE:{name}\n")

    assert starts(in_2026(ics, ZoneInfo("America/Martinique"))) == ["03-02 08:00"]


def test_a_weekly_hour_in_utc_follows_the_clocks_of_the_zone_that_the_calendar_names() -> None:
    weekly = "DTSTART:20260323T080000Z\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;COUNT=2"

    assert starts(in_2026(calendar(weekly))) == ["03-23 08:00", "03-30 08:00"]
    assert starts(in_2026(calendar(weekly, head=IN_PARIS))) == ["03-23 08:00", "03-30 07:00"]


def test_hours_in_a_zone_of_the_calendar_s_own_are_left_alone_by_the_one_it_names() -> None:
    session = "DTSTART;TZID=École:20260302T090000\nDURATION:PT45M"

    assert starts(in_2026(calendar(session, head=IN_PARIS + OWN_ZONE.format("+0300")))) == ["03-02 06:00"]


def test_weeks_moved_from_one_on_move_in_a_calendar_that_names_its_zone_too() -> None:
    series = "DTSTART:20260316T080000Z\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T080000Z\nDTSTART:20260323T100000Z\nDURATION:PT45M"

    assert starts(in_2026(calendar(series, moved, head=IN_PARIS))) == ["03-16 08:00", "03-23 10:00", "03-30 09:00"]


@pytest.mark.parametrize(
    "ics",
    [
        "",
        "<html>login</html>",
        "Session with Léa on Monday",
        calendar("DTSTART:20260302T090000Z")[:80],
        calendar("SUMMARY:no start"),
        calendar("DTSTART:next Monday"),
        calendar("DTSTART:20260302T090000Z\nDTEND:later"),
        calendar("DTSTART:20260302T090000Z\nRRULE:FREQ=SOMETIMES"),
        calendar("DTSTART:20260302T090000Z").replace("UID:lea@example.org\n", ""),
    ],
)
def test_what_is_no_calendar_is_unreadable_and_never_an_empty_diary(ics: str) -> None:
    with pytest.raises(UnreadableError):
        in_2026(ics)


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=" + "1,2," * 20 + "3"]
)
def test_a_series_made_to_fill_the_memory_is_refused(rule: str) -> None:
    with pytest.raises(UnreadableError, match="48 times a day"):
        in_2026(calendar(f"DTSTART:20260302T090000Z\nRRULE:{rule}"))


def test_a_task_list_holds_no_appointment() -> None:
    task = calendar("DTSTART:20260302T090000Z").replace("VEVENT", "VTODO")

    assert in_2026(task) == []


def test_several_sessions_in_one_file_come_in_time_order() -> None:
    first = calendar("DTSTART:20260309T090000Z\nDURATION:PT45M")
    other = calendar("DTSTART:20260302T090000Z\nDURATION:PT45M").replace("lea@", "karim@")

    assert [item.uid for item in in_2026(first + other)] == ["karim@example.org", "lea@example.org"]
