"""What a model may see of a mentor's notes, and what comes back."""

from __future__ import annotations

import pytest

from agent.model import Report, Section, Sentence
from agent.report.privacy import conceal, is_concealed
from tests.report.samples import brief


@pytest.mark.parametrize(
    ("notes", "seen"),
    [
        ("Léa a fini.", "[PERSONNE_1] a fini."),
        ("LEA a fini, lea aussi.", "[PERSONNE_1] a fini, [PERSONNE_1] aussi."),
        ("Le\u0301a a fini.", "[PERSONNE_1] a fini."),
        ("Léa Martin a fini.", "[PERSONNE_1A] a fini."),
        ("Le code de Mme martin.", "Le code de Mme [PERSONNE_1B]."),
        ("Le projet d'Karim, l’avis de Benali.", "Le projet d'[PERSONNE_2A], l’avis de [PERSONNE_2B]."),
        ("Karim's code, Karim-Benali", "[PERSONNE_2A]'s code, [PERSONNE_2]"),
        ("Camille conseille.", "[PERSONNE_3A] conseille."),
        ("L\u200béa", "[PERSONNE_1]"),
        ("La Martinique et Karimov", "La Martinique et Karimov"),
        ("Voici [PERSONNE_2] en clair", "Voici [PERSONNE 2] en clair"),
    ],
)
def test_names_are_replaced_however_they_are_written(notes: str, seen: str) -> None:
    assert conceal(brief(notes)).brief.notes == seen


@pytest.mark.parametrize(
    ("notes", "seen", "told"),
    [
        ("Écrire à lea@example.org demain", "Écrire à […] demain", "1 × adresse électronique"),
        ("Tél. 06 12 34 56 78.", "Tél. […].", "1 × numéro de téléphone ou d’identification"),
        ("Tél. +33 (0)6-12-34-56-78", "Tél. […]", "1 × numéro de téléphone ou d’identification"),
        ("Salle https://z.example/j/1?pwd=x", "Salle […]", "1 × lien personnel (avec des paramètres ou un jeton)"),
        (
            "Lien https://f.example/s/a8Zk29dkQm38sLwPq71x",
            "Lien […]",
            "1 × lien personnel (avec des paramètres ou un jeton)",
        ),
    ],
)
def test_contact_details_and_personal_links_are_removed_and_the_mentor_is_told(
    notes: str, seen: str, told: str
) -> None:
    concealed = conceal(brief(notes))
    assert concealed.brief.notes == seen
    assert concealed.removed == (told,)


@pytest.mark.parametrize(
    "private",
    [
        "Elle a une RQTH.",
        "Dyslexique, donc plus lent.",
        "A été hospitalisé la semaine dernière.",
        "En dépression depuis mars.",
        "burn-out",
        "En arrêt maladie jusqu'à lundi.",
        "Situation de handicap reconnue par la MDPH.",
        "She has ADHD and is on medication.",
        "He was on sick leave.",
    ],
)
def test_a_sentence_about_health_never_leaves(private: str) -> None:
    concealed = conceal(brief(f"Vu SQL. {private}\n- {private}\nRevoir les jointures."))
    assert concealed.brief.notes.split() == ["Vu", "SQL.", "Revoir", "les", "jointures."]
    assert concealed.removed == ("2 × phrase qui touche à la santé ou au handicap",)


def test_a_health_sentence_that_the_mail_program_wrapped_goes_as_a_whole() -> None:
    notes = "Elle m'a confié avec pudeur qu'elle est en arrêt\nmaladie depuis un mois.\nVu SQL."
    assert conceal(brief(notes)).brief.notes.strip() == "Vu SQL."
    notes = "Elle m'a confié avec beaucoup de pudeur pendant notre rendez-vous qu'elle\nest malade.\nVu SQL."
    assert conceal(brief(notes)).brief.notes.strip() == "Vu SQL."


def test_health_words_below_a_signature_do_not_leave_either() -> None:
    seen = conceal(brief("Vu SQL.\n--\nCamille, référente handicap")).brief.notes
    assert "SQL" in seen
    assert "handicap" not in seen


def test_links_versions_and_dates_of_the_lesson_stay() -> None:
    notes = "Python 3.11.2, le 12/03/2026 à 18:30, https://docs.example/guide/intro, 2026-03-10"
    assert conceal(brief(notes)).brief.notes == notes
    assert conceal(brief(notes)).removed == ()


def test_nothing_of_the_brief_keeps_a_name() -> None:
    concealed = conceal(brief("Léa", project="Le projet de Karim", instruction="parle de Léa", previous="Léa Martin"))
    everything = repr(concealed.brief)
    assert not any(name in everything for name in ("Léa", "Martin", "Karim", "Benali", "Camille", "Roy"))
    assert is_concealed(concealed.brief)
    assert not is_concealed(brief())


def test_names_come_back_as_they_are_spelled_with_their_elision() -> None:
    concealed = conceal(brief(known_names=("Léa Martin", "Amine Roux", "Camille Roy")))
    shown = (Sentence("Le code de [PERSONNE_2A] et de [PERSONNE_1].", "code de [personne_2a]"),)
    restored = concealed.restore_report(Report((Section("Travail", shown),), "model"))
    assert restored.sections[0].sentences == (Sentence("Le code d’Amine et de Léa.", "code de Amine"),)


def test_a_placeholder_that_was_never_given_stays_visible() -> None:
    assert conceal(brief()).restore("[PERSONNE_9] a fini") == "[PERSONNE_9] a fini"


def test_two_learners_with_one_first_name_keep_their_own_family_names() -> None:
    concealed = conceal(brief("Léa Durand et Léa Martin", known_names=("Léa Durand", "Léa Martin"), mentor_name=""))
    assert concealed.restore(concealed.brief.notes) == "Léa Durand et Léa Martin"


@pytest.mark.parametrize(
    "endless", ["a", "é-", "a@", "1 ", "(", "http://", "[ ] ", "malade. ", "Karim ", "http://e.x/?a "]
)
def test_endless_text_is_no_trap(endless: str) -> None:
    """Quadratic patterns would take minutes here, beyond the time any test is given."""
    concealed = conceal(brief(endless * (300_000 // len(endless)) + "\nLéa a vu SQL."))
    assert concealed.brief.notes.endswith("[PERSONNE_1] a vu SQL.")
