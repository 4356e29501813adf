"""The report's words as data: sections, cues, terms and messages of config/report.toml, ready to match with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agent import shipped as files
from agent.errors import ConfigError
from agent.model import Language
from agent.report.text import fold

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class SectionWords:
    """One section of the report. `rank`: lower is asked first; `asks` tells a model what belongs there (English)."""

    id: str
    title: Mapping[str, str]
    asks: str
    rank: int
    heading: Pattern
    cue: Pattern | None  # None: this section takes what no other wants
    weak: Pattern  # cues that do not count in a line about a person
    no_cue: Pattern  # words among which no cue counts


@dataclass(frozen=True, slots=True)
class Place:
    """A titled place of the report. `facts` are the facts told there, by name; empty: the notes' words."""

    id: str
    title: Mapping[str, str]
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckWords:
    """What grounding looks for. Patterns are for folded text."""

    negation: Pattern
    not_negation: Pattern
    held: Pattern
    not_held: Pattern
    markup: Pattern
    familiar: Pattern  # for text as written: its case and accents count
    words_too: frozenset[str]
    technologies: frozenset[str]
    numbers: Mapping[str, str]  # folded word -> digits, both languages
    common: Mapping[str, frozenset[str]]  # function words by language, folded


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything of config/report.toml. `facts` and `messages` are by language; see the file for their keys."""

    longest: int
    head: Mapping[str, Mapping[str, str]]
    layout: tuple[Place, ...]  # every place of the report, in order
    sections: tuple[SectionWords, ...]  # those that notes are sorted into, in the report's order
    noise: Pattern
    dated: Pattern  # in a title: it says more than the section does
    shorthand: Mapping[str, Mapping[str, str]]
    politeness: tuple[tuple[Pattern, str], ...]
    facts: Mapping[str, Mapping[str, Any]]
    check: CheckWords
    health: Pattern
    not_health: Pattern  # where a word of `health` is the subject of a project
    messages: Mapping[str, Mapping[str, str]]

    def say(self, language: Language, message: str, **values: object) -> str:
        """A message of [messages.*] in this language. KeyError if there is none."""
        return self.messages[language][message].format(**values)


def any_of(patterns: Iterable[str]) -> Pattern:
    """One pattern that finds any of these from the start of a word. An empty list finds nothing."""
    joined = "|".join(patterns)
    return re.compile(rf"(?<!\w)(?:{joined})" if joined else r"(?!)")


def load(text: str) -> Wording:
    """Wording from the text of a report.toml. ConfigError names what is missing or no valid pattern."""
    try:
        return _build(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"report.toml: {error}"]) from error
    except KeyError as error:
        raise ConfigError([f"report.toml: {error.args[0]}: missing"]) from error
    except (re.error, TypeError, AttributeError, ValueError) as error:
        raise ConfigError([f"report.toml: {error}"]) from error


@lru_cache(maxsize=1)
def shipped() -> Wording:
    """The wording that comes with the program."""
    return load(files.shipped("report.toml").read_text(encoding="utf-8"))


def _build(data: dict[str, Any]) -> Wording:
    return Wording(
        longest=data["longest"],
        head=data["head"],
        layout=tuple(Place(s["id"], s["title"], tuple(s.get("facts", ()))) for s in data["sections"]),
        sections=_sections(data["sections"]),
        noise=re.compile(rf"(?:{'|'.join(data['noise']['lines'])})"),
        dated=any_of(data["noise"]["dated"]),
        shorthand=data["shorthand"],
        politeness=tuple(
            (re.compile(rf"(?<![\w'’-])(?:{a})(?![\w-])", re.IGNORECASE), b) for a, b in data["politeness"]["fr"]
        ),
        facts=data["facts"],
        check=_check(data["check"], data["politeness"]["familiar"]),
        health=any_of(data["private"]["health"]),
        not_health=any_of(data["private"]["not_health"]),
        messages=data["messages"],
    )


def _sections(data: list[dict[str, Any]]) -> tuple[SectionWords, ...]:
    """Those with cues. ValueError if a mentor left none, or two with one id."""
    sorted_into = tuple(_section(s) for s in data if "cues" in s)
    if not sorted_into:
        raise ValueError("sections: at least one needs cues")
    if len({s["id"] for s in data}) < len(data):
        raise ValueError("sections: each id may stand there once")
    return sorted_into


def _section(data: dict[str, Any]) -> SectionWords:
    heading = re.compile(rf"(?:{'|'.join(data['headings'])})\w*")
    cue = any_of(data["cues"]) if data["cues"] else None
    weak, no_cue = any_of(data.get("weak", ())), any_of(data.get("except", ()))
    return SectionWords(data["id"], data["title"], data["asks"], data["rank"], heading, cue, weak, no_cue)


def _check(data: dict[str, Any], familiar: str) -> CheckWords:
    return CheckWords(
        negation=any_of(data["negations"]),
        not_negation=any_of(data["not_negations"]),
        held=any_of(data["held"]),
        not_held=any_of(data["not_held"]),
        markup=re.compile("|".join(data["markup"])),
        familiar=re.compile(familiar),
        words_too=frozenset(map(fold, data["words_too"])),
        technologies=frozenset(data["technologies"]),
        numbers={fold(word): str(n) for words in data["numbers"].values() for n, word in enumerate(words, start=2)},
        common={language: frozenset(map(fold, words)) for language, words in data["common"].items()},
    )
