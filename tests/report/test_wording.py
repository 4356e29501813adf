"""The words of the report as data."""

from __future__ import annotations

import pytest

from agent.errors import ConfigError
from agent.model import Language, SessionStatus
from agent.report.wording import load, shipped


def test_the_shipped_wording_speaks_both_languages_to_the_same_extent() -> None:
    wording = shipped()
    assert wording.messages["fr"].keys() == wording.messages["en"].keys()
    assert all(set(section.title) == set(Language) for section in wording.sections)
    assert all(set(wording.facts[language]["session"]) == set(SessionStatus) for language in Language)


@pytest.mark.parametrize(
    ("text", "problem"), [("longest = ", "report.toml: "), ("longest = 3", "report.toml: head: missing")]
)
def test_a_broken_wording_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        load(text)
