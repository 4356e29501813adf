"""The words with which shorthand becomes whole sentences: config/sentences.toml, ready to match with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agent import shipped as files
from agent.errors import ConfigError
from agent.model import GoalOutcome, Language
from agent.report.text import fold

Pattern = re.Pattern[str]
Rules = tuple[tuple[Pattern, str], ...]
"""Patterns for text as written, each with what takes its place."""


@dataclass(frozen=True, slots=True)
class SentenceWords:
    """How shorthand in one language becomes whole sentences in the third person. Patterns are for text as written.

    In what is put in, {name}, {mentor} and {both} stand for the learner, the mentor, and the two of them.
    """

    spelled: Rules
    begins: Mapping[str, Pattern]  # a beginning that leaves its subject out -> a key of `prefix`
    prefix: Mapping[str, str]
    third: Rules
    any_third: Pattern  # finds what any of them would change
    any_spelled: Pattern
    first: Pattern  # words of the first and second person that must be gone afterwards
    again: Pattern  # before a subject that is told once more in the same sentence; what it is replaced by
    once: str
    split: Pattern  # "Flask ok, bloque sur jinja": the comma before the second part
    leads: frozenset[str]  # first words, folded, of what is no remark of its own
    joined: str  # " et ": before the last of several lines told in one sentence
    mentor: str
    both: str
    quoted: str  # the notes' own words, in another language than the report's


@dataclass(frozen=True, slots=True)
class GoalWords:
    """What the notes say of last time's goals, and of progress. Patterns are for folded text."""

    met: Pattern
    partly: Pattern
    missed: Pattern
    undecided: Pattern
    all_of_them: Pattern
    earlier: Pattern
    progress: Pattern
    not_progress: Pattern
    common: frozenset[str]
    told: Mapping[str, Mapping[str, str]]  # outcome -> language -> how the report says it


@dataclass(frozen=True, slots=True)
class RewriteWords:
    """Instructions that the built-in writer can follow. Patterns are for folded text; groups name what is meant."""

    shorter: Pattern
    drop_last: Pattern
    drop_first: Pattern
    drop_section: Pattern
    drop_about: Pattern
    add: Pattern


@dataclass(frozen=True, slots=True)
class Words:
    """Everything of config/sentences.toml. `sentences` is by language."""

    sentences: Mapping[str, SentenceWords]
    goals: GoalWords
    rewrite: RewriteWords


def load(text: str) -> Words:
    """The words in the text of a sentences.toml. ConfigError names what is missing or no valid pattern."""
    try:
        data = tomllib.loads(text)
        goals = data["goals"]
        patterns = ("met", "partly", "missed", "undecided", "all_of_them", "earlier", "progress", "not_progress")
        return Words(
            {language: _sentences(data["sentences"][language]) for language in Language},
            GoalWords(
                **{name: _any_of(goals[name]) for name in patterns},
                common=frozenset(goals["common"]),
                told={outcome: goals["told"][outcome] for outcome in set(GoalOutcome) - {GoalOutcome.UNKNOWN}},
            ),
            RewriteWords(**{name: _any_of(words) for name, words in data["rewrite"].items()}),
        )
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"sentences.toml: {error}"]) from error
    except KeyError as error:
        raise ConfigError([f"sentences.toml: {error.args[0]}: missing"]) from error
    except (re.error, TypeError, AttributeError, ValueError) as error:
        raise ConfigError([f"sentences.toml: {error}"]) from error


@lru_cache(maxsize=1)
def shipped() -> Words:
    """The words that come with the program."""
    return load(files.shipped("sentences.toml").read_text(encoding="utf-8"))


def _any_of(patterns: Iterable[str]) -> Pattern:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})")


def _whole(patterns: Iterable[str]) -> str:
    return rf"(?:{'|'.join(patterns)})(?:(?<=\s)|(?![\w/@]))"


def _rules(data: Iterable[Iterable[str]]) -> Rules:
    return tuple((re.compile(rf"(?<![\w’'./@-])(?:{a})(?:(?<=[\s’'])|(?![\w@-]))", re.IGNORECASE), b) for a, b in data)


def _union(rules: Rules) -> Pattern:
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in rules), re.IGNORECASE)


def _sentences(data: dict[str, Any]) -> SentenceWords:
    return SentenceWords(
        spelled=_rules(data["spelled"]),
        begins={name: re.compile(_whole(words), re.IGNORECASE) for name, words in data["begins"].items()},
        prefix=data["prefix"],
        third=_rules(data["third"]),
        any_third=_union(_rules(data["third"])),
        any_spelled=_union(_rules(data["spelled"])),
        first=re.compile(rf"(?<![\w-]){_whole(data['first'])}", re.IGNORECASE),
        split=re.compile(
            rf",\s+(?={_whole(data['split'])})|,?\s+{data['and']}\s+(?={_whole(data['split_and'])})", re.IGNORECASE
        ),
        again=re.compile(data["again"], re.IGNORECASE),
        once=data["once"],
        leads=frozenset(map(fold, data["leads"])),
        joined=data["joined"],
        mentor=data["mentor"],
        both=data["both"],
        quoted=data["quoted"],
    )
