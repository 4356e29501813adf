"""A mentor's past reports lend a draft their style, and no fact."""

from __future__ import annotations

import pytest

from agent.report import voice
from tests.report.samples import brief, report

PAST = (
    "Karim a présenté son tableau de bord Tableau devant le jury, avec 3 indicateurs. Voir https://bi.example/guide."
    " Nous avons travaillé avec méthode, et je recommande de garder ce rythme régulier avant la soutenance."
)
NOTES = "Léa a revu les jointures SQL.\nNous avons travaillé 2 requêtes."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Léa a présenté Tableau.", "tableau"),
        ("Léa a travaillé 3 requêtes.", "3"),
        ("Léa lira https://bi.example/guide.", "https://bi.example/guide"),
        ("Léa peut garder ce rythme régulier avant la soutenance.", "garder ce rythme regulier avant"),
    ],
)
def test_a_fact_that_stands_in_an_example_alone_is_a_doubt(text: str, what: str) -> None:
    checked = voice.marked(report((text, NOTES.splitlines()[0])), brief(NOTES, voice=(PAST,)))
    assert [s.doubt for s in checked.doubts] == [f"repris d’un exemple de style : {what}"]


@pytest.mark.parametrize(
    "text", ["Léa a revu les jointures SQL avec méthode.", "Nous avons travaillé 2 requêtes SQL, et je recommande SQL."]
)
def test_style_is_no_fact(text: str) -> None:
    assert voice.marked(report((text, NOTES)), brief(NOTES, voice=(PAST,))).doubts == ()


def test_without_examples_nothing_is_marked() -> None:
    given = report(("Tableau, 3, https://bi.example/guide", NOTES))
    assert voice.marked(given, brief(NOTES)) == given


def test_an_old_doubt_stays_beside_the_new_one() -> None:
    first = voice.marked(report(("Léa a présenté Tableau.", NOTES)), brief(NOTES, voice=(PAST,)))
    twice = voice.marked(first, brief(NOTES, voice=(PAST,)))
    assert [(s.doubt or "").count("repris d’un exemple") for s in twice.doubts] == [2]
