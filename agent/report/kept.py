"""A kept report, read again from its text: its sections and their lines, whatever the mentor changed in them."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model import Report, Section, Sentence
from agent.report.notes import heading
from agent.report.outcomes import NEXT
from agent.report.text import flat
from agent.report.wording import Wording, shipped

MOST_GOALS = 12
"""More lines than these are no list of goals."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A titled block; `id` is that of config/report.toml, "" where the title is not known there."""

    id: str
    title: str
    lines: tuple[str, ...]


def parts(text: str, wording: Wording | None = None) -> tuple[Kept, ...]:
    """The blocks of a text that was rendered by agent.report.render.as_text, in order. A title opens each block."""
    wording = wording or shipped()
    titles = {flat(title): place.id for place in wording.layout for title in place.title.values()}
    found: list[tuple[str, str, list[str]]] = []
    opens = True
    for line in (raw.strip() for raw in text.splitlines()):
        if not line:
            opens = True
            continue
        known = titles.get(flat(line).rstrip(" :"))
        if known is None and opens and not line.startswith(("-", "•")):
            known = heading(line, wording)
        if known is not None or not found:
            found.append((known or "", line, []) if known is not None else ("", "", [line]))
        else:
            found[-1][2].append(line.removeprefix("- ").removeprefix("• ").strip())
        opens = False
    return tuple(Kept(id_, title, tuple(lines)) for id_, title, lines in found)


def goals(text: str, wording: Wording | None = None) -> tuple[str, ...]:
    """The goals for next time that a kept report sets; none where it has no such section."""
    found = [line for part in parts(text, wording) if part.id == NEXT for line in part.lines]
    return tuple(found) if len(found) <= MOST_GOALS else ()


def as_report(text: str, writer: str = "", wording: Wording | None = None) -> Report:
    """The report in a kept text, for showing it as Markdown or HTML. Where its sentences come from is not known."""
    blocks = parts(text, wording)
    sections = (Section(one.title, tuple(Sentence(line, None) for line in one.lines), one.id) for one in blocks)
    return Report(tuple(sections), writer)
