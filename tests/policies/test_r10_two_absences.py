"""R10: two consecutive unjustified absences are told to support."""

from __future__ import annotations

import pytest

from agent.model import Audience, Judgement, RequestKind, RequestState, Session, SessionStatus, Snapshot
from agent.policies.r10_two_absences import check
from tests.policies.snapshots import at, clause, request, session, snapshot

WEEK = 168.0
COMPLETED, ABSENT, CANCELLED = SessionStatus.COMPLETED, SessionStatus.ABSENT, SessionStatus.CANCELLED
LATE, MOVED = SessionStatus.CANCELLED_LATE, SessionStatus.MOVED


def weekly(*statuses: SessionStatus | None) -> tuple[Session, ...]:
    """One session a week, the first an hour after the assignment, with these statuses."""
    return tuple(session(number, 1 + WEEK * (number - 1), status) for number, status in enumerate(statuses, 1))


def judge(known: Snapshot, hours: float = 10 * WEEK) -> Judgement:
    return check(known, clause("R10"), at(hours))


def test_the_second_absence_drafts_an_alert_that_may_leave_48_hours_after_its_end() -> None:
    judged = judge(snapshot(*weekly(ABSENT, ABSENT)), WEEK + 2)
    (owed,) = judged.hits
    assert (owed.key, owed.audience) == ("R10/alert/2", Audience.SUPPORT)
    assert owed.not_before == at(WEEK + 1.75 + 48)
    assert owed.detail == {"sessions": "1 2"}
    assert "2026-11-02 09:00 UTC and 2026-11-09 09:00 UTC" in owed.reason
    assert judged.look_again == owed.not_before


@pytest.mark.parametrize(
    "statuses",
    [
        (ABSENT, CANCELLED, ABSENT),
        (ABSENT, LATE, ABSENT),
        (ABSENT, MOVED, ABSENT),
        (COMPLETED, ABSENT, ABSENT),
        (ABSENT, COMPLETED, ABSENT, ABSENT),
        (ABSENT, ABSENT, None),
        (None, ABSENT, ABSENT),
    ],
)
def test_two_absences_with_no_completed_session_between_them_are_consecutive(
    statuses: tuple[SessionStatus | None, ...],
) -> None:
    assert len(judge(snapshot(*weekly(*statuses))).hits) == 1


@pytest.mark.parametrize(
    "statuses",
    [(), (ABSENT,), (ABSENT, COMPLETED, ABSENT), (ABSENT, ABSENT, COMPLETED), (LATE, LATE), (None, None)],
)
def test_fewer_than_two_in_a_row_alert_nobody(statuses: tuple[SessionStatus | None, ...]) -> None:
    judged = judge(snapshot(*weekly(*statuses)))
    assert judged.hits == ()
    assert "needed" in judged.misses[0].reason


def test_an_unmarked_session_between_two_absences_leaves_the_question_open_and_says_so() -> None:
    judged = judge(snapshot(*weekly(ABSENT, None, ABSENT)))
    assert judged.hits == ()
    assert "the session of 2026-11-09 09:00 UTC is not marked" in judged.misses[0].reason


def test_a_session_that_the_calendar_cancelled_or_that_is_still_to_come_says_nothing() -> None:
    first, second, third = weekly(ABSENT, ABSENT, ABSENT)
    assert judge(snapshot(first, second, third), WEEK).hits == ()
    gone = session(2, 1 + WEEK, gone=True)
    assert len(judge(snapshot(first, gone, third)).hits) == 1


def test_absences_from_before_the_assignment_count_for_nothing() -> None:
    before = session(1, -WEEK, ABSENT)
    assert judge(snapshot(before, session(2, 1, ABSENT), watch_since=-2 * WEEK)).hits == ()


def test_a_third_absence_in_the_same_run_does_not_alert_again() -> None:
    judged = judge(snapshot(*weekly(ABSENT, ABSENT, ABSENT), done=("R10/alert/2",)))
    assert judged.hits == ()
    assert "support was told" in judged.misses[0].reason


def test_a_new_run_after_a_completed_session_alerts_anew() -> None:
    known = snapshot(*weekly(ABSENT, ABSENT, COMPLETED, ABSENT, ABSENT), done=("R10/alert/2",))
    (owed,) = judge(known).hits
    assert owed.key == "R10/alert/5"


def test_a_run_whose_grace_ended_before_the_agent_began_to_watch_is_not_reported() -> None:
    judged = judge(snapshot(*weekly(ABSENT, ABSENT), watch_since=WEEK + 60))
    assert "before the agent began to watch" in judged.misses[0].reason


def test_an_alert_that_the_mentor_refused_is_no_longer_owed() -> None:
    dropped = request("R10/alert/2", RequestState.DROPPED, kind=RequestKind.LETTER)
    judged = judge(snapshot(*weekly(ABSENT, ABSENT), requests=(dropped,)))
    assert judged.hits == ()
    assert "decided against" in judged.misses[0].reason
