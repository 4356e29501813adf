"""The words of config/report_check.toml, ready to match with, and what two words have in common.

Folded words are kin when they begin alike or stand in one group of the file; a group holds both languages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from agent import shipped as files
from agent.model import Language
from agent.report.wording import Pattern, any_of

TOKEN = re.compile(r"[^\W\d_]+")
_REMEMBERED = 20_000  # words whose groups, or kin, are kept: a few megabytes


class WordList:
    """Which groups a folded word belongs to: entries are beginnings, or whole words where they end with "$"."""

    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self._found: dict[str, frozenset[int]] = {}
        self._whole: dict[str, set[int]] = {}
        self._beginning: dict[str, set[int]] = {}
        for number, words in enumerate(groups):
            for word in words:
                table = self._whole if word.endswith("$") else self._beginning
                table.setdefault(word.rstrip("$"), set()).add(number)
        self._lengths = sorted({len(word) for word in self._beginning})

    def groups(self, word: str) -> frozenset[int]:
        """The numbers of its groups, in the order they were given from 0 on."""
        found = self._found.get(word)
        if found is None:
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            found = self._found[word] = frozenset(self._look_up(word))
        return found

    def _look_up(self, word: str) -> set[int]:
        found = set(self._whole.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found |= self._beginning.get(word[:length], set())
        return found

    def __contains__(self, word: str) -> bool:
        return bool(self.groups(word))


def words(*entries: str) -> WordList:
    """A list with one group."""
    return WordList([entries])


@dataclass(frozen=True, slots=True)
class People:
    """Who may be told of, and where a name is no subject."""

    me: WordList
    me_subject: WordList
    we_subject: WordList
    we: WordList
    learner_subject: WordList
    they_subject: WordList
    learner: WordList
    others: WordList
    before_object: WordList
    by: WordList
    skipped: WordList
    being: WordList
    told_to: WordList
    to_me: WordList
    mentor_acts: WordList
    impersonal: WordList
    left_out: WordList
    causing: WordList
    alone: Pattern
    together: Pattern


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything of config/report_check.toml; see the file. Patterns are for flat text (agent.report.text.flat)."""

    shares: Mapping[str, float]
    neutral: WordList
    openers: WordList
    same: WordList
    opposite: WordList  # groups 2n and 2n + 1 deny each other
    resource: WordList
    linked: frozenset[int]
    blockers: Pattern
    blockers_gone: Pattern
    lacking: Pattern
    soft: Pattern
    having: Pattern
    cleared: Pattern
    governors: Pattern
    harmless: Pattern
    planned: Pattern
    wished: Pattern
    deadlines: Pattern
    labels: Pattern
    tasks: Mapping[Language, Pattern]  # a text that begins as a task does: "Write ...", "Terminer ..."
    speech: Pattern  # deeds of words, which may be about a plan
    done: Mapping[Language, Pattern]
    also_words: frozenset[str]
    tools: WordList  # short and long names of the same
    people: People
    generic: Pattern
    values: Mapping[str, int]
    ordinals: Mapping[str, int]
    alike: tuple[tuple[str, ...], ...]
    spans: WordList  # units of time, from the shortest on
    days_near: tuple[tuple[str, ...], ...]
    counting: frozenset[str]  # words for numbers and days, which are compared as such
    messages: Mapping[str, Mapping[str, str]]
    _kin: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def say(self, language: Language, message: str, **values: object) -> str:
        """A message of [messages.*] in this language. KeyError if there is none."""
        return self.messages[language][message].format(**values)

    def kin(self, word: str) -> frozenset[str]:
        """What words of one sense share with this folded word: its beginning, and its groups."""
        found = self._kin.get(word)
        if found is None:
            if len(self._kin) > _REMEMBERED:
                self._kin.clear()
            beginnings = {word[:5], f"{word[:4]}-"} if len(word) <= 7 else {word[:5]}
            found = self._kin[word] = frozenset(beginnings | {f"={number}" for number in self.same.groups(word)})
        return found

    def content(self, flat_text: str, common: frozenset[str]) -> list[str]:
        """The words that say something: no function words, none of the report's own trade."""
        found = TOKEN.findall(flat_text)
        return [
            word
            for word in found
            if len(word) > 3 and word not in common and word not in self.neutral and word not in self.counting
        ]


def shortens(short: str, word: str) -> bool:
    """Whether a word of the notes is this one shortened: its beginning, or "btns" for "buttons"."""
    if word.startswith(short):
        return True
    letters = iter(word)
    clipped = sum(letter in "aeiouy" for letter in short) * 3 <= len(short)
    return clipped and short[0] == word[0] and len(short) < len(word) and all(letter in letters for letter in short)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon that comes with the program."""
    return build(tomllib.loads(files.shipped("report_check.toml").read_text(encoding="utf-8")))


def build(data: Mapping[str, Any]) -> Lexicon:
    """The lexicon from the file's values. KeyError or re.error for a file that lacks something."""
    trouble, polarity, plan, numbers = data["trouble"], data["polarity"], data["plan"], data["numbers"]
    return Lexicon(
        shares=data["shares"],
        neutral=words(*data["neutral"]["words"]),
        openers=words(*data["neutral"]["openers"]),
        same=WordList(group.split() for group in data["same"]["groups"]),
        opposite=WordList(side for pair in data["opposite"] for side in (pair["one"], pair["other"])),
        resource=WordList(group["words"] for group in data["resource"]),
        linked=frozenset(n for n, group in enumerate(data["resource"]) if group.get("link")),
        blockers=any_of(trouble["blockers"]),
        blockers_gone=any_of(trouble["gone"]),
        lacking=any_of(polarity["lacking"]),
        soft=any_of(polarity["soft"]),
        having=any_of(polarity["having"]),
        cleared=_cleared(polarity),
        governors=any_of(polarity["governors"]),
        harmless=any_of(polarity["pairs"]),
        planned=any_of(plan["planned"]),
        wished=any_of(plan["wished"]),
        deadlines=re.compile(rf"(?<!\w)(?:{'|'.join(plan['deadlines'])})"),
        labels=re.compile(rf"(?:{'|'.join(plan['labels'])}) ?(?:[:=]|->|-(?= ))"),
        tasks={language: re.compile("|".join(plan[f"tasks_{language}"])) for language in Language},
        speech=any_of(plan["speech"]),
        done={Language.FR: any_of(plan["done_fr"]), Language.EN: any_of(plan["done_en"])},
        tools=WordList([f"{name}$" for name in names] for names in data["tools"]["alike"]),
        also_words=frozenset(data["tools"]["also_words"]),
        people=_people(data["people"]),
        generic=re.compile(rf"(?:{'|'.join(data['generic']['sentences'])})"),
        values=numbers["values"],
        ordinals=numbers["ordinals"],
        alike=tuple(map(tuple, numbers["alike"])),
        spans=WordList(numbers["spans"]),
        days_near=tuple(map(tuple, numbers["days_near"])),
        counting=frozenset(numbers["values"]) | frozenset(numbers["ordinals"]) | frozenset(numbers["counting"]),
        messages=data["messages"],
    )


def _cleared(polarity: Mapping[str, Any]) -> Pattern:
    """A negation with such a word right behind it."""
    soft = {*polarity["soft"], "sans\\b", "without\\b"}
    lacking = "|".join(word for word in polarity["lacking"] if word not in soft)
    negators = "|".join(polarity["negators"])
    short = rf"(?:{lacking})\w*"
    near = rf"(?:(?:no|not|any) (?=longer))?(?:{negators}) (?:\w+ ){{0,2}}?{short}(?: {short})?"
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(polarity['cleared'])}|{near})")


def _people(data: Mapping[str, Any]) -> People:
    apart = {"others", "alone", "together"}
    plain = {name: words(*entries) for name, entries in data.items() if name not in apart}
    alone, together = any_of(data["alone"]), any_of(data["together"])
    return People(others=WordList(data["others"]), alone=alone, together=together, **plain)
