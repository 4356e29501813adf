"""The words answers are read by, as data from config/recognisers.toml, [words]: comparable tokens, not strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from agent.model import SessionStatus
from agent.understand.text import words

Phrase = tuple[str, ...]
_IGNORED = frozenset(".,!;:…-–—")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sets of phrases. Each field stands under its name in [words]; statuses under their own in [words.status]."""

    approve: frozenset[Phrase]
    drop: frozenset[Phrase]
    filler: frozenset[Phrase]  # says nothing beside an approval or a refusal: "merci", "bonjour"
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

    def known(self) -> frozenset[str]:
        """Every word that means something here."""
        sets = [getattr(self, name) for name in PHRASE_FIELDS] + list(self.status.values())
        return frozenset(word for phrases_of_it in sets for phrase in phrases_of_it for word in phrase)


PHRASE_FIELDS = tuple(field.name for field in fields(Lexicon) if field.name != "status")


def phrases(texts: Iterable[str]) -> frozenset[Phrase]:
    """Texts as phrases."""
    return frozenset(plain(text) for text in texts) - {()}


def plain(text: str) -> Phrase:
    """The comparable tokens of a text, without the punctuation that changes nothing (a question mark does)."""
    return tuple(token for token in words(text) if token not in _IGNORED)


def made_of(tokens: Phrase, needed: frozenset[Phrase], allowed: frozenset[Phrase]) -> bool:
    """Whether the tokens are nothing but `needed` and `allowed` phrases, with at least one that is needed."""
    reach: dict[int, bool] = {0: False}  # position -> whether a needed phrase was met on some way there
    longest = max(_longest(needed), _longest(allowed))
    for start in range(len(tokens)):
        if start not in reach:
            continue
        for end in range(start + 1, min(start + longest, len(tokens)) + 1):
            piece = tokens[start:end]
            if piece in needed:
                reach[end] = True
            elif piece in allowed:
                reach[end] = reach.get(end, False) or reach[start]
    return reach.get(len(tokens), False)


def has(tokens: Phrase, wanted: frozenset[Phrase]) -> bool:
    """Whether one of the phrases stands somewhere in the tokens."""
    longest = _longest(wanted)
    return any(tokens[i : i + n] in wanted for i in range(len(tokens)) for n in range(1, longest + 1))


def without(tokens: Phrase, unwanted: frozenset[Phrase]) -> Phrase:
    """The tokens without the phrases, the longest first."""
    longest = _longest(unwanted)
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        size = next((n for n in range(longest, 0, -1) if tokens[at : at + n] in unwanted), 0)
        if not size:
            kept.append(tokens[at])
        at += size or 1
    return tuple(kept)


def starts(tokens: Phrase, wanted: frozenset[Phrase]) -> bool:
    """Whether the tokens begin with one of the phrases."""
    return leading(tokens, 0, wanted) > 0


def leading(tokens: Phrase, at: int, wanted: frozenset[Phrase]) -> int:
    """How many tokens the longest of the phrases has that stands at this place; 0 where none does."""
    most = min(_longest(wanted), len(tokens) - at)
    return next((n for n in range(most, 0, -1) if tokens[at : at + n] in wanted), 0)


@lru_cache(maxsize=200)  # the same few sets, again and again
def _longest(wanted: frozenset[Phrase]) -> int:
    return max((len(phrase) for phrase in wanted), default=0)
