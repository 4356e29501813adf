"""The sentences of private.toml: some hold private details, others only look as if they did."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from agent.report.privacy import Concealed, conceal
from tests.report.samples import brief

PEOPLE = ("Léa Moreau", "Karim Benali", "Inès Lambert", "Claire Martin")


@dataclass(frozen=True)
class Sentence:
    """`hidden`: words of which none may leave; empty where the sentence must leave as it is."""

    text: str
    hidden: tuple[str, ...]
    held: bool

    def left_in(self, out: str) -> list[str]:
        """What is still there and should not be."""
        return [word for word in self.hidden if word.lower() in out.lower()]


def concealed(text: str) -> Concealed:
    """A session of Léa's with these notes and no other text."""
    return conceal(brief(text, known_names=PEOPLE, mentor_name="Claire Martin", project=None))


def seen(text: str) -> str:
    """These notes as a model sees them."""
    return concealed(text).brief.notes


def _read() -> list[Sentence]:
    data = tomllib.loads(Path(__file__).with_name("private.toml").read_text(encoding="utf-8"))
    return [
        Sentence(one["text"], tuple(one.get("hidden", ())), one.get("set") == "held")
        for one in (*data["private"], *data["alike"])
    ]


SENTENCES = _read()
