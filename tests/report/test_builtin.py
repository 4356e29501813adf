"""The report that is written without a model."""

from __future__ import annotations

import pytest

from agent.errors import UnreadableError
from agent.model import Brief, Language, Report, SessionStatus
from agent.report.builtin import BuiltinWriter
from agent.report.grounding import check
from agent.report.text import canonical
from tests.report.samples import NOTES_EN, NOTES_FR, brief, said

WRAPPED = """Nous avons discuté longuement de la méthode de travail à adopter ensemble
et de l'organisation de la semaine. Rien d'autre n'a été abordé."""


def written(given: Brief) -> Report:
    return BuiltinWriter().write(given)


def test_scribbled_lines_become_whole_sentences_in_their_sections() -> None:
    assert said(written(brief())) == {
        "Session": [
            "Session du mardi 10 mars 2026, de 18\u00a0h\u00a000 à 18\u00a0h\u00a045, avec Léa.",
            "Projet\u00a0: Analysez des ventes.",
        ],
        "Travail réalisé pendant la session": ["Léa et le mentor ont revu les jointures SQL\u00a0: ok maintenant."],
        "Difficultés rencontrées": ["Léa bloque sur GROUP BY, problème de compréhension des agrégats."],
        "Conseils et ressources": ["Le mentor a conseillé la doc https://sql.example/cours/group-by"],
        "Objectifs pour la prochaine session": ["Finir la partie 2 du projet 5 (80\u00a0%)."],
        "Suivi": ["Statut de la session\u00a0: réalisée."],
    }


def test_an_english_report_has_english_titles_and_takes_headings_from_the_notes() -> None:
    report = said(written(brief(NOTES_EN, language=Language.EN, project=None)))
    assert report == {
        "Session": ["Session of Tuesday 10 March 2026, 18:00 to 18:45, with Léa."],
        "What was worked on": ["Léa and the mentor went over the pull request together."],
        "Difficulties": ["She is stuck on the tests: they don’t run on her machine."],
        "Advice and resources": ["Read the chapter on fixtures, https://docs.example/fixtures"],
        "Goals for next time": ["Finish the login page.", "Submit a draft by Friday."],
        "Follow-up": ["Session status: completed."],
    }


@pytest.mark.parametrize(
    ("notes", "title", "sentence"),
    [
        (
            "vu SQL ; bloque sur les jointures ; a faire: projet 5",
            "Difficultés rencontrées",
            "Léa bloque sur les jointures.",
        ),
        (
            "On a vu :\n- React\n- les hooks",
            "Travail réalisé pendant la session",
            "Léa et le mentor ont vu\u00a0: React, les hooks.",
        ),
        ("[ ] rendre le chapitre 3", "Objectifs pour la prochaine session", "Rendre le chapitre 3."),
        ("## Difficultés\n- la récursivité", "Difficultés rencontrées", "La récursivité."),
        ("tu dois relire ton README :)", "Objectifs pour la prochaine session", "Léa doit relire son README."),
        (
            "Next: read ch. 3 of the docs.",
            "Objectifs pour la prochaine session",
            "«\u00a0read ch. 3 of the docs.\u00a0»",
        ),
        (
            "1/ vu Git\n2/ vu SQL\n--\nCamille Roy",
            "Travail réalisé pendant la session",
            "Léa et le mentor ont vu Git et SQL.",
        ),
        ("motivé, bonne énergie", "Travail réalisé pendant la session", "Léa est motivé, bonne énergie."),
        ("useEffect revu", "Travail réalisé pendant la session", "useEffect revu."),
        ('il demande "pourquoi" ?', "Travail réalisé pendant la session", "Il demande «\u00a0pourquoi\u00a0»\u00a0?"),
    ],
)
def test_a_mentors_habits_are_understood(notes: str, title: str, sentence: str) -> None:
    assert sentence in said(written(brief(notes)))[title]


def test_a_familiar_sentence_that_cannot_be_turned_whole_is_left_for_the_mentor() -> None:
    given = brief("Il faut que tu regardes ta config.")
    [doubtful] = check(written(given), given).doubts
    assert (doubtful.text, doubtful.doubt) == ("Il faut que tu regardes ta config.", "tutoiement")


def test_a_signature_is_no_part_of_the_session() -> None:
    assert "Camille" not in str(said(written(brief("Vu Git.\n-- \nCamille Roy\n06 11 22 33 44"))))


def test_lines_that_the_mail_program_wrapped_are_one_sentence_again() -> None:
    report = written(brief(WRAPPED))
    assert said(report)["Travail réalisé pendant la session"] == [
        "Léa et le mentor ont discuté longuement de la méthode de travail à adopter ensemble et de l’organisation de la"
        " semaine.",
        "Rien d’autre n’a été abordé.",
    ]


@pytest.mark.parametrize("notes", [NOTES_FR, NOTES_EN, WRAPPED])
def test_every_sentence_is_words_of_the_notes_and_passes_the_check_without_a_doubt(notes: str) -> None:
    given = brief(notes)
    report = written(given)
    sources = [s.source for section in report.sections[1:-1] for s in section.sentences]
    assert sources
    assert all(source and source in canonical(notes) for source in sources)
    assert check(report, given).doubts == ()


@pytest.mark.parametrize("notes", ["", "  \n\n- \n", "Bonjour,\n\nMerci\n", "réalisée", "\u200b\ufeff"])
def test_notes_that_say_nothing_are_asked_for_again(notes: str) -> None:
    with pytest.raises(UnreadableError, match="Les notes sont vides"):
        written(brief(notes))


def test_an_absence_is_reported_from_the_facts_alone() -> None:
    report = written(brief("", status=SessionStatus.ABSENT))
    assert said(report) == {
        "Session": [
            "Léa n’a pas participé à la session du mardi 10 mars 2026, de 18\u00a0h\u00a000 à 18\u00a0h\u00a045.",
        ],
        "Suivi": ["Statut de la session\u00a0: étudiant absent."],
    }
    assert [s.source for section in report.sections for s in section.sentences] == ["fact:session", "fact:status"]


def test_what_the_mentor_says_of_an_absence_is_kept() -> None:
    report = written(brief("She wrote an hour before.", status=SessionStatus.ABSENT, language=Language.EN))
    assert said(report)["Further details"] == ["She wrote an hour before."]


@pytest.mark.parametrize("status", list(SessionStatus))
@pytest.mark.parametrize("language", list(Language))
def test_every_status_has_a_report_in_both_languages_without_a_doubt(status: SessionStatus, language: Language) -> None:
    given = brief("SQL", status=status, language=language)
    report = check(written(given), given)
    assert report.doubts == ()
    assert "Léa" in report.sections[0].sentences[0].text


def test_shorter_keeps_a_line_of_each_section_first_and_shorter_again_keeps_fewer() -> None:
    notes = "- SQL fini\n- demande 24 fusionnée\n- bloque sur les tests\n- a faire : partie 2\n- index posés\n- vues ok"
    short = written(brief(notes, instruction="plus court stp"))
    assert said(short) | {"Session": [], "Suivi": []} == {
        "Session": [],
        "Travail réalisé pendant la session": ["Demande 24 fusionnée."],
        "Difficultés rencontrées": ["Léa bloque sur les tests."],
        "Objectifs pour la prochaine session": ["Partie 2."],
        "Suivi": [],
    }
    previous = "\n".join(s.text for section in short.sections for s in section.sentences)
    shorter = written(brief(notes, instruction="plus court", previous=previous))
    assert sum(len(section.sentences) for section in shorter.sections[1:-1]) == 2
    assert shorter.fallback is None


def test_an_instruction_it_cannot_follow_is_admitted_and_the_text_kept() -> None:
    report = written(brief(instruction="plus chaleureux"))
    assert report.sections == written(brief()).sections
    assert report.fallback is not None
    assert report.fallback.startswith("consigne non suivie : le rédacteur intégré sait raccourcir le texte")


def test_notes_in_another_language_are_kept_as_they_are_and_that_is_said() -> None:
    report = written(brief(NOTES_EN))
    assert report.fallback == "notes citées dans leur langue : le rédacteur intégré ne traduit pas"


def test_an_hour_of_talk_is_cut_to_its_most_useful_lines() -> None:
    notes = "\n".join(f"Phrase {n} de la session." for n in range(100)) + "\nElle bloque sur les tests."
    report = written(brief(notes))
    assert sum(len(s.sentences) for s in report.sections[1:-1]) == 40
    assert said(report)["Difficultés rencontrées"] == ["Elle bloque sur les tests."]
    assert report.fallback == "notes très longues : seules les 40 lignes les plus utiles sont reprises sur 101"
