"""R22: a session is cut short only with the learner's agreement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Act, Judgement, Matter, RequestKind, RequestState, Snapshot
from agent.policies.r22_cut_short import check
from tests.policies.snapshots import at, clause, request, situation, snapshot

CUT = replace(situation(7, Matter.CUT_SHORT, 3, about=1), number=20)
KEY = "R22/agreed/7"


def judge(known: Snapshot, hours: float = 4) -> Judgement:
    return check(known, clause("R22"), at(hours))


def reasons(judged: Judgement) -> str:
    assert judged.hits == ()
    return "; ".join(miss.reason for miss in judged.misses)


@pytest.mark.parametrize("state", [None, RequestState.WAITING])
def test_the_mentor_is_asked_whether_the_learner_agreed_and_the_question_stands_until_answered(
    state: RequestState | None,
) -> None:
    asked = () if state is None else (request(KEY, state, kind=RequestKind.AGREED),)
    (owed,) = judge(snapshot(situations=(CUT,), requests=asked)).hits
    assert (owed.key, owed.act, owed.question, owed.template) == (
        KEY,
        Act.QUESTION,
        RequestKind.AGREED,
        "agreed_question",
    )
    assert (owed.detail["about"], owed.session_id) == ("7", 1)


@pytest.mark.parametrize(("agreed", "said"), [(True, "the learner agreed"), (False, "not compliant")])
def test_what_is_known_is_not_asked(agreed: bool, said: str) -> None:
    assert said in reasons(judge(snapshot(situations=(replace(CUT, agreed=agreed),))))


def test_no_session_cut_short_no_question() -> None:
    assert reasons(judge(snapshot(situations=(situation(1, Matter.LATE_ARRIVAL, 3),)))) == "no session was cut short"


def test_one_cut_short_long_ago_or_before_the_watch_is_not_asked_about() -> None:
    assert judge(snapshot(situations=(CUT,)), 3 + 31 * 24).hits == ()
    assert "began to watch" in reasons(judge(snapshot(situations=(CUT,), watch_since=3.5)))
