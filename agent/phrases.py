"""Short sentences for the mentor, French and English, as data: why nothing was done, and what to answer instead."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from agent.model import Language
from agent.phrasing import typeset


class Phrases:
    """The table of agent/letters/phrases.toml: id -> language -> sentence with {named} places."""

    def __init__(self, table: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._table = table if table is not None else _shipped()

    def say(self, language: Language, name: str, **values: Any) -> str:
        """The sentence `name`. KeyError when it does not exist: a typo must not reach a mentor."""
        sentence = self._table[name][language.value].format(**values)
        return typeset(sentence) if language is Language.FR else sentence

    def names(self) -> frozenset[str]:
        """Every sentence there is."""
        return frozenset(self._table)


def _shipped() -> dict[str, dict[str, str]]:
    text = files("agent").joinpath("letters/phrases.toml").read_text(encoding="utf-8")
    return {
        f"{group}.{name}": sentences
        for group, entries in tomllib.loads(text).items()
        for name, sentences in entries.items()
    }
