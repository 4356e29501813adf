"""Transcripts of a session: WebVTT (W3C), SubRip, or lines of "Name: words". Read, and tidied into turns.

A tidy transcript stands at the end of the notes, below a line "WEBVTT", one turn on a line; all that is later quoted
from it is found in these lines. Times, numbers, tags and noise are gone, nothing is reworded, no turn is reordered.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent import shipped as files
from agent.report.text import canonical, fold

MARK = "WEBVTT"
"""The line below which everything is a transcript."""

_TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s+-->\s")
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^ \t>]{1,60})*[ \t]+([^<>]{1,100})>")
_TAG = re.compile(r"</?[a-zA-Z0-9:.][^<>\n]{0,200}>|\{\\an?\d\}")
_CLOCK = r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])]?"
_STAMP = re.compile(rf"^\s*{_CLOCK}(?:\s*-\s*{_CLOCK})?\s*")
_NAME = r"[^\W\d_][\w .'’()-]{0,40}"
_SPEAKER = re.compile(rf"^[-\[]?\s*(?P<name>{_NAME}?)\]?\s*(?:{_CLOCK}\s*)?:(?:\s+|$)(?P<said>.*)$")
_HEADER = re.compile(rf"^\[?(?P<name>{_NAME}?)\]?\s+{_CLOCK}$")
_END = re.compile(r"[.!?…][\"»)]?$")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_LONG = 300  # characters after which words of nobody in particular begin another turn
_LINES = 6  # lines of "Name: words" that make a transcript
_REPEATED = 2  # times a speaker speaks


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said in one go. `speaker`: "" where the transcript does not tell."""

    speaker: str
    text: str

    @property
    def line(self) -> str:
        """As it stands in a tidy transcript."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


@dataclass(frozen=True, slots=True)
class _Words:
    noise: re.Pattern[str]
    empty: re.Pattern[str]
    roles: frozenset[str]
    recap: re.Pattern[str]
    spoken: re.Pattern[str]
    least: int
    most: int


def split(notes: str) -> tuple[str, tuple[Turn, ...]]:
    """What the mentor wrote, and the turns of the transcript below it (none where there is no transcript)."""
    notes = canonical(notes)
    start = _start(notes)
    return (notes, ()) if start is None else (notes[:start], tuple(_turns(notes[start:])))


def joined(notes: str, more: str) -> str:
    """Notes with more of them. What is written stands before a transcript, which goes on to its end."""
    if split(notes)[1] and not split(more)[1]:
        notes, more = more, notes
    return "\n\n".join(part for part in (notes, more) if part)


def tidy(notes: str) -> str:
    """The notes with their transcript in its tidy form. Notes without one stay as they are; twice is as once."""
    start = _start(canonical(notes))
    if start is None:
        return notes
    written, turns = split(notes)
    if not turns:
        return written
    lines = "\n".join(turn.line for turn in turns)
    return f"{written.strip()}\n\n{MARK}\n\n{lines}".lstrip()


def speakers(notes: str) -> tuple[str, ...]:
    """Who speaks, as the transcript names them; "Speaker 1" and the like are nobody."""
    names = dict.fromkeys(turn.speaker for turn in split(notes)[1] if turn.speaker)
    return tuple(name for name in names if not _is_role(name))


def recap(turns: Sequence[Turn]) -> list[str]:
    """Sentences that sum up or set a goal, as they were said: all that may be taken over without a model.

    A transcript is talk: guesses, jokes and what was only planned stand in it like facts. So nothing else is taken, and
    where nobody summed up the mentor is asked for notes.
    """
    words = _words()
    return [
        sentence
        for turn in turns
        for sentence in _SENTENCE.split(turn.text)
        if words.least <= len(sentence.split()) <= words.most
        and "?" not in sentence
        and words.recap.search(fold(sentence))
        and not words.spoken.search(fold(sentence))
    ]


def _start(notes: str) -> int | None:
    """Where the transcript begins: at its mark, at its first times, or at the first of many "Name: words"."""
    offset, before = 0, 0
    lines = notes.splitlines(keepends=True)
    for line in lines:
        if line.split(maxsplit=1)[:1] == [MARK]:
            return offset
        if _TIMES.match(line[:80]):
            return before
        if not line.strip().isdigit():
            before = offset + len(line)  # a cue's number belongs to its times
        offset += len(line)
    return _start_of_talk(lines)


def _start_of_talk(lines: Sequence[str]) -> int | None:
    """The first line of a talk between at least two people who each speak more than once."""
    said = [_speaker(line) for line in lines]
    often = {name for name, n in Counter(name for name in said if name).items() if n >= _REPEATED}
    spoken = [name in often for name in said]
    if len(often) < 2 or sum(spoken) < _LINES or not any(spoken):
        return None
    first = spoken.index(True)
    written = sum(bool(line.strip()) for line in lines[first:])
    return sum(map(len, lines[:first])) if sum(spoken) * 2 >= written else None


def _speaker(line: str) -> str:
    """Whoever this line says is speaking, folded; "" for nobody."""
    line = line[:120].strip()
    match = _SPEAKER.match(line) or _HEADER.match(line)
    name = match["name"].strip() if match else ""
    return fold(name) if _is_person(name) else ""


def _is_person(name: str) -> bool:
    """Written like a name, or a role: "Léa Moreau", "Jean-Paul", "Speaker 2", "mentor"."""
    words = name.split()
    return 0 < len(words) <= 4 and (_is_role(name) or all(word[:1].isupper() or word[:1] == "(" for word in words))


def _is_role(name: str) -> bool:
    words = fold(name).split()
    return bool(words) and words[0] in _words().roles and (len(words) == 1 or (words[-1].isalnum() and len(words) == 2))


def _turns(region: str) -> Iterator[Turn]:
    parts: list[str] = []
    speaker, before, voiced = "", "", False
    for name, said in _spoken(region):
        if name is None and said == before:
            continue  # rolling captions repeat their last line
        before = said
        text = _clean(said)
        new = name is not None and name != speaker
        alone = (
            not voiced
            and name is None
            and parts
            and (_END.search(parts[-1]) or sum(len(part) for part in parts) > _LONG)
        )
        if (new or alone) and parts:
            yield Turn(speaker, " ".join(parts))
            parts = []
        if name is not None:
            speaker, voiced = name, True
        if text and not _words().empty.fullmatch(fold(text)):
            parts.append(text)
    if parts:
        yield Turn(speaker, " ".join(parts))


def _spoken(region: str) -> Iterator[tuple[str | None, str]]:
    """Each line that was spoken: (speaker or None where it goes on, words)."""
    lines = region.split("\n")
    skipping = bool(lines) and lines[0].split(maxsplit=1)[:1] == [MARK]  # the header, down to an empty line
    for position, line in enumerate(lines):
        if not line.strip() or _TIMES.match(line[:80]):
            skipping = False
        elif skipping or (position and not lines[position - 1].strip() and _BLOCK.match(line)):
            skipping = True
        elif not _is_number(lines, position):
            yield from _said(line)


def _is_number(lines: Sequence[str], position: int) -> bool:
    """The name of a cue: the line right above its times."""
    return position + 1 < len(lines) and _TIMES.match(lines[position + 1][:80]) is not None


def _said(line: str) -> Iterator[tuple[str | None, str]]:
    if "<v" in line:
        before, *rest = _VOICE.split(line)
        if before.strip():
            yield None, before
        for name, said in zip(rest[::2], rest[1::2], strict=True):
            yield " ".join(html.unescape(name).split()), said
        return
    line = _STAMP.sub("", line)
    match = _SPEAKER.match(line) or _HEADER.match(line)
    if match and _is_person(match["name"].strip()):
        yield match["name"].strip(), match.groupdict().get("said") or ""
    else:
        yield None, line


def _clean(said: str) -> str:
    """The words without tags and noise."""
    text = canonical(html.unescape(_TAG.sub(" ", said)))
    kept, position = [], 0
    for match in _words().noise.finditer(fold(text)):
        kept.append(text[position : match.start()])
        position = match.end()
    return " ".join("".join([*kept, text[position:]]).split()).lstrip(" ,-")


@lru_cache(maxsize=1)
def _words() -> _Words:
    data = tomllib.loads(files.shipped("notes.toml").read_text(encoding="utf-8"))["transcript"]
    least, most = data["recap_words"]

    def any_word(patterns: list[str]) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})")

    return _Words(
        any_word(data["noise"]),
        any_word(data["empty"]),
        frozenset(data["roles"]),
        any_word(data["recap"]),
        any_word(data["spoken"]),
        least,
        most,
    )
