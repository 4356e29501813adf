"""Whatever a model does, the mentor gets a checked draft."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agent.errors import AgentError, BudgetError, TransientError, UnreadableError
from agent.model import Brief, Report, SessionStatus
from agent.model.calls import Call, Habits, Outcome, Purpose, Talk, Terms
from agent.report.builtin import BuiltinWriter
from agent.report.draft import draft
from agent.report.prompt import messages
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
    assert drafted.text.endswith("\n- Léa a revu SQL.\n- Ecrire à […] demain.\n")
    assert drafted.removed == (
        "1 × adresse électronique\u00a0: «\u00a0lea@example.org\u00a0»",
        "1 × phrase qui touche à la santé ou au handicap\u00a0: «\u00a0Elle a une RQTH.\u00a0»",
    )
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
        "phrases du modèle qui n’étaient pas dans les notes : 2 sur 3 ; le texte vient du rédacteur intégré"
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
    assert drafted.text.startswith("Session\nLéa n’a pas participé")


def test_no_model_is_asked_when_all_the_notes_are_private() -> None:
    writer = ScriptedWriter(quoting)
    drafted = draft(brief("Elle est hospitalisée."), writer, BUILTIN)
    assert writer.seen == []
    assert drafted.removed == (
        "1 × phrase qui touche à la santé ou au handicap\u00a0: «\u00a0Elle est hospitalisée.\u00a0»",
    )


def test_empty_notes_are_asked_for_again_before_any_model_is() -> None:
    writer = ScriptedWriter(quoting)
    with pytest.raises(UnreadableError):
        draft(brief("Bonjour,\n\nMerci"), writer, BUILTIN)
    assert writer.seen == []


class SecondThoughts(ScriptedWriter):
    """A model that answers one after the other. `terms`: on which it was asked."""

    where = "http://127.0.0.1:9/v1"

    def __init__(self, *answers: Callable[[Brief], Report]) -> None:
        super().__init__(answers[-1])
        self.terms: list[Terms] = []
        self._answers = list(answers)

    def talk(self, brief: Brief, terms: Terms) -> Talk:
        self.terms.append(terms)
        answer = self._answers.pop(0)
        call = Call(Purpose.WRITE, self.name, "2", 100, 20, estimated=False, seconds=1.0)
        try:
            return Talk(answer(brief), None, (call,), Habits())
        except AgentError as error:
            return Talk(None, error, (call,))


def inventing(_: Brief) -> Report:
    """Nothing of it is in the notes."""
    return report(("Karim a validé Docker avec Léa.", "Docker"), ("Tout est en ligne.", "en ligne"))


def refusing(_: Brief) -> Report:
    raise TransientError("occupé")


def test_a_report_that_strays_is_asked_for_once_more_with_the_reasons_and_without_a_name() -> None:
    writer = SecondThoughts(inventing, quoting)
    drafted = draft(brief("Léa a vu SQL.\nElle bloque sur Git."), writer, BUILTIN)
    assert (drafted.outcome, drafted.reason, drafted.why) == (Outcome.REDONE, None, "2 of 2 marked")
    assert "Léa a vu SQL." in drafted.text
    first, second = writer.terms
    assert first.faults == ()
    assert "a validé Docker avec [PERSONNE_1]." in second.faults[0]
    assert "Léa" not in repr(second.faults)
    assert "Karim" not in repr(second.faults)
    assert len(drafted.calls) == 2


def test_a_report_that_strays_twice_is_the_built_in_writer_s() -> None:
    writer = SecondThoughts(inventing, inventing)
    drafted = draft(brief("Léa a vu SQL."), writer, BUILTIN)
    assert drafted.outcome is Outcome.FELL_BACK
    assert drafted.report.writer == "builtin"
    assert (drafted.reason or "").startswith("phrases du modèle qui n’étaient pas dans les notes : 2 sur 2")
    assert len(writer.terms) == 2
    assert drafted.answered is not None


def test_a_model_that_is_gone_at_the_second_try_leaves_the_first_one_s_reason() -> None:
    drafted = draft(brief("Léa a vu SQL."), SecondThoughts(inventing, refusing), BUILTIN)
    assert drafted.outcome is Outcome.FELL_BACK
    assert (drafted.reason or "").startswith("phrases du modèle qui n’étaient pas dans les notes : 2 sur 2")
    assert drafted.why == "2 of 2 marked, then failed: TransientError"


def test_a_budget_that_does_not_reach_is_said_in_the_mentor_s_language() -> None:
    def poor(_: Brief) -> Report:
        raise BudgetError("the month's budget leaves 10 tokens")

    drafted = draft(brief("Léa a vu SQL."), ScriptedWriter(poor), BUILTIN)
    assert drafted.reason == (
        "ce qui reste du budget du mois ne suffit pas pour ce compte rendu ; le texte vient du rédacteur intégré"
    )


def test_the_second_try_has_what_is_left_of_the_time_and_of_the_budget() -> None:
    writer = SecondThoughts(inventing, quoting)
    draft(brief("Léa a vu SQL."), writer, BUILTIN, terms=Terms(60.0, tokens=1000))
    first, second = writer.terms
    assert (first.seconds, first.tokens, second.tokens) == (60.0, 1000, 880)
    assert second.seconds < 60


def test_without_time_for_a_second_try_the_built_in_writer_s_text_is_shown_at_once() -> None:
    def slowly(seen: Brief) -> Report:
        time.sleep(0.06)
        return inventing(seen)

    writer = SecondThoughts(slowly, quoting)
    drafted = draft(brief("Léa a vu SQL."), writer, BUILTIN, terms=Terms(0.1))
    assert len(writer.terms) == 1
    assert drafted.why.endswith("no time to write again")
    assert drafted.report.writer == "builtin"


def test_a_model_that_may_not_be_asked_is_not_and_the_mentor_reads_why() -> None:
    writer = SecondThoughts(quoting)
    drafted = draft(brief("Léa a vu SQL."), writer, BUILTIN, refused="le budget du mois est atteint")
    assert writer.terms == []
    assert (drafted.outcome, drafted.removed) == (Outcome.NOT_ASKED, ())
    assert drafted.reason == "le budget du mois est atteint"


TOLD = "Revu les jointures SQL avec Léa."
HARD = "Elle bloque sur GROUP BY."


def leaving_out(_: Brief) -> Report:
    """True, and without the difficulty."""
    return report((TOLD.replace("Léa", "[PERSONNE_1]"), TOLD.replace("Léa", "[PERSONNE_1]")))


def test_a_report_that_leaves_a_difficulty_out_is_asked_for_once_more_with_the_reason() -> None:
    writer = SecondThoughts(leaving_out, quoting)
    drafted = draft(brief(f"{TOLD}\n{HARD}"), writer, BUILTIN)
    assert (drafted.outcome, drafted.report.writer, drafted.report.concerns) == (Outcome.REDONE, "model", ())
    assert HARD in writer.terms[1].faults[0]
    assert drafted.why == "1 amiss in the whole"


def test_a_report_that_leaves_it_out_twice_is_the_built_in_writer_s() -> None:
    drafted = draft(brief(f"{TOLD}\n{HARD}"), SecondThoughts(leaving_out, leaving_out), BUILTIN)
    assert (drafted.outcome, drafted.report.writer) == (Outcome.FELL_BACK, "builtin")
    assert "GROUP BY" in drafted.text
    assert f"ne reprend pas : {HARD}" in (drafted.reason or "")


def test_a_near_copy_is_asked_for_once_more_and_kept_with_its_mark_where_the_notes_are_a_copy_too() -> None:
    line = "Revu les jointures SQL avec soin, puis les index et les vues matérialisées de la base des ventes de mars."
    writer = SecondThoughts(quoting, quoting)
    drafted = draft(brief(line, earlier=(line,)), writer, BUILTIN)
    assert len(writer.terms) == 2
    assert drafted.outcome is Outcome.REDONE
    assert drafted.report.concerns == ("reprend à 100 % un compte rendu précédent",)


def test_what_the_mentor_wants_added_reaches_a_model_as_notes_and_is_missed_where_it_is_not_told() -> None:
    given = brief(TOLD, instruction="ajoute que Léa a rendu le TP 3", previous=TOLD)
    writer = SecondThoughts(leaving_out, quoting)
    drafted = draft(given, writer, BUILTIN)
    assert drafted.outcome is Outcome.REDONE
    assert "Léa a rendu le TP 3" in drafted.text
    assert "le compte rendu ne dit pas ce que vous vouliez ajouter" in writer.terms[1].faults[0]
    prompt = messages(given)[1]["content"]
    assert "with these words of the notes told in it as well: Léa a rendu le TP 3" in prompt


def test_who_agreed_to_tu_may_be_called_so() -> None:
    notes = "Vu SQL.\nVu Git.\nVu Flask.\nTu peux avancer sur le projet."
    assert "projet. [à vérifier\u00a0: tutoiement]" in draft(brief(notes), ScriptedWriter(quoting), BUILTIN).text
    agreed = draft(brief(notes, informal=True), ScriptedWriter(quoting), BUILTIN)
    assert agreed.report.doubts == ()
    assert "Tu peux avancer" in agreed.text
    assert 'Never "tu"' in messages(brief(notes))[0]["content"]
    assert 'Never "tu"' not in messages(brief(notes, informal=True))[0]["content"]
