"""The measured set of private details: what must never leave, and what must not be mistaken for it."""

from __future__ import annotations

import pytest

from tests.report.private_set import SENTENCES, Sentence, concealed, seen

PRIVATE = [one for one in SENTENCES if one.hidden]
ALIKE = [one for one in SENTENCES if not one.hidden]


def test_the_set_is_large_enough_to_say_something() -> None:
    assert len(PRIVATE) >= 80
    assert len(ALIKE) >= 80
    assert min(sum(one.held for one in part) for part in (PRIVATE, ALIKE)) >= 20


@pytest.mark.parametrize("one", PRIVATE, ids=lambda one: one.text[:40])
def test_nothing_private_of_a_sentence_leaves(one: Sentence) -> None:
    assert one.left_in(seen(one.text)) == []


@pytest.mark.parametrize("one", PRIVATE, ids=lambda one: one.text[:40])
def test_the_mentor_is_told_of_everything_that_was_hidden_or_gets_it_back(one: Sentence) -> None:
    found = concealed(one.text)
    told = " ".join([*(taken.words for taken in found.taken), found.restore(found.brief.notes, elide=True)])
    assert [word for word in one.hidden if word.lower() not in told.lower()] == []


@pytest.mark.parametrize("one", ALIKE, ids=lambda one: one.text[:40])
def test_what_only_looks_private_leaves_as_it_is(one: Sentence) -> None:
    found = concealed(one.text)
    assert (found.brief.notes, found.removed, found.others) == (one.text, (), ())
