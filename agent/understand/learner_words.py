"""Loads and checks learner.toml: the words by which learners' mails are read. Every mistake is reported at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.model import Matter
from agent.understand.lexicon import Phrase, phrases
from agent.understand.text import folded

_MAX_PATTERN = 800  # characters: a slip must stay readable
_LISTS = {
    "choice": ("accept", "filler", "number", "greeting"),
    "doubt": ("negation", "condition", "request", "choice", "harmless", "vague", "offers"),
}


@dataclass(frozen=True, slots=True)
class MatterWords:
    """By what a matter is told. `asks`: a sentence that asks for it may be a question, and may hold a negation."""

    patterns: tuple[re.Pattern[str], ...]
    asks: bool


@dataclass(frozen=True, slots=True)
class LearnerWords:
    """The whole file. Expressions are matched on folded text; `accept` and `filler` are comparable tokens."""

    accept: frozenset[Phrase]
    filler: frozenset[Phrase]
    number: re.Pattern[str]
    greeting: re.Pattern[str]
    ordinals: Mapping[str, int]  # folded word -> number
    negation: re.Pattern[str]
    condition: re.Pattern[str]
    request: re.Pattern[str]
    choice: re.Pattern[str]  # doubts that only a choice has
    harmless: re.Pattern[str]
    vague: re.Pattern[str]
    offers: re.Pattern[str]
    matters: Mapping[Matter, MatterWords]


def load(path: Path) -> LearnerWords:
    """Read the file. ConfigError with every problem as "file: path: what is wrong"."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path.name}: cannot be read: {error}"]) from None
    problems = [f"{key}: unknown key" for key in sorted(data.keys() - {*_LISTS, "matter"})]
    lists = {name: _texts(data, table, name, problems) for table, names in _LISTS.items() for name in names}
    matters = _matters(data.get("matter"), problems)
    ordinals = _ordinals(data.get("choice"), problems)
    if problems:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    return LearnerWords(
        accept=phrases(lists["accept"]),
        filler=phrases(lists["filler"]),
        ordinals=ordinals,
        matters=matters,
        **{name: any_of(lists[name]) for name in ("number", "greeting", *_LISTS["doubt"])},
    )


def any_of(texts: tuple[str, ...]) -> re.Pattern[str]:
    """One of these texts, as whole words, in folded text; the longest that fits. No texts: nothing matches."""
    words = sorted({folded(text) for text in texts}, key=len, reverse=True)
    inside = "|".join(re.escape(word) for word in words) or "(?!)"
    # "n'" stands before its word without a space
    return re.compile(rf"(?<!\w)(?:{inside})(?:(?<=')|(?!\w))")


def _texts(data: Mapping[str, Any], table: str, name: str, problems: list[str]) -> tuple[str, ...]:
    found = data.get(table, {}).get(name) if isinstance(data.get(table, {}), dict) else None
    if not isinstance(found, list) or not all(isinstance(text, str) and text.strip() for text in found):
        problems.append(f"{table}.{name}: must be a list of texts")
        return ()
    return tuple(found)


def _ordinals(choice: Any, problems: list[str]) -> dict[str, int]:
    found = choice.get("ordinal", {}) if isinstance(choice, dict) else {}
    if not isinstance(found, dict) or not all(isinstance(n, int) and n > 0 for n in found.values()):
        problems.append("choice.ordinal: must be a table of words, each with its number")
        return {}
    return {folded(word): number for word, number in found.items()}


def _matters(table: Any, problems: list[str]) -> dict[Matter, MatterWords]:
    found = {}
    for name, entry in table.items() if isinstance(table, dict) else ():
        if name not in list(Matter):
            problems.append(f"matter.{name}: is no matter")
            continue
        texts = entry.get("patterns") if isinstance(entry, dict) else None
        if not isinstance(texts, list) or not texts:
            problems.append(f"matter.{name}.patterns: must be a list of patterns")
            continue
        compiled = [_pattern(f"matter.{name}.patterns[{n}]", text, problems) for n, text in enumerate(texts)]
        found[Matter(name)] = MatterWords(tuple(one for one in compiled if one), entry.get("asks") is True)
    if not found and not problems:
        problems.append("matter: is missing")
    return found


def _pattern(path: str, text: Any, problems: list[str]) -> re.Pattern[str] | None:
    if not isinstance(text, str) or not 0 < len(text) <= _MAX_PATTERN:
        problems.append(f"{path}: must be a pattern of at most {_MAX_PATTERN} characters")
        return None
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        problems.append(f"{path}: not a regular expression: {error}")
        return None
