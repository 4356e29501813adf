"""The words answers are read by, as data from config/recognisers.toml, [words]: comparable tokens, not strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from itertools import product
from math import prod

from agent.model import SessionStatus
from agent.understand.text import words

Phrase = tuple[str, ...]
_SLOT = re.compile(r"\{(\w+)(\??)\}")
_MOST_WAYS = 1_000
_IGNORED = frozenset(".,!;:…-–—")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sets of phrases. Each field stands under its name in [words]; statuses under their own in [words.status]."""

    approve: frozenset[Phrase]
    drop: frozenset[Phrase]
    filler: frozenset[Phrase]  # says nothing beside an approval or a refusal: "merci", "bonjour"
    neutral: frozenset[Phrase]  # single words that change nothing about an approval in the same few words
    negation: frozenset[Phrase]
    condition: frozenset[Phrase]
    question: frozenset[Phrase]
    edit: frozenset[Phrase]  # asks for a change without giving the text: "enlève", "add"
    objection: frozenset[Phrase]  # before a change that is asked for: "pas ok", "not good"
    corrected: frozenset[Phrase]  # says that the corrections are in the quoted draft
    later: frozenset[Phrase]  # says by itself that the answer comes later
    later_filler: frozenset[Phrase]  # what stands beside a time: "je regarde", "remind me"
    typo: frozenset[Phrase]  # long words that a misspelling is taken for
    lookalike: frozenset[Phrase]  # words that are near one of those and mean something else
    late: frozenset[Phrase]  # makes a cancellation a late one
    not_held: frozenset[Phrase]  # there was no session, but not why
    perhaps_not: frozenset[Phrase]  # the same, suspected in a short answer
    when: frozenset[Phrase]  # where a session was moved to
    session_filler: frozenset[Phrase]
    status: Mapping[SessionStatus, frozenset[Phrase]]
    known: frozenset[str] = field(init=False)  # every word that means something here

    def __post_init__(self) -> None:
        """Find the known words, once."""
        sets = [getattr(self, name) for name in PHRASE_FIELDS] + list(self.status.values())
        known = frozenset(word for phrases_of_it in sets for phrase in phrases_of_it for word in phrase)
        object.__setattr__(self, "known", known)


PHRASE_FIELDS = tuple(one.name for one in fields(Lexicon) if one.name not in {"status", "known"})


def phrases(texts: Iterable[str]) -> frozenset[Phrase]:
    """Texts as phrases."""
    return frozenset(plain(text) for text in texts) - {()}


def filled(text: str, slots: Mapping[str, Sequence[str]]) -> list[str]:
    """A phrase with each of its slots filled in every way: "{copula} {good}"; "{degree?}" may stay empty.

    ValueError where there is no such slot, or the ways are too many.
    """
    pieces = _SLOT.split(text)  # text, name, "?" or "", text, ...
    choices: list[Sequence[str]] = [pieces[:1]]
    for name, optional, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if name not in slots:
            raise ValueError(f'"{text}": there is no slot {name}')
        choices += [(*slots[name], *([""] if optional else ())), [after]]
    if prod(map(len, choices)) > _MOST_WAYS:
        raise ValueError(f'"{text}": more than {_MOST_WAYS} phrases')
    return ["".join(way) for way in product(*choices)]


def plain(text: str) -> Phrase:
    """The comparable tokens of a text, without the punctuation that changes nothing (a question mark does)."""
    return tuple(token for token in words(text) if token not in _IGNORED)


def made_of(tokens: Phrase, needed: frozenset[Phrase], *allowed: frozenset[Phrase]) -> bool:
    """Whether the tokens are nothing but `needed` and `allowed` phrases, with at least one that is needed."""
    reach: dict[int, bool] = {0: False}  # position -> whether a needed phrase was met on some way there
    places = [(wanted, _sizes(wanted), wanted is needed) for wanted in (*allowed, needed)]
    for start in range(len(tokens)):
        if start not in reach:
            continue
        for wanted, sizes, meets in places:
            for size in sizes.get(tokens[start], ()):
                if tokens[start : start + size] in wanted and start + size <= len(tokens):
                    reach[start + size] = reach.get(start + size, False) or meets or reach[start]
    return reach.get(len(tokens), False)


def has(tokens: Phrase, wanted: frozenset[Phrase]) -> bool:
    """Whether one of the phrases stands somewhere in the tokens."""
    sizes = _sizes(wanted)
    return any(tokens[at : at + n] in wanted for at, token in enumerate(tokens) for n in sizes.get(token, ()))


def without(tokens: Phrase, unwanted: frozenset[Phrase]) -> Phrase:
    """The tokens without the phrases, the longest first."""
    sizes = _sizes(unwanted)
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        fitting = (n for n in sizes.get(tokens[at], ()) if tokens[at : at + n] in unwanted)
        size = next(fitting, 0)
        if not size:
            kept.append(tokens[at])
        at += size or 1
    return tuple(kept)


def starts(tokens: Phrase, wanted: frozenset[Phrase]) -> bool:
    """Whether the tokens begin with one of the phrases."""
    return leading(tokens, 0, wanted) > 0


def leading(tokens: Phrase, at: int, wanted: frozenset[Phrase]) -> int:
    """How many tokens the longest of the phrases has that stands at this place; 0 where none does."""
    if at >= len(tokens):
        return 0
    most = len(tokens) - at
    return next((n for n in _sizes(wanted).get(tokens[at], ()) if n <= most and tokens[at : at + n] in wanted), 0)


@lru_cache(maxsize=200)  # the same few sets, again and again
def _sizes(wanted: frozenset[Phrase]) -> Mapping[str, tuple[int, ...]]:
    """How long the phrases are that begin with a word, the longest first: most words begin none.

    Ask once for each text, not for each word: an equal set that is another object is compared phrase by phrase.
    """
    found: dict[str, set[int]] = {}
    for phrase in wanted:
        if phrase:
            found.setdefault(phrase[0], set()).add(len(phrase))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}
