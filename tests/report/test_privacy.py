"""What a model may see of a mentor's notes, and what comes back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from agent.model import Brief, Language, Report, Section, Sentence
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
    assert [line.partition("\u00a0:")[0] for line in concealed.removed] == [told]
    assert all(one.words in notes for one in concealed.taken)


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
    assert concealed.removed == (f"2 × phrase qui touche à la santé ou au handicap\u00a0: «\u00a0{private}\u00a0»",)


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
    "endless",
    [
        "a",
        "é-",
        "a@",
        "1 ",
        "(",
        "http://",
        "[ ] ",
        "malade. ",
        "Karim ",
        "http://e.x/?a ",
        "Mme ",
        "son collègue Paul ",
        "12 rue A ",
    ],
)
def test_endless_text_is_no_trap(endless: str) -> None:
    """Quadratic patterns would take minutes here, beyond the time any test is given."""
    concealed = conceal(brief(endless * (300_000 // len(endless)) + "\nLéa a vu SQL."))
    assert concealed.brief.notes.endswith("[PERSONNE_1] a vu SQL.")


def test_no_text_of_a_brief_leaves_as_it_is() -> None:
    """Whatever fields a brief will have: each text in it is filled with names, and none is found in what leaves."""
    secret = "Léa Martin, Karim et son collègue Paul, lea@example.org. Elle a une RQTH."
    texts: dict[str, Any] = {
        field.name: (secret,) if field.name in {"last_goals", "earlier", "voice"} else secret
        for field in fields(Brief)
        if field.type in {"str", "str | None", "tuple[str, ...]"} and field.name not in {"timezone", "known_names"}
    }
    assert {"notes", "project", "voice", "earlier", "last_goals", "previous", "instruction"} <= set(texts)
    seen = repr(conceal(brief(**{**texts, "first_name": "Léa", "mentor_name": "Camille Roy"})).brief)
    assert seen.count("[PERSONNE_T1]") >= 6
    assert not [word for word in ("Léa", "Martin", "Karim", "Paul", "RQTH", "example.org", "Camille") if word in seen]


def test_the_same_person_has_the_same_placeholder_in_every_version() -> None:
    notes = "Son collègue Paul l'aide. Sa mère aussi. Paul relit."
    first = conceal(brief(notes))
    again = conceal(brief(notes, previous="Paul relit. Son collègue Paul l'aide.", instruction="parle moins de Paul"))
    assert first.brief.notes == "[PERSONNE_T1] l'aide. [PERSONNE_T2] aussi. [PERSONNE_T1A] relit."
    assert again.brief.notes == first.brief.notes
    assert again.brief.previous == "[PERSONNE_T1A] relit. [PERSONNE_T1] l'aide."
    assert again.brief.instruction == "parle moins de [PERSONNE_T1A]"


def test_a_hundred_names_of_one_person_all_come_back() -> None:
    notes = " ".join(f"Paul {chr(65 + n % 26)}{chr(97 + n // 26)}o relit." for n in range(100))
    concealed = conceal(brief(notes))
    assert "Paul" not in concealed.brief.notes
    assert concealed.restore(concealed.brief.notes) == notes


def test_a_new_learner_changes_nobody_s_placeholder() -> None:
    before = conceal(brief("Karim relit.", known_names=("Claire Martin", "Léa Moreau", "Karim Benali")))
    after = conceal(brief("Karim relit.", known_names=("Claire Martin", "Léa Moreau", "Karim Benali", "Tom Petit")))
    assert before.brief.notes == after.brief.notes


def test_people_come_back_as_they_were_called_with_a_capital_where_a_sentence_begins() -> None:
    concealed = conceal(brief("Travail avec son manager. Son manager valide."))
    assert concealed.brief.notes == "Travail avec [PERSONNE_T1]. [PERSONNE_T1] valide."
    assert concealed.restore("[PERSONNE_T1] valide. Vu avec [PERSONNE_T1].", elide=True) == (
        "Son manager valide. Vu avec son manager."
    )
    assert concealed.others == ("son manager",)


def test_a_common_word_that_is_also_somebody_s_name_is_a_name_with_a_capital_only() -> None:
    concealed = conceal(brief("Une petite correction, puis Petit relit.", known_names=("Léa Moreau", "Tom Petit")))
    assert concealed.brief.notes == "Une petite correction, puis [PERSONNE_2B] relit."
    assert conceal(brief("un petit bug", known_names=("Léa Moreau", "Tom Petit"))).brief.notes == "un petit bug"


def test_the_very_words_are_told_to_the_mentor_as_far_as_they_are_short() -> None:
    concealed = conceal(brief("Écrire à a@x.example, b@x.example, c@x.example, d@x.example ou e@x.example."))
    assert concealed.removed == (
        "5 × adresse électronique\u00a0: «\u00a0a@x.example\u00a0», «\u00a0b@x.example\u00a0», "
        "«\u00a0c@x.example\u00a0», «\u00a0d@x.example\u00a0», …",
    )
    english = conceal(brief("Mail a@x.example.", language=Language.EN))
    assert english.removed == ("1 × e-mail address: “a@x.example”",)
