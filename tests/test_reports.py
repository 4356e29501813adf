"""The road of a report (R07) from the notes on: drafted, shown, changed, approved, handed over once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.errors import TransientError
from agent.model import Brief, Report, RequestState, SessionStatus
from agent.reports import slug
from tests.stage import MENTOR, QUIET, Stage, body
from tests.stories import ASKED, DEADLINE, DRAFT, GIVEN_BACK, LEA, NOTES, READY, REPORT, START, drafted, kept, met


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


# -- notes and drafts


def test_a_draft_says_until_when_and_only_what_the_notes_say(stage: Stage) -> None:
    draft = body(drafted(stage))
    assert "jointures SQL" in draft
    assert "5 novembre" in draft
    assert stage.request(REPORT).deadline == DEADLINE


@pytest.mark.parametrize("name", ["notes.txt", "notes.md"])
def test_notes_may_come_as_a_file(stage: Stage, name: str) -> None:
    stage.answer(stage.over(START), "statut : réalisée", attach=(name, NOTES))
    stage.pass_time(minutes=5)
    assert "jointures SQL" in body(stage.last(containing=DRAFT))


@pytest.mark.parametrize("notes", ["", "... !!! ---", "Bonjour,"])
def test_completed_without_notes_that_say_something_asks_for_notes(stage: Stage, notes: str) -> None:
    question = stage.over(START)
    stage.answer(question, f"statut : réalisée\n\n{notes}")
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 0
    assert "notes" in body(stage.last(containing=GIVEN_BACK))
    assert stage.world.store.people.session(1).status is SessionStatus.COMPLETED
    stage.answer(question, NOTES)
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 1


def test_an_empty_answer_is_given_back_and_the_question_stays_open(stage: Stage) -> None:
    question = stage.over(START)
    stage.answer(question, "")
    stage.pass_time(minutes=5)
    assert stage.count(GIVEN_BACK) == 1
    assert stage.world.store.requests.by_key("R07/session/1/20261103T1745").state is RequestState.WAITING  # type: ignore[union-attr]


def test_an_absence_makes_a_short_report_without_notes(stage: Stage) -> None:
    stage.answer(stage.over(START), "absente")
    stage.pass_time(minutes=5)
    draft = stage.last(containing=DRAFT)
    assert "absent" in body(draft).lower()
    stage.answer(draft, "ok")
    stage.pass_time(minutes=5)
    assert len(kept(stage)) == 1


def test_redo_with_an_instruction_makes_another_version_by_it(stage: Stage) -> None:
    first = drafted(stage)
    stage.answer(first, "refaire : plus court")
    stage.pass_time(minutes=5)
    again = stage.last(containing=DRAFT)
    assert "version 2" in str(again["Subject"])
    text = stage.request(REPORT).version.text
    assert len(text) < len(body(first))
    assert stage.request(REPORT).state is RequestState.WAITING


def test_changed_text_is_shown_again_as_a_new_version_before_anything_else(stage: Stage) -> None:
    mine = "Bilan de la session\nNous avons revu les jointures SQL, et Léa les maîtrise désormais."
    stage.answer(drafted(stage), f"modifier :\n{mine}")
    stage.pass_time(minutes=5)
    assert kept(stage) == []
    shown = stage.last(containing=DRAFT)
    assert "version 2" in str(shown["Subject"])
    assert "maîtrise désormais" in body(shown)
    stage.answer(shown, "ok")
    stage.pass_time(minutes=5)
    assert [text.strip() for text in kept(stage)] == [mine]


def test_a_dropped_draft_is_dropped_for_good_unless_new_notes_come(stage: Stage) -> None:
    stage.answer(drafted(stage), "non")
    stage.pass_time(hours=50)
    assert (stage.count(DRAFT), stage.count(READY), kept(stage)) == (1, 0, [])


def test_notes_sent_after_a_draft_was_dropped_make_a_new_one(stage: Stage) -> None:
    stage.answer(drafted(stage), "non")
    stage.pass_time(minutes=5)
    stage.answer(
        stage.last(containing=ASKED), "Nous avons aussi préparé la soutenance du projet et relu le code de l'API."
    )
    stage.pass_time(minutes=5)
    assert "soutenance" in body(stage.last(containing=DRAFT))


def test_more_notes_are_added_to_the_draft_that_waits(stage: Stage) -> None:
    drafted(stage)
    stage.answer(stage.last(containing=ASKED), "Nous avons aussi relu ensemble tout le code de l'API.")
    stage.pass_time(minutes=5)
    text = stage.request(REPORT).version.text
    assert "jointures" in text
    assert "API" in text


def test_the_mentor_corrects_the_status_and_the_draft_follows(stage: Stage) -> None:
    stage.answer(stage.over(START), "absente")
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=ASKED), f"statut : réalisée\n\n{NOTES}")
    stage.pass_time(minutes=5)
    assert stage.world.store.people.session(1).status is SessionStatus.COMPLETED
    assert "jointures" in stage.request(REPORT).version.text
    stage.answer(stage.last(containing=ASKED), "statut : annulée")
    stage.pass_time(minutes=5)
    assert stage.request(REPORT).state is RequestState.WITHDRAWN
    stage.answer(stage.last(containing=ASKED), "statut : réalisée")
    stage.pass_time(minutes=5)
    assert stage.request(REPORT).state is RequestState.WAITING
    stage.answer(stage.last(containing=DRAFT), "ok")
    stage.pass_time(minutes=5)
    assert "jointures" in kept(stage)[0]


def test_absent_corrected_to_completed_without_notes_asks_for_them_and_reminds(stage: Stage) -> None:
    stage.answer(stage.over(START), "absente")
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=ASKED), "statut : réalisée")
    stage.pass_time(minutes=5)
    before = len(stage.mails(MENTOR))
    stage.live(DEADLINE)
    assert len(stage.mails(MENTOR)) == before + 3
    stage.answer(stage.last(containing=ASKED), NOTES)
    stage.pass_time(minutes=5)
    assert stage.request(REPORT).state is RequestState.WAITING


def test_a_status_corrected_after_the_hand_over_makes_a_new_report_to_approve_and_hand_over(stage: Stage) -> None:
    stage.answer(stage.over(START), "absente")
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=DRAFT), "ok")
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=ASKED), f"statut : réalisée\n\n{NOTES}")
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=DRAFT), "ok")
    stage.pass_time(minutes=5)
    assert stage.count(READY) == 2
    (text,) = kept(stage)
    assert "jointures" in text


def test_an_addition_stays_in_the_versions_after_it(stage: Stage) -> None:
    stage.answer(drafted(stage), "refaire : ajoute qu'elle a rendu le TP 3")
    stage.pass_time(minutes=5)
    assert "Elle a rendu le TP 3." in stage.request(REPORT).version.text
    stage.answer(stage.last(containing=DRAFT), "refaire : enlève la phrase sur les index")
    stage.pass_time(minutes=5)
    text = stage.request(REPORT).version.text
    assert "TP 3" in text
    assert "index" not in text


def test_a_rude_sentence_of_a_draft_is_marked(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"rules": {**QUIET, "R28": "auto"}}))
    draft = body(drafted(stage, "Revu SQL.\nCe code est vraiment nul."))
    assert "passage est à vérifier" in draft
    assert "nul. [à vérifier" in draft


# -- the hand-over


def test_the_approved_report_comes_back_once_without_marks_and_lies_in_a_private_file(stage: Stage) -> None:
    stage.answer(drafted(stage), "ok")
    for _ in range(3):
        stage.pass_time(hours=1)
    assert stage.count(READY) == 1
    (path,) = (stage.folder / "state" / "reports").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.name == "2026-11-03-18h00-lea-moreau-1.txt"
    assert path.read_text(encoding="utf-8").strip() in body(stage.last(containing=READY))


def test_ok_twice_hands_over_once(stage: Stage) -> None:
    draft = drafted(stage)
    stage.answer(draft, "ok")
    stage.answer(draft, "ok")
    stage.pass_time(minutes=5)
    stage.answer(draft, "ok")
    stage.pass_time(minutes=5)
    assert stage.count(READY) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Léa Moreau", "lea-moreau"), ("../../etc/passwd", "etc-passwd"), ("李雷", "apprenant"), ("", "apprenant")],
)
def test_a_name_is_never_a_path(name: str, expected: str) -> None:
    assert slug(name) == expected


# -- writers


@dataclass
class Away:
    """A writer whose server does not answer. `briefs` is what it was shown."""

    name: str = "model"
    briefs: list[Brief] = field(default_factory=list)

    def write(self, brief: Brief) -> Report:
        self.briefs.append(brief)
        raise TransientError("the model does not answer")

    def check(self) -> list[str]:
        return []


def test_a_model_that_does_not_answer_costs_nothing_but_its_words(tmp_path: Path) -> None:
    away = Away()
    stage = met(Stage(tmp_path, writer=away))
    draft = drafted(stage)
    assert "jointures" in body(draft)
    assert "the model does not answer" in body(draft)


TALK = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Claire Martin>Bonjour Léa, où en es-tu ?</v>

00:00:05.000 --> 00:00:09.000
<v Léa Moreau>Les jointures marchent bien.</v>
"""


def test_a_transcript_that_nobody_sums_up_with_a_model_that_fails_asks_for_notes_once_and_in_time(
    tmp_path: Path,
) -> None:
    stage = met(Stage(tmp_path, writer=Away()))
    stage.answer(stage.over(START), "statut : réalisée", attach=("session.vtt", TALK))
    stage.pass_time(minutes=30)
    assert stage.count("Il manque vos notes") == 1
    asked = stage.last(containing="Il manque vos notes")
    assert "personne ne résume la session" in body(asked)
    assert "5 novembre" in body(asked)
    stage.answer(asked, "Revu les jointures SQL. Pour la prochaine fois : finir l'exercice 3.")
    stage.pass_time(minutes=5)
    assert "jointures SQL" in body(stage.last(containing=DRAFT))
    assert stage.world.store.parking.all() == []


def test_the_model_sees_no_name_and_no_address(tmp_path: Path) -> None:
    away = Away()
    stage = met(Stage(tmp_path, writer=away))
    drafted(stage, f"Léa Moreau a revu les jointures SQL. Son adresse est {LEA} et Claire Martin la suit.")
    (brief,) = away.briefs
    seen = repr(brief)
    for private in ("Léa", "Moreau", LEA, "Claire", "Martin"):
        assert private not in seen
