"""What a model is told: agent/prompts with one concealed brief in them. Text from outside is data (P6)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agent.model import Brief, Language
from agent.report.privacy import REMOVED
from agent.report.wording import Wording, shipped

if TYPE_CHECKING:
    from jinja2 import Environment

BEGIN, END = "<<<NOTES", "NOTES>>>"
"""Lines around the notes. Neither can be written by the notes themselves."""

_LANGUAGES = {Language.FR: "French", Language.EN: "English"}


def messages(brief: Brief, wording: Wording | None = None) -> list[dict[str, str]]:
    """The messages for Chat Completions, system first, about a brief whose names are already concealed."""
    wording, templates = wording or shipped(), _templates()
    told = {
        "language": _LANGUAGES[brief.language],
        "begin": BEGIN,
        "end": END,
        "begin_previous": "<<<PREVIOUS",
        "end_previous": "PREVIOUS>>>",
        "sections": wording.sections,
        "REMOVED": REMOVED,
        "first_name": brief.first_name,
        "project": _one_line(brief.project),
        "instruction": _one_line(brief.instruction),
        "previous": _inside(brief.previous or ""),
        "notes": _inside(brief.notes),
    }
    return [
        {"role": role, "content": templates.get_template(f"report.{role}.j2").render(told).strip()}
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
    )


def _inside(text: str) -> str:
    """Text that cannot end its own block."""
    return re.sub(r"<{2,}|>{2,}", lambda m: m[0][0], text).strip()


def _one_line(text: str | None) -> str:
    return " ".join(_inside(text or "").split())
