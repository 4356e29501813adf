"""R07: a report within 48 hours of each session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model import Act, Judgement, RequestKind, RequestState, Session, SessionStatus, Snapshot
from agent.policies.r07_report import check
from tests.policies.snapshots import LEARNER, at, clause, request, session, snapshot

COMPLETED, ABSENT = SessionStatus.COMPLETED, SessionStatus.ABSENT
ENDED = 1.75  # hours after the assignment, where a session began at 1
DEADLINE = ENDED + 48


def judge(known: Snapshot, hours: float) -> Judgement:
    return check(known, clause("R07"), at(hours))


def question(of: Session) -> str:
    return f"R07/session/{of.id}/{of.end:%Y%m%dT%H%M}"


def report(state: RequestState, *, asked: float = 2) -> Snapshot:
    shown = request("R07/report/1", state, kind=RequestKind.REPORT, asked=asked, about=1)
    return snapshot(session(1, 1, COMPLETED, notes="Les jointures."), requests=(shown,))


def reason(judged: Judgement) -> str:
    assert judged.hits == ()
    (miss,) = judged.misses
    return miss.reason


def test_until_it_is_over_a_session_asks_for_nothing_but_to_be_looked_at_again_then() -> None:
    judged = judge(snapshot(session(1, 1)), 1.5)
    assert "not over yet" in reason(judged)
    assert judged.look_again == at(ENDED)


def test_when_it_is_over_the_mentor_is_asked_and_has_48_hours() -> None:
    (owed,) = judge(snapshot(session(1, 1)), ENDED).hits
    assert (owed.act, owed.due) == (Act.ASK, at(DEADLINE))


@pytest.mark.parametrize("summer_ends", [True, False])
def test_48_hours_are_absolute_through_both_clock_changes(summer_ends: bool) -> None:
    # the clocks of Paris change on 25 October 2026 and on 28 March 2027, both a Sunday
    start = datetime(2026, 10, 24, 16, 0, tzinfo=UTC) if summer_ends else datetime(2027, 3, 27, 17, 0, tzinfo=UTC)
    end = start + timedelta(minutes=45)
    held = Session(1, "key", LEARNER.id, start, end, "Session")
    learner = LEARNER.__class__(1, "Léa Moreau", None, start - timedelta(days=9))
    (owed,) = check(snapshot(held, learner=learner, watch_since=-999), clause("R07"), end).hits
    assert owed.due == end + timedelta(hours=48)


@pytest.mark.parametrize("status", [SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE, SessionStatus.MOVED])
def test_a_session_that_did_not_take_place_needs_no_report(status: SessionStatus) -> None:
    assert "no report is due" in reason(judge(snapshot(session(1, 1, status)), 3))


def test_a_session_cancelled_before_it_began_is_not_asked_about() -> None:
    assert "cancelled in the calendar" in reason(judge(snapshot(session(1, 1, gone=True)), 3))


def test_a_session_before_the_assignment_counts_for_nothing() -> None:
    assert "before the assignment" in reason(judge(snapshot(session(1, -3), watch_since=-10), 3))


def test_a_session_whose_deadline_passed_before_the_agent_began_to_watch_is_left_alone() -> None:
    assert "began to watch" in reason(judge(snapshot(session(1, 1), watch_since=50), 51))


def test_completed_without_notes_still_asks_for_them() -> None:
    (owed,) = judge(snapshot(session(1, 1, COMPLETED)), 3).hits
    assert owed.act is Act.ASK


def test_an_absence_is_reported_without_notes() -> None:
    (owed,) = judge(snapshot(session(1, 1, ABSENT)), 3).hits
    assert owed.act is Act.DRAFT


def test_notes_are_drafted_once_and_then_wait_for_the_mentor() -> None:
    (owed,) = judge(snapshot(session(1, 1, COMPLETED, notes="Les jointures.")), 3).hits
    assert (owed.act, owed.key) == (Act.DRAFT, "R07/report/1")
    waiting = judge(report(RequestState.WAITING), 3)
    assert "waiting for the mentor's report" in reason(waiting)
    assert waiting.standing == {"R07/report/1"}


@pytest.mark.parametrize("state", [RequestState.REDO, RequestState.WITHDRAWN])
def test_a_draft_to_be_redone_or_once_withdrawn_is_made_again(state: RequestState) -> None:
    (owed,) = judge(report(state), 3).hits
    assert owed.act is Act.DRAFT


def test_a_question_once_withdrawn_is_asked_again_when_its_session_is_back() -> None:
    held = session(1, 1)
    (owed,) = judge(snapshot(held, requests=(request(question(held), RequestState.WITHDRAWN),)), 3).hits
    assert owed.act is Act.ASK


def test_a_dropped_draft_stays_dropped() -> None:
    assert "dropped by the mentor" in reason(judge(report(RequestState.DROPPED), 3))


def test_an_approved_report_is_handed_over_once() -> None:
    (owed,) = judge(report(RequestState.APPROVED), 3).hits
    assert (owed.act, owed.key) == (Act.HAND_OVER, "R07/handover/1")
    known = report(RequestState.APPROVED)
    done = snapshot(*known.sessions, requests=known.requests, done=("R07/handover/1",))
    assert "handed over" in reason(judge(done, 3))


@pytest.mark.parametrize(("before", "mark"), [(24, "24"), (13, "24"), (12, "12"), (3.01, "12"), (3, "3"), (0.1, "3")])
def test_the_reminder_is_the_last_mark_that_has_passed(before: float, mark: str) -> None:
    (owed,) = judge(report(RequestState.WAITING), DEADLINE - before).hits
    assert (owed.act, owed.detail["hours"]) == (Act.REMIND, mark)


@pytest.mark.parametrize("hours", [DEADLINE - 24.1, DEADLINE, DEADLINE + 100])
def test_there_is_no_reminder_before_the_first_mark_nor_from_the_deadline_on(hours: float) -> None:
    assert judge(report(RequestState.WAITING), hours).hits == ()


def test_a_draft_shown_after_a_mark_is_not_reminded_of_for_that_mark() -> None:
    assert judge(report(RequestState.WAITING, asked=DEADLINE - 23), DEADLINE - 22).hits == ()


def test_a_reminder_that_went_is_not_repeated_and_the_next_mark_is_looked_at() -> None:
    known = report(RequestState.WAITING)
    (owed,) = judge(known, DEADLINE - 20).hits
    judged = judge(snapshot(*known.sessions, requests=known.requests, done=(owed.key,)), DEADLINE - 20)
    assert judged.hits == ()
    assert judged.look_again == at(DEADLINE - 12)


def test_a_session_that_moved_has_reminders_of_its_own() -> None:
    asked = request(question(session(1, 1)))
    (first,) = judge(snapshot(session(1, 1), requests=(asked,)), DEADLINE - 20).hits
    moved = session(1, 30)
    again = request(question(moved), asked=31)
    known = snapshot(moved, requests=(again,), done=(first.key,))
    (second,) = judge(known, 30.75 + 48 - 20).hits
    assert second.key != first.key


@given(
    status=st.sampled_from([None, *SessionStatus]),
    notes=st.sampled_from([None, "Les jointures."]),
    state=st.sampled_from([None, *RequestState]),
    asked=st.floats(2, 60),
    hours=st.floats(0, 120),
)
def test_whatever_is_owed_later_is_looked_at_later(
    status: SessionStatus | None, notes: str | None, state: RequestState | None, asked: float, hours: float
) -> None:
    """An answer that changes by itself changes at the announced instant, and never before."""
    held = session(1, 1, status, notes=notes)
    requests = (
        () if state is None else tuple(request(key, state, asked=asked) for key in (question(held), "R07/report/1"))
    )
    known = snapshot(held, requests=requests)
    now = judge(known, hours)
    later = now.look_again or at(500)
    assert later > at(hours)
    just_before = check(known, clause("R07"), max(at(hours), later - timedelta(seconds=1)))
    assert {hit.key for hit in just_before.hits} <= {hit.key for hit in now.hits}
