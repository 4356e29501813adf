"""Notes that are too long for a model's window: cut at lines (speaker turns), and condensed to the lines that matter.

A model is asked only for the numbers of lines; what goes on is those lines as they stand, so that every source is still
found in the original, and nothing can be invented on the way. Where it gives no answer, the cues of config/report.toml
choose, and so they do where even the chosen lines are too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import AgentError
from agent.model import Language
from agent.report.prompt import BEGIN, END, LANGUAGES, inside, render
from agent.report.text import fold
from agent.report.wording import Wording, shipped

LONGEST = 400
"""Characters of a line: a longer turn is cut at the ends of its sentences."""
KEPT = 12
"""Lines a model may keep of one piece."""
_FRAME = 1_200  # characters of the instructions around a piece
_STOP = re.compile(r"[.!?…;]\s+")
_SPEAKER = re.compile(r"[^:\n]{1,40}:(?=\s)")

Choose = Callable[["Piece"], Sequence[int]]
"""The numbers of the lines of a piece that matter. ValueError or an AgentError: the cues choose instead."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the notes or a part of one, as it stands; `speaker` begins the turn it is a later part of."""

    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that are given to a model at once; they are numbered from 1 on."""

    lines: tuple[Line, ...]


class Answer(BaseModel):
    """What a model may answer about a piece."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    keep: list[int]


@lru_cache(maxsize=1)
def response_format() -> dict[str, Any]:
    """The `response_format` for servers that hold a model to a schema."""
    schema = {"name": "lines_to_keep", "strict": True, "schema": Answer.model_json_schema()}
    return {"type": "json_schema", "json_schema": schema}


def read(content: str) -> list[int]:
    """The numbers in a model's answer. ValueError for anything else."""
    try:
        found = Answer.model_validate_json(content[content.find("{") : content.rfind("}") + 1])
    except ValidationError as error:
        raise ValueError("not the JSON it was asked for") from error
    return found.keep[: KEPT * 4]


def messages(piece: Piece, language: Language) -> list[dict[str, str]]:
    """What a model is asked about one piece; Chat Completions, system first."""
    told = {
        "begin": BEGIN,
        "end": END,
        "most": KEPT,
        "language": LANGUAGES[language],
        "lines": [f"{number}. {inside(line.text)}" for number, line in enumerate(piece.lines, start=1)],
    }
    return render("condense", told)


def condensed(notes: str, room: int, window: int, choose: Choose, wording: Wording | None = None) -> str:
    """At most `room` characters of canonical notes, in their order. `window`: characters of one request."""
    wording = wording or shipped()
    lines = _lines(notes)
    kept: list[Line] = []
    asking = True
    for piece in _pieces(lines, max(window - _FRAME, LONGEST * 2)):
        chosen: list[Line] = []
        if asking:
            try:
                numbers = {number for number in choose(piece) if 0 < number <= len(piece.lines)}
                chosen = [piece.lines[number - 1] for number in sorted(numbers)[:KEPT]]
            except ValueError:
                pass  # no such answer: the cues choose for this piece
            except AgentError:
                asking = False  # it is away: the rest is not waited for
        kept += chosen or _best(piece.lines, room * _size(piece.lines) // max(_size(lines), 1), wording)
    return _text(_best(kept, room, wording))


def _lines(notes: str) -> list[Line]:
    """Every line that says anything, none longer than about LONGEST."""
    found: list[Line] = []
    for line in notes.splitlines():
        text = line.strip()
        speaker = _SPEAKER.match(text)
        first = True
        for part in _parts(text):
            found.append(Line(part, "" if first or not speaker else speaker[0]))
            first = False
    return found


def _parts(text: str) -> list[str]:
    """A line at the ends of its sentences, or failing those between words, wherever it is too long."""
    parts, start = [], 0
    while len(text) - start > LONGEST:
        ends = [m.end() for m in _STOP.finditer(text, start + LONGEST // 3, start + LONGEST)]
        space = text.rfind(" ", start + LONGEST // 3, start + LONGEST)
        end = ends[-1] if ends else (space + 1 if space >= 0 else start + LONGEST)
        parts.append(text[start:end].strip())
        start = end
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _pieces(lines: Sequence[Line], most: int) -> list[Piece]:
    """The lines in order, together at most so many characters with their numbers."""
    pieces: list[list[Line]] = [[]]
    size = 0
    for line in lines:
        size += len(line.text) + 6
        if size > most and pieces[-1]:
            pieces.append([])
            size = len(line.text) + 6
        pieces[-1].append(line)
    return [Piece(tuple(piece)) for piece in pieces if piece]


def _best(lines: Sequence[Line], room: int, wording: Wording) -> list[Line]:
    """Those with the most cues that fit, in their order."""

    def weight(place: int) -> float:
        folded = fold(lines[place].text)
        cues = sum(len(s.cue.findall(folded)) for s in wording.sections if s.cue)
        numbers = any(c.isdigit() for c in folded) / 2
        return cues + numbers + 2 * ("http" in folded) + min(len(folded), 120) / 1000

    kept: set[int] = set()
    for place in sorted(range(len(lines)), key=lambda at: (-weight(at), at)):
        needed = len(lines[place].text) + len(lines[place].speaker) + 2
        if needed <= room:
            room -= needed
            kept.add(place)
    return [line for place, line in enumerate(lines) if place in kept]


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _text(lines: Sequence[Line]) -> str:
    return "\n".join(f"{line.speaker}\n{line.text}" if line.speaker else line.text for line in lines)
