"""Which learners a sentence names: by first name, full name, first name and initial; accents and case do not matter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agent.model import Learner
from agent.understand.date_lexicon import MONTHS, RELATIVE, WEEKDAYS
from agent.understand.lexicon import plain
from agent.understand.recognise import match_learner

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\.?")
_LONGEST = 4  # words of a name
_JOINED = re.compile(r"\s*(?:,|et|and|&|,\s*(?:et|and))\s*", re.IGNORECASE)
_NOT_NAMES = frozenset((*WEEKDAYS, *MONTHS, *RELATIVE))


@dataclass(frozen=True, slots=True)
class Named:
    """One name in a text: where it stands, and whose it can be."""

    begin: int
    end: int
    ids: frozenset[int]
    capital: bool


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a text names. `certain`: each name is one learner's, and several stand side by side ("Léa et Tom")."""

    ids: tuple[int, ...] = ()
    certain: bool = True


def who(text: str, learners: Sequence[Learner]) -> Who:
    """The learners that a text names; nobody where a surname follows that is none of theirs."""
    found = _names(text, learners)
    if any(name.capital for name in found):
        found = [name for name in found if name.capital]  # "will" beside "Léa" is a verb
    ids = tuple(sorted({one for name in found for one in name.ids}))
    if len(ids) < 2:
        return Who(ids)
    exact = all(len(name.ids) == 1 for name in found)
    gaps = (text[one.end : other.begin] for one, other in pairwise(found))
    return Who(ids, exact and all(_JOINED.fullmatch(gap) for gap in gaps))


def _names(text: str, learners: Sequence[Learner]) -> list[Named]:
    known = _parts(tuple(learner.name for learner in learners))
    ids = _Ids(learners)
    words = list(_WORD.finditer(text))
    found, at = [], 0
    while at < len(words):
        named = _longest(text, words[at : at + _LONGEST], ids) if known.issuperset(plain(words[at][0])) else None
        if named is None:
            at += 1
            continue
        at = next((n for n, word in enumerate(words) if word.start() >= named.end), len(words))
        if at == len(words) or not _other_surname(text, named, words[at]):
            found.append(named)
    return found


@lru_cache(maxsize=4)  # the same learners are looked for in sentence after sentence
def _parts(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for name in names for part in plain(name))


class _Ids:
    """Whose a written name can be; the same one is looked for once."""

    def __init__(self, learners: Sequence[Learner]) -> None:
        self._learners = learners
        self._found: dict[str, frozenset[int]] = {}

    def of(self, written: str) -> frozenset[int]:
        """The ids of the learners who go by that name."""
        if written not in self._found:
            match = match_learner(written, (), self._learners)
            self._found[written] = frozenset({match.id} if isinstance(match, Learner) else {one.id for one in match})
        return self._found[written]


def _longest(text: str, words: list[re.Match[str]], known: _Ids) -> Named | None:
    """The longest name that these words begin with."""
    return next((one for n in range(len(words), 0, -1) if (one := _named(text, words[:n], known, n))), None)


def _named(text: str, words: list[re.Match[str]], known: _Ids, size: int) -> Named | None:
    """A name made of exactly these words; an initial is a capital letter, or has its point ("Léa M.")."""
    if len(words) < size or any(not _close(text, one, other) for one, other in pairwise(words)):
        return None
    last = words[-1][0]
    initial = size > 1 and len(last.rstrip(".")) == 1
    if initial and not last.endswith(".") and not (last.isupper() and not text.isupper()):
        return None
    ids = known.of(" ".join(word[0] for word in words))
    end = words[-1].end() - (last.endswith(".") and not initial)
    return Named(words[0].start(), end, ids, words[0][0][0].isupper()) if ids else None


def _close(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    return text[one.end() : other.start()].strip(" \t") in {"", "'", "’"}


def _other_surname(text: str, named: Named, following: re.Match[str]) -> bool:
    """Whether a capitalised word right behind a first name makes it somebody else's ("Léa Durand")."""
    word = following[0].rstrip(".")
    if text[named.end : following.start()].strip(" \t") or len(plain(text[named.begin : named.end])) > 1:
        return False
    return word[0].isupper() and not word.isupper() and len(word) > 1 and not _NOT_NAMES.intersection(plain(word))
