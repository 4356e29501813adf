"""R26: progress is asked for after sessions, and measured against what the funding and the programme expect."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.model import Judgement, Matter, RequestKind, RequestState, SessionStatus, Situation, Snapshot
from agent.policies.r26_progress import Progress, check, progress_of, reaches
from tests.policies.snapshots import LEARNER, at, clause, request, session, situation, snapshot

DAY = 24.0
WEEK = 7 * DAY
COMPLETED = SessionStatus.COMPLETED
PROGRAMME = (("Projet 1 : premiers pas", 20.0), ("Projet 2 : le site", 30.0), ("Projet 3 : la base", 50.0))
FUNDED = replace(LEARNER, funded_from=date(2026, 11, 2), funded_until=date(2027, 2, 9))  # a hundred days


def figure(percent: float, project: str | None = "projet 2", *, number: int = 1, hours: float = 2) -> Situation:
    return replace(situation(number, Matter.PROGRESS, hours), number=percent, project=project)


def done(project: str, *, number: int = 2, hours: float = 3) -> Situation:
    return replace(situation(number, Matter.PROJECT_DONE, hours), project=project)


def known(*situations: Situation, project: str | None = None) -> Snapshot:
    learner = replace(FUNDED, project=project)
    return replace(snapshot(situations=situations, learner=learner), programme=PROGRAMME)


def progress(*situations: Situation, hours: float = 10 * DAY, project: str | None = None) -> Progress:
    return progress_of(known(*situations, project=project), at(hours))


def judge(snapshot: Snapshot, hours: float) -> Judgement:
    return check(snapshot, clause("R26"), at(hours))


def test_a_session_called_completed_before_its_end_is_looked_at_again_at_its_end() -> None:
    early = session(1, 3, status=COMPLETED)
    assert judge(snapshot(early), 3.1).look_again == early.end


# -- real against expected


def test_real_progress_is_the_hours_done_and_the_percent_of_the_current_project_over_all_hours() -> None:
    assert progress(figure(50)).real == pytest.approx(20 + 15)


def test_a_project_that_is_done_counts_whole_and_those_before_it_too() -> None:
    assert progress(done("Projet 2 : le site")).real == pytest.approx(50)
    assert progress(figure(100, "projet 3")).real == pytest.approx(100)


def test_one_that_was_done_out_of_order_counts_once() -> None:
    assert progress(done("projet 3", number=1, hours=1), figure(50, "projet 1", number=2)).real == pytest.approx(60)


def test_a_figure_that_names_no_project_is_of_the_learner_s_own() -> None:
    assert progress(figure(50, None), project="Projet 1 : premiers pas").real == pytest.approx(10)


def test_the_latest_word_counts() -> None:
    assert progress(figure(10, number=1, hours=2), figure(90, number=2, hours=5)).real == pytest.approx(47)


@pytest.mark.parametrize("project", [None, "projet 9", "la cuisine", "projet"])
def test_what_cannot_be_placed_in_the_programme_is_not_measured(project: str | None) -> None:
    found = progress(figure(50, project))
    assert (found.real, found.behind, found.percent) == (None, None, 50)


def test_without_a_programme_or_any_figure_nothing_is_measured() -> None:
    assert progress_of(replace(known(figure(50)), programme=()), at(DAY)).real is None
    assert progress().real is None


def test_expected_progress_is_the_share_of_the_funding_that_has_gone_by() -> None:
    # the funding's first midnight in Paris is 9 hours before the assignment
    assert progress(hours=10 * DAY - 9).expected == pytest.approx(10)
    assert progress(hours=-99).expected == 0
    assert progress(hours=200 * DAY).expected == 100


def test_without_funding_days_nothing_is_expected() -> None:
    assert progress_of(snapshot(situations=(figure(50),)), at(DAY)).expected is None


def test_one_is_behind_by_what_is_missing_and_never_by_less_than_nothing() -> None:
    assert progress(figure(0, "projet 1"), hours=30 * DAY - 9).behind == pytest.approx(30)
    assert progress(figure(100, "projet 3")).behind == 0


def test_the_day_on_which_a_silent_learner_falls_behind_is_foreseen() -> None:
    found = known(figure(50, "projet 1"))  # 10 %
    when = reaches(found, 20, at(0))
    assert when is not None
    behind = progress_of(found, when).behind
    assert behind is not None
    assert 20 <= behind < 20.01
    assert reaches(known(figure(100, "projet 3")), 20, at(0)) is None


# -- asking


def held(*starts: float) -> Snapshot:
    return snapshot(*(session(n, start, COMPLETED) for n, start in enumerate(starts, 1)))


def test_sessions_held_for_two_weeks_without_a_figure_are_asked_about() -> None:
    weekly = held(1, 1 + WEEK, 1 + 2 * WEEK)
    early = judge(weekly, 2 * WEEK)
    assert early.hits == ()
    assert early.look_again == at(1.75 + 2 * WEEK)
    (owed,) = check(weekly, clause("R26"), early.look_again).hits
    assert (owed.key, owed.question, owed.template) == (
        "R26/ask/1/2026-11-02",
        RequestKind.PROGRESS,
        "progress_question",
    )


def test_the_question_stays_the_same_while_it_waits_and_sessions_go_on() -> None:
    weekly = held(1, 1 + WEEK, 1 + 2 * WEEK, 1 + 3 * WEEK)
    assert [judge(weekly, hours).hits[0].key for hours in (2 * WEEK + 2, 4 * WEEK)] == ["R26/ask/1/2026-11-02"] * 2


@pytest.mark.parametrize("said", [figure(40, hours=2 * WEEK), done("projet 1", hours=2 * WEEK)])
def test_a_figure_or_a_project_done_starts_the_two_weeks_anew(said: Situation) -> None:
    weekly = replace(held(1, 1 + WEEK, 1 + 2 * WEEK), situations=(said,))
    judged = judge(weekly, 2 * WEEK + 20)
    assert judged.hits == ()
    assert judged.look_again == at(1.75 + 4 * WEEK)


@pytest.mark.parametrize("state", [RequestState.ANSWERED, RequestState.DROPPED])
def test_an_answer_without_a_figure_is_taken_for_two_weeks(state: RequestState) -> None:
    answered = request("R26/ask/1/2026-11-02", state, kind=RequestKind.PROGRESS, asked=2 * WEEK + 2)
    weekly = replace(held(1, 1 + WEEK, 1 + 3 * WEEK), requests=(answered,))
    assert judge(weekly, 3 * WEEK + 2).hits == ()
    assert [hit.key for hit in judge(weekly, 6 * WEEK).hits] == ["R26/ask/1/2026-11-23"]


@pytest.mark.parametrize("status", [None, SessionStatus.ABSENT, SessionStatus.CANCELLED])
def test_where_no_session_was_completed_nothing_is_asked(status: SessionStatus | None) -> None:
    judged = judge(snapshot(session(1, 1, status)), 9 * WEEK)
    assert judged.hits == ()
    assert "no session was completed" in judged.misses[0].reason


def test_sessions_from_before_the_watch_are_not_asked_about() -> None:
    assert judge(replace(held(1), watch_since=at(2)), 9 * WEEK).hits == ()
