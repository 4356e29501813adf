"""R08: the status that is proposed follows from what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Matter, Party, Session, SessionStatus, Situation
from agent.policies.r08_true_status import check, proposed
from tests.policies.snapshots import at, clause, session, situation, snapshot

HELD = session(1, 72)
ANNOUNCED = situation(1, Matter.ANNOUNCED, 10, about=1, by=Party.LEARNER)


def status(held: Session, *situations: Situation) -> SessionStatus | None:
    found = proposed(held, snapshot(held, situations=situations), clause("R08"))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (72 - 24.5, SessionStatus.CANCELLED),
        (72 - 24, SessionStatus.CANCELLED),
        (72 - 23.9, SessionStatus.CANCELLED_LATE),
        (71.9, SessionStatus.CANCELLED_LATE),
        (72, SessionStatus.ABSENT),
        (74, SessionStatus.ABSENT),
    ],
)
def test_an_absence_announced_a_day_ahead_is_a_cancellation_later_a_late_one_and_an_apology_afterwards_none(
    hours: float, expected: SessionStatus
) -> None:
    assert status(HELD, replace(ANNOUNCED, at=at(hours))) is expected


def test_an_absence_that_was_reported_is_one() -> None:
    assert status(HELD, situation(1, Matter.ABSENT, 73, about=1)) is SessionStatus.ABSENT


def test_the_latest_word_counts() -> None:
    assert status(HELD, ANNOUNCED, situation(2, Matter.ABSENT, 73, about=1)) is SessionStatus.ABSENT


def test_a_session_that_the_mentor_could_not_hold_was_cancelled_by_them() -> None:
    assert status(HELD, situation(1, Matter.EMERGENCY, 70, about=1)) is SessionStatus.CANCELLED
    away = situation(1, Matter.AWAY, 10, since=70, until=99, mine=True)
    assert status(HELD, away) is SessionStatus.CANCELLED


def test_a_session_that_was_moved_away_from_an_emergency_is_held() -> None:
    moved = replace(HELD, planned=at(48))
    assert status(moved, situation(1, Matter.EMERGENCY, 40, about=1)) is None


def test_a_session_that_the_calendar_dropped_was_cancelled() -> None:
    assert status(session(1, 72, gone=True)) is SessionStatus.CANCELLED


def test_where_nothing_is_known_nothing_is_proposed() -> None:
    assert status(HELD) is None
    assert status(HELD, replace(ANNOUNCED, session_id=2)) is None
    assert status(HELD, replace(ANNOUNCED, learner_id=2)) is None


def test_what_was_said_of_tuesday_does_not_hold_for_a_session_moved_to_thursday() -> None:
    said = replace(ANNOUNCED, since=at(70), until=at(76))
    assert status(HELD, said) is SessionStatus.CANCELLED
    assert status(replace(HELD, start=at(120), end=at(121)), said) is None


def test_an_absence_announced_for_a_time_is_about_the_session_that_it_covers() -> None:
    said = situation(1, Matter.ANNOUNCED, 10, since=60, until=84)
    assert status(HELD, said) is SessionStatus.CANCELLED
    assert status(session(1, 90), said) is None


def test_each_recent_session_is_a_miss_that_says_its_status_or_that_it_is_not_marked() -> None:
    sessions = (session(1, 1, SessionStatus.COMPLETED), session(2, 2, SessionStatus.ABSENT), session(3, 72))
    judged = check(snapshot(*sessions, situations=(replace(ANNOUNCED, session_id=3),)), clause("R08"), at(100))
    assert judged.hits == ()
    told = [miss.reason for miss in judged.misses]
    assert told[0].endswith("marked completed")
    assert told[1].endswith("marked absent")
    assert "not marked; cancelled is proposed: the absence was announced on 2026-11-02 18:00 UTC" in told[2]


def test_a_status_that_differs_from_what_is_known_says_so() -> None:
    marked = replace(HELD, status=SessionStatus.CANCELLED)
    late = replace(ANNOUNCED, at=at(71))
    (miss,) = check(snapshot(marked, situations=(late,)), clause("R08"), at(100)).misses
    assert "marked cancelled; cancelled late is proposed" in miss.reason


def test_sessions_to_come_and_long_past_are_not_spoken_of() -> None:
    (miss,) = check(snapshot(session(1, 1), session(2, 999)), clause("R08"), at(800)).misses
    assert miss.reason == "no session took place in the last 14 days"
