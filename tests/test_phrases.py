"""The sentences inside the mails to the mentor: all there, in both languages, set as French is set."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from agent.model import Language, RequestState
from agent.phrases import Phrases

PHRASES = Phrases()
CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].joinpath("agent").rglob("*.py"))
FIELDS = {
    "version": 2,
    "state": "close",
    "subject": "À relire : compte rendu",
    "day": "mardi",
    "first_name": "Léa",
    "learner": "Léa Moreau",
    "count": 3,
    "date": "mardi",
    "when": "18 h",
    "weeks": 2,
    "percent": 40,
    "words": "tu, ton",
    "names": "Léa Moreau, Tom Petit",
    "project": "Projet 4",
    "of": 4,
    "since": "mardi",
    "until": "jeudi",
    "before": "2",
    "real": 45,
    "expected": 60,
}


@pytest.mark.parametrize("name", sorted(PHRASES.names()))
@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_can_be_said_and_leaves_no_place_empty(name: str, language: Language) -> None:
    said = PHRASES.say(language, name, **FIELDS)
    assert said.strip()
    assert not [field for _, field, _, _ in Formatter().parse(said) if field]


def test_the_two_languages_never_say_the_same_words() -> None:
    assert [
        n for n in PHRASES.names() if PHRASES.say(Language.FR, n, **FIELDS) == PHRASES.say(Language.EN, n, **FIELDS)
    ] == []


def test_every_sentence_that_the_code_asks_for_exists() -> None:
    asked = set(re.findall(r"\.say\([^)\"]*\"([a-z]+\.[a-z_]+)\"", CODE))
    asked |= {f"why.{why}" for why in re.findall(r"_back\(world, \w+, \"([a-z_]+)\"", CODE)}
    asked |= {f"advice.{advice}" for advice in re.findall(r"_back\(world, \w+, \"[a-z_]+\", \"([a-z_]+)\"", CODE)}
    assert len(asked) > 10
    assert asked <= PHRASES.names()


@pytest.mark.parametrize("state", [one for one in RequestState if one is not RequestState.WAITING])
def test_every_way_a_request_may_be_closed_has_its_words(state: RequestState) -> None:
    assert PHRASES.say(Language.FR, f"state.{state.value}")


def test_a_sentence_that_does_not_exist_is_an_error_and_no_empty_line() -> None:
    with pytest.raises(KeyError):
        PHRASES.say(Language.FR, "why.nobody_knows")
