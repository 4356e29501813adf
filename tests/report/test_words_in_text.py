"""A word is found in a text where it stands by itself."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from agent.report.text import has_word


@given(st.text("aé1_ -.'", max_size=20), st.text("aé1_ -.'", min_size=1, max_size=4))
def test_a_word_stands_where_no_letter_or_digit_is_against_it(text: str, word: str) -> None:
    assert has_word(text, word) == bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text))


def test_the_second_place_counts_where_the_first_is_inside_another_word() -> None:
    assert has_word("des jointures, puis une jointure", "jointure")
    assert not has_word("des jointures", "jointure")
    assert not has_word("rien", "")
