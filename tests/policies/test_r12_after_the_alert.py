"""R12: a week after the alert the mentor is asked whether the learner came back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Act, Judgement, Matter, RequestKind, RequestState, SessionStatus, Snapshot
from agent.policies.r12_after_the_alert import check
from tests.policies.snapshots import LEARNER, at, clause, request, session, situation, snapshot

WEEK = 168.0
COMPLETED, ABSENT = SessionStatus.COMPLETED, SessionStatus.ABSENT
MISSED = (session(1, 1, ABSENT), session(2, 1 + WEEK, ABSENT))
TOLD = WEEK + 50
QUEUED = {"R10/alert/2": TOLD}
KEY = "R12/outcome/2"


def judge(known: Snapshot, hours: float = TOLD + WEEK) -> Judgement:
    return check(known, clause("R12"), at(hours))


def reason(judged: Judgement) -> str:
    assert judged.hits == ()
    (miss,) = judged.misses
    return miss.reason


def test_seven_days_after_the_alert_the_mentor_is_asked_once_what_became_of_the_learner() -> None:
    (owed,) = judge(snapshot(*MISSED, queued=QUEUED)).hits
    assert (owed.key, owed.act, owed.question, owed.template) == (
        KEY,
        Act.QUESTION,
        RequestKind.OUTCOME,
        "outcome_question",
    )
    assert owed.due == at(TOLD + WEEK + 48)


def test_before_that_nothing_is_asked_and_the_day_is_known() -> None:
    judged = judge(snapshot(*MISSED, queued=QUEUED), TOLD + WEEK - 0.1)
    assert "nothing to ask until 2026-11-18 10:00 UTC" in reason(judged)
    assert judged.look_again == at(TOLD + WEEK)


def test_without_an_alert_there_is_nothing_to_follow_up() -> None:
    assert reason(judge(snapshot(*MISSED))) == "support was told of no absences"
    assert "no absences" in reason(judge(snapshot(*MISSED, queued={"shadow/R10/alert/2": TOLD})))


def test_a_completed_session_since_answers_the_question() -> None:
    back = session(3, 1 + 2 * WEEK, COMPLETED)
    assert "came back: session of 2026-11-16 09:00 UTC completed" in reason(
        judge(snapshot(*MISSED, back, queued=QUEUED))
    )


def test_another_absence_since_does_not() -> None:
    assert judge(snapshot(*MISSED, session(3, 1 + 2 * WEEK, ABSENT), queued=QUEUED)).hits


@pytest.mark.parametrize("matter", [Matter.BACK, Matter.LEFT])
def test_a_word_that_the_learner_is_back_or_has_left_answers_it(matter: Matter) -> None:
    said = situation(9, matter, TOLD + 24)
    assert f"reported {matter.value} on" in reason(judge(snapshot(*MISSED, situations=(said,), queued=QUEUED)))
    before = situation(9, matter, TOLD - 24)
    assert judge(snapshot(*MISSED, situations=(before,), queued=QUEUED)).hits


def test_an_absence_that_was_justified_after_all_is_not_followed_up() -> None:
    late = situation(9, Matter.JUSTIFIED, TOLD + 24, since=WEEK, until=3 * WEEK)
    assert "is justified until" in reason(judge(snapshot(*MISSED, situations=(late,), queued=QUEUED)))


def test_a_learner_who_has_left_is_not_asked_about() -> None:
    assert "left on" in reason(judge(snapshot(*MISSED, queued=QUEUED, learner=replace(LEARNER, left_at=at(TOLD)))))


def test_while_the_question_waits_it_stands_and_once_answered_it_does_not() -> None:
    waiting = request(KEY, kind=RequestKind.OUTCOME)
    assert judge(snapshot(*MISSED, queued=QUEUED, requests=(waiting,)), TOLD + 3 * WEEK).hits
    for state in (RequestState.ANSWERED, RequestState.APPROVED, RequestState.DROPPED):
        settled = request(KEY, state, kind=RequestKind.OUTCOME)
        assert "has answered" in reason(judge(snapshot(*MISSED, queued=QUEUED, requests=(settled,))))


def test_the_latest_of_several_alerts_is_followed_up() -> None:
    again = (session(3, 1 + 2 * WEEK, COMPLETED), session(4, 1 + 3 * WEEK, ABSENT), session(5, 1 + 4 * WEEK, ABSENT))
    known = snapshot(*MISSED, *again, queued={**QUEUED, "R10/alert/5": 4 * WEEK + 50})
    assert [hit.key for hit in judge(known, 5 * WEEK + 50).hits] == ["R12/outcome/5"]
