"""R02: vous until the learner agreed to tu."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Matter, Party
from agent.policies.r02_form_of_address import check, problems
from tests.policies.planned import clause, known, local, reported


def ids(text: str, *, informal: bool = False) -> list[str]:
    return [problem.partition(":")[0] for problem in problems(text, informal, clause("R02"))]


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour Léa,\n\nQuand êtes-vous libre ? Votre projet avance bien.",
        "Bonjour Léa, à mardi !",  # addresses nobody either way
        "Vous pouvez prendre rendez-vous. Le ton de la lettre, un ton plus bas : peu importe.",
        "Y a-t-il une date qui vous conviendrait ? A-t-on le temps ? Un t-shirt suffit.",
        "La statue, les tests, le têtu et la tutelle vous attendent.",
        "Vous m'avez écrit : « tu peux me répondre ? »",
        'Vous m\'avez écrit : "tu viens ?"',
        "Je vous réponds ci-dessous.\n\n> Tu peux mardi ?\n> Ton heure sera la mienne.",
    ],
)
def test_a_letter_that_says_vous_and_only_quotes_tu_is_right_where_tu_was_not_agreed(text: str) -> None:
    assert ids(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Quand es-tu libre ?",
        "Je T'écris à propos de la session.",
        "Je t’écris à propos de la session.",
        "TON projet avance bien.",
        "Merci à toi.",
        "Prends tes notes.",
    ],
)
def test_tu_without_agreement_is_a_doubt_and_is_right_once_it_was_agreed(text: str) -> None:
    assert ids(text) == ["informal"]
    assert ids(text, informal=True) == []


def test_vous_where_tu_was_agreed_is_a_doubt_but_not_when_several_are_meant() -> None:
    assert ids("Quand êtes-vous libre ?", informal=True) == ["formal"]
    assert ids("Tu peux venir au rendez-vous. Je vous souhaite à vous tous une belle semaine.", informal=True) == [
        "mixed"
    ]
    assert ids("Tu peux venir au rendez-vous. Belle semaine à vous tous !", informal=True) == []
    assert ids("Pour vous deux, tu choisis la date.", informal=True) == []


@pytest.mark.parametrize("informal", [True, False])
def test_a_text_that_mixes_both_is_a_doubt_whatever_was_agreed(*, informal: bool) -> None:
    found = problems("Vous avancez bien. Quand es-tu libre ?", informal, clause("R02"))
    assert found == ["mixed:tu, vous"]


def test_the_rule_owes_nothing_and_says_which_form_holds() -> None:
    said = reported(1, Matter.INFORMAL, local("2026-11-03 18:00"), by=Party.LEARNER)
    formal = known()
    informal = replace(formal, learner=replace(formal.learner, informal=True), situations=(said,))
    for snapshot, words in ((formal, "vous: "), (informal, "tu: agreed on 2026-11-03 17:00 UTC")):
        judged = check(snapshot, clause("R02"), local("2026-11-04 09:00"))
        assert judged.hits == ()
        assert judged.misses[0].reason.startswith(words)
