"""A report knows the one before it: its goals, the progress reported since, and the session that comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.briefs import brief_of
from agent.model import Brief
from tests.stage import Stage, body
from tests.stories import DRAFT, NOTES, START, WEEK, drafted, met

SECOND = "Nous avons revu les index. Elle a fini l'exercice 3. Le projet est à 60 %."


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


def brief(stage: Stage, session: int) -> Brief:
    """What a writer would be given now for this session of Léa's."""
    learner = stage.world.store.people.get(1)
    snapshot = stage.world.snapshot(learner, stage.now)
    [held] = [one for one in snapshot.sessions if one.id == session]
    return brief_of(stage.world, snapshot, held, None, stage.now)


def approved(stage: Stage) -> None:
    """Léa's first report, approved, and her next session a week later."""
    stage.session("Léa Moreau", START + WEEK)
    stage.answer(drafted(stage, NOTES), "ok")
    stage.pass_time(minutes=5)


def test_the_goals_of_the_last_approved_report_are_held_against_the_next_notes(stage: Stage) -> None:
    approved(stage)
    assert brief(stage, 2).last_goals == ("Finir l’exercice 3.",)
    stage.answer(stage.over(START + WEEK), SECOND)
    stage.pass_time(minutes=5)
    draft = body(stage.last(containing=DRAFT))
    assert "Finir l’exercice 3\u00a0: atteint." in draft


def test_a_goal_of_which_the_notes_say_nothing_is_named_to_the_mentor_and_not_in_the_report(stage: Stage) -> None:
    approved(stage)
    stage.answer(stage.over(START + WEEK), "Nous avons revu les index et préparé la soutenance du projet ensemble.")
    stage.pass_time(minutes=5)
    draft = body(stage.last(containing=DRAFT))
    assert "Vos notes ne disent rien de ces objectifs de la dernière fois : Finir l’exercice 3" in draft.replace(
        "\u00a0", " "
    )
    text = stage.request("R07/report/2").version.text
    assert "Objectifs de la dernière session" not in text


def test_a_report_that_still_waits_sets_no_goals_yet(stage: Stage) -> None:
    stage.session("Léa Moreau", START + WEEK)
    drafted(stage, NOTES)
    assert brief(stage, 2).last_goals == ()
    assert brief(stage, 2).earlier == ()


def test_the_next_session_is_the_one_planned_after_this_one_and_not_over(stage: Stage) -> None:
    stage.session("Léa Moreau", START + WEEK)
    drafted(stage, NOTES)
    assert brief(stage, 1).next_session == START + WEEK
    stage.pass_time(hours=24 * 8)
    assert brief(stage, 1).next_session is None


def test_the_earlier_reports_are_given_as_they_were_approved(stage: Stage) -> None:
    approved(stage)
    [earlier] = brief(stage, 2).earlier
    assert "jointures SQL" in earlier
    assert "à vérifier" not in earlier
    assert brief(stage, 1).earlier == ()
