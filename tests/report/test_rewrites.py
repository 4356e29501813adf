"""The mentor wants the built-in writer's draft changed: what it can do it does, the rest it admits."""

from __future__ import annotations

import pytest

from agent.model import Language, Report
from agent.report import transcript
from agent.report.builtin import BuiltinWriter
from agent.report.draft import draft
from agent.report.render import as_text
from tests.report.samples import brief, said

NOTES = """- revu les jointures SQL
- bloque sur GROUP BY
- conseillé la doc https://sql.example/cours
- à faire : exercice 3
- à faire : répéter la soutenance"""
OWN = {"Session", "Suivi"}


def written(instruction: str | None = None, previous: Report | None = None) -> Report:
    text = as_text(previous, Language.FR, marks=True) if previous else None
    return BuiltinWriter().write(brief(NOTES, instruction=instruction, previous=text))


def lines(report: Report) -> list[str]:
    return [line for title, told in said(report).items() if title not in OWN for line in told]


@pytest.mark.parametrize(
    ("instruction", "gone"),
    [
        ("enlève la dernière phrase", "soutenance"),
        ("Supprimez la dernière phrase, merci", "soutenance"),
        ("remove the last sentence", "soutenance"),
        ("retire la première phrase", "jointures"),
        ("enlève la phrase sur la soutenance", "soutenance"),
        ("enlever ce qui concerne l'exercice 3", "exercice 3"),
        ("supprime la phrase qui parle de GROUP BY", "GROUP BY"),
        ("enlève la partie conseils", "sql.example"),
        ("supprime la section difficultés", "GROUP BY"),
    ],
)
def test_a_sentence_or_a_section_is_taken_out_and_nothing_else(instruction: str, gone: str) -> None:
    first = written()
    again = written(instruction, first)
    left = [line for line in lines(first) if gone.casefold() not in line.casefold()]
    assert lines(again) == left != lines(first)
    assert again.fallback is None


def test_what_was_taken_out_stays_out_when_the_next_version_is_asked_for() -> None:
    without = written("enlève la phrase sur la soutenance", written())
    shorter = written("plus court", without)
    assert len(lines(shorter)) == 2
    assert "soutenance" not in " ".join(lines(shorter))


@pytest.mark.parametrize(
    ("instruction", "said_of_it"),
    [
        ("enlève la phrase sur Kubernetes", "aucune phrase ne correspond à « kubernetes »"),
        ("ajoute une phrase sur les tests", "répondez « modifier : » suivi de votre texte"),
        ("plus chaleureux", "répondez « modifier : » suivi de votre texte"),
    ],
)
def test_what_it_cannot_do_is_admitted_and_the_text_kept(instruction: str, said_of_it: str) -> None:
    first = written()
    again = written(instruction, first)
    assert lines(again) == lines(first)
    assert said_of_it in str(again.fallback)


def test_the_only_sentence_is_not_taken_out() -> None:
    given = brief("vu Git", instruction="enlève la dernière phrase")
    report = BuiltinWriter().write(given)
    assert lines(report) == ["Léa et le mentor ont vu Git."]
    assert report.fallback == "consigne non suivie : il ne resterait rien du compte rendu"


@pytest.mark.parametrize(
    ("instruction", "told"),
    [
        ("ajoute que Léa a rendu le projet 4", "Léa a rendu le projet 4."),
        ("Ajoutez aussi qu’elle a 3 jours d’avance", "Elle a 3 jours d’avance."),
        ("rajoute : la soutenance dure 20 minutes", "La soutenance dure 20 minutes."),
        ("précise que j'ai corrigé son script", "Le mentor a corrigé son script."),
    ],
)
def test_what_the_mentor_wants_added_is_added_in_their_own_words_and_nothing_else_changes(
    instruction: str, told: str
) -> None:
    first = written()
    previous = as_text(first, Language.FR, marks=True)
    again = draft(brief(NOTES, instruction=instruction, previous=previous), BuiltinWriter(), BuiltinWriter())
    assert sorted(lines(again.report)) == sorted([*lines(first), told])
    assert again.report.fallback is None
    assert again.report.doubts == ()
    assert again.notes.startswith(NOTES)


def test_a_goal_that_is_added_stands_among_the_goals() -> None:
    given = brief(NOTES, instruction="ajoute un objectif : relire le chapitre 2")
    again = draft(given, BuiltinWriter(), BuiltinWriter()).report
    assert "Relire le chapitre 2." in said(again)["Objectifs pour la prochaine session"]


def test_an_addition_stands_before_a_transcript_and_is_nobody_s_turn() -> None:
    talk = (
        "WEBVTT\n\nLéa: Les jointures marchent bien.\nCamille Roy: Pour la prochaine fois, finir la partie 2 du projet."
    )
    again = draft(brief(talk, instruction="ajoute qu'elle a fini le TP 3"), BuiltinWriter(), BuiltinWriter())
    assert "Elle a fini le TP 3." in lines(again.report)
    assert len(transcript.split(again.notes)[1]) == 2
