"""A report as text. What the mentor must look at is marked at the end of its line; what is pasted carries no marks."""

from __future__ import annotations

import re

from agent.model import Language, Report, Section, Sentence
from agent.report.text import NBSP, URL
from agent.report.wording import Wording, shipped


def as_text(report: Report, language: Language, *, marks: bool = False, wording: Wording | None = None) -> str:
    """Plain text ready to paste: titles, and "- " before each line of a section that has several.

    With `marks`, a doubtful sentence ends with "[à vérifier : ...]" or "[to check: ...]".
    """
    return "\n\n".join(_plain(s, language, marks, wording or shipped()) for s in report.sections) + "\n"


def as_markdown(report: Report, language: Language, *, marks: bool = False, wording: Wording | None = None) -> str:
    """CommonMark: second-level titles and lists. Characters that would mean something in it are escaped."""
    parts = []
    for section in report.sections:
        lines = [f"- {_escape(_line(s, language, marks, wording or shipped()))}" for s in section.sentences]
        parts.append("\n".join([f"## {_escape(section.title)}", "", *lines]))
    return "\n\n".join(parts) + "\n"


def without_marks(text: str, language: Language, wording: Wording | None = None) -> str:
    """The text with its marks taken out: what is left once the mentor has looked at them and approved."""
    label = (wording or shipped()).say(language, "to_check")
    return re.sub(rf"[ {NBSP}]*\[{label}{NBSP}?: [^\]\n]*\]", "", text)


def _plain(section: Section, language: Language, marks: bool, wording: Wording) -> str:
    bullet = "- " if len(section.sentences) > 1 else ""
    lines = [bullet + _line(s, language, marks, wording) for s in section.sentences]
    return "\n".join([section.title, *lines])


def _line(sentence: Sentence, language: Language, marks: bool, wording: Wording) -> str:
    text = re.sub(r"[ \t\n]+", " ", sentence.text).strip()  # a no-break space stays
    if not (marks and sentence.doubt):
        return text
    colon = f"{NBSP}:" if language is Language.FR else ":"
    doubt = sentence.doubt.replace("[", "(").replace("]", ")")  # the mark ends at its first bracket
    return f"{text} [{wording.say(language, 'to_check')}{colon} {doubt}]"


def _escape(text: str) -> str:
    links = re.split(rf"({URL.pattern})", text, flags=re.IGNORECASE)
    links[::2] = [re.sub(r"([\\`*_\[\]<>#])", r"\\\1", part) for part in links[::2]]
    return "".join(links)
