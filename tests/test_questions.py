"""The question after each session (R07): when it is asked, when it is asked again, and the reminders."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.model import SessionStatus
from tests.stage import MENTOR, Stage, body
from tests.stories import ASKED, DEADLINE, DRAFT, END, NOTES, START, TOM, UID, drafted, kept, met


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


# -- the question


def test_the_mentor_is_asked_when_the_session_is_over_and_not_a_minute_before(stage: Stage) -> None:
    stage.live(END - timedelta(minutes=1))
    assert stage.asked() == 0
    stage.live(END)
    assert stage.asked() == 1
    stage.live(END + timedelta(hours=20))
    assert stage.asked() == 1


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (datetime(2026, 10, 24, 16, 0, tzinfo=UTC), "17 h 45"),  # 18:45 on the clock, which goes back the next night
        (datetime(2027, 3, 27, 17, 0, tzinfo=UTC), "19 h 45"),  # 18:45, and it goes forward
    ],
)
def test_the_deadline_is_48_absolute_hours_and_shown_on_the_mentor_s_clock(
    tmp_path: Path, start: datetime, shown: str
) -> None:
    stage = met(Stage(tmp_path, now=start - timedelta(days=2)), start)
    question = body(stage.over(start))
    assert shown in re.sub(r"[\u00a0\u202f]", " ", question)
    assert stage.world.store.requests.all()[-1].deadline == start + timedelta(minutes=45, hours=48)


def test_a_session_cancelled_before_it_began_is_not_asked_about(stage: Stage) -> None:
    stage.session("Léa Moreau", START, status="CANCELLED")
    stage.live(END + timedelta(hours=1))
    assert stage.asked() == 0


def test_a_session_deleted_after_it_took_place_is_still_asked_about(stage: Stage) -> None:
    stage.now = START + timedelta(minutes=10)
    stage.calendar.remove(f"{UID}.ics")
    stage.over(START)
    assert stage.asked() == 1


def test_a_session_moved_after_the_question_is_asked_about_again_after_its_new_time(stage: Stage) -> None:
    old = stage.over(START)
    later = START + timedelta(days=1)
    stage.session("Léa Moreau", later, uid=UID)
    stage.pass_time(minutes=20)
    assert stage.asked() == 1
    stage.answer(old, NOTES)
    stage.pass_time(minutes=20)
    assert stage.count(DRAFT) == 0  # the old question is closed
    new = stage.over(later)
    assert stage.asked() == 2
    stage.answer(new, NOTES)
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 1


def test_a_session_moved_away_and_back_is_asked_about_again(stage: Stage) -> None:
    stage.over(START)
    stage.session("Léa Moreau", START + timedelta(days=1), uid=UID)
    stage.pass_time(minutes=20)
    stage.session("Léa Moreau", START, uid=UID)
    stage.pass_time(minutes=20)
    assert stage.asked() == 2
    stage.answer(stage.last(containing=ASKED), NOTES)
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 1


def test_an_entry_moved_after_the_mentor_answered_moved_is_another_session_to_be_asked_about(stage: Stage) -> None:
    stage.answer(stage.over(START), "déplacée")
    stage.pass_time(minutes=5)
    later = START + timedelta(days=2)
    stage.session("Léa Moreau", later, uid=UID)
    stage.pass_time(minutes=20)
    stage.over(later)
    assert stage.asked() == 2
    statuses = [one.status for one in stage.world.store.people.sessions(1)]
    assert statuses == [SessionStatus.MOVED, None]


def test_a_question_about_the_wrong_learner_is_withdrawn_and_asked_about_the_right_one(stage: Stage) -> None:
    stage.school_assigns("Tom Petit", TOM)
    wrong = stage.over(START)
    stage.session("Tom Petit", START, uid=UID)
    stage.pass_time(minutes=20)
    right = stage.last(containing=ASKED)
    assert "Tom Petit" in str(right["Subject"])
    stage.answer(wrong, "absente")
    stage.pass_time(minutes=5)
    assert stage.world.store.people.session(1).status is None  # that was said of somebody else
    stage.answer(right, NOTES)
    stage.pass_time(minutes=5)
    assert "Tom Petit" in str(stage.last(containing=DRAFT)["Subject"])


def test_a_session_that_turns_out_to_be_somebody_else_s_is_asked_and_reported_about_them(stage: Stage) -> None:
    stage.school_assigns("Tom Petit", TOM)
    draft = drafted(stage)
    stage.session("Tom Petit", START, uid=UID)
    stage.pass_time(minutes=20)
    new = stage.last(containing=DRAFT)
    assert "Tom Petit" in str(new["Subject"])
    stage.answer(draft, "ok")
    stage.pass_time(minutes=5)
    assert kept(stage) == []  # what was approved was about somebody else
    stage.answer(new, "ok")
    stage.pass_time(minutes=5)
    assert len(kept(stage)) == 1


# -- reminders


def test_reminders_come_24_12_and_3_hours_before_the_deadline_once_each(stage: Stage) -> None:
    stage.over(START)
    marks = []
    for hours in range(47, -3, -1):
        before = len(stage.mails(MENTOR))
        stage.now = DEADLINE - timedelta(hours=hours)
        stage.tick()
        stage.tick()
        marks += [hours] * (len(stage.mails(MENTOR)) - before)
    assert marks == [24, 12, 3]


def test_a_reminder_that_was_slept_through_is_not_made_up_for(stage: Stage) -> None:
    stage.over(START)
    before = len(stage.mails(MENTOR))
    stage.now = DEADLINE - timedelta(hours=2)
    stage.pass_time(minutes=0)
    assert len(stage.mails(MENTOR)) == before + 1


def test_the_daemon_wakes_for_the_reminders_by_itself(stage: Stage) -> None:
    stage.over(START)
    before = len(stage.mails(MENTOR))
    assert stage.live(DEADLINE + timedelta(hours=1)) < 1200
    assert len(stage.mails(MENTOR)) == before + 3


def test_after_the_approval_nobody_is_reminded(stage: Stage) -> None:
    stage.answer(drafted(stage), "ok")
    stage.pass_time(minutes=5)
    before = len(stage.mails(MENTOR))
    for _ in range(48):
        stage.pass_time(hours=1)
    assert len(stage.mails(MENTOR)) == before
