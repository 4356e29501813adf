"""Corrections that the mentor made inside the draft quoted below their answer: found, and put into the draft.

A mail program re-wraps what it quotes, changes quotation marks, drops empty lines and shows the mail's other words
around the draft; none of that is a correction. The quotation is therefore compared word by word with the mail as it
was sent: the words around the draft tell where it begins and ends, and whatever the mentor left alone stays as it
stood in the draft, line breaks and all. A quotation that ends inside the draft, or differs too much, is for the mentor
to explain.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import islice, zip_longest
from typing import NamedTuple
from urllib.parse import unquote

from agent.understand.text import MISSING


class Quoted(StrEnum):
    """What became of the draft in a quotation."""

    UNCHANGED = "unchanged"  # or not quoted at all
    CORRECTED = "corrected"
    CUT = "cut"  # only a part of it is there
    MUCH = "much"  # too much of it is different


@dataclass(frozen=True, slots=True)
class Correction:
    """`text`: the whole draft with its corrections, only with CORRECTED."""

    kind: Quoted
    text: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A passage of one text and what stands in its place in another; one of them may be empty."""

    before: str
    after: str


class _Word(NamedTuple):
    """A word or a mark, with the white space before it; equal keys are the same word, however it was set."""

    space: str
    text: str
    key: str


NOTHING = Correction(Quoted.UNCHANGED)

_WORD = re.compile(r"(?:https?://|www\.)[^\s<>]+|\w+(?:['’ʼ-]\w+)*|…|\.{2,}|[^\w\s]")
_LINK = re.compile(r"<(?:https?://|mailto:)[^<>\s]*>")  # what programs put beside an address
_QUOTE_MARKS = re.compile(r"^[> \t]*>", re.MULTILINE)
_RULES = re.compile("[\u2500-\u257f|]+")
_CUT = re.compile(r"\[(?:…|\.\.\.)\]|" + re.escape(MISSING))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SAME = {
    **dict.fromkeys("’‘ʼ`´", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‐‑‒–—−•·*", "-"),
}
_ALIKE = str.maketrans(_SAME)

_LINK_STARTS = ("https://", "http://")
_AROUND = 60  # words of the mail kept before and after the draft
_LONGEST = 60_000  # characters of a quotation that are looked at
_MOST_WORDS = 12_000  # of a text: each costs two hundred bytes
_MOST_PAIRS = 100_000  # equal words on both sides: what a comparison costs
_QUOTED_SHARE = 0.3  # of a draft's words: with fewer in the whole quotation it was not quoted
_FEW = 6  # words that may always be corrected, however short the draft


def read(quoted: str, draft: str, mail: str, most: float) -> Correction:
    """The draft as it stands in a quotation of the mail that showed it.

    `mail` is that mail's text part, `most` the share of the draft's words (0 to 1) that corrections change at most.
    """
    quoted = quoted[:_LONGEST]
    shown, drafted = _keys_of(mail), _keys_of(draft)
    begin = _place(drafted, shown)
    if not drafted or begin is None or not quoted.strip():
        return NOTHING  # a mail that did not show the draft, or nothing to compare
    around = shown[max(0, begin - 1) : begin + len(drafted) + 2]
    if _place(around, _keys_of(quoted)) is not None:
        return NOTHING  # as nearly always
    return _read(quoted, draft, (shown, drafted), begin, most)


def _read(quoted: str, draft: str, keys: tuple[list[str], list[str]], begin: int, most: float) -> Correction:
    """The same where the draft, which begins at this word of the mail, is not quoted word by word.

    `keys`: those of the mail's words, and of the draft's.
    """
    shown, drafted = keys
    first = max(0, begin - _AROUND)
    sent = shown[first : begin + len(drafted) + _AROUND]
    begin -= first
    end = begin + len(drafted)
    wrapped = any(start in draft for start in _LINK_STARTS)
    words = _with_own_links(_words(quoted), _words(draft)) if wrapped else None
    there = _keys(words) if words is not None else _keys_of(quoted)
    if wrapped and _place(sent[max(0, begin - 1) : end + 2], there) is not None:
        return NOTHING
    if _pairs(sent, there) > _MOST_PAIRS:
        return Correction(Quoted.MUCH)
    common = sum((Counter(drafted) & Counter(there)).values())
    bounds = _bounds(sent, there, begin, end)
    few = common < _QUOTED_SHARE * len(drafted) and len(there) < _QUOTED_SHARE * len(drafted) + 2 * _AROUND
    if bounds is None:
        return NOTHING if few else Correction(Quoted.CUT)
    return _compared(_words(draft), (words or _words(quoted))[bounds[0] : bounds[1]], most)


def same(one: str, other: str) -> bool:
    """Whether two texts have the same words and marks, however they are wrapped and set."""
    pairs = zip_longest(_each_word(one), _each_word(other))
    return all(a is not None and b is not None and a.key == b.key for a, b in pairs)


def changes(old: str, new: str) -> tuple[Change, ...]:
    """The passages in which two texts differ, in order; none when they are too long, or mostly different."""
    before, after = _words(old[:_LONGEST]), _words(new[:_LONGEST])
    if _pairs(_keys(before), _keys(after)) > _MOST_PAIRS:
        return ()
    found, different = [], 0
    for tag, i1, i2, j1, j2 in _joined(_opcodes(before, after)):
        if tag != "equal":
            different += max(i2 - i1, j2 - j1)
            lead = 1 if (i1 == i2 or j1 == j2) and i1 and j1 else 0  # a word beside it shows where
            found.append(Change(_shown(before[i1 - lead : i2]), _shown(after[j1 - lead : j2])))
    return tuple(found) if 2 * different <= max(len(before), len(after)) else ()


def _words(text: str) -> list[_Word]:
    return list(islice(_each_word(text), _MOST_WORDS))


def _each_word(text: str) -> Iterator[_Word]:
    text = _comparable(text)
    at = 0
    for match in _WORD.finditer(text):
        key = "..." if match[0] == "…" or match[0].startswith("..") else match[0].translate(_ALIKE)
        yield _Word(text[at : match.start()], match[0], key)
        at = match.end()


def _keys_of(text: str) -> list[str]:
    """The keys of `_words`, without the words: a tenth of the time."""
    found = _WORD.findall(_comparable(text))[:_MOST_WORDS]
    keys = "\n".join(found).translate(_ALIKE).split("\n") if found else []
    dots = "…" in text or ".." in text
    return ["..." if key == "…" or key.startswith("..") else key for key in keys] if dots else keys


def _comparable(text: str) -> str:
    """Text without what programs put into it."""
    text = _RULES.sub(" ", _LINK.sub("", _QUOTE_MARKS.sub("", _INVISIBLE.sub("", text))))
    return text.replace("\xa0", " ").replace("\u202f", " ")


def _with_own_links(there: list[_Word], old: Iterable[_Word]) -> list[_Word]:
    """Links that a mail server wrapped into links of its own, as they were; what the mentor wrote stays."""
    links = [word for word in old if word.text.startswith(_LINK_STARTS)]
    return [
        next((word._replace(text=link.text, key=link.key) for link in links if _wraps(word.text, link.text)), word)
        if links and word.text.startswith(_LINK_STARTS)
        else word
        for word in there
    ]


def _wraps(one: str, link: str) -> bool:
    return unquote(one).find(link) > 0


def _keys(words: Iterable[_Word]) -> list[str]:
    return [word.key for word in words]


def _place(part: Sequence[str], whole: Sequence[str]) -> int | None:
    """Where a run of words stands in another; searched as text, which is quick."""
    if not part:
        return None
    text = "\n".join(("", *whole, ""))
    at = text.find("\n".join(("", *part, "")))
    return None if at < 0 else text.count("\n", 0, at + 1) - 1


def _pairs(one: Iterable[str], other: Iterable[str]) -> int:
    counts = Counter(other)
    return sum(counts[key] for key in one)


def _opcodes(old: Sequence[_Word], new: Sequence[_Word]) -> list[tuple[str, int, int, int, int]]:
    matcher = SequenceMatcher(None, _keys(old), _keys(new), autojunk=False)
    return [tuple(one) for one in matcher.get_opcodes()]  # type: ignore[misc]  # they are tuples of these five


def _joined(opcodes: Iterable[tuple[str, int, int, int, int]]) -> list[tuple[str, int, int, int, int]]:
    """Changes with no more than one word between them as one."""
    found: list[tuple[str, int, int, int, int]] = []
    for one in opcodes:
        tag, _, i2, _, j2 = one
        if tag != "equal" and len(found) > 1 and found[-1][0] == "equal" and found[-1][2] - found[-1][1] == 1:
            found.pop()
            _, i1, _, j1, _ = found.pop()
            found.append(("replace", i1, i2, j1, j2))
        else:
            found.append(one)
    return found


def _bounds(sent: list[str], there: list[str], begin: int, end: int) -> tuple[int, int] | None:
    """From where to where the draft (sent[begin:end]) stands in the quotation; None when one end is not to be told."""
    matcher = SequenceMatcher(None, sent, there, autojunk=False)
    at = {a + n: b + n for a, b, size in matcher.get_matching_blocks() for n in range(size)}
    if begin == 0:
        first: int | None = 0
    elif begin - 1 in at:
        first = at[begin - 1] + 1
    else:
        first = 0 if at.get(begin) == 0 else None
    if end == len(sent):
        last: int | None = len(there)
    elif end in at:
        last = at[end]
    else:
        last = len(there) if at.get(end - 1) == len(there) - 1 else None
    return None if first is None or last is None or first > last else (first, last)


def _compared(old: list[_Word], new: list[_Word], most: float) -> Correction:
    opcodes = _opcodes(old, new)
    different = sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in opcodes if tag != "equal")
    if not different:
        return NOTHING
    if any(_CUT.search(_shown(new[j1:j2])) for tag, _, _, j1, j2 in opcodes if tag != "equal"):
        return Correction(Quoted.CUT)
    if different > max(most * len(old), _FEW) or different >= len(old):
        return Correction(Quoted.MUCH)
    return Correction(Quoted.CORRECTED, _put_in(old, new, opcodes))


def _put_in(old: list[_Word], new: list[_Word], opcodes: Iterable[tuple[str, int, int, int, int]]) -> str:
    """The old text with what is new: each word keeps the space it had, a new one that of the quotation."""
    parts: list[str] = []
    pending = ""  # the space before what was taken out
    fresh = False  # the word before is new
    for tag, i1, i2, j1, j2 in opcodes:
        if tag == "equal":
            for n, word in enumerate(old[i1:i2]):
                space = word.space
                if n == 0 and fresh:
                    space = _stronger(space, new[j1].space)
                elif n == 0:
                    space = space if space.count("\n") >= pending.count("\n") else pending
                parts += [space, word.text]
            pending, fresh = "", False
            continue
        for n, word in enumerate(new[j1:j2]):
            kept = n == 0 and i1 < i2 and "\n" in old[i1].space
            parts += [old[i1].space if kept else _space(word), word.text]
        fresh = j1 < j2
        pending = "" if fresh else old[i1].space
    return "".join(parts).strip()


def _stronger(own: str, quoted: str) -> str:
    """The space before an old word that follows a new one."""
    if "\n" in own:
        return " " if own.count("\n") > 1 and quoted and "\n" not in quoted else own
    return "\n\n" if quoted.count("\n") > 1 else own or (" " if quoted else "")


def _space(word: _Word) -> str:
    """The space before a new word: a line break alone is the program's, unless an item of a list begins."""
    breaks = word.space.count("\n")
    if breaks > 1 or (breaks and word.key == "-"):
        return "\n\n" if breaks > 1 else "\n"
    return " " if word.space else ""


def _shown(words: Sequence[_Word]) -> str:
    """Words on one line."""
    return " ".join("".join(part for word in words for part in (word.space, word.text)).split())
