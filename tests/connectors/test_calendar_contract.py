"""What every calendar connector owes the rest of the program, whatever it is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.connectors.ports import CalendarDelta
from agent.errors import TerminalError, TransientError
from agent.occurrences import expand
from tests.connectors.conftest import World, event

OURS = f"ma-{'5' * 32}@mentor.example"
HREF = OURS.replace("@mentor.example", ".ics")
NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)
LATER = datetime(2026, 11, 19, 13, 30, tzinfo=UTC)
LENGTH = timedelta(minutes=45)
TIMES = (LATER, LATER + LENGTH, NOW)


def changed(delta: CalendarDelta) -> dict[str, str]:
    """Text by file name, as the mentor's phone named it, with line ends as they may be."""
    return {item.href.rpartition("/")[2]: item.ics.replace("\r\n", "\n") for item in delta.changed}


def removed(delta: CalendarDelta) -> list[str]:
    return [href.rpartition("/")[2] for href in delta.removed]


def test_an_empty_calendar_is_read_as_empty_and_complete(world: World) -> None:
    delta = world.calendar.poll(None)

    assert delta.complete
    assert (delta.changed, delta.removed) == ((), ())


def test_the_first_look_gives_every_session(world: World) -> None:
    world.put("lea.ics", event("lea", summary="Léa — session n° 1"))
    world.put("karim.ics", event("karim"))

    delta = world.calendar.poll(None)

    assert delta.complete
    assert sorted(changed(delta)) == ["karim.ics", "lea.ics"]
    assert "SUMMARY:Léa — session n° 1\n" in changed(delta)["lea.ics"]


def test_a_session_booked_since_the_last_look_is_given_alone(world: World) -> None:
    world.put("lea.ics", event("lea"))
    cursor = world.calendar.poll(None).cursor
    world.put("karim.ics", event("karim"))

    delta = world.calendar.poll(cursor)

    assert not delta.complete
    assert list(changed(delta)) == ["karim.ics"]
    assert delta.removed == ()


def test_a_session_that_moves_keeps_its_href_and_changes_its_etag(world: World) -> None:
    world.put("lea.ics", event("lea"))
    first = world.calendar.poll(None)
    world.put("lea.ics", event("lea", start=datetime(2026, 11, 17, 14, tzinfo=UTC), summary="Session déplacée"))

    delta = world.calendar.poll(first.cursor)

    assert "DTSTART:20261117T140000Z\n" in changed(delta)["lea.ics"]
    assert [item.href for item in delta.changed] == [item.href for item in first.changed]
    assert delta.changed[0].etag != first.changed[0].etag


def test_a_deleted_session_is_named_as_it_was_given(world: World) -> None:
    world.put("lea.ics", event("lea"))
    world.put("karim.ics", event("karim"))
    first = world.calendar.poll(None)
    world.remove("lea.ics")

    delta = world.calendar.poll(first.cursor)

    assert delta.changed == ()
    assert removed(delta) == ["lea.ics"]
    assert set(delta.removed) < {item.href for item in first.changed}


def test_nothing_new_gives_nothing_however_often_it_is_asked(world: World) -> None:
    world.put("lea.ics", event("lea"))
    cursor = world.calendar.poll(None).cursor

    for _ in range(2):
        delta = world.calendar.poll(cursor)
        assert (delta.changed, delta.removed, delta.complete) == ((), (), False)
        cursor = delta.cursor


def test_the_same_cursor_gives_the_same_changes_again(world: World) -> None:
    """The agent may be stopped between reading and storing."""
    cursor = world.calendar.poll(None).cursor
    world.put("lea.ics", event("lea"))

    assert changed(world.calendar.poll(cursor)) == changed(world.calendar.poll(cursor)) != {}


@pytest.mark.parametrize("cursor", ["", "garbage", "null", "[1, 2]", '{"calendar": "x"}', '{"a.ics": 3}'])
def test_a_cursor_that_makes_no_sense_gives_the_whole_calendar(world: World, cursor: str) -> None:
    world.put("lea.ics", event("lea"))
    world.put("gone.ics", event("gone"))
    world.remove("gone.ics")

    delta = world.calendar.poll(cursor)

    assert delta.complete
    assert list(changed(delta)) == ["lea.ics"]
    assert delta.removed == ()


def test_what_happens_around_an_outage_is_not_lost(world: World) -> None:
    world.put("lea.ics", event("lea"))
    world.put("karim.ics", event("karim"))
    cursor = world.calendar.poll(None).cursor
    world.put("booked-before.ics", event("booked-before"))
    world.away()
    for _ in range(2):
        with pytest.raises(TransientError):
            world.calendar.poll(cursor)
    with pytest.raises(TransientError):
        world.calendar.check()
    world.back()
    world.put("booked-after.ics", event("booked-after"))
    world.remove("lea.ics")

    delta = world.calendar.poll(cursor)

    assert sorted(changed(delta)) == ["booked-after.ics", "booked-before.ics"]
    assert removed(delta) == ["lea.ics"]
    assert not delta.complete


def test_a_calendar_that_is_emptied_says_what_went(world: World) -> None:
    world.put("lea.ics", event("lea"))
    cursor = world.calendar.poll(None).cursor
    world.remove("lea.ics")

    assert removed(world.calendar.poll(cursor)) == ["lea.ics"]


def test_an_older_cursor_gives_everything_since_it(world: World) -> None:
    """As after a memory was restored from a copy: cursors come back out of order."""
    world.put("lea.ics", event("lea"))
    world.put("karim.ics", event("karim"))
    old = world.calendar.poll(None).cursor
    world.put("tom.ics", event("tom"))
    world.calendar.poll(old)
    world.remove("karim.ics")
    new = world.calendar.poll(old).cursor
    world.put("nora.ics", event("nora"))

    assert list(changed(world.calendar.poll(new))) == ["nora.ics"]
    delta = world.calendar.poll(old)
    assert sorted(changed(delta)) == ["nora.ics", "tom.ics"]
    assert removed(delta) == ["karim.ics"]


def test_a_session_deleted_and_booked_anew_between_two_looks_is_given_as_it_is_now(world: World) -> None:
    world.put("lea.ics", event("lea"))
    world.put("karim.ics", event("karim"))
    cursor = world.calendar.poll(None).cursor
    world.remove("lea.ics")
    world.put("lea.ics", event("lea", summary="réservée à nouveau"))

    delta = world.calendar.poll(cursor)

    assert "SUMMARY:réservée à nouveau\n" in changed(delta)["lea.ics"]
    assert not {item.href for item in delta.changed} & set(delta.removed)  # Exchange gives the new one another id


def test_a_session_booked_and_deleted_between_two_looks_was_never_there(world: World) -> None:
    world.put("lea.ics", event("lea"))
    cursor = world.calendar.poll(None).cursor
    world.put("karim.ics", event("karim"))
    world.remove("karim.ics")

    delta = world.calendar.poll(cursor)

    assert delta.changed == ()
    assert set(removed(delta)) <= {"karim.ics"}


def test_an_emptied_calendar_that_is_filled_again_is_read_again(world: World) -> None:
    world.put("lea.ics", event("lea"))
    cursor = world.calendar.poll(None).cursor
    world.remove("lea.ics")
    emptied = world.calendar.poll(cursor).cursor
    world.put("lea.ics", event("lea"))

    assert list(changed(world.calendar.poll(emptied))) == ["lea.ics"]


def sessions(first: int, count: int) -> dict[str, str]:
    """So many entries by their names, with their names as UIDs."""
    names = [f"session-{number:05}" for number in range(first, first + count)]
    return {f"{name}.ics": event(name) for name in names}


def test_ten_thousand_sessions_that_come_at_once_are_each_given(unlike: World) -> None:
    """A platform fills its calendar, or the mentor moves to another one."""
    some, many = sessions(0, 200), sessions(200, 10_000)
    unlike.put_all(some)
    first = unlike.calendar.poll(None)
    unlike.put_all(many)

    assert changed(first).keys() == some.keys()
    assert changed(unlike.calendar.poll(first.cursor)).keys() == many.keys()


def test_the_check_says_how_much_is_there(world: World) -> None:
    world.put("lea.ics", event("lea"))
    world.put("karim.ics", event("karim"))

    assert "2" in " ".join(world.calendar.check()).rpartition(":")[2]


def test_a_session_that_is_added_is_there_to_read(writable: World) -> None:
    cursor = writable.calendar.poll(None).cursor

    writable.calendar.create("ma-lea.ics", event("ma-lea", summary="Session avec Léa"))

    delta = writable.calendar.poll(cursor)
    assert list(changed(delta)) == ["ma-lea.ics"]
    assert "SUMMARY:Session avec Léa\n" in changed(delta)["ma-lea.ics"]
    assert not delta.complete


def test_adding_the_same_session_again_changes_nothing(writable: World) -> None:
    """The agent may have been stopped right after it was added."""
    writable.calendar.create("ma-lea.ics", event("ma-lea"))
    cursor = writable.calendar.poll(None).cursor

    writable.calendar.create("ma-lea.ics", event("ma-lea", summary="another text"))

    delta = writable.calendar.poll(cursor)
    assert (delta.changed, delta.removed) == ((), ())


def test_what_the_mentor_changed_in_an_added_session_stays(writable: World) -> None:
    writable.calendar.create("ma-lea.ics", event("ma-lea"))
    writable.put("ma-lea.ics", event("ma-lea", summary="déplacée par le mentor"))

    writable.calendar.create("ma-lea.ics", event("ma-lea"))

    assert "SUMMARY:déplacée par le mentor\n" in changed(writable.calendar.poll(None))["ma-lea.ics"]


def test_an_added_session_that_was_deleted_can_be_added_again(writable: World) -> None:
    writable.calendar.create("ma-lea.ics", event("ma-lea"))
    writable.remove("ma-lea.ics")

    writable.calendar.create("ma-lea.ics", event("ma-lea"))

    assert list(changed(writable.calendar.poll(None))) == ["ma-lea.ics"]


def test_nothing_can_be_added_during_an_outage(writable: World) -> None:
    writable.away()

    with pytest.raises(TransientError):
        writable.calendar.create("ma-lea.ics", event("ma-lea"))

    writable.back()
    assert writable.calendar.poll(None).changed == ()


def test_a_calendar_that_is_only_read_says_so_when_something_is_to_be_added(read_only: World) -> None:
    read_only.put("lea.ics", event("lea"))

    with pytest.raises(TerminalError, match="only be read"):
        read_only.calendar.create("ma-lea.ics", event("ma-lea"))

    assert list(changed(read_only.calendar.poll(None))) == ["lea.ics"]
    assert "read only" in " ".join(read_only.calendar.check())


def times(text: str) -> tuple[datetime, datetime]:
    """When the only occurrence of a resource begins and ends."""
    (found,) = expand(text, NOW - timedelta(days=30), NOW + timedelta(days=30), ZoneInfo("Europe/Paris"))
    return found.start, found.end


def test_a_session_of_ours_is_moved_and_keeps_its_href(writable: World) -> None:
    writable.calendar.create(HREF, event(OURS, summary="Session avec Léa"))
    first = writable.calendar.poll(None)

    assert writable.calendar.reschedule(HREF, *TIMES)

    delta = writable.calendar.poll(first.cursor)
    assert times(changed(delta)[HREF]) == (LATER, LATER + LENGTH)
    assert "SUMMARY:Session avec Léa\n" in changed(delta)[HREF]
    assert f"UID:{OURS}\n" in changed(delta)[HREF].replace("\n ", "")
    assert [item.href for item in delta.changed] == [item.href for item in first.changed]
    assert delta.changed[0].etag != first.changed[0].etag
    assert (delta.removed, delta.complete) == ((), False)


def test_moving_a_session_to_where_it_is_changes_nothing(writable: World) -> None:
    """The agent may have been stopped right after it was moved."""
    writable.calendar.create(HREF, event(OURS))
    writable.calendar.reschedule(HREF, *TIMES)
    cursor = writable.calendar.poll(None).cursor

    assert writable.calendar.reschedule(HREF, LATER, LATER + LENGTH, NOW + timedelta(hours=1))

    delta = writable.calendar.poll(cursor)
    assert (delta.changed, delta.removed) == ((), ())


def test_a_session_that_the_mentor_deleted_cannot_be_moved(writable: World) -> None:
    writable.put("lea.ics", event("lea"))
    writable.calendar.create(HREF, event(OURS))
    writable.remove(HREF)
    cursor = writable.calendar.poll(None).cursor

    assert not writable.calendar.reschedule(HREF, *TIMES)

    delta = writable.calendar.poll(cursor)
    assert (delta.changed, delta.removed) == ((), ())


def test_what_the_mentor_wrote_into_a_session_stays_when_it_is_moved(writable: World) -> None:
    writable.calendar.create(HREF, event(OURS))
    writable.put(HREF, event(OURS, start=datetime(2026, 11, 16, 11, tzinfo=UTC), summary="Léa : apporter le dossier"))

    assert writable.calendar.reschedule(HREF, *TIMES)

    text = changed(writable.calendar.poll(None))[HREF]
    assert "SUMMARY:Léa : apporter le dossier\n" in text
    assert times(text) == (LATER, LATER + LENGTH)


@pytest.mark.parametrize(("name", "uid"), [("lea.ics", "lea"), (HREF, "lea"), ("lea.ics", OURS)])
def test_an_entry_that_is_not_ours_is_never_moved(writable: World, name: str, uid: str) -> None:
    writable.put(name, event(uid))
    cursor = writable.calendar.poll(None).cursor

    assert not writable.calendar.reschedule(name, *TIMES)

    assert writable.calendar.poll(cursor).changed == ()


def test_nothing_can_be_moved_during_an_outage(writable: World) -> None:
    writable.calendar.create(HREF, event(OURS))
    cursor = writable.calendar.poll(None).cursor
    writable.away()

    with pytest.raises(TransientError):
        writable.calendar.reschedule(HREF, *TIMES)

    writable.back()
    assert writable.calendar.poll(cursor).changed == ()


def test_a_calendar_that_is_only_read_says_so_when_something_is_to_be_moved(read_only: World) -> None:
    read_only.put(HREF, event(OURS))

    with pytest.raises(TerminalError, match="only be read"):
        read_only.calendar.reschedule(HREF, *TIMES)

    (text,) = changed(read_only.calendar.poll(None)).values()
    assert times(text)[0] == datetime(2026, 11, 16, 9, tzinfo=UTC)
