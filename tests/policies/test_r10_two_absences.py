"""R10: two consecutive unjustified absences are told to support."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.model import (
    Audience,
    Judgement,
    Matter,
    RequestKind,
    RequestState,
    Session,
    SessionStatus,
    Snapshot,
)
from agent.policies.r10_two_absences import check
from tests.policies.snapshots import LEARNER, at, clause, request, session, situation, snapshot

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


def reasons(judged: Judgement) -> str:
    return " | ".join(miss.reason for miss in judged.misses)


def test_absent_justified_absent_is_not_two_consecutive() -> None:
    """And `explain` says why, with both days."""
    middle = situation(9, Matter.JUSTIFIED, WEEK + 3, since=WEEK, until=2 * WEEK)
    judged = judge(snapshot(*weekly(ABSENT, ABSENT, ABSENT), situations=(middle,)))
    assert judged.hits == ()
    assert "the absence of 2026-11-09 09:00 UTC is justified until 2026-11-16 08:00 UTC" in reasons(judged)


def test_absent_cancelled_over_24_h_before_absent_is_two_consecutive() -> None:
    assert len(judge(snapshot(*weekly(ABSENT, CANCELLED, ABSENT))).hits) == 1


def test_absent_completed_absent_is_not_two_consecutive() -> None:
    assert judge(snapshot(*weekly(ABSENT, COMPLETED, ABSENT))).hits == ()


def test_a_session_cancelled_for_a_justified_absence_breaks_the_run_as_the_absence_itself_would() -> None:
    middle = situation(9, Matter.JUSTIFIED, WEEK - 3, since=WEEK, until=2 * WEEK)
    first, _, third = weekly(ABSENT, None, ABSENT)
    for second in (session(2, 1 + WEEK, CANCELLED), session(2, 1 + WEEK, gone=True), session(2, 1 + WEEK)):
        assert judge(snapshot(first, second, third, situations=(middle,))).hits == ()


def test_two_unjustified_absences_before_a_justified_period_are_still_reported() -> None:
    later = situation(9, Matter.JUSTIFIED, 2 * WEEK, since=2 * WEEK, until=3 * WEEK)
    judged = judge(snapshot(*weekly(ABSENT, ABSENT), situations=(later,)))
    assert [hit.key for hit in judged.hits] == ["R10/alert/2"]


def test_two_unjustified_absences_after_a_justified_one_are_reported_with_their_own_dates() -> None:
    first = situation(9, Matter.JUSTIFIED, 3, since=0, until=24)
    (owed,) = judge(snapshot(*weekly(ABSENT, ABSENT, ABSENT), situations=(first,))).hits
    assert owed.detail == {"sessions": "2 3"}


def test_where_the_mentor_has_r11_off_a_justification_pauses_nothing() -> None:
    middle = situation(9, Matter.JUSTIFIED, WEEK + 3, since=WEEK, until=2 * WEEK)
    known = snapshot(*weekly(ABSENT, ABSENT), situations=(middle,), off=("R11",))
    assert [hit.key for hit in judge(known).hits] == ["R10/alert/2"]


def test_a_justification_that_arrives_while_the_alert_is_only_drafted_ends_it() -> None:
    waiting = request("R10/alert/2", kind=RequestKind.LETTER, asked=WEEK + 2)
    late = situation(9, Matter.JUSTIFIED, WEEK + 30, since=WEEK, until=WEEK + 24)
    known = snapshot(*weekly(ABSENT, ABSENT), requests=(waiting,))
    assert judge(known, WEEK + 20).hits
    judged = judge(replace(known, situations=(late,)), WEEK + 31)
    assert judged.hits == ()
    assert judged.standing == frozenset()


def test_a_justification_that_arrives_after_the_alert_was_queued_proposes_a_follow_up_to_support() -> None:
    late = situation(9, Matter.JUSTIFIED, WEEK + 60, since=WEEK, until=WEEK + 24)
    known = snapshot(*weekly(ABSENT, ABSENT), situations=(late,), queued={"R10/alert/2": WEEK + 50})
    (owed,) = judge(known, WEEK + 61).hits
    assert (owed.key, owed.template) == ("R10/follow-up/2", "absence_follow_up")
    assert (owed.audience, owed.due) == (Audience.SUPPORT, at(WEEK + 84))
    assert (owed.detail["sessions"], owed.detail["situations"]) == ("2", "9")
    assert owed.detail["until"] == at(WEEK + 24).isoformat()


def test_a_justification_that_was_known_when_the_alert_was_queued_asks_for_no_follow_up() -> None:
    known_before = situation(9, Matter.JUSTIFIED, WEEK + 40, since=-24, until=0.5)
    known = snapshot(*weekly(ABSENT, ABSENT), situations=(known_before,), queued={"R10/alert/2": WEEK + 50})
    assert judge(known).hits == ()


def test_a_follow_up_is_written_once_and_not_where_the_mentor_refused_it() -> None:
    late = situation(9, Matter.JUSTIFIED, WEEK + 60, since=WEEK, until=WEEK + 24)
    told = {"R10/alert/2": WEEK + 50}
    sent = snapshot(*weekly(ABSENT, ABSENT), situations=(late,), queued={**told, "R10/follow-up/2": WEEK + 61})
    no = request("R10/follow-up/2", RequestState.DROPPED, kind=RequestKind.LETTER)
    refused = snapshot(*weekly(ABSENT, ABSENT), situations=(late,), queued=told, requests=(no,))
    for known in (sent, refused):
        assert judge(known).hits == ()


def test_once_an_alert_is_overturned_the_next_two_absences_are_another_alert() -> None:
    """The first absence was justified late: what was told does not cover the second and the third."""
    late = situation(9, Matter.JUSTIFIED, WEEK + 60, since=0, until=24)
    known = snapshot(
        *weekly(ABSENT, ABSENT, ABSENT),
        situations=(late,),
        queued={"R10/alert/2": WEEK + 50, "R10/follow-up/2": WEEK + 61},
    )
    assert [hit.key for hit in judge(known).hits] == ["R10/alert/3"]


def test_an_alert_whose_first_absence_was_corrected_to_completed_does_not_cover_the_next_two() -> None:
    known = snapshot(*weekly(COMPLETED, ABSENT, ABSENT), queued={"R10/alert/2": WEEK + 50})
    assert [hit.key for hit in judge(known).hits] == ["R10/alert/3"]


def test_a_long_run_whose_beginning_is_out_of_sight_is_not_reported_again() -> None:
    tail = weekly(ABSENT, ABSENT, ABSENT)[1:]
    assert judge(snapshot(*tail, queued={"R10/alert/2": WEEK + 50})).hits == ()


def test_an_absence_marked_during_its_session_counts_from_its_end() -> None:
    judged = judge(snapshot(*weekly(ABSENT, ABSENT)), WEEK + 1.5)
    assert judged.hits == ()
    assert judged.look_again == at(WEEK + 1.75)


def test_nothing_is_owed_for_a_learner_who_has_left() -> None:
    judged = judge(snapshot(*weekly(ABSENT, ABSENT), learner=replace(LEARNER, left_at=at(WEEK + 2))), WEEK + 3)
    assert judged.hits == ()
    assert "left on 2026-11-09" in reasons(judged)


@pytest.mark.parametrize(
    "second",
    [datetime(2026, 10, 24, 17, tzinfo=UTC), datetime(2027, 3, 27, 17, tzinfo=UTC)],
    ids=["the clocks go back", "the clocks go forward"],
)
def test_the_grace_is_48_hours_of_absolute_time_over_a_daylight_saving_change(second: datetime) -> None:
    met = replace(LEARNER, assigned_at=second - timedelta(days=60))
    starts = (second - timedelta(days=7), second)
    sessions = tuple(
        replace(session(n, 0, ABSENT), start=start, end=start + timedelta(minutes=45)) for n, start in enumerate(starts)
    )
    known = replace(snapshot(*sessions, learner=met), watch_since=met.assigned_at)
    (owed,) = check(known, clause("R10"), second + timedelta(hours=1)).hits
    assert owed.not_before == second + timedelta(hours=48, minutes=45)
