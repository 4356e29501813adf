"""The notes as the sentences of a report are held against them. All texts in them are flat."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.model import Brief, Language
from agent.report.notes import fragments
from agent.report.text import canonical, flat, guess_language
from agent.report.wording import Wording

PLANS = "goals"
"""The id of the section with what is still to do."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The notes, and what of them stands below a heading such as "Next time", or in a list of tasks."""

    text: str
    bare: str
    planned: str
    other: str
    language: Language | None


def read(brief: Brief, wording: Wording) -> Noted:
    """The notes of a brief."""
    planned, other = list[str](), list[str]()
    for fragment in fragments(canonical(brief.notes), wording):
        (planned if fragment.section == PLANS else other).append(flat(fragment.source))
    language = guess_language(brief.notes, dict(wording.check.common))
    text = flat(brief.notes)
    return Noted(text, bare(text), "\n".join(planned), "\n".join(other), language)


def bare(flat_text: str) -> str:
    """The words alone."""
    return " ".join(re.findall(r"\w+", flat_text))


def overlap(one: str, other: str) -> bool:
    """Whether two sources are about the same words of the notes."""
    return bool(one and other) and (one in other or other in one)
