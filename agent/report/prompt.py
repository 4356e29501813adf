"""What a model is told: agent/prompts with one concealed brief in them. Text from outside is data (P6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.model import Brief, Language
from agent.report.privacy import REMOVED
from agent.report.rewrite import addition
from agent.report.sentence_words import shipped as shipped_words
from agent.report.wording import Wording, shipped

if TYPE_CHECKING:
    from jinja2 import Environment

VERSION = "4"
"""Of agent/prompts as a whole: raised with every change of their words, and kept in the record of calls."""

BEGIN, END = "<<<NOTES", "NOTES>>>"
"""Lines around the notes. Neither can be written by the notes themselves."""

EXAMPLE = 1_500
"""Characters of a past report that are shown as an example of style."""

LANGUAGES: Mapping[Language, str] = {Language.FR: "French", Language.EN: "English"}


def messages(brief: Brief, wording: Wording | None = None, faults: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The messages for Chat Completions, system first, about a brief whose names are already concealed.

    `faults`: what was wrong with the model's first version, concealed as well.
    """
    told = {
        "language": LANGUAGES[brief.language],
        "begin": BEGIN,
        "end": END,
        "sections": (wording or shipped()).sections,
        "REMOVED": REMOVED,
        "first_name": brief.first_name,
        "informal": brief.informal,
        "project": _one_line(brief.project),
        "instruction": _one_line(brief.instruction),
        "added": _one_line(addition(brief.instruction, shipped_words().rewrite)),
        "previous": inside(brief.previous or ""),
        "notes": inside(brief.notes),
        "goals": [_one_line(goal) for goal in brief.last_goals],
        "voice": [inside(text)[:EXAMPLE] for text in brief.voice],
        "faults": [_one_line(fault) for fault in faults],
    }
    return render("report", told)


def render(name: str, told: Mapping[str, Any]) -> list[dict[str, str]]:
    """The system's and the user's message of one prompt."""
    templates = _templates()
    return [
        {"role": role, "content": templates.get_template(f"{name}.{role}.j2").render(told).strip()}
        for role in ("system", "user")
    ]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  only a model's prompt needs it

    return Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parents[1] / "prompts"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  plain text for a model; nothing here is ever shown as HTML
        keep_trailing_newline=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def inside(text: str) -> str:
    """Text that cannot end its own block."""
    return re.sub(r"<{2,}|>{2,}", lambda m: m[0][0], text).strip()


def _one_line(text: str | None) -> str:
    return " ".join(inside(text or "").split())
