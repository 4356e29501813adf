"""What is doubtful in a text stands beside it when the mentor is shown it: R02 and R28."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent import checks
from agent.model import Audience, Language, RequestState
from tests.stage import MENTOR, QUIET, SUPPORT, Stage, body
from tests.stories import DRAFT, LEA, TO_APPROVE, drafted, met, missed

CONTACT = "R01/first-contact/1"
CHECKED = {**QUIET, "R01": "approve", "R02": "auto", "R28": "auto"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A first contact that waits for the mentor's word."""
    stage = Stage(tmp_path, {"rules": CHECKED})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    return stage


def rewritten(stage: Stage, text: str) -> str:
    """The mentor replaces the letter's text; the letter as it is shown again."""
    stage.answer(stage.last(containing=TO_APPROVE), f"modifier :\n{text}")
    stage.pass_time(minutes=5)
    assert stage.count(TO_APPROVE) == 2
    return body(stage.last(containing=TO_APPROVE))


def test_a_letter_of_our_own_raises_no_doubt(stage: Stage) -> None:
    assert "À vérifier" not in body(stage.last(containing=TO_APPROVE))


def test_a_letter_rewritten_with_tu_is_shown_again_with_the_doubt_and_nothing_leaves(stage: Stage) -> None:
    shown = rewritten(stage, "Bonjour Léa, quand es-tu libre ?")
    assert "À vérifier\u00a0:" in shown
    assert "le tutoiement n’a pas été convenu avec cette personne (tu)" in shown
    assert stage.mails(LEA) == []
    html = stage.last(containing=TO_APPROVE).get_body(("html",))
    assert html is not None
    assert "n’a pas été convenu" in html.get_content()


def test_the_mentor_s_word_decides_all_the_same(stage: Stage) -> None:
    rewritten(stage, "Bonjour Léa, quand es-tu libre ?")
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    assert stage.request(CONTACT).state is RequestState.APPROVED
    assert "quand es-tu libre" in body(stage.last(LEA))


def test_once_tu_was_agreed_vous_is_what_is_doubtful(stage: Stage) -> None:
    (lea,) = stage.world.store.people.all()
    stage.world.store.people.change(replace(lea, informal=True))
    assert "(vous)" in rewritten(stage, "Bonjour Léa, quand êtes-vous libre ?")


def test_a_rude_word_is_pointed_out(stage: Stage) -> None:
    assert "un mot peut blesser (nul)" in rewritten(stage, "Bonjour Léa, votre projet est nul.")


def test_a_text_that_is_courteous_is_shown_again_without_a_word(stage: Stage) -> None:
    assert "À vérifier" not in rewritten(stage, "Bonjour Léa, quand êtes-vous libre ?")


def test_a_rule_that_is_off_doubts_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {**CHECKED, "R02": "off", "R28": "off"}})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    assert "À vérifier" not in rewritten(stage, "Bonjour Léa, ton projet est nul !!")


def test_a_learner_who_is_written_to_in_english_has_no_tu_and_no_vous(stage: Stage) -> None:
    (lea,) = stage.world.store.people.all()
    english = replace(lea, language=Language.EN)
    assert checks.doubts(stage.world, "See you, ton of work!", english, stage.now) == []
    assert len(checks.doubts(stage.world, "This is useless!!", english, stage.now)) == 2


def test_an_alert_to_support_may_speak_of_tu_and_quote_what_was_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": CHECKED})
    stage.tick()
    missed(stage)
    alert = next(r for r in stage.world.store.requests.in_state(RequestState.WAITING) if r.audience is Audience.SUPPORT)
    stage.answer(
        next(mail for mail in reversed(stage.mails(MENTOR)) if alert.version.token in str(mail["Message-ID"])),
        "modifier :\nBonjour, l'étudiante m'a répondu : « tu es nul !! »",
    )
    stage.pass_time(minutes=5)
    assert "À vérifier" not in body(stage.last(containing=TO_APPROVE))
    assert stage.mails(SUPPORT) == []


def test_a_report_that_the_mentor_rewrote_rudely_is_shown_again_with_the_doubt(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": CHECKED})
    met(stage)
    draft = drafted(stage)
    assert "peut blesser" not in body(draft)
    stage.answer(draft, "modifier :\nElle est incapable de finir l'exercice 3.")
    stage.pass_time(minutes=5)
    assert "un mot peut blesser (incapable)" in body(stage.last(containing=DRAFT))
