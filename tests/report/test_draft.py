"""Whatever a model does, the mentor gets a checked draft."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.errors import TransientError, UnreadableError
from agent.model import Brief, Report, SessionStatus
from agent.report.builtin import BuiltinWriter
from agent.report.draft import draft
from tests.report.samples import brief, report

BUILTIN = BuiltinWriter()


class ScriptedWriter:
    """A model that answers as it was told, and keeps the briefs it saw."""

    name = "scripted"

    def __init__(self, answer: Callable[[Brief], Report]) -> None:
        self.seen: list[Brief] = []
        self._answer = answer

    def write(self, brief: Brief) -> Report:
        self.seen.append(brief)
        return self._answer(brief)

    def check(self) -> list[str]:
        return []


def quoting(given: Brief) -> Report:
    """Faithful: each line of the notes, as it stands."""
    return report(*((line, line) for line in given.notes.splitlines() if line.strip()))


def test_a_faithful_model_writes_the_draft_without_seeing_a_name() -> None:
    writer = ScriptedWriter(quoting)
    notes = "Léa a revu SQL.\nElle a une RQTH.\nEcrire à lea@example.org demain."
    drafted = draft(brief(notes), writer, BUILTIN)
    assert "Léa" not in repr(writer.seen)
    assert "RQTH" not in repr(writer.seen)
    assert drafted.text == "Travail\n- Léa a revu SQL.\n- Ecrire à […] demain.\n"
    assert drafted.removed == ("1 × adresse électronique", "1 × phrase qui touche à la santé ou au handicap")
    assert (drafted.reason, drafted.report.writer) == (None, "model")


def test_one_invented_sentence_is_shown_marked() -> None:
    def model(given: Brief) -> Report:
        lines = given.notes.splitlines()
        return report((lines[0], lines[0]), (lines[1], lines[1]), ("Le portfolio est en ligne.", "portfolio en ligne"))

    drafted = draft(brief("Vu SQL.\nVu Git."), ScriptedWriter(model), BUILTIN)
    assert "- Le portfolio est en ligne. [à vérifier\u00a0: sans source dans les notes]\n" in drafted.text
    assert len(drafted.report.doubts) == 1


def test_a_model_that_mostly_invents_is_replaced_and_that_is_said() -> None:
    invented = report(
        ("Le portfolio est en ligne.", "portfolio"), ("Tout est validé.", "validé"), ("Vu SQL.", "Vu SQL.")
    )
    drafted = draft(brief("Vu SQL."), ScriptedWriter(lambda _: invented), BUILTIN)
    assert "portfolio" not in drafted.text
    assert drafted.report.writer == "builtin"
    assert drafted.reason == (
        "2 phrases sur 3 du modèle n’étaient pas dans les notes ; le texte vient du rédacteur intégré"
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [(TransientError("le serveur est occupé"), "le serveur est occupé"), (KeyError("choices"), "erreur inattendue")],
)
def test_a_model_that_fails_in_any_way_is_replaced(error: Exception, said: str) -> None:
    def model(_: Brief) -> Report:
        raise error

    drafted = draft(brief(), ScriptedWriter(model), BUILTIN)
    assert drafted.report.sections == BUILTIN.write(brief()).sections
    assert drafted.reason == f"le modèle n’a pas pu rédiger ({said}) ; le texte vient du rédacteur intégré"


def test_a_model_that_answers_with_an_empty_report_is_replaced() -> None:
    drafted = draft(brief(), ScriptedWriter(lambda _: Report((), "model")), BUILTIN)
    assert drafted.report.writer == "builtin"


def test_without_a_model_nothing_is_removed_and_private_matters_are_marked() -> None:
    drafted = draft(brief("Vu SQL.\nElle a une RQTH."), BUILTIN, BUILTIN)
    assert drafted.removed == ()
    assert "- Elle a une RQTH. [à vérifier\u00a0: touche à la santé ou au handicap]" in drafted.text


def test_no_model_is_asked_about_a_session_that_did_not_take_place() -> None:
    writer = ScriptedWriter(quoting)
    drafted = draft(brief("", status=SessionStatus.ABSENT), writer, BUILTIN)
    assert writer.seen == []
    assert drafted.text.startswith("Session\n- Léa n’a pas participé")


def test_no_model_is_asked_when_all_the_notes_are_private() -> None:
    writer = ScriptedWriter(quoting)
    drafted = draft(brief("Elle est hospitalisée."), writer, BUILTIN)
    assert writer.seen == []
    assert drafted.removed == ("1 × phrase qui touche à la santé ou au handicap",)


def test_empty_notes_are_asked_for_again_before_any_model_is() -> None:
    writer = ScriptedWriter(quoting)
    with pytest.raises(UnreadableError):
        draft(brief("Bonjour,\n\nMerci"), writer, BUILTIN)
    assert writer.seen == []
