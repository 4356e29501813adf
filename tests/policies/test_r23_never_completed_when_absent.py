"""R23: never completed where the learner said they would be, or were, absent; R07 waits until that is settled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Act, Judgement, Matter, Party, Request, RequestKind, RequestState, SessionStatus, Snapshot
from agent.policies import r07_report
from agent.policies.r23_never_completed_when_absent import check
from tests.policies.snapshots import at, clause, request, session, situation, snapshot

COMPLETED = SessionStatus.COMPLETED
KEY = "R23/conflict/1"
REPORT = "R07/report/1"
HELD = session(1, 30, COMPLETED, notes="Les jointures.")
ANNOUNCED = situation(5, Matter.ANNOUNCED, 10, about=1, by=Party.LEARNER)


def judge(known: Snapshot, hours: float = 32) -> Judgement:
    return check(known, clause("R23"), at(hours))


def report(known: Snapshot, hours: float = 32) -> Judgement:
    return r07_report.check(known, clause("R07"), at(hours))


def asked(state: RequestState) -> Request:
    return request(KEY, state, kind=RequestKind.CONFLICT, about=1)


def drafted(state: RequestState) -> Request:
    return request(REPORT, state, kind=RequestKind.REPORT, about=1, asked=31)


def test_completed_against_the_learner_s_announcement_is_asked_about() -> None:
    (owed,) = judge(snapshot(HELD, situations=(ANNOUNCED,))).hits
    assert (owed.key, owed.act, owed.question) == (KEY, Act.QUESTION, RequestKind.CONFLICT)
    assert (owed.template, owed.session_id) == ("conflict_question", 1)
    assert owed.detail == {"situations": "5", "about": "1"}
    assert owed.due == at(30.75 + 48)


def test_so_is_an_absence_that_the_learner_admits_but_not_one_that_the_mentor_corrected_themself() -> None:
    admitted = situation(5, Matter.ABSENT, 31, about=1, by=Party.LEARNER)
    assert len(judge(snapshot(HELD, situations=(admitted,))).hits) == 1
    assert judge(snapshot(HELD, situations=(replace(admitted, by=Party.MENTOR),))).hits == ()


@pytest.mark.parametrize("status", [None, *(status for status in SessionStatus if status is not COMPLETED)])
def test_any_other_status_contradicts_nothing(status: SessionStatus | None) -> None:
    judged = judge(snapshot(replace(HELD, status=status), situations=(ANNOUNCED,)))
    assert judged.hits == ()
    assert judged.misses


def test_an_announcement_of_another_session_contradicts_nothing() -> None:
    assert judge(snapshot(HELD, situations=(replace(ANNOUNCED, session_id=2),))).hits == ()


def test_the_mentor_s_yes_clears_it() -> None:
    known = snapshot(HELD, situations=(ANNOUNCED,), requests=(asked(RequestState.APPROVED),))
    assert judge(known).hits == ()
    assert [hit.act for hit in report(known).hits] == [Act.DRAFT]


def test_the_question_stands_while_it_waits_and_comes_back_when_completed_is_said_again_after_a_no() -> None:
    for state in (RequestState.WAITING, RequestState.DROPPED):
        assert len(judge(snapshot(HELD, situations=(ANNOUNCED,), requests=(asked(state),))).hits) == 1


@pytest.mark.parametrize("state", [None, RequestState.WAITING, RequestState.REDO, RequestState.APPROVED])
def test_r07_neither_drafts_nor_hands_over_meanwhile_and_keeps_what_was_drafted(state: RequestState | None) -> None:
    requests = () if state is None else (drafted(state),)
    judged = report(snapshot(HELD, situations=(ANNOUNCED,), requests=requests))
    assert judged.hits == ()
    assert "blocked by R23" in judged.misses[0].reason
    assert REPORT in judged.standing


def test_r07_goes_on_where_the_mentor_has_this_rule_off() -> None:
    assert [hit.act for hit in report(snapshot(HELD, situations=(ANNOUNCED,), off=("R23",))).hits] == [Act.DRAFT]
