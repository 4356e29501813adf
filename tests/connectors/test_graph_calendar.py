"""The calendar of Microsoft 365: series, exceptions and everything else that Exchange knows of an appointment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.connectors.graph_calendar import GraphCalendar
from agent.connectors.ports import CalendarDelta
from agent.errors import RefusedLoginError, TransientError, UnreadableError
from agent.occurrences import Occurrence, expand
from tests.connectors.conftest import event
from tests.servers.graph import GraphServer, graph_server, signed_in
from tests.servers.graph_events import occurrence, stamp

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
WEEKLY = {"subject": "Session de mentorat avec Léa Moreau", "recurrence": {"pattern": {"type": "weekly"}}}


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server() as made:
        made.now = datetime(2026, 11, 10, 8, tzinfo=UTC)
        yield made


@pytest.fixture
def calendar(server: GraphServer, tmp_path: Path) -> GraphCalendar:
    return signed_in(server, tmp_path / "tokens.json").connect().calendar


def read(delta: CalendarDelta) -> list[Occurrence]:
    """Everything that the changed entries say of these months."""
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    found = [one for item in delta.changed for one in expand(item.ics, start, end, PARIS)]
    return sorted(found, key=lambda one: one.start)


def only(delta: CalendarDelta) -> Occurrence:
    (found,) = read(delta)
    return found


def weeks(*numbers: int) -> list[dict[str, object]]:
    return [occurrence(MONDAY + number * WEEK) for number in numbers]


def test_a_series_is_one_entry_with_all_its_occurrences(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put_series("weekly", WEEKLY, weeks(0, 1, 2))

    delta = calendar.poll(None)

    assert len(delta.changed) == 1
    assert [one.start for one in read(delta)] == [MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK]
    assert len({one.key for one in read(delta)}) == 3
    assert {one.summary for one in read(delta)} == {WEEKLY["subject"]}


def test_an_occurrence_that_moves_stays_itself(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put_series("weekly", WEEKLY, weeks(0, 1, 2))
    first = calendar.poll(None)
    moved = occurrence(
        MONDAY + WEEK + timedelta(days=2), type="exception", originalStart=f"{MONDAY + WEEK:%Y-%m-%dT%H:%M:%SZ}"
    )
    server.events.put_series("weekly", WEEKLY, [*weeks(0), moved, *weeks(2)])

    delta = calendar.poll(first.cursor)

    assert not delta.complete
    assert {one.key for one in read(delta)} == {one.key for one in read(first)}
    assert read(delta)[1].start == MONDAY + WEEK + timedelta(days=2)
    assert [item.href for item in delta.changed] == [item.href for item in first.changed]
    assert delta.changed[0].etag != first.changed[0].etag


def test_an_occurrence_that_is_deleted_is_gone_from_its_series(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put_series("weekly", WEEKLY, weeks(0, 1, 2))
    cursor = calendar.poll(None).cursor
    server.events.put_series("weekly", WEEKLY, weeks(0, 2))

    assert [one.start for one in read(calendar.poll(cursor))] == [MONDAY, MONDAY + 2 * WEEK]


def test_an_occurrence_that_is_named_as_removed_makes_every_series_be_read_again(
    server: GraphServer, calendar: GraphCalendar
) -> None:
    identity = server.events.put_series("weekly", WEEKLY, weeks(0, 1))
    cursor = calendar.poll(None).cursor
    del server.events.series[identity][1]
    server.events.log.record("deleted", f"{identity}.1")

    delta = calendar.poll(cursor)

    assert [one.start for one in read(delta)] == [MONDAY]


def test_a_series_that_is_deleted_is_named(server: GraphServer, calendar: GraphCalendar) -> None:
    identity = server.events.put_series("weekly", WEEKLY, weeks(0, 1))
    cursor = calendar.poll(None).cursor
    server.events.remove("weekly")

    delta = calendar.poll(cursor)

    assert (delta.changed, delta.removed) == ((), (identity,))


def test_a_cancelled_meeting_is_cancelled_and_not_busy(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put("lea", event("lea"))
    server.events.put_json("lea", {"isCancelled": True, "subject": "Annulé : Session"})

    found = only(calendar.poll(None))

    assert found.cancelled
    assert not found.busy


def test_a_cancelled_occurrence_leaves_the_others(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put_series("weekly", WEEKLY, [*weeks(0), occurrence(MONDAY + WEEK, isCancelled=True), *weeks(2)])

    assert [one.cancelled for one in read(calendar.poll(None))] == [False, True, False]


@pytest.mark.parametrize(
    ("shown", "busy"),
    [
        ("free", False),
        ("workingElsewhere", False),
        ("busy", True),
        ("tentative", True),
        ("oof", True),
        ("unknown", True),
    ],
)
def test_what_is_shown_as_free_does_not_block(
    server: GraphServer, calendar: GraphCalendar, shown: str, busy: bool
) -> None:
    server.events.put("lea", event("lea"))
    server.events.put_json("lea", {"showAs": shown})

    assert only(calendar.poll(None)).busy is busy


def test_whole_days_are_days_in_the_mentor_s_zone(server: GraphServer, calendar: GraphCalendar) -> None:
    days = {"start": stamp(date(2026, 11, 16)), "end": stamp(date(2026, 11, 18))}
    server.events.put_json("leave", {"subject": "Congés", "isAllDay": True, "showAs": "oof", **days})

    found = only(calendar.poll(None))

    assert found.all_day
    assert (found.start, found.end) == (
        datetime(2026, 11, 15, 23, tzinfo=UTC),
        datetime(2026, 11, 17, 23, tzinfo=UTC),
    )


def test_everything_that_is_known_of_an_appointment_comes_through(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put("lea", event("lea", summary="Session; avec Léa, n° 1"))
    server.events.put_json(
        "lea",
        {
            "body": {"contentType": "text", "content": "Lien :\r\nhttps://video.school.example/lea\r\n"},
            "location": {"displayName": "Salle 2, étage 1"},
            "onlineMeeting": {"joinUrl": "https://video.school.example/join"},
            "sensitivity": "private",
            "attendees": [{"type": "required", "emailAddress": {"address": "Lea@Learner.test", "name": "Léa"}}],
        },
    )

    delta = calendar.poll(None)
    found = only(delta)

    assert found.summary == "Session; avec Léa, n° 1"
    assert found.description == "Lien :\nhttps://video.school.example/lea"
    assert (found.location, found.url) == ("Salle 2, étage 1", "https://video.school.example/join")
    assert found.attendees == ("lea@learner.test",)
    assert "CLASS:PRIVATE" in delta.changed[0].ics


def test_times_in_a_windows_zone_are_understood_and_an_unknown_zone_harms_its_own_entry_alone(
    server: GraphServer, calendar: GraphCalendar
) -> None:
    """UTC is asked for; a server that does not listen gives the zone by name."""
    for name, zone in (("known", "Romance Standard Time"), ("unknown", "tzone://Microsoft/Custom")):
        server.events.put(name, event(name))
        moments = {
            key: {"dateTime": f"2026-11-16T{hour}:00:00", "timeZone": zone} for key, hour in (("start", 9), ("end", 10))
        }
        server.events.items[f"AAMkAGI2/{name}"].update(
            {key: {**moment, "dateTime": moment["dateTime"].replace("T9", "T09")} for key, moment in moments.items()}
        )

    delta = calendar.poll(None)
    known, unknown = (item.ics for item in delta.changed)
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    assert [one.start for one in expand(known, *year, PARIS)] == [datetime(2026, 11, 16, 8, tzinfo=UTC)]
    with pytest.raises(UnreadableError, match="tzone://Microsoft/Custom"):
        expand(unknown, *year, PARIS)


def test_what_lies_outside_the_window_is_no_deletion_of_anything(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put("lea", event("lea"))
    server.events.put("old", event("old", start=datetime(2020, 1, 6, 9, tzinfo=UTC)))
    first = calendar.poll(None)
    server.events.put("old", event("old", start=datetime(2020, 1, 7, 9, tzinfo=UTC)))

    delta = calendar.poll(first.cursor)

    assert len(first.changed) == 1
    assert delta.changed == ()
    assert set(delta.removed).isdisjoint(item.href for item in first.changed)


def test_the_window_moves_on_with_the_server_s_clock(server: GraphServer, calendar: GraphCalendar) -> None:
    far = datetime(2028, 1, 10, 9, tzinfo=UTC)
    server.events.put("lea", event("lea"))
    server.events.put("far", event("far", start=far))
    cursor = calendar.poll(None).cursor
    assert not calendar.poll(cursor).complete

    server.now = datetime(2026, 12, 12, 8, tzinfo=UTC)
    delta = calendar.poll(cursor)

    assert delta.complete
    assert len(delta.changed) == 2


def test_a_lost_token_means_the_whole_calendar(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put("lea", event("lea"))
    cursor = calendar.poll(None).cursor
    server.events.put("karim", event("karim"))
    server.lose_sync_state()

    delta = calendar.poll(cursor)

    assert delta.complete
    assert len(delta.changed) == 2


def test_a_series_lost_in_the_middle_of_reading_makes_no_half_calendar(
    server: GraphServer, calendar: GraphCalendar
) -> None:
    server.events.put_series("weekly", WEEKLY, weeks(0, 1))
    server.fail(where="instances", status=500)

    with pytest.raises(TransientError):
        calendar.poll(None)


def test_an_entry_of_ours_keeps_its_uid_and_invites_nobody(server: GraphServer, calendar: GraphCalendar) -> None:
    cursor = calendar.poll(None).cursor
    uid = f"ma-{'0' * 32}@example.org"

    calendar.create(
        "ma-0.ics", event(uid, summary="Session avec Léa").replace("END:VEVENT", "STATUS:TENTATIVE\r\nEND:VEVENT")
    )

    found = only(calendar.poll(cursor))
    assert (found.uid, found.summary, found.busy) == (uid, "Session avec Léa", True)
    (made,) = server.events.items.values()
    assert (made["attendees"], made["showAs"]) == ([], "tentative")


def test_an_entry_whose_confirmation_was_lost_is_not_made_twice(server: GraphServer, calendar: GraphCalendar) -> None:
    server.fail(where="POST .*events", drop="after")
    with pytest.raises(TransientError):
        calendar.create("ma-0.ics", event("ma-0"))

    calendar.create("ma-0.ics", event("ma-0"))

    assert len(server.events.items) == 1


def test_an_entry_that_the_search_does_not_find_yet_is_not_made_twice(
    server: GraphServer, calendar: GraphCalendar
) -> None:
    """The transaction is remembered where the search is not up to date."""
    calendar.create("ma-0.ics", event("ma-0"))
    server.events.search_lags = 1

    calendar.create("ma-0.ics", event("ma-0"))

    assert len(server.events.items) == 1


def test_a_calendar_that_takes_no_entries_says_which_permission_is_missing(
    server: GraphServer, calendar: GraphCalendar
) -> None:
    server.events.can_edit = False

    with pytest.raises(RefusedLoginError, match=r"Calendars\.ReadWrite"):
        calendar.create("ma-0.ics", event("ma-0"))
    assert "takes no entries" in calendar.check()[0]


def test_a_poll_with_nothing_new_is_one_request(server: GraphServer, calendar: GraphCalendar) -> None:
    server.events.put_series("weekly", WEEKLY, weeks(0, 1))
    cursor = calendar.poll(None).cursor
    asked = len(server.requests)

    calendar.poll(cursor)

    assert server.requests[asked:] == ["GET /v1.0/me/calendarView/delta"]
