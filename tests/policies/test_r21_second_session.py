"""R21: a second session in a week needs the advisor's approval first. Hour 0 is a Monday, 9:00 in Paris."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.model import Act, Judgement, Matter, Session, SessionStatus, Situation, Snapshot
from agent.policies.r21_second_session import approval, check, second_sessions
from tests.policies.snapshots import ASSIGNED, LEARNER, PARIS, at, clause, session, situation, snapshot

DAY = 24.0
WEEK = 7 * DAY
FIRST, SECOND = session(1, DAY), session(2, 3 * DAY)
APPROVED = situation(1, Matter.EXTRA_APPROVED, 2)


def judge(known: Snapshot, hours: float = 2) -> Judgement:
    return check(known, clause("R21"), at(hours))


def reasons(judged: Judgement) -> str:
    assert judged.hits == ()
    return "; ".join(miss.reason for miss in judged.misses)


def test_the_mentor_is_warned_of_a_second_session_in_a_week_before_it_takes_place() -> None:
    (owed,) = judge(snapshot(FIRST, SECOND)).hits
    assert (owed.key, owed.act, owed.template) == ("R21/warn/2/2026-W45", Act.NOTICE, "second_session")
    assert owed.due == SECOND.start
    assert "2026-11-05 08:00 UTC" in owed.reason


def test_one_warning_is_enough_and_another_week_has_its_own() -> None:
    known = snapshot(FIRST, SECOND, done=("R21/warn/2/2026-W45",))
    assert "was warned" in reasons(judge(known))
    later = replace(SECOND, start=at(WEEK + DAY), end=at(WEEK + DAY + 1))
    again = snapshot(FIRST, session(3, WEEK), later, done=("R21/warn/2/2026-W45",))
    assert [hit.key for hit in judge(again).hits] == ["R21/warn/2/2026-W46"]


def test_one_session_in_each_week_is_as_it_should_be() -> None:
    # Sunday 23:30 and Monday 00:15 in Paris: both are Sunday in UTC, and two weeks there
    sunday, monday = session(1, 6 * DAY + 14.5, minutes=30), session(2, 6 * DAY + 15.25)
    assert "no week has more" in reasons(judge(snapshot(sunday, monday)))
    in_utc = replace(snapshot(sunday, monday), zone=ZoneInfo("UTC"))
    assert len(judge(in_utc).hits) == 1


@pytest.mark.parametrize("summer_ends", [True, False])
def test_a_week_with_a_clock_change_is_still_one_week(summer_ends: bool) -> None:
    # 25 October 2026 and 28 March 2027 are Sundays: their Monday before and their last quarter of an hour
    start = (ASSIGNED - timedelta(days=14, hours=1)) if summer_ends else (ASSIGNED + timedelta(days=140))
    learner = replace(LEARNER, assigned_at=start - timedelta(days=1))
    assert start.astimezone(PARIS).hour == 9
    last = start.astimezone(PARIS).replace(hour=23, minute=45) + timedelta(days=6)
    first = Session(1, "a", 1, start, start + timedelta(hours=1), "Session")
    sunday = Session(2, "b", 1, last, last + timedelta(minutes=10), "Session")
    monday = Session(3, "c", 1, last + timedelta(minutes=15), last + timedelta(hours=1), "Session")
    known = snapshot(first, sunday, monday, learner=learner, watch_since=-999)
    assert [s.id for s in second_sessions(known, clause("R21"))] == [2]


@pytest.mark.parametrize("status", [SessionStatus.CANCELLED, SessionStatus.MOVED])
def test_a_session_that_did_not_take_place_leaves_the_week_its_one(status: SessionStatus) -> None:
    assert judge(snapshot(replace(FIRST, status=status), SECOND), 2 * DAY).hits == ()
    assert judge(snapshot(replace(FIRST, gone=True), SECOND)).hits == ()


@pytest.mark.parametrize("status", [SessionStatus.ABSENT, SessionStatus.CANCELLED_LATE, SessionStatus.COMPLETED])
def test_an_absence_or_a_late_cancellation_was_the_week_s_session_and_is_not_made_up(status: SessionStatus) -> None:
    assert len(judge(snapshot(replace(FIRST, status=status), SECOND), 2 * DAY).hits) == 1


@pytest.mark.parametrize(
    "approved",
    [
        APPROVED,
        replace(APPROVED, session_id=2),
        replace(APPROVED, since=at(0), until=at(WEEK)),
        replace(APPROVED, until=at(WEEK)),
    ],
)
def test_an_approval_for_it_for_its_period_or_given_lately_settles_it(approved: Situation) -> None:
    assert "approved, as said on 2026-11-02 10:00 UTC" in reasons(
        judge(snapshot(FIRST, SECOND, situations=(approved,)))
    )


@pytest.mark.parametrize(
    "approved",
    [
        replace(APPROVED, session_id=1),
        replace(APPROVED, since=at(WEEK), until=at(2 * WEEK)),
        replace(APPROVED, at=at(-20 * DAY)),
        replace(APPROVED, learner_id=2),
    ],
)
def test_an_approval_of_something_else_does_not(approved: Situation) -> None:
    assert len(judge(snapshot(FIRST, SECOND, situations=(approved,))).hits) == 1
    assert approval(SECOND, snapshot(situations=(approved,)), clause("R21")) is None


def test_a_session_that_the_mentor_s_emergency_moved_here_from_another_week_is_no_extra_one() -> None:
    moved = replace(SECOND, planned=at(-3 * DAY))
    emergency = situation(1, Matter.EMERGENCY, -4 * DAY, about=2)
    away = situation(1, Matter.AWAY, -5 * DAY, since=-4 * DAY, until=-2 * DAY, mine=True)
    assert judge(snapshot(FIRST, moved, situations=(emergency,))).hits == ()
    assert judge(snapshot(FIRST, moved, situations=(away,))).hits == ()
    assert len(judge(snapshot(FIRST, moved)).hits) == 1


def test_the_new_date_of_an_emergency_in_the_same_week_is_the_week_s_only_session() -> None:
    emergency = situation(1, Matter.EMERGENCY, 20, about=1)
    assert judge(snapshot(FIRST, SECOND, situations=(emergency,)), 30).hits == ()


def test_once_begun_without_approval_it_is_said_so_and_nobody_is_warned_any_more() -> None:
    for hours in (3 * DAY, 5 * DAY):
        assert "without the advisor's approval" in reasons(judge(snapshot(FIRST, SECOND), hours))
