"""The whole road on the memory world: from the school's mail to a report ready to paste, and an alert to support."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stage import MENTOR, SUPPORT, Stage, body

LEA = "lea.moreau@learner.example"
TUESDAY_17H = datetime(2026, 11, 3, 17, 0, tzinfo=UTC)  # 18:00 in Paris
NOTES = "Nous avons revu les jointures SQL. Elle bloque sur les index. Pour la prochaine fois : finir l'exercice 3."


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.tick()
    return stage


def test_a_new_learner_is_written_to_once_however_often_the_assignment_comes(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.school_assigns("Léa Moreau", LEA, again="-2")
    for _ in range(3):
        stage.pass_time(minutes=10)
    (letter,) = stage.mails(LEA)
    assert "vous" in body(letter)
    assert len(re.findall(r"^\d\. \w+ \d+ novembre à ", body(letter), re.MULTILINE)) == 3
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "Léa Moreau" in body(stage.last(containing="Envoyé à"))


def test_a_session_becomes_a_report_that_is_handed_over_after_the_mentor_s_ok(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", TUESDAY_17H)
    stage.pass_time(minutes=5)
    stage.now = TUESDAY_17H + timedelta(minutes=46)
    stage.pass_time(minutes=0)
    stage.answer(stage.last(containing="Léa Moreau"), NOTES)
    stage.pass_time(hours=1)
    draft = stage.last()
    assert "jointures SQL" in body(draft)
    stage.answer(draft, "ok")
    stage.pass_time(minutes=5)
    ready = stage.last(containing="prêt")
    assert "index" in body(ready)
    (kept,) = (stage.folder / "state" / "reports").iterdir()
    assert "jointures SQL" in kept.read_text(encoding="utf-8")
    before = len(stage.mails(MENTOR))
    stage.pass_time(hours=60)
    assert len(stage.mails(MENTOR)) == before


def test_two_absences_in_a_row_draft_an_alert_that_leaves_only_by_the_mentor_s_word(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    for week in range(2):
        stage.session("Léa Moreau", TUESDAY_17H + timedelta(weeks=week))
    stage.pass_time(minutes=5)
    for week in range(2):
        stage.now = TUESDAY_17H + timedelta(weeks=week, minutes=46)
        stage.pass_time(minutes=0)
        stage.answer(stage.last(containing="Léa Moreau"), "absente")
        stage.pass_time(minutes=5)
    alert = stage.last(containing="À approuver")
    assert "3 novembre" in body(alert)
    assert "10 novembre" in body(alert)
    stage.answer(alert, "ok")
    stage.pass_time(hours=1)
    assert stage.mails(SUPPORT) == []
    stage.pass_time(hours=48)
    (sent,) = stage.mails(SUPPORT)
    assert "3 novembre" in body(sent)
    stage.pass_time(hours=48)
    assert len(stage.mails(SUPPORT)) == 1
