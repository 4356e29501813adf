"""What is entered is what happened: status (R08), agreement (R22), contradictions (R23), progress (R26)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.model import Matter, Party, Proof, RequestState, SessionStatus
from agent.policies.r26_progress import progress_of
from agent.store import NewSituation
from agent.store.people import HISTORY
from tests.stage import QUIET, Stage, body
from tests.stories import ASKED, DRAFT, NOTES, START, kept, met

ON = {**QUIET, "R08": "auto", "R22": "auto", "R23": "auto"}
CONFLICT, AGREED = "présence à la session", "écourtée"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path, {"rules": ON}))


def said(stage: Stage, matter: Matter, by: Party = Party.MENTOR, **values: Any) -> int:
    """Somebody says something of Léa's session, now."""
    found = stage.world.store.situations.add(
        NewSituation(
            source=f"said/{matter}/{stage.now.isoformat()}",
            matter=matter,
            at=stage.now,
            by=by,
            words="je ne pourrai pas venir",
            proof=Proof.DMARC,
            learner_id=1,
            session_id=1,
            **values,
        )
    )
    assert found is not None
    stage.pass_time(minutes=1)
    return found


def answered(stage: Stage, containing: str, text: str) -> None:
    stage.answer(stage.last(containing=containing), text)
    stage.pass_time(minutes=5)


def status(stage: Stage) -> SessionStatus | None:
    return stage.world.store.people.session(1).status


# -- R08


@pytest.mark.parametrize(("hours", "proposed"), [(25, "annulée"), (3, "annulée tardivement")])
def test_the_question_after_a_session_proposes_the_status_that_follows_from_the_announcement(
    stage: Stage, hours: int, proposed: str
) -> None:
    stage.now = START - timedelta(hours=hours)
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    question = body(stage.over(START)).replace("\u00a0", " ")
    assert f"Statut proposé : {proposed} (absence annoncée le " in question
    assert status(stage) is None  # the mentor's answer decides


def test_where_nothing_is_known_or_the_rule_is_off_nothing_is_proposed(stage: Stage, tmp_path: Path) -> None:
    assert "Statut proposé" not in body(stage.over(START))
    silent = met(Stage(tmp_path / "off", {"rules": {**ON, "R08": "off"}}))
    said(silent, Matter.ANNOUNCED, Party.LEARNER)
    assert "Statut proposé" not in body(silent.over(START))


# -- R23


def test_completed_against_the_learner_s_word_is_asked_about_before_anything_is_drafted(stage: Stage) -> None:
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    assert "je ne pourrai pas venir" in body(stage.last(containing=CONFLICT))
    assert stage.count(DRAFT) == 0


def test_the_mentor_s_yes_lets_the_report_be_drafted(stage: Stage) -> None:
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    answered(stage, CONFLICT, "oui")
    assert status(stage) is SessionStatus.COMPLETED
    assert stage.count(DRAFT) == 1


def test_the_mentor_s_no_makes_it_an_absence_and_the_report_says_so(stage: Stage) -> None:
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    answered(stage, CONFLICT, "non")
    assert status(stage) is SessionStatus.ABSENT
    assert stage.count(DRAFT) == 1


def test_a_report_approved_before_the_learner_s_word_came_is_made_anew_after_the_mentor_s_no(stage: Stage) -> None:
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 1
    said(stage, Matter.ABSENT, Party.LEARNER)
    answered(stage, DRAFT, "ok")
    assert kept(stage) == []  # approved, and not handed over while the two contradict each other
    answered(stage, CONFLICT, "non")
    assert stage.count(DRAFT) == 2
    answered(stage, DRAFT, "ok")
    (report,) = kept(stage)
    assert "absent" in report


def test_completed_said_again_after_the_no_is_asked_about_again(stage: Stage) -> None:
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    answered(stage, CONFLICT, "non")
    answered(stage, ASKED, f"statut : réalisée\n{NOTES}")
    assert status(stage) is SessionStatus.COMPLETED
    assert stage.request("R23/conflict/1").state is RequestState.WAITING
    answered(stage, CONFLICT, "oui")
    assert stage.request("R23/conflict/1").state is RequestState.APPROVED


def test_a_status_put_right_by_the_mentor_withdraws_the_question(stage: Stage) -> None:
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    answered(stage, ASKED, "statut : annulée")
    assert stage.request("R23/conflict/1").state is RequestState.WITHDRAWN


def test_what_was_said_before_a_session_holds_its_report_back_for_as_long_as_the_session_is_known(stage: Stage) -> None:
    """An unanswered question, four months on: the announcement was the first to fall out of the history."""
    said(stage, Matter.ANNOUNCED, Party.LEARNER)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    for hours in (30, 20, 10, 1):
        stage.now = START + HISTORY - timedelta(hours=hours)
        stage.world.store.people.touch_all()
        stage.tick()
    assert stage.count(DRAFT) == 0
    assert stage.request("R23/conflict/1").state is RequestState.WAITING


# -- R22


@pytest.mark.parametrize(("word", "agreed"), [("oui", True), ("non", False)])
def test_whether_the_learner_agreed_to_a_shorter_session_is_asked_and_kept(
    stage: Stage, word: str, agreed: bool
) -> None:
    number = said(stage, Matter.CUT_SHORT, number=20)
    assert "20 minutes" in body(stage.last(containing=AGREED)).replace("\u00a0", " ")
    answered(stage, AGREED, word)
    assert stage.world.store.situations.get(number).agreed is agreed
    stage.pass_time(days=2)
    assert len([mail for mail in stage.mails("claire.martin@mentor.example") if AGREED in str(mail["Subject"])]) == 1


def test_a_cut_session_that_was_agreed_to_is_not_asked_about(stage: Stage) -> None:
    said(stage, Matter.CUT_SHORT, number=20, agreed=True)
    assert not [mail for mail in stage.mails("claire.martin@mentor.example") if AGREED in str(mail["Subject"])]


# -- R26


def test_progress_is_measured_against_the_programme_of_the_learner_s_own_path(tmp_path: Path) -> None:
    programmes = {"développeur d'application python": [["Créez une API", 30], ["Déployez une API", 70]]}
    stage = met(Stage(tmp_path, {"rules": {**QUIET, "R26": "auto"}, "programmes": programmes}))
    said(stage, Matter.PROGRESS, number=50)
    learner = stage.world.store.people.get(1)
    found = progress_of(stage.world.snapshot(learner, stage.now), stage.now)
    assert (found.real, found.percent) == (15, 50)
    stage.restart(programmes={})
    assert stage.world.snapshot(learner, stage.now).programme == ()


def test_two_weeks_of_sessions_without_a_figure_are_asked_about_once(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"rules": {**QUIET, "R26": "auto"}}))
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    stage.live(START + timedelta(days=14))
    assert stage.world.store.requests.by_key("R26/ask/1/2026-11-03") is None
    stage.live(START + timedelta(days=20))
    assert stage.request("R26/ask/1/2026-11-03").state is RequestState.WAITING
    assert "pourcentage" in body(stage.last(containing="où en est"))
