"""What short answers mean: a wrong approval never, a missed one hardly ever (answers.toml holds them)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.understand.lexicon import Phrase, filled, phrases, plain
from agent.understand.recognisers import load_recognisers
from agent.understand.typos import mended
from agent.understand.verdict import Answer, read_confirmation, read_draft_answer
from tests.understand.material import WORDS
from tests.word.answers import Sample, samples, understood

ALL = samples()
APPROVALS = [one.text for one in ALL if one.meaning == "approve"]
OTHERS = [one for one in ALL if one.meaning != "approve"]
GENUINE = 0.98  # of the approvals are understood
HELD_OUT = 0.95  # of the first round that the words were not chosen by
LATER_ROUNDS = 0.9  # of each that was written to be unlike what was there: a miss costs one more mail
REST = 0.94  # of all other answers are taken for what they mean


def share(chosen: list[Sample]) -> float:
    return sum(one.meaning == understood(one.text) for one in chosen) / len(chosen)


def test_there_are_enough_answers_and_a_third_of_them_is_held_out() -> None:
    assert len(ALL) >= 350
    assert len(OTHERS) >= 120
    assert len({one.text for one in ALL}) == len(ALL)
    assert sum(one.held_out for one in ALL) / len(ALL) >= 0.25


@pytest.mark.parametrize("answer", [one.text for one in OTHERS])
def test_no_answer_that_is_no_approval_approves(answer: str) -> None:
    assert understood(answer) != "approve"
    assert read_confirmation(answer, WORDS) is not True


@pytest.mark.parametrize("answer", [one.text for one in ALL if one.meaning != "drop"])
def test_no_answer_that_is_no_refusal_throws_a_draft_away(answer: str) -> None:
    assert understood(answer) != "drop"


def test_genuine_approvals_are_understood() -> None:
    approvals = [one for one in ALL if one.meaning == "approve"]
    assert share([one for one in approvals if one.round in {"learnt", "held_out"}]) >= GENUINE
    assert share([one for one in approvals if one.round == "held_out"]) >= HELD_OUT


@pytest.mark.parametrize("round_", ["second", "third", "fourth"])
def test_approvals_in_other_words_are_mostly_understood(round_: str) -> None:
    assert share([one for one in ALL if one.meaning == "approve" and one.round == round_]) >= LATER_ROUNDS


def test_the_other_answers_are_taken_for_what_they_mean() -> None:
    for meaning in ("drop", "redo", "later", "unclear", "corrected"):
        assert share([one for one in ALL if one.meaning == meaning]) >= REST, meaning


# -- properties: nothing that is put into an approval leaves it one


def phrases_of(*fields: str) -> list[str]:
    found: list[Phrase] = sorted({phrase for field in fields for phrase in getattr(WORDS, field)})
    return [" ".join(phrase) for phrase in found]


MEANT = frozenset(word for phrase in WORDS.approve | WORDS.filler for word in phrase)
SPOILERS = [one for one in phrases_of("negation", "condition", "question") if not set(one.split()) <= MEANT]
UNKNOWN = [
    "zut",
    "Tom",
    "facture",
    "mercredi",
    "projet",
    "demain",
    "lundi",
    "sessions",
    "hmm",
    "report",
    "autre",
    "wrong",
    "later",
]


@given(st.sampled_from(APPROVALS), st.sampled_from(SPOILERS), st.data())
@settings(max_examples=400)
def test_a_negation_a_condition_or_a_question_inside_an_approval_undoes_it(
    approval: str, spoiler: str, data: st.DataObject
) -> None:
    words = approval.split()
    at = data.draw(st.integers(0, len(words)))
    text = " ".join([*words[:at], spoiler, *words[at:]])
    assert read_draft_answer(text, WORDS).kind is not Answer.APPROVE
    assert read_confirmation(text, WORDS) is not True


@given(st.sampled_from(APPROVALS), st.sampled_from(["?", " ?", "??", " ?!", "？"]))
def test_an_approval_with_a_question_mark_is_a_question(approval: str, mark: str) -> None:
    assert read_draft_answer(approval + mark, WORDS).kind is Answer.UNCLEAR


@given(
    st.sampled_from(APPROVALS),
    st.lists(st.sampled_from(UNKNOWN), min_size=1, max_size=6),
    st.sampled_from([". ", "\n", ", ", "\n\nPS : "]),
    st.booleans(),
)
@settings(max_examples=300)
def test_a_second_sentence_that_is_not_understood_undoes_an_approval(
    approval: str, more: list[str], between: str, first: bool
) -> None:
    parts = [approval, " ".join(more)]
    text = between.join(parts if first else parts[::-1])
    assert read_draft_answer(text, WORDS).kind not in {Answer.APPROVE, Answer.CORRECT}
    assert read_confirmation(text, WORDS) is not True


@given(st.sampled_from(APPROVALS), st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèàçüñжλ", min_size=9, max_size=14))
@settings(max_examples=300)
def test_a_word_that_nobody_knows_undoes_an_approval(approval: str, word: str) -> None:
    if not set(mended(plain(word), WORDS)) <= MEANT:
        assert read_confirmation(f"{approval} {word}", WORDS) is not True


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@st.composite
def misspelt(draw: st.DrawFn) -> str:
    """A word that refuses, doubts or asks, with one slip of the thumb in it."""
    word = draw(st.sampled_from(phrases_of("drop", "negation", "condition", "edit", "question", "later", "lookalike")))
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(LETTERS))
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )
    return draw(st.sampled_from(slips))


@given(misspelt(), st.sampled_from(["", "ok ", "oui, "]))
@settings(max_examples=500)
def test_a_misspelt_refusal_or_doubt_never_becomes_an_approval(slip: str, before: str) -> None:
    if not plain(slip) or set(plain(slip)) <= MEANT:
        return  # "n" of "no" left out gives "o", of "stop" gives "top": another word, and not a misspelling any more
    assert read_confirmation(before + slip, WORDS) is not True


def test_one_misspelling_of_a_long_word_is_forgiven_and_two_are_asked_about() -> None:
    assert read_confirmation("parfiat merci", WORDS) is True
    assert read_confirmation("parfiat mreci", WORDS) is None
    assert read_confirmation("pas parfiat", WORDS) is None


@pytest.mark.parametrize(
    "word", ["renvoie", "envoyé", "invalide", "désapprouvé", "parfois", "confirmer", "mardi", "infirmé"]
)
def test_a_word_that_only_looks_like_an_approval_is_none(word: str) -> None:
    assert read_confirmation(word, WORDS) is None
    assert read_confirmation(f"ok {word}", WORDS) is None


def test_half_a_thought_is_no_approval() -> None:
    assert read_confirmation("oui…", WORDS) is None
    assert read_confirmation("ok ..\nMerci", WORDS) is None
    assert read_confirmation("ok. Merci.", WORDS) is True


def test_words_that_change_nothing_approve_only_beside_a_yes_and_only_a_few() -> None:
    assert read_confirmation("ok avec ce texte", WORDS) is True
    assert read_confirmation("avec ce texte", WORDS) is None
    assert read_confirmation("ok " + "le " * 9, WORDS) is None


def test_a_phrase_has_its_slots_filled_in_every_way() -> None:
    slots = {"it_is": ["c'est", "tout est"], "good": ["bon", "ok"]}
    assert filled("{it_is} {good}", slots) == ["c'est bon", "c'est ok", "tout est bon", "tout est ok"]
    assert phrases(filled("{it_is?} ok", slots)) == {("c", "est", "ok"), ("tout", "est", "ok"), ("ok",)}
    with pytest.raises(ValueError, match="no slot good"):
        filled("{good}", {})
    with pytest.raises(ValueError, match="more than"):
        filled("{it_is}" * 11, slots)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ('neutral = ["mais"]', "words.neutral.*mais"),
        ('approve = ["{nice}"]', "words.approve.*no slot nice"),
        ("slots = 1", "words.slots: must be a table"),
    ],
)
def test_a_mistake_in_the_words_of_answers_is_named(words: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_recognisers(f"[words]\n{words}\n")


def test_a_very_long_answer_is_read_at_once() -> None:
    assert read_draft_answer("ok " * 60_000, WORDS).kind is Answer.UNCLEAR
    assert read_draft_answer("ok " * 30_000 + "enlève la fin", WORDS).kind is not Answer.APPROVE
    assert read_draft_answer("o" * 200_000, WORDS).kind is Answer.UNCLEAR
    assert read_draft_answer("plus tard demain " * 12_000, WORDS).kind is not Answer.LATER
