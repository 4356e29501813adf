"""What the mentor is shown as doubtful, and what is not."""

from __future__ import annotations

import pytest

from agent.model import Brief, Language, SessionStatus
from agent.report.grounding import check
from tests.report.samples import brief, report

NOTES = """Revu les jointures SQL avec Léa, 3 exercices sur 5 faits.
Elle n'arrive pas à installer Docker sur son poste.
Conseillé le cours https://sql.example/cours pour jeudi 12 mars.
En binôme avec Karim sur la partie 2.
Elle a été hospitalisée lundi.
Tu peux avancer sur le projet."""
LINES = NOTES.splitlines()


def doubt(text: str, source: str | None, given: Brief | None = None) -> str | None:
    [section] = check(report((text, source)), given or brief(NOTES)).sections
    return section.sentences[0].doubt


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Les jointures SQL ont été revues.", LINES[0]),
        ("Léa a fait trois exercices sur cinq, sur les jointures.", LINES[0]),
        ("Trois des cinq exercices sur les jointures sont faits.", "3 exercices  SUR 5 faits"),
        ("Léa ne parvient pas à installer Docker.", "Elle n’arrive pas à installer docker"),
        ("Le cours https://sql.example/cours est conseillé pour le jeudi 12 mars.", LINES[2]),
        ("Elle n’arrive pas à installer Docker sur son poste.", "elle n'arrive pas à installer Docker\nsur son poste"),
    ],
)
def test_a_faithful_sentence_is_not_doubted(text: str, source: str) -> None:
    assert doubt(text, source) is None


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        ("Les jointures SQL ont été revues.", None, "sans source dans les notes"),
        ("Les jointures SQL ont été revues.", "", "sans source dans les notes"),
        ("Les jointures SQL ont été revues.", "on a revu les sous-requêtes", "sans source dans les notes"),
        ("Les jointures SQL ont été revues.", "s", "sans source dans les notes"),
        ("Les jointures SQL ont été revues.", "fact:progress", "fait inconnu"),
        ("Léa a fait 4 exercices sur 5, sur les jointures.", LINES[0], "nombre absent des notes : 4"),
        ("Léa a fait quatre exercices sur les jointures.", LINES[0], "nombre absent des notes : 4"),
        ("Le cours est conseillé pour vendredi 12 mars.", LINES[2], "date absente des notes : vendredi"),
        ("Cours conseillé : https://mal.example/cours", LINES[2], "lien absent des notes : https://mal.example/cours"),
        ("Les jointures PostgreSQL ont été revues.", LINES[0], "mot absent des notes : PostgreSQL"),
        (
            "Léa n’a pas fait ses exercices : le VLAN a été revu en dix-huit minutes.",
            LINES[0],
            "nombre absent des notes : 18",
        ),
        ("Les jointures ont été revues avec Thomas.", LINES[0], "mot absent des notes : Thomas"),
        ("Les jointures ont été revues dans python.", LINES[0], "mot absent des notes : python"),
        ("Léa arrive à installer Docker sur son poste.", LINES[1], "affirme le contraire des notes, ou presque"),
        ("Les jointures n’ont jamais été revues.", LINES[0], "affirme le contraire des notes, ou presque"),
        ("La maquette du site est terminée et validée.", LINES[0], "s’éloigne des mots des notes"),
        ("Les jointures SQL ont été revues, et la maquette du site.", LINES[0], "ajoute aux notes : maquette site"),
        ("Elle avance en binôme avec Karim.", LINES[3], "nomme une autre personne suivie : Karim"),
        ("Elle a été hospitalisée lundi.", LINES[4], "touche à la santé ou au handicap"),
        ("Tu peux avancer sur le projet.", LINES[5], "tutoiement"),
        ("Léa was present and the exercises of the week are done.", LINES[0], "n’est pas en français"),
        ("Les jointures <b>SQL</b> ont été revues.", LINES[0], "contient des balises : <b>"),
        ("[PERSONNE_7] a revu les jointures SQL.", LINES[0], "contient des balises : [personne_"),
        ("Léa était absente, jointures non revues.", LINES[0], "dit l’apprenant absent d’une session réalisée"),
    ],
)
def test_a_sentence_that_strays_from_its_source_is_marked_with_the_reason(
    text: str, source: str | None, reason: str
) -> None:
    assert reason in (doubt(text, source) or "").split(" ; ")


def test_an_absence_with_work_done_in_it_is_a_contradiction() -> None:
    notes = "Nous avons travaillé les jointures."
    told = doubt(notes, notes, brief(notes, status=SessionStatus.ABSENT))
    assert told == "raconte une session qui n’a pas eu lieu"
    assert doubt(notes, notes, brief(notes)) is None


def test_a_fact_says_what_the_fact_says_and_no_more() -> None:
    assert doubt("Session du mardi 10 mars 2026, de 18 h 00 à 18 h 45, avec Léa.", "fact:session") is None
    assert doubt("Lors de la session, Léa a brillamment terminé son portfolio.", "fact:session") is not None
    assert doubt("Session du mardi 11 mars 2026.", "fact:session") == "nombre absent des notes : 11"


def test_english_notes_may_become_a_french_report() -> None:
    notes = "We went over the three joins and she is still not at ease with Docker."
    assert doubt("Léa n’est pas encore à l’aise avec Docker.", notes, brief(notes)) is None
    assert doubt("Léa n’est pas encore à l’aise avec Kubernetes.", notes, brief(notes)) is not None


def test_reasons_are_given_in_the_language_of_the_report() -> None:
    given = brief("We covered two joins.", language=Language.EN)
    assert doubt("We covered three joins.", "covered two joins", given) == "number not in the notes: 3"


def test_a_first_name_that_is_also_a_word_is_only_a_name_with_its_capital() -> None:
    given = brief("La démarche est claire.\nPoint fait avec Claire.", known_names=("Léa Martin", "Claire Petit"))
    assert doubt("La démarche est claire.", "La démarche est claire.", given) is None
    assert doubt("Un point a été fait avec Claire.", "Point fait avec Claire.", given) is not None


TALK = """WEBVTT

Camille Roy: Tu as fini la page de connexion ?
Léa: Oui, mais je ne comprends pas les jetons.
Camille Roy: Je te montre un exemple tout de suite.
Léa: D'accord, je relirai le cours avant jeudi."""


@pytest.mark.parametrize(
    ("text", "at", "right"),
    [
        ("Léa ne comprend pas les jetons.", 1, True),
        ("Léa comprend les jetons.", 1, False),
        ("Je ne comprends pas les jetons.", 1, False),
        ("Je lui ai montré un exemple.", 2, True),
        ("Léa m’a montré un exemple.", 2, False),
        ("Relire le cours avant jeudi.", 3, True),
        ("Léa a relu le cours avant jeudi.", 3, False),
    ],
)
def test_who_is_meant_by_i_and_you_in_a_transcript_is_whoever_speaks(text: str, at: int, *, right: bool) -> None:
    turn = TALK.split("\n\n")[1].splitlines()[at]
    assert (doubt(text, turn, brief(TALK)) is None) is right


@pytest.mark.parametrize(
    ("source", "right", "wrong"),
    [
        ("Chargement : 12 s au lieu de 4.", "Il charge en 12 s au lieu de 4.", "Il charge en 4 s au lieu de 12."),
        ("Couverture : de 40 à 63 %.", "La couverture va de 40 à 63 %.", "La couverture va de 63 à 40 %."),
        ("on a corrigé le bug ensemble", "Le bug a été corrigé ensemble.", "Léa a corrigé seule le bug."),
        ("Ses tests sont stables.", "Ses tests sont bien stables.", "Ses tests sont instables."),
        ("Plan trop long, on l'a coupé.", "Le plan, trop long, a été coupé.", "Le plan, trop long, n’a pas été coupé."),
        ("Commander un câble et le tester.", "Commander un câble et le tester.", "Un câble a été commandé et testé."),
        ("Le client a signé le devis.", "Le devis a été signé par le client.", "Le devis a été signé par Léa."),
    ],
)
def test_what_turns_a_line_round_is_marked_and_what_says_it_otherwise_is_not(
    source: str, right: str, wrong: str
) -> None:
    assert doubt(right, source, brief(source)) is None
    assert doubt(wrong, source, brief(source)) is not None
