"""Reading the mentor's answer to a draft: a wrong approval never, a missed one hardly ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model import Language
from agent.understand.verdict import Answer, Doubt, DraftAnswer, explain, read_confirmation, read_draft_answer
from tests.understand.material import WORDS


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "OK.",
        "Oui, merci !",
        "c'est bon merci",
        "C’est bon",
        "ok envoie",
        "d'accord",
        "parfait",
        "Approuvé",
        "approve",
        "yes",
        "send it",
        "Looks good, thanks",
        "ok 👍",
        "OK. Merci, bonne journée",
        "Bonjour,\n\nc'est parfait.\n\nMerci",
        "ça me va",
    ],
)
def test_a_plain_approval_approves(text: str) -> None:
    assert read_draft_answer(text, WORDS) == DraftAnswer(Answer.APPROVE)


@pytest.mark.parametrize(
    "text",
    [
        "pas ok",
        "ok?",
        "ok ?",
        "c'est bon ?",
        "ok mais enlève la dernière phrase",
        "ok pas",
        "oui non",
        "non c'est bon",
        "yes but shorter",
        "je ne suis pas d'accord",
        "ok demain",
        "ok si Marie est d'accord",
        "not ok",
        "оk",
        "ok sauf la fin",
        "merci",
        "bien reçu",
        "oui, envoie pas",
        "d'accord, ne l'envoie pas",
        "est-ce que c'est ok",
        "ok stop",
        "je dirai ok plus tard",
        "no ok",
        '"ok"',
        "ok\nPs : pas la fin",
        "OK, et enlève la dernière phrase, puis change le prénom, et mets la date de la prochaine session",
    ],
)
def test_nothing_that_could_mean_something_else_approves_or_drops(text: str) -> None:
    assert read_draft_answer(text, WORDS).kind in {Answer.UNCLEAR, Answer.REDO}
    assert read_confirmation(text, WORDS) is None


@pytest.mark.parametrize(
    "text", ["non", "No.", "non surtout pas", "ne pas envoyer", "Non merci", "don't send it", "n'envoie pas"]
)
def test_a_plain_refusal_drops(text: str) -> None:
    assert read_draft_answer(text, WORDS) == DraftAnswer(Answer.DROP)


@pytest.mark.parametrize(
    ("text", "instruction"),
    [
        ("refaire: plus court", "plus court"),
        ("Refaire : plus court,\net sans le nom", "plus court,\net sans le nom"),
        ("refais plus court", "plus court"),
        ("redo: shorter", "shorter"),
        ("Redo shorter", "shorter"),
        ("refaire", ""),
        ("ok mais enlève la dernière phrase", "enlève la dernière phrase"),
        ("yes but shorter", "shorter"),
        ("enlève la dernière phrase", "enlève la dernière phrase"),
        ("Bonjour,\nun peu plus court s'il te plaît", "un peu plus court s'il te plaît"),
        ("pas ok, trop long", "trop long"),
        ("non, trop formel", "trop formel"),
    ],
)
def test_another_version_is_asked_for_with_an_instruction(text: str, instruction: str) -> None:
    assert read_draft_answer(text, WORDS) == DraftAnswer(Answer.REDO, instruction)


def test_the_mentors_own_text_replaces_the_draft() -> None:
    assert read_draft_answer("modifier :\nBonjour Marie\n\nà lundi", WORDS).text == "Bonjour Marie\n\nà lundi"
    assert read_draft_answer("edit: Hello", WORDS) == DraftAnswer(Answer.REPLACE, "Hello")
    whole = "Bonjour Marie,\nNous nous voyons lundi à dix heures pour parler de votre projet."
    assert read_draft_answer(whole, WORDS) == DraftAnswer(Answer.REPLACE, whole)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("", Doubt.EMPTY),
        (" \n", Doubt.EMPTY),
        ("texte :", Doubt.EMPTY),
        ("ok ?", Doubt.QUESTION),
        ("ok mais je ne sais pas", Doubt.CONDITION),
        ("je n'ai pas encore lu", Doubt.LATER),
        ("change " + "la phrase sur le projet de la semaine, " * 8, Doubt.CHANGE),
        ("refaire plus court ?", Doubt.QUESTION),
        ("enlève la dernière phrase ?", Doubt.QUESTION),
        ("hmm", Doubt.UNKNOWN),
    ],
)
def test_a_doubt_is_named_and_explained_in_both_languages(text: str, doubt: Doubt) -> None:
    assert read_draft_answer(text, WORDS) == DraftAnswer(Answer.UNCLEAR, doubt=doubt)
    assert explain(doubt, Language.FR) != explain(doubt, Language.EN)


def test_yes_no_and_neither() -> None:
    assert read_confirmation("oui merci", WORDS) is True
    assert read_confirmation("non", WORDS) is False
    assert read_confirmation("oui ?", WORDS) is None
    assert read_confirmation("", WORDS) is None


APPROVALS = st.sampled_from(["ok", "oui", "d'accord", "c'est bon", "envoie", "yes", "send it"])
SPOILERS = st.sampled_from(
    ["pas", "non", "mais", "?", "sauf", "ne", "not", "no", "don't", "si", "jamais", "attends", "but", "demain", "zut"]
)


@given(APPROVALS, SPOILERS, APPROVALS, st.permutations([0, 1, 2]))
def test_no_order_of_words_makes_an_approval_of_one_spoiling_word(
    a: str, spoiler: str, b: str, order: list[int]
) -> None:
    text = " ".join((a, spoiler, b)[i] for i in order)
    assert read_draft_answer(text, WORDS).kind is not Answer.APPROVE
    assert read_confirmation(text, WORDS) is not True
