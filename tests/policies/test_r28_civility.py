"""R28: courteous and professional in everything that is written."""

from __future__ import annotations

import pytest

from agent.policies.r28_civility import check, problems
from tests.policies.planned import clause, known, local


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Votre travail est nul.", "rude:nul"),
        ("C'est NUL, franchement.", "rude:nul"),
        ("Vous êtes un imbécile.", "rude:imbecile"),
        ("Vous n'êtes qu'un bon à rien.", "rude:bon a rien"),
        ("Ferme-la.", "rude:ferme-la"),
        ("This is useless and pathetic.", "rude:useless, pathetic"),
        ("JE VEUX UNE RÉPONSE ce soir.", "shouted:JE VEUX UNE RÉPONSE"),
        ("Répondez-moi !!", "exclaimed:!!"),
        ("Répondez-moi ! !", "exclaimed:! !"),
    ],
)
def test_rude_words_shouting_and_exclamations_are_doubtful(text: str, doubt: str) -> None:
    assert problems(text, clause("R28")) == [doubt]


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour Léa, bravo pour votre projet ! À mardi !",
        "La valeur nulle n'est trouvée nulle part.",
        "L'annulation est enregistrée ; c'est annulé.",  # "nul" is no whole word there
        "La porte se ferme. La session commence.",
        "On ferme la session à 18 h.",
        "Revoyez HTML, CSS, SQL et JSON.",
        "HTML CSS SQL JSON RQTH",
        "Léa MOREAU vous écrira.",
        "Vous avez écrit « c'est nul !! » : parlons-en.",
        "The skill of the class is fine.",
    ],
)
def test_a_civil_letter_raises_no_doubt(text: str) -> None:
    assert problems(text, clause("R28")) == []


def test_every_doubt_is_named_once() -> None:
    assert problems("NUL ET NULLISSIME TRAVAIL !!! Nul !!", clause("R28")) == [
        "rude:nul, nullissime",
        "shouted:NUL ET NULLISSIME TRAVAIL",
        "exclaimed:!!!",
    ]


def test_the_rule_itself_owes_nothing() -> None:
    judged = check(known(), clause("R28"), local("2026-11-04 09:00"))
    assert judged.hits == ()
    assert "checked when it is shown" in judged.misses[0].reason
