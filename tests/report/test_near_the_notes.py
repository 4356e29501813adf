"""Sentences that stay near the notes, as models are asked to write: what may change in them, and what may not."""

from __future__ import annotations

import pytest

from agent.model import Language
from agent.report.grounding import check
from tests.report.samples import brief, report


def doubted(line: str, text: str, *others: str, language: Language = Language.FR) -> bool:
    """Whether a sentence about this line is marked; `others` rest on the same line."""
    told = check(report((text, line), *((other, line) for other in others)), brief(line, language=language))
    return told.sections[0].sentences[0].doubt is not None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("budget prév. 8500 €", "Le budget prévisionnel est de huit mille cinq cents euros."),
        ("12k lignes importées", "Douze mille lignes ont été importées."),
        ("en retard d'un quart d'heure", "Léa avait quinze minutes de retard."),
        ("3 tables faites sur 6", "Sur les six tables, trois sont faites."),
        ("Backlog : 26 stories, onze sans critères", "Dans le backlog, onze stories sont sans critères."),
        ("grille avec 8 critères, lui ai dit d'en garder 5", "Je lui ai dit de n'en garder que cinq."),
        ("son client est libre les mercredis", "Son client est libre le mercredi."),
        ("contraste insuff. sur les boutons", "Le contraste est insuffisant sur les boutons."),
        ("menu et images relus, le menu plante encore", "Le menu plante encore."),
        ("a expliqué seule les closures", "Léa a expliqué seule les closures."),
        ("tri codé sans aide", "Le tri a été codé sans qu'elle ait d'aide."),
    ],
)
def test_the_notes_words_made_into_a_whole_sentence_are_not_doubted(line: str, text: str) -> None:
    assert not doubted(line, text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("told him to cut the intro, he agreed", "I told him to cut the intro and he agreed."),
        ("3 btns fail the contrast check", "Three buttons fail the contrast check."),
        ("went over Tom's plan", "I went over Tom's plan."),
        ("enemy ai: patrols ok, wont chase player", "The enemy AI's patrols are ok, but it does not chase the player."),
        ("runs w/out error now", "It now runs without error."),
        ("4mb photos not resized", "The 4 MB photos are not resized."),
        ("hw: pcap n°3, find the address", "As homework, on pcap no. 3, find the address."),
    ],
)
def test_so_it_is_in_english(line: str, text: str) -> None:
    assert not doubted(line, text, language=Language.EN)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("quatre cents lignes importées", "Trois cents lignes ont été importées."),
        ("pas touché au projet depuis 3 semaines", "Léa n'a pas touché au projet depuis trois mois."),
        ("son client est libre les mercredis", "Son client est libre le jeudi."),
        ("graphiques matplotlib lisibles sur son portfolio", "Les graphiques seaborn sont lisibles sur son portfolio."),
        ("réponses aux questions du jury : solides", "Les réponses aux questions du jury ont été laborieuses."),
        ("elle a peur de l'entretien avec le jury", "Léa se réjouit de l'entretien avec le jury."),
        ("cv : virer la photo, ajouter un lien", "Léa a viré la photo du CV et ajouté un lien."),
        ("nous avons déboggué ensemble le test", "Nous n'avons pas déboggué ensemble le test."),
        ("elle confond encore map et filter", "Elle ne confond plus map et filter."),
    ],
)
def test_one_word_in_another_s_place_is_marked(line: str, text: str) -> None:
    assert doubted(line, text)


def test_two_sentences_may_share_what_one_line_says() -> None:
    line = "connaît pas gantt, expliqué vite fait"
    assert not doubted(line, "Gantt a été expliqué vite fait.", "Léa ne connaît pas Gantt.")
    assert doubted(line, "Léa connaît Gantt.")


def test_a_line_that_tells_of_something_missing_is_not_left_out_in_silence() -> None:
    notes = "Maquette relue.\nLes critères d'acceptation sont absents."
    left_out = check(report(("La maquette a été relue.", "Maquette relue.")), brief(notes))
    assert [concern for concern in left_out.concerns if "critères d'acceptation" in concern]
    told = check(
        report(
            ("La maquette a été relue.", "Maquette relue."),
            ("Les critères d'acceptation manquent.", "Les critères d'acceptation sont absents."),
        ),
        brief(notes),
    )
    assert told.concerns == ()
