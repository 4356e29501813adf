"""R14: a worrying delay with lost motivation is told; either alone is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from agent.model import Audience, Judgement, Matter, RequestKind, RequestState, Situation, Snapshot
from agent.policies.r14_worrying_delay import check
from tests.policies.snapshots import LEARNER, MATRIX, at, clause, request, situation, snapshot

DAY = 24.0
PROGRAMME = (("Projet 1", 50.0), ("Projet 2", 50.0))
FUNDED = replace(LEARNER, funded_from=date(2026, 11, 2), funded_until=date(2027, 2, 9))  # a hundred days


def delay(number: int, hours: float) -> Situation:
    return situation(number, Matter.DELAY, hours)


def lost(number: int, hours: float) -> Situation:
    return situation(number, Matter.DISENGAGEMENT, hours)


def judge(known: Snapshot, hours: float) -> Judgement:
    return check(known, clause("R14"), at(hours))


def reasons(judged: Judgement) -> str:
    assert judged.hits == ()
    return "; ".join(miss.reason for miss in judged.misses)


def measured(percent: float, *situations: Situation) -> Snapshot:
    """A funded learner of whom a figure was given on the first day."""
    figure = replace(situation(9, Matter.PROGRESS, 0), number=percent, project="Projet 1")
    return replace(snapshot(situations=(figure, *situations), learner=FUNDED), programme=PROGRAMME)


@pytest.mark.parametrize("pair", [(delay(1, 20), lost(2, 5 * DAY)), (lost(1, 20), delay(2, 5 * DAY))])
def test_both_within_the_window_are_told_whichever_came_first(pair: tuple[Situation, ...]) -> None:
    (owed,) = judge(snapshot(situations=pair), 5 * DAY + 1).hits
    assert (owed.key, owed.audience, owed.template) == ("R14/alert/2", Audience.SUPPORT, "delay_alert")
    assert owed.due == at(6 * DAY)
    assert owed.detail["situations"] == "1 2"


def test_a_delay_alone_is_mere_lateness() -> None:
    assert "mere lateness is not told" in reasons(judge(snapshot(situations=(delay(1, 20),)), 21))


def test_lost_motivation_alone_waits_for_a_worrying_delay() -> None:
    assert "no worrying delay" in reasons(judge(snapshot(situations=(lost(1, 20),)), 21))


def test_neither_is_a_miss_that_says_so() -> None:
    assert "neither" in reasons(judge(snapshot(), 21))


def test_a_delay_of_more_than_a_window_ago_is_no_half_of_the_pair() -> None:
    known = snapshot(situations=(delay(1, 20), lost(2, 20 + 31 * DAY)))
    assert "no worrying delay" in reasons(judge(known, 21 + 31 * DAY))


def test_a_second_complaint_while_the_alert_waits_or_after_it_went_makes_no_second_alert() -> None:
    three = (delay(1, 20), lost(2, 30), lost(3, 40))
    assert [hit.key for hit in judge(snapshot(situations=three), 41).hits] == ["R14/alert/2"]
    assert judge(snapshot(situations=three, queued={"R14/alert/2": 31}), 41).hits == ()


def test_the_mentor_s_no_to_one_pair_does_not_silence_the_next_complaint() -> None:
    dropped = request("R14/alert/2", RequestState.DROPPED, kind=RequestKind.LETTER)
    known = snapshot(situations=(delay(1, 20), lost(2, 30), lost(3, 40)), requests=(dropped,))
    assert [hit.key for hit in judge(known, 41).hits] == ["R14/alert/3"]


def test_measured_progress_far_behind_is_a_worrying_delay_from_its_day_on_and_not_before() -> None:
    known = measured(10, lost(1, 2 * DAY))  # 5 % of the whole path: 20 points behind after 25 days
    early = judge(known, 20 * DAY)
    assert "no worrying delay" in reasons(early)
    assert early.look_again is not None
    assert check(known, clause("R14"), early.look_again - timedelta(minutes=2)).hits == ()
    (owed,) = check(known, clause("R14"), early.look_again).hits
    assert (owed.key, owed.detail["situations"]) == ("R14/alert/1", "1")


def test_measured_progress_far_behind_alone_tells_nobody() -> None:
    judged = judge(measured(10), 60 * DAY)
    assert "neither" in reasons(judged)
    assert judged.look_again is None


def test_a_learner_who_keeps_up_and_has_lost_heart_is_not_told_of_here() -> None:
    assert judge(measured(100, lost(1, 2 * DAY)), 10 * DAY).hits == ()


def test_another_matter_that_the_matrix_gives_to_this_rule_is_told_alone() -> None:
    row = replace(MATRIX[Matter.DROPOUT], rule="R14")
    known = replace(snapshot(situations=(situation(1, Matter.DROPOUT, 20),)), matrix={**MATRIX, Matter.DROPOUT: row})
    assert [hit.key for hit in judge(known, 21).hits] == ["R14/alert/1"]
