"""The report's parts: renamed, moved and dropped by the mentor; last time's goals, progress, the next session."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.model import Goal, GoalOutcome, Language, Section, Sentence, SessionStatus
from agent.report.answer import read
from agent.report.assembly import arranged
from agent.report.builtin import BuiltinWriter
from agent.report.kept import as_report, goals
from agent.report.render import as_html, as_markdown, as_sources, as_text
from agent.report.wording import Wording, load, shipped
from agent.shipped import shipped as shipped_file
from tests.report.samples import NOTES_FR, brief, said

NEXT = datetime(2026, 3, 17, 17, 0, tzinfo=UTC)
TOML = shipped_file("report.toml").read_text(encoding="utf-8")


def dropped(section: str) -> Wording:
    """The shipped wording, its section left out by the mentor."""
    head, found, tail = TOML.partition(f'[[sections]]\nid = "{section}"\n')
    assert found
    return load(head + tail.partition("\n\n")[2])


def test_a_mentor_renames_a_section() -> None:
    wording = load(TOML.replace("Difficultés rencontrées", "Points à retravailler"))
    assert "Points à retravailler" in said(BuiltinWriter(wording).write(brief()))


def test_what_the_notes_say_is_not_lost_with_the_section_that_was_dropped() -> None:
    report = said(BuiltinWriter(dropped("difficulties")).write(brief()))
    assert "Difficultés rencontrées" not in report
    assert any("bloque sur GROUP BY" in line for line in report["Travail réalisé pendant la session"])


def test_facts_are_told_only_where_the_mentor_wants_them() -> None:
    report = BuiltinWriter(dropped("follow_up")).write(brief())
    assert list(said(report))[-1] == "Objectifs pour la prochaine session"
    assert report.status is SessionStatus.COMPLETED


def test_a_models_report_takes_the_mentors_own_sections_and_loses_nothing() -> None:
    answer = '{"sections": [{"id": "advice", "sentences": [{"text": "Lire la doc.", "source": "lire la doc"}]}]}'
    given = brief("lire la doc")
    report = arranged(read(answer, given, "model"), Language.FR, dropped("advice"))
    assert said(report)["Travail réalisé pendant la session"] == ["Lire la doc."]


@pytest.mark.parametrize(
    ("notes", "outcome"),
    [
        ("exercice 3 terminé, RAS", GoalOutcome.MET),
        ("a rendu l'exercice 3", GoalOutcome.MET),
        ("ex 3 ok", GoalOutcome.MET),
        ("exercice 3 presque fini", GoalOutcome.PARTLY),
        ("exercice 3 fini sauf la dernière question", GoalOutcome.PARTLY),
        ("n'a pas fini l'exercice 3", GoalOutcome.NOT),
        ("exercice 3 pas encore commencé", GoalOutcome.NOT),
        ("les objectifs de la dernière fois n'ont pas été atteints", GoalOutcome.NOT),
        ("objectifs de la semaine dernière atteints", GoalOutcome.MET),
        ("exercice 4 terminé", GoalOutcome.UNKNOWN),
        ("l'exercice 3 doit être fini mardi", GoalOutcome.UNKNOWN),
        ("pour la prochaine fois : exercice 3 fini", GoalOutcome.UNKNOWN),
        ("elle dit que l'exercice 3 est fini mais n'a rien rendu", GoalOutcome.UNKNOWN),
        ("exercice 3 fini\nexercice 3 non rendu", GoalOutcome.UNKNOWN),
        ("vu les index", GoalOutcome.UNKNOWN),
    ],
)
def test_a_goal_of_last_time_is_met_only_where_the_notes_say_so(notes: str, outcome: GoalOutcome) -> None:
    given = brief(notes, last_goals=("Finir l’exercice 3.",))
    report = BuiltinWriter().write(given)
    [goal] = report.goals
    assert goal.outcome is outcome
    assert ("Objectifs de la dernière session" in as_text(report, Language.FR)) is (outcome is not GoalOutcome.UNKNOWN)


@pytest.mark.parametrize(
    ("notes", "progress"),
    [
        ("projet 3 : 60% d'avancement", 60),
        ("en est à 45 % du projet", 45),
        ("project at 80%", 80),
        ("vu SQL. objectif : 80 % du projet mardi", None),
        ("il doit être à 80 % du projet", None),
        ("quiz réussi à 80 %", None),
        ("projet 3 à 60 %\nprojet 4 à 20 %", None),
    ],
)
def test_progress_is_the_one_figure_that_the_notes_give_for_it(notes: str, progress: int | None) -> None:
    report = BuiltinWriter().write(brief(notes, last_progress=40))
    assert report.progress == progress
    assert ("Progression précédente" in as_text(report, Language.FR)) is (progress is not None)


def test_progress_that_was_reported_apart_and_the_next_session_are_told_as_facts() -> None:
    report = BuiltinWriter().write(brief("vu SQL", progress=60, last_progress=60, next_session=NEXT))
    assert said(report)["Suivi"] == [
        "Progression dans le projet\u00a0: 60\u00a0%.",
        "Prochaine session\u00a0: mardi 17 mars 2026 à 18\u00a0h\u00a000.",
        "Statut de la session\u00a0: réalisée.",
    ]
    assert (report.progress_source, report.next_session) == ("fact:progress", NEXT)


def test_a_model_answers_for_goals_by_their_number_and_for_progress_with_its_source() -> None:
    answer = """{"sections": [{"id": "worked_on", "sentences": [{"text": "Vu SQL.", "source": "vu SQL"}]}],
      "goals": [{"number": 2, "outcome": "partly", "source": "README commencé"}, {"number": 9, "outcome": "met",
      "source": "x"}], "progress": {"percent": 60, "source": "projet à 60 %"}}"""
    given = brief("vu SQL", last_goals=("Exercice 3.", "README."))
    report = read(answer, given, "model")
    assert report.goals == (Goal("Exercice 3."), Goal("README.", GoalOutcome.PARTLY, "README commencé"))
    assert (report.progress, report.progress_source) == (60, "projet à 60 %")


@pytest.mark.parametrize("percent", ["120", "-1"])
def test_a_progress_that_is_no_percentage_is_not_taken(percent: str) -> None:
    answer = (
        '{"sections": [{"id": "worked_on", "sentences": [{"text": "Vu SQL.", "source": "vu SQL"}]}],'
        f' "progress": {{"percent": {percent}, "source": "x"}}}}'
    )
    assert read(answer, brief("vu SQL"), "model").progress is None


def test_each_sentence_says_on_demand_where_it_comes_from() -> None:
    shown = as_sources(BuiltinWriter().write(brief(NOTES_FR)), Language.FR)
    start = NOTES_FR.index("revu les jointures")
    end = NOTES_FR.index("maintenant") + len("maintenant")
    assert f"  ← vos notes [{start}-{end}] : « revu les jointures SQL -> ok maintenant »" in shown
    assert "  ← fait connu : session" in shown


def test_html_shows_text_as_text_and_links_as_links() -> None:
    told = Section("A & B", (Sentence("<script>x</script> sur https://d.example/?a=1&b=2", "x"),))
    html = as_html(replace(BuiltinWriter().write(brief("vu SQL")), sections=(told,)), Language.FR)
    assert html == (
        "<h2>A &amp; B</h2>\n<ul>\n<li>&lt;script&gt;x&lt;/script&gt; sur "
        '<a href="https://d.example/?a=1&amp;b=2">https://d.example/?a=1&amp;b=2</a></li>\n</ul>\n'
    )


def test_a_kept_report_can_be_shown_in_every_form_and_its_goals_are_found_again() -> None:
    given = brief(NOTES_FR)
    report = BuiltinWriter().write(given)
    text = as_text(report, Language.FR)
    again = as_report(text)
    assert as_text(again, Language.FR) == text
    assert as_markdown(again, Language.FR) == as_markdown(report, Language.FR)
    assert as_html(again, Language.FR) == as_html(report, Language.FR)
    assert goals(text) == ("Finir la partie 2 du projet 5 (80\u00a0%).",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Goals for next time\n- Read chapter 3.\n- Write tests.\n", ("Read chapter 3.", "Write tests.")),
        ("Bilan\nTrès bien.\n\nÀ faire :\n- relire le cours\n", ("relire le cours",)),
        ("Nous avons revu les jointures.\n", ()),
        ("", ()),
    ],
)
def test_goals_are_found_in_what_the_mentor_wrote_instead(text: str, found: tuple[str, ...]) -> None:
    assert goals(text, shipped()) == found


@pytest.mark.parametrize(
    ("language", "first", "status"),
    [
        (Language.FR, "La session avec Léa, prévue le mardi 10 mars 2026", "Statut de la session\u00a0: annulée."),
        (Language.EN, "The session with Léa, planned for Tuesday 10 March 2026", "Session status: cancelled."),
    ],
)
def test_a_cancelled_session_is_told_in_the_third_person(language: Language, first: str, status: str) -> None:
    report = BuiltinWriter().write(brief("", status=SessionStatus.CANCELLED, language=language))
    texts = [s.text for section in report.sections for s in section.sentences]
    assert texts[0].startswith(first)
    assert texts[-1] == status


def test_what_was_noted_of_an_absence_tells_of_no_work_together() -> None:
    notes = "j'ai attendu 20 min, a prévenu le lendemain\non a vu SQL"
    report = BuiltinWriter().write(brief(notes, status=SessionStatus.ABSENT))
    assert said(report)["Précisions"] == [
        "Le mentor a attendu 20 min, a prévenu le lendemain.",
        "On a vu SQL.",
    ]
