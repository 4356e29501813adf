"""The mentor's notes, taken apart: which words belong together, and what the notes themselves say they are about.

Every part is a span of the canonical notes, so that whatever is made of it can be traced back (P7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.report import transcript
from agent.report.text import fold
from agent.report.wording import Wording

_TITLE_WORDS = 5
BULLET = re.compile(r"\s*(?:[-=]*[>→]\s*|[-*•‣▪◦·+–—]+\s+|\d{1,2}[.)/]\s+|#+\s+)?(?:\[(?P<box>[ xX])\]\s+)?")
_STOP = re.compile(r"(?<=[.!?…])\s+(?=\S)|;\s+(?=\S)")
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[a-z]|approx|cf|ch|chap|dr|etc|ex|fig|mlle|mme|mr|mrs|n°|pp|resp|vs)\.$", re.IGNORECASE
)
_STYLE = re.compile(r"\W{0,40}[a-zà-ÿ]")
_ANNOUNCES = re.compile(r"(?P<what>[^:→]{1,80}?)(?P<sign>\s{0,9}(?::(?=\s)|[-=]{1,9}>|→)\s*)(?=\S)")
_WIDTH = 70  # characters: mail programs cut lines here or a little later (RFC 5322 2.1.1 asks for 78 at most)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the notes, or one list entry, with its wrapped continuation. Offsets in the notes; no bullet."""

    start: int
    end: int
    bullet: bool
    apart: bool  # an empty line stands before it
    undone: bool = False  # "[ ]": a task not yet done


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words of the notes that make one sentence. `section` is an id where the notes say it, else None."""

    text: str
    source: str
    section: str | None


def items(notes: str) -> list[Item]:
    """The lines of canonical notes; wrapped lines are joined, the mark of a transcript left out."""
    wrapped = not _STYLE.match(notes)  # who begins without a capital begins every line so: none of them goes on
    found: list[Item] = []
    apart, offset = False, 0
    for line in notes.splitlines(keepends=True):
        start, offset = offset, offset + len(line)
        body = line.rstrip()
        if body.strip() == "--" and found:
            break  # the signature (RFC 3676 4.3)
        if not body or body == transcript.MARK:
            apart = apart or not body
            continue
        mark = BULLET.match(body)
        skip = mark.end() if mark else 0
        bullet = bool(body[:skip].strip())
        item = Item(start + skip, start + len(body), bullet, apart, bool(mark and mark["box"] == " "))
        if found and not apart and not bullet and _continues(notes, found[-1], body, wrapped=wrapped):
            item = Item(found[-1].start, item.end, found[-1].bullet, found[-1].apart, found[-1].undone)
            found.pop()
        if item.start < item.end:
            found.append(item)
        apart = False
    return found


def _continues(notes: str, before: Item, line: str, *, wrapped: bool) -> bool:
    """Whether a mail program cut the line before, rather than the mentor: its next word would not have fitted."""
    last = notes[before.start : before.end].splitlines()[-1]
    if last.endswith((".", "!", "?", ":", ";", "…")) or not line.lstrip()[:1].islower() or ":" in line[:30]:
        return False
    needed = len(last) + 1 + len(line.split(maxsplit=1)[0])
    return (wrapped and _WIDTH < needed <= _WIDTH + 20) or (before.bullet and line[:2].isspace())


def sentences(notes: str, item: Item) -> Iterator[tuple[int, int]]:
    """Where each sentence of an item starts and ends in the notes."""
    start = item.start
    for stop in _STOP.finditer(notes, item.start, item.end):
        if _ABBREVIATION.search(notes, max(start, stop.start() - 8), stop.start()):
            continue
        yield start, stop.start()
        start = stop.end()
    if start < item.end:
        yield start, item.end


def fragments(notes: str, wording: Wording) -> list[Fragment]:
    """What canonical notes say, in order, without greetings, headings and the like.

    Of a transcript below them, only the sentences that sum up or set a goal (agent.report.transcript.recap).
    """
    notes, turns = transcript.split(notes)
    spoken = [Fragment(text, text, None) for text in transcript.recap(turns)]
    return _written(notes, wording) + spoken


def _written(notes: str, wording: Wording) -> list[Fragment]:
    lines = items(notes)
    found: list[Fragment] = []
    section: str | None = None
    position = 0
    while position < len(lines):
        item = lines[position]
        position += 1
        text = notes[item.start : item.end]
        title = heading(text, wording)
        listed = text.endswith(":") and position < len(lines) and lines[position].bullet
        if title and listed and wording.dated.search(fold(text)):  # "À faire d'ici mardi :"
            position = _lead_in(notes, lines, position - 1, title, found)
            continue
        if title:
            section = title
            continue
        if not item.bullet and (item.apart or (position > 1 and lines[position - 2].bullet)):
            section = None  # the list below the heading is over
        if text.endswith(":") and wording.noise.fullmatch(fold(text).rstrip(" :")):
            continue
        if listed:
            position = _lead_in(notes, lines, position - 1, section, found)
            continue
        for start, end in sentences(notes, item):
            _add(notes[start:end], "goals" if item.undone else section, wording, found)
    return found


def heading(text: str, wording: Wording) -> str | None:
    """The section that a line announces and says nothing else: "Difficultés :", "## Next time"."""
    marked = text.strip().strip("*_#= ")
    folded = fold(marked).rstrip(" :.*_=")
    if len(folded) > 60 or not folded:
        return None
    for section in wording.sections:
        if section.heading.fullmatch(folded):
            return section.id
        if marked.endswith(":") and len(folded.split()) <= _TITLE_WORDS and section.heading.match(folded):
            return section.id
    return None


def _lead_in(notes: str, lines: list[Item], position: int, section: str | None, found: list[Fragment]) -> int:
    """ "On a vu :" and the list below it, as one fragment. Returns the position after the list."""
    first, last = lines[position], position + 1
    while last < len(lines) and lines[last].bullet and not (lines[last].apart and last > position + 1):
        last += 1
    entries = [notes[i.start : i.end].rstrip(" .;,") for i in lines[position + 1 : last]]
    text = notes[first.start : first.end] + " " + ", ".join(entries)
    found.append(Fragment(" ".join(text.split()), notes[first.start : lines[last - 1].end], section))
    return last


def _add(source: str, section: str | None, wording: Wording, found: list[Fragment]) -> None:
    """One sentence, unless it says nothing; "Difficultés : les jointures" gives its section and keeps the rest."""
    source = source.strip()
    announced = _ANNOUNCES.match(source)
    if announced and (title := heading(announced["what"] + ":", wording)):
        section = title
        if heading(announced["what"], wording):  # it says nothing more: "À faire pour mardi : ..." keeps its day
            source = source[announced.end() :]
    folded = " ".join(fold(source).split()).strip(" .,!;:-*_")
    if not any(c.isalnum() for c in folded) or wording.noise.fullmatch(folded):
        return
    found.append(Fragment(" ".join(re.sub(r"</?[vc][^>]*>", "", source).split()), source, section))
