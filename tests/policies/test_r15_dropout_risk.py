"""R15: a risk of dropping out is told to support, with the reasons."""

from __future__ import annotations

import pytest

from agent.model import (
    Audience,
    Judgement,
    Matter,
    Request,
    RequestKind,
    RequestState,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.r15_dropout_risk import check
from tests.policies.snapshots import at, clause, request, session, situation, snapshot

DAY = 24.0
WEEK = 7 * DAY
ABSENT, LATE, CANCELLED = SessionStatus.ABSENT, SessionStatus.CANCELLED_LATE, SessionStatus.CANCELLED
REPORT = situation(1, Matter.DROPOUT, 2 * WEEK, words="il parle d'abandonner")
SIGNALS = "R15/signals/situation-5"


def signs() -> tuple[tuple[Session, ...], tuple[Situation, ...]]:
    """Two absences, a late cancellation, and lost motivation two weeks after the assignment."""
    sessions = (session(1, 1, ABSENT), session(2, 1 + DAY, LATE), session(3, 1 + WEEK, ABSENT))
    return sessions, (situation(5, Matter.DISENGAGEMENT, 2 * WEEK - DAY),)


def known(*extra: Situation, requests: tuple[Request, ...] = (), queued: dict[str, float] | None = None) -> Snapshot:
    sessions, situations = signs()
    return snapshot(*sessions, situations=(*situations, *extra), requests=requests, queued=queued)


def judge(snapshot: Snapshot, hours: float = 2 * WEEK + 1) -> Judgement:
    return check(snapshot, clause("R15"), at(hours))


def reasons(judged: Judgement) -> str:
    assert judged.hits == ()
    return "; ".join(miss.reason for miss in judged.misses)


def letter(key: str, state: RequestState, asked: float = 2 * WEEK - 1) -> Request:
    found = request(key, state, kind=RequestKind.LETTER, asked=asked)
    return Request(**{name: getattr(found, name) for name in Request.__slots__} | {"rule": "R15"})


def test_a_reported_risk_is_told_with_what_is_known_of_the_last_weeks_as_reasons() -> None:
    (owed,) = judge(known(REPORT)).hits
    assert (owed.key, owed.audience, owed.template) == ("R15/alert/1", Audience.SUPPORT, "dropout_alert")
    assert owed.detail == {"situations": "1", "reasons": "absences=2 late_cancellations=1 disengagement=1"}
    assert "abandonner" in owed.reason


def test_a_reported_risk_without_any_other_sign_is_told_as_well() -> None:
    (owed,) = judge(snapshot(situations=(REPORT,))).hits
    assert owed.detail["reasons"] == ""


def test_three_different_signals_are_a_risk_though_nobody_said_so() -> None:
    (owed,) = judge(known()).hits
    assert (owed.key, owed.template) == (SIGNALS, "dropout_alert")
    assert owed.detail == {"reasons": "absences=2 late_cancellations=1 disengagement=1"}


def test_two_different_signals_however_many_are_none() -> None:
    sessions = tuple(session(n, 1 + n * DAY, ABSENT if n % 2 else LATE) for n in range(1, 9))
    assert "3 different signals" in reasons(judge(snapshot(*sessions)))


def test_signals_that_lie_more_than_a_window_apart_do_not_add_up() -> None:
    sessions, _ = signs()
    later = situation(6, Matter.DELAY, 36 * DAY)
    assert judge(snapshot(*sessions[:2], situations=(later,)), 36 * DAY + 1).hits == ()


def test_no_signal_at_all_is_a_miss_that_says_so() -> None:
    assert "no signal within 30 days" in reasons(judge(snapshot()))


def test_an_excused_absence_and_the_mentor_s_own_cancellation_are_no_signals() -> None:
    sessions, situations = signs()
    excused = situation(6, Matter.JUSTIFIED, 5, since=0, until=2 * WEEK)
    assert judge(snapshot(*sessions, situations=(*situations, excused))).hits == ()
    late, away = session(2, 1 + DAY, LATE), situation(7, Matter.EMERGENCY, 20, about=2)
    assert judge(snapshot(sessions[0], late, situations=(*situations, away))).hits == ()


def test_with_a_report_the_signals_make_no_letter_of_their_own_and_a_draft_on_them_is_replaced() -> None:
    waiting = letter(SIGNALS, RequestState.WAITING)
    judged = judge(known(REPORT, requests=(waiting,)))
    assert [hit.key for hit in judged.hits] == ["R15/alert/1"]


@pytest.mark.parametrize("key", ["R15/alert/1", "R15/signals/session-3"])
def test_one_alert_a_window(key: str) -> None:
    judged = judge(known(queued={key: 2 * WEEK - 30}))
    assert "an alert was made" in reasons(judged)


def test_a_report_after_an_alert_on_the_signals_tells_support_nothing_twice() -> None:
    assert judge(known(REPORT, queued={SIGNALS: 2 * WEEK - 1})).hits == ()


def test_a_second_report_within_the_window_says_nothing_new() -> None:
    again = situation(2, Matter.DROPOUT, 2 * WEEK + 1)
    assert [hit.key for hit in judge(known(REPORT, again), 2 * WEEK + 2).hits] == ["R15/alert/1"]


def test_the_mentor_s_no_to_the_signals_holds_for_a_window() -> None:
    refused = letter(SIGNALS, RequestState.DROPPED)
    one_more = situation(6, Matter.LATE_ARRIVAL, 2 * WEEK + 2)
    assert judge(known(one_more, requests=(refused,)), 2 * WEEK + 3).hits == ()


def test_a_draft_that_waits_stays_the_same_when_another_signal_comes_and_when_the_window_passes() -> None:
    waiting = letter(SIGNALS, RequestState.WAITING)
    one_more = situation(6, Matter.LATE_ARRIVAL, 2 * WEEK + 2)
    for hours in (2 * WEEK + 3, 10 * WEEK):
        assert [hit.key for hit in judge(known(one_more, requests=(waiting,)), hours).hits] == [SIGNALS]


def test_a_status_put_right_takes_the_ground_from_the_draft() -> None:
    waiting = letter(SIGNALS, RequestState.WAITING)
    sessions, situations = signs()
    completed = session(2, 1 + DAY, SessionStatus.COMPLETED)
    put_right = snapshot(sessions[0], completed, sessions[2], situations=situations, requests=(waiting,))
    assert judge(put_right).hits == ()


def test_signals_from_before_the_watch_are_not_the_agent_s_to_tell() -> None:
    sessions, situations = signs()
    assert "began to watch" in reasons(judge(snapshot(*sessions, situations=situations, watch_since=2 * WEEK)))
