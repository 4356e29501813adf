"""R13: cancellations and late arrivals that repeat are told to support."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Audience, Judgement, Matter, RequestKind, RequestState, SessionStatus, Snapshot
from agent.policies.r13_repeated_incidents import check
from tests.policies.snapshots import LEARNER, at, clause, request, session, situation, snapshot

DAY, WEEK = 24.0, 168.0
COMPLETED, ABSENT = SessionStatus.COMPLETED, SessionStatus.ABSENT
CANCELLED, LATE, MOVED = SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE, SessionStatus.MOVED
TWO = (session(1, 1, LATE), session(2, 1 + WEEK, CANCELLED))


def judge(known: Snapshot, hours: float = WEEK + 3) -> Judgement:
    return check(known, clause("R13"), at(hours))


def reason(judged: Judgement) -> str:
    assert judged.hits == ()
    (miss,) = judged.misses
    return miss.reason


def test_two_cancellations_within_30_days_ask_for_an_alert_that_names_both() -> None:
    (owed,) = judge(snapshot(*TWO)).hits
    assert (owed.key, owed.audience) == ("R13/alert/session-2", Audience.SUPPORT)
    assert (owed.template, owed.due) == ("incidents_alert", at(1 + WEEK + 24))
    assert (owed.detail["sessions"], owed.detail["kinds"]) == ("1 2", "cancelled_late cancelled")


@pytest.mark.parametrize("status", [COMPLETED, ABSENT, MOVED, None])
def test_one_cancellation_and_what_is_none_ask_for_nothing(status: SessionStatus | None) -> None:
    text = reason(judge(snapshot(session(1, 1, LATE), session(2, 1 + WEEK, status))))
    assert text == "1 incident(s), 2 needed within 30 days"


def test_late_arrivals_count_with_the_session_they_were_reported_of() -> None:
    held = session(2, 1 + WEEK, COMPLETED)
    late = situation(7, Matter.LATE_ARRIVAL, WEEK + 2, about=2)
    (owed,) = judge(snapshot(session(1, 1, LATE), held, situations=(late,))).hits
    assert owed.key == "R13/alert/situation-7"
    assert (owed.detail["sessions"], owed.detail["kinds"]) == ("1 2", "cancelled_late late_arrival")
    assert owed.detail["situations"] == "7"


def test_a_late_arrival_told_twice_is_one_incident() -> None:
    told = tuple(situation(n, Matter.LATE_ARRIVAL, WEEK + n, about=2) for n in (2, 3))
    assert "1 incident" in reason(judge(snapshot(session(2, 1 + WEEK, COMPLETED), situations=told)))


def test_a_late_arrival_that_names_no_session_is_that_day_s() -> None:
    late = situation(7, Matter.LATE_ARRIVAL, WEEK + 2)
    (owed,) = judge(snapshot(session(1, 1, LATE), session(2, 1 + WEEK, COMPLETED), situations=(late,))).hits
    assert owed.detail["sessions"] == "1 2"


def test_incidents_further_apart_than_the_window_do_not_repeat() -> None:
    month = 30 * DAY
    assert judge(snapshot(session(1, 1, LATE), session(2, month, LATE)), month + 2).hits
    assert judge(snapshot(session(1, 1, LATE), session(2, 1 + month, LATE)), month + 2).hits == ()


def test_what_the_mentor_s_emergency_explains_is_no_incident_of_the_learner_s() -> None:
    urgent = situation(7, Matter.EMERGENCY, 0.5, about=1)
    assert "1 incident" in reason(judge(snapshot(*TWO, situations=(urgent,))))


def test_nor_is_what_falls_into_the_mentor_s_absence_or_a_justified_period() -> None:
    away = situation(7, Matter.AWAY, 0, since=0, until=DAY, mine=True)
    excused = situation(8, Matter.JUSTIFIED, 0, since=0, until=DAY)
    for explained in (away, excused):
        assert judge(snapshot(*TWO, situations=(explained,))).hits == ()
    assert judge(snapshot(*TWO, situations=(excused,), off=("R11",))).hits


def test_after_an_alert_the_count_begins_anew() -> None:
    told = {"R13/alert/session-2": WEEK + 4}
    third, fourth = session(3, 1 + 2 * WEEK, LATE), session(4, 1 + 3 * WEEK, LATE)
    assert "1 incident(s) since the alert on that of 2026-11-09" in reason(
        judge(snapshot(*TWO, third, queued=told), 2 * WEEK + 3)
    )
    (owed,) = judge(snapshot(*TWO, third, fourth, queued=told), 3 * WEEK + 3).hits
    assert owed.detail["sessions"] == "3 4"


def test_an_incident_between_the_latest_one_told_and_the_alert_s_leaving_counts_for_the_next() -> None:
    """It was marked only after the alert had left, so the alert did not speak of it."""
    told = {"R13/alert/session-2": WEEK + 60}
    known = snapshot(*TWO, session(3, WEEK + 50, LATE), session(4, 1 + 2 * WEEK, LATE), queued=told)
    (owed,) = judge(known, 2 * WEEK + 3).hits
    assert owed.detail["sessions"] == "3 4"


def test_an_alert_that_the_mentor_refused_starts_the_count_anew_as_well() -> None:
    no = request("R13/alert/session-2", RequestState.DROPPED, kind=RequestKind.LETTER, asked=WEEK + 2)
    assert judge(snapshot(*TWO, requests=(no,))).hits == ()
    assert judge(snapshot(*TWO, session(3, 1 + 2 * WEEK, LATE), requests=(no,)), 2 * WEEK + 3).hits == ()


def test_an_incident_that_was_corrected_after_its_alert_does_not_bring_the_others_back() -> None:
    corrected = session(2, 1 + WEEK, COMPLETED)
    known = snapshot(TWO[0], corrected, session(3, 1 + 2 * WEEK, LATE), queued={"R13/alert/session-2": WEEK + 4})
    assert judge(known, 2 * WEEK + 3).hits == ()


def test_while_it_waits_a_third_incident_is_taken_into_the_alert() -> None:
    waiting = request("R13/alert/session-2", kind=RequestKind.LETTER, asked=WEEK + 2)
    known = snapshot(*TWO, session(3, 1 + 2 * WEEK, LATE), requests=(waiting,))
    (owed,) = judge(known, 2 * WEEK + 3).hits
    assert (owed.key, owed.detail["sessions"]) == ("R13/alert/session-3", "1 2 3")


def test_an_alert_that_waited_longer_than_the_window_is_given_up() -> None:
    assert judge(snapshot(*TWO), 1 + WEEK + 30 * DAY - 0.1).hits
    assert judge(snapshot(*TWO), 1 + WEEK + 30 * DAY).hits == ()
    assert judge(snapshot(*TWO)).look_again == at(1 + WEEK + 30 * DAY)


def test_incidents_of_before_the_assignment_or_the_agent_s_first_look_are_not_reported() -> None:
    before = session(1, -WEEK, LATE)
    assert judge(snapshot(before, session(2, 1, LATE), watch_since=-2 * WEEK), 3).hits == ()
    assert "before the agent began to watch" in reason(judge(snapshot(*TWO, watch_since=2 * WEEK), 2 * WEEK))


def test_nothing_is_owed_for_a_learner_who_has_left() -> None:
    assert "left on" in reason(judge(snapshot(*TWO, learner=replace(LEARNER, left_at=at(WEEK + 2)))))
