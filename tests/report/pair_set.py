"""Pairs of invented notes and faithful reports (tests/report/pairs/*.toml), and wrong sentences about the same notes.

A sentence stands with the number of the line of the notes it rests on, from 1 on. Files with "_held" in their name are
held out: their mutations were not looked at while the check was tuned. Their reports are worded as agent/prompts asks a
model to, near the notes; freely.toml has sentences that are reworded as freely as language allows.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.model import Brief, Language, Report, Section, Sentence
from tests.report.samples import brief

_HERE = Path(__file__).parent / "pairs"
FREELY = Path(__file__).parent / "freely.toml"
PEOPLE = (
    "Léa Moreau",
    "Tom Petit",
    "Inès Lambert",
    "Hugo Garnier",
    "Sami Haddad",
    "Chloé Faure",
    "Nora Klein",
    "Yanis Roche",
)


@dataclass(frozen=True)
class Said:
    """A sentence about one line of the notes. `kind` is that of a mutation, "" for a faithful one.

    `quote`: the words it rests on, where they are not the whole line.
    """

    line: int
    text: str
    section: str
    kind: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Pair:
    """`says` is faithful; `wrong` was written by hand; `blockers` are the lines that tell of a difficulty."""

    id: str
    brief: Brief
    lines: tuple[str, ...]
    says: tuple[Said, ...]
    wrong: tuple[Said, ...]
    blockers: tuple[int, ...]
    held_out: bool

    def report(self, says: tuple[Said, ...] | None = None) -> Report:
        """These sentences, or the faithful ones, as a model's report."""
        told = self.says if says is None else says
        sections = (
            Section(title, tuple(Sentence(s.text, self.source(s)) for s in told if s.section == title), title)
            for title in ("worked_on", "goals")
        )
        return Report(tuple(s for s in sections if s.sentences), "model")

    def source(self, said: Said) -> str:
        """What a model quotes: the whole line, without its bullet, or part of it."""
        return said.quote or self.lines[said.line - 1].lstrip("-* ")


@lru_cache(maxsize=1)
def pairs() -> tuple[Pair, ...]:
    """All of them, in the order of the files and in them."""
    found = [
        (entry, path.stem)
        for path in sorted(_HERE.glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["pair"]
    ]
    return tuple(_pair(entry, file, held_out="_held" in file) for entry, file in found)


def _said(section: str, line: int, text: str, quote: str = "") -> Said:
    return Said(line, text, section, quote=quote)


def _pair(entry: dict[str, Any], file: str, *, held_out: bool) -> Pair:
    notes = entry["notes"].strip("\n")
    goals = tuple(_said("goals", *row) for row in entry["goals"])
    planned = {said.line for said in goals}
    says = (*(_said("worked_on", *row) for row in entry["says"]), *goals)
    wrong = tuple(
        Said(line, text, "goals" if line in planned and kind != "planned" else "worked_on", kind)
        for kind, line, text in entry["wrong"]
    )
    about = replace(
        brief(notes),
        language=Language(entry.get("lang", file[:2])),
        first_name=entry["learner"],
        project=None,
        mentor_name="Claire Martin",
        known_names=(*PEOPLE, "Claire Martin"),
    )
    lines = tuple(notes.split("\n"))
    return Pair(entry["id"], about, lines, says, wrong, tuple(entry.get("blockers", ())), held_out)
