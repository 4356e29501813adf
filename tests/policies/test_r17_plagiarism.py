"""R17: plagiarism, or a doubt of it, is told to support."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Audience, Judgement, Matter, Party, RequestKind, RequestState, Situation, Snapshot
from agent.policies.r17_plagiarism import check
from tests.policies.snapshots import MATRIX, at, clause, request, situation, snapshot

DAY = 24.0
KEY = "R17/alert/1"
CODE = "son code est celui d'un dépôt public"


def copied(number: int, hours: float, project: str = "projet 4") -> Situation:
    return replace(situation(number, Matter.PLAGIARISM, hours, words=CODE), project=project)


def judge(known: Snapshot, hours: float = 30) -> Judgement:
    return check(known, clause("R17"), at(hours))


def reasons(judged: Judgement) -> str:
    assert judged.hits == ()
    return "; ".join(miss.reason for miss in judged.misses)


def test_reported_plagiarism_is_one_alert_in_the_mentor_s_words_due_within_a_day() -> None:
    (owed,) = judge(snapshot(situations=(copied(1, 20),))).hits
    assert (owed.key, owed.audience, owed.template) == (KEY, Audience.SUPPORT, "plagiarism_alert")
    assert owed.due == at(44)
    assert owed.detail == {"situations": "1"}
    assert CODE in owed.reason


def test_nothing_reported_alerts_nobody() -> None:
    assert reasons(judge(snapshot(situations=(situation(1, Matter.DELAY, 20),)))) == "nothing of the kind was reported"


def test_the_same_project_reported_again_while_the_alert_waits_is_said_once() -> None:
    judged = judge(snapshot(situations=(copied(1, 20), copied(2, 22))))
    assert [hit.key for hit in judged.hits] == [KEY]
    assert "says so already" in judged.misses[0].reason


def test_the_same_project_reported_again_after_support_was_told_is_said_once_for_good() -> None:
    known = snapshot(situations=(copied(1, 20), copied(2, 25 * DAY)), queued={KEY: 21})
    assert "says so already" in reasons(judge(known, 26 * DAY))
    assert "says so already" in reasons(judge(known, 40 * DAY))  # though the first alert is old by then


def test_the_same_project_after_the_window_is_told_again() -> None:
    known = snapshot(situations=(copied(1, 20), copied(2, 40 * DAY)), queued={KEY: 21})
    assert [hit.key for hit in judge(known, 41 * DAY).hits] == ["R17/alert/2"]


def test_another_project_is_another_alert() -> None:
    judged = judge(snapshot(situations=(copied(1, 20), copied(2, 22, "projet 5"))))
    assert [hit.key for hit in judged.hits] == [KEY, "R17/alert/2"]


def test_an_alert_that_the_mentor_refused_is_no_longer_owed() -> None:
    dropped = request(KEY, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert "decided against" in reasons(judge(snapshot(situations=(copied(1, 20),), requests=(dropped,))))


@pytest.mark.parametrize("state", [RequestState.WAITING, RequestState.REDO, RequestState.APPROVED])
def test_a_report_older_than_the_window_is_left_alone_unless_its_draft_is_still_open(state: RequestState) -> None:
    known = snapshot(situations=(copied(1, 20),))
    assert "more than 30 days ago" in reasons(judge(known, 20 + 31 * DAY))
    drafted = snapshot(situations=(copied(1, 20),), requests=(request(KEY, state, kind=RequestKind.LETTER),))
    assert [hit.key for hit in judge(drafted, 20 + 31 * DAY).hits] == [KEY]


def test_a_report_from_before_the_agent_began_to_watch_is_not_its_debt() -> None:
    assert "began to watch" in reasons(judge(snapshot(situations=(copied(1, 20),), watch_since=21)))


def test_what_was_reported_of_the_mentor_or_of_somebody_else_is_not_told_of_this_learner() -> None:
    of_another = replace(copied(1, 20), learner_id=2)
    assert judge(snapshot(situations=(of_another, situation(2, Matter.PLAGIARISM, 20, mine=True)))).hits == ()


def test_a_matrix_that_gives_the_matter_to_the_learner_alerts_nobody() -> None:
    row = replace(MATRIX[Matter.PLAGIARISM], contact=Party.LEARNER)
    known = replace(snapshot(situations=(copied(1, 20),)), matrix={**MATRIX, Matter.PLAGIARISM: row})
    assert "by the responsibility matrix the learner contacts support" in reasons(judge(known))


def test_a_matrix_that_gives_this_rule_another_matter_has_it_told() -> None:
    row = replace(MATRIX[Matter.DISRESPECT], rule="R17")
    known = replace(
        snapshot(situations=(situation(1, Matter.DISRESPECT, 20),)), matrix={**MATRIX, Matter.DISRESPECT: row}
    )
    assert [hit.template for hit in judge(known).hits] == ["plagiarism_alert"]
