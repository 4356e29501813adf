"""The mentor's calendar and the school's subscription: each is read, believed and missed by itself (P8)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent import diary
from agent.connectors.memory_calendar import MemoryCalendar
from agent.errors import TerminalError, TransientError
from agent.model import Session
from agent.rehearsal import rehearse
from tests.stage import Stage, body, event
from tests.stories import LEA, START, WEEK, settled

EMPTIED = "Votre agenda"
MINUTES = timedelta(minutes=45)


@pytest.fixture
def school() -> MemoryCalendar:
    return MemoryCalendar()


@pytest.fixture
def stage(tmp_path: Path, school: MemoryCalendar) -> Stage:
    """Four sessions with Léa, published by the school; the mentor's own calendar holds four other appointments."""
    stage = settled(tmp_path)
    stage.also_read["school"] = school
    stage.world = stage.open()
    stage.school_assigns("Léa Moreau", LEA)
    for week in range(4):
        publish(school, f"s{week}", week)
        start = START + week * WEEK + timedelta(hours=3)
        stage.calendar.put(f"own{week}.ics", event(f"own{week}", "Dentiste", start, start + MINUTES))
    stage.pass_time(minutes=5)
    assert len(sessions(stage)) == 4
    return stage


def publish(
    school: MemoryCalendar, uid: str, week: float, summary: str = "Session de mentorat avec Léa Moreau"
) -> None:
    start = START + week * WEEK
    school.put(f"{uid}.ics", event(uid, summary, start, start + MINUTES))


def sessions(stage: Stage) -> list[Session]:
    return stage.world.store.people.sessions(1)


def starts(stage: Stage) -> list[float]:
    """In weeks from the first; those that are gone left out."""
    return sorted((one.start - START) / WEEK for one in sessions(stage) if not one.gone)


def state(stage: Stage, name: str) -> str | None:
    return stage.world.store.sources.get(name).last_error


def test_sessions_of_both_are_known_and_both_keep_the_mentor_busy(stage: Stage) -> None:
    stage.session("Léa Moreau", START + 4 * WEEK)
    stage.pass_time(minutes=20)

    assert starts(stage) == [0, 1, 2, 3, 4]
    busy = stage.world.store.people.busy(START, START + timedelta(hours=6))
    assert sorted(start - START for start, _ in busy) == [timedelta(0), timedelta(hours=3)]


def test_entries_of_the_same_name_are_two(stage: Stage, school: MemoryCalendar) -> None:
    start = START + 4 * WEEK
    stage.calendar.put("x.ics", event("one", "Session de mentorat avec Léa Moreau", start, start + MINUTES))
    school.put("x.ics", event("other", "Session de mentorat avec Léa Moreau", start + WEEK, start + WEEK + MINUTES))
    stage.pass_time(minutes=20)
    school.remove("x.ics")
    stage.pass_time(minutes=20)

    assert starts(stage) == [0, 1, 2, 3, 4]


def test_a_session_that_the_school_moves_or_takes_out_moves_and_goes(stage: Stage, school: MemoryCalendar) -> None:
    publish(school, "s1", 1.5)
    school.remove("s3.ics")
    stage.pass_time(minutes=20)

    assert starts(stage) == [0, 1.5, 2]


def test_a_subscription_that_cannot_be_read_cancels_nothing_and_stops_nothing_else(
    stage: Stage, school: MemoryCalendar
) -> None:
    school.fail(TransientError("calendar.school.example cannot be reached"))
    stage.session("Léa Moreau", START + 4 * WEEK)
    stage.live(stage.now + timedelta(minutes=50))
    assert starts(stage) == [0, 1, 2, 3, 4]
    assert (state(stage, "calendar"), state(stage, "calendar:school")) == (
        None,
        "calendar.school.example cannot be reached",
    )
    assert stage.count("Je ne peux plus joindre") == 0

    stage.live(stage.now + timedelta(hours=3))
    told = stage.last(containing="Je ne peux plus joindre")
    assert "l’agenda (school)" in body(told)
    assert stage.count("Je ne peux plus joindre") == 1

    school.fail(None)
    publish(school, "s5", 5)
    stage.live(stage.now + timedelta(hours=1))
    assert starts(stage) == [0, 1, 2, 3, 4, 5]


def test_the_mentors_own_calendar_may_be_away_while_the_school_s_is_read(stage: Stage, school: MemoryCalendar) -> None:
    stage.calendar.fail(TransientError("away"))
    publish(school, "s4", 4)
    stage.pass_time(minutes=20)

    assert starts(stage) == [0, 1, 2, 3, 4]
    assert state(stage, "calendar") == "away"


def test_a_subscription_that_is_suddenly_empty_cancels_nothing_and_asks_for_itself_alone(
    stage: Stage, school: MemoryCalendar
) -> None:
    for week in range(4):
        school.remove(f"s{week}.ics")
    stage.session("Léa Moreau", START + 4 * WEEK)
    stage.live(stage.now + timedelta(hours=6))

    assert starts(stage) == [0, 1, 2, 3, 4]
    assert stage.count(EMPTIED) == 1
    asked = stage.last(containing=EMPTIED)
    assert "school" in str(asked["Subject"])
    assert "4 événements" in body(asked)

    stage.answer(asked, "oui")
    stage.pass_time(minutes=20)
    assert starts(stage) == [4]
    assert state(stage, "calendar:school") is None


def test_a_yes_to_one_empty_calendar_is_no_yes_to_the_other(stage: Stage, school: MemoryCalendar) -> None:
    for week in range(4):
        school.remove(f"s{week}.ics")
    stage.pass_time(minutes=20)
    stage.answer(stage.last(containing=EMPTIED), "oui")
    stage.tick(force=False)
    for week in range(4):
        stage.calendar.remove(f"own{week}.ics")
    stage.pass_time(minutes=20)

    assert stage.world.store.sources.get("calendar").halted is not None
    assert len(stage.world.store.objects()) == 4


def test_a_session_that_the_mentor_copied_is_one_and_follows_the_school(stage: Stage, school: MemoryCalendar) -> None:
    copy = event("s1", "Session de mentorat avec Léa Moreau", START + WEEK, START + WEEK + MINUTES)
    stage.calendar.put("copied.ics", copy)
    publish(school, "s1", 1.5)
    stage.pass_time(minutes=20)
    assert starts(stage) == [0, 1.5, 2, 3]

    stage.calendar.put("copied.ics", copy.replace("Session de mentorat avec", "Session de mentorat  avec"))
    stage.pass_time(days=1)  # the copy is read again
    assert starts(stage) == [0, 1.5, 2, 3]


def test_a_session_that_one_calendar_no_longer_has_is_still_in_the_other(stage: Stage, school: MemoryCalendar) -> None:
    stage.calendar.put(
        "copied.ics", event("s1", "Session de mentorat avec Léa Moreau", START + WEEK, START + WEEK + MINUTES)
    )
    stage.pass_time(minutes=20)
    school.remove("s1.ics")
    stage.pass_time(minutes=20)
    assert starts(stage) == [0, 1, 2, 3]

    stage.calendar.remove("copied.ics")
    stage.pass_time(minutes=20)
    assert starts(stage) == [0, 2, 3]


def test_what_is_free_is_known_only_when_both_were_read_until_one_is_given_up(
    stage: Stage, school: MemoryCalendar
) -> None:
    assert diary.calendar_is_fresh(stage.world, stage.now)
    school.fail(TerminalError("the link was taken back"))
    stage.pass_time(hours=2)
    assert not diary.calendar_is_fresh(stage.world, stage.now)
    stage.pass_time(hours=24)
    assert diary.calendar_is_fresh(stage.world, stage.now)
    stage.calendar.fail(TransientError("away"))
    stage.pass_time(days=2)
    assert not diary.calendar_is_fresh(stage.world, stage.now)


def test_a_subscription_that_is_ended_takes_its_sessions_along(stage: Stage) -> None:
    stage.also_read.clear()
    stage.world = stage.open()
    stage.pass_time(minutes=20)

    assert starts(stage) == []
    assert [one.name for one in stage.world.store.sources.all() if one.name.startswith("calendar")] == ["calendar"]


def test_a_subscription_that_is_added_leaves_the_mentors_own_as_it_was(stage: Stage) -> None:
    stage.session("Léa Moreau", START + 4 * WEEK)
    stage.pass_time(minutes=20)
    known = {one.id for one in sessions(stage)}
    more = MemoryCalendar()
    publish(more, "s6", 6)
    stage.also_read["other"] = more
    stage.world = stage.open()
    stage.pass_time(minutes=20)

    assert starts(stage) == [0, 1, 2, 3, 4, 6]
    assert known < {one.id for one in sessions(stage)}


def test_a_rehearsal_reads_both_and_says_which_is_away(stage: Stage, school: MemoryCalendar) -> None:
    school.fail(TransientError("away"))

    done = rehearse(stage.world, stage.now)

    assert {one.name: one.last_error for one in done.sources if one.name.startswith("calendar")} == {
        "calendar": None,
        "calendar:school": "away",
    }
