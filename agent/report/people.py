"""Where a text speaks of people who are in no list of ours: "sa mère", "son collègue Paul", "Mme Durand", "Sofiane".

A given name counts with a capital only; one that is also a tool needs a title, a relation or a deed beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agent.report.private_words import NameWords, PrivateWords
from agent.report.text import fold

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITAL = re.compile(
    r"[ \u00a0]((?:(?:de|du|da|van|von|ben|el|le|la) ){0,2}[^\W\d_a-zà-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*)"
)
_INITIAL = re.compile(r" [A-Z]\.(?=[ ,;:.!?)]|$)")
_STOP = re.compile(r"[.!?\n]")
_REACH = 120  # characters on either side that count as the same sentence
_MOST = 3  # capitalised words that belong to one name


@dataclass(frozen=True, slots=True)
class Other:
    """Words that mean somebody. `who`: the same for the same person, folded; `phrase`: how it stands mid-sentence."""

    start: int
    end: int
    who: str
    phrase: str


def find(text: str, folded: str, words: PrivateWords, known: Collection[str], things: Collection[str]) -> list[Other]:
    """Other people, in order and apart. `known`: folded words that are names already; `things`: technologies."""
    found = [
        *_relations(text, folded, words, known, things),
        *_titled(text, folded, words, known, things),
        *_given(text, folded, words.names, known, things),
    ]
    found.sort(key=lambda o: (o.start, -o.end))
    kept: list[Other] = []
    for other in found:
        if not kept or other.start >= kept[-1].end:
            kept.append(other)
    return kept


def _relations(
    text: str, folded: str, words: PrivateWords, known: Collection[str], things: Collection[str]
) -> Iterator[Other]:
    relations = words.relations
    for match in relations.phrase.finditer(folded):
        if relations.not_after.match(folded, match.end()):
            continue
        if relations.tree_words.fullmatch(match["word"]) and relations.trees.search(_around(folded, *match.span())):
            continue
        end = _names_end(text, match.end(), known, things)
        phrase = text[match.start() : end]
        who = _first_name(text[match.end() : end]) or match["word"]
        yield Other(match.start(), end, who, phrase[:1].lower() + phrase[1:])
    for match in relations.alone.finditer(folded):
        end = _names_end(text, match.end() - 1, known, things)
        if end > match.end() and not relations.trees.search(_around(folded, match.start(), end)):
            yield _named(text, match.end(), end)


def _titled(
    text: str, folded: str, words: PrivateWords, known: Collection[str], things: Collection[str]
) -> Iterator[Other]:
    for match in words.relations.titles.finditer(folded):
        if not text[match.start()].isupper() and len(match[0]) < 5:
            continue
        end = _names_end(text, match.end() - 1, known, things)
        if end > match.end():
            yield _named(text, match.start(), end, said_from=match.end())


def _given(
    text: str, folded: str, names: NameWords, known: Collection[str], things: Collection[str]
) -> Iterator[Other]:
    for match in _TOKEN.finditer(text):
        word = match[0]
        if not word[0].isupper() or _in_code(text, *match.span()):
            continue
        key = folded[match.start() : match.end()]
        first = key.split("-")[0]
        if key in known or key in things or (word.isupper() and len(word) < 4):
            continue
        if first in names.given or (
            first in names.also_things and _acts(folded, *match.span(), names) and not word.isupper()
        ):
            yield _named(text, match.start(), _names_end(text, match.end(), known, things))


def _acts(folded: str, start: int, end: int, names: NameWords) -> bool:
    """Whether somebody does something here, or something is done to somebody."""
    following = re.match(r"\W+(\w+)", folded[end : end + 30])
    if following and following[1] in names.things:
        return False
    return (
        names.deeds.match(folded, end) is not None or names.hands.search(folded[max(0, start - 30) : start]) is not None
    )


def _in_code(text: str, start: int, end: int) -> bool:
    """Part of a path, an address, a file's name or a call."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    return (
        before in {"/", "@", "_", "`", ".", "#", "<", "$"}
        or after[:1] in {"_", "@", "(", "`", "/"}
        or (after[:1] == "." and after[1:2].isalpha())
    )


def _names_end(text: str, end: int, known: Collection[str], things: Collection[str]) -> int:
    """The end of the capitalised words that follow here and are neither known names nor technologies."""
    for _ in range(_MOST):
        match = _CAPITAL.match(text, end)
        if match is None:
            break
        last = fold(match[1].split()[-1])
        if last in known or last in things or _in_code(text, match.start(1), match.end()):
            break
        end = match.end()
    initial = _INITIAL.match(text, end)
    return initial.end() if initial else end


def _first_name(words: str) -> str:
    return fold(words).split()[0] if words.split() else ""


def _named(text: str, start: int, end: int, said_from: int | None = None) -> Other:
    return Other(start, end, _first_name(text[said_from or start : end]), text[start:end])


def _around(folded: str, start: int, end: int) -> str:
    """The sentence around these words, as far as it matters."""
    before = _STOP.split(folded[max(0, start - _REACH) : start])[-1]
    return before + folded[start:end] + _STOP.split(folded[end : end + _REACH])[0]
