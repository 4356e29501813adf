"""A report as text. What the mentor must look at is marked at the end of its line; what is pasted carries no marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from agent.model import LAST_GOALS, Goal, GoalOutcome, Language, Report, Section, Sentence
from agent.report.facts import FACT
from agent.report.sentence_words import shipped as sentence_words
from agent.report.text import NBSP, URL
from agent.report.wording import Wording, shipped


def as_text(report: Report, language: Language, *, marks: bool = False, wording: Wording | None = None) -> str:
    """Plain text ready to paste: titles, and "- " before each line of a section that has several.

    With `marks`, a doubtful sentence ends with "[à vérifier : ...]" or "[to check: ...]".
    """
    return "\n\n".join(_plain(s, language, marks, wording or shipped()) for s in shown(report, language)) + "\n"


def as_markdown(report: Report, language: Language, *, marks: bool = False, wording: Wording | None = None) -> str:
    """CommonMark: second-level titles and lists. Characters that would mean something in it are escaped."""
    parts = []
    for section in shown(report, language):
        lines = [f"- {_escape(_line(s, language, marks, wording or shipped()))}" for s in section.sentences]
        parts.append("\n".join([f"## {_escape(section.title)}", "", *lines]))
    return "\n\n".join(parts) + "\n"


def as_html(report: Report, language: Language, *, marks: bool = False, wording: Wording | None = None) -> str:
    """A fragment of HTML for pasting: h2, ul, links; everything else is text, whatever was written."""
    parts = []
    for section in shown(report, language):
        lines = (_html(_line(s, language, marks, wording or shipped())) for s in section.sentences)
        items = "\n".join(f"<li>{line}</li>" for line in lines)
        parts.append(f"<h2>{escape(section.title)}</h2>\n<ul>\n{items}\n</ul>")
    return "\n".join(parts) + "\n"


def as_sources(report: Report, language: Language, wording: Wording | None = None) -> str:
    """Each sentence with where it comes from: the words of the notes and their place there, or the fact's name.

    A place is "[start-end]" in characters of the canonical notes, where it was looked up (agent.report.assembly).
    """
    wording = wording or shipped()
    lines: list[str] = []
    for section in shown(report, language):
        lines.append(f"\n{section.title}" if lines else section.title)
        for sentence in section.sentences:
            lines += [f"- {_line(sentence, language, True, wording)}", f"  ← {_origin(sentence, language, wording)}"]
    return "\n".join(lines) + "\n"


def _origin(sentence: Sentence, language: Language, wording: Wording) -> str:
    if sentence.source is None:
        return wording.say(language, "doubt_source")
    if sentence.source.startswith(FACT):
        return wording.say(language, "from_fact", name=sentence.source.removeprefix(FACT))
    place = f"[{sentence.start}-{sentence.end}] " if sentence.start >= 0 else ""
    return wording.say(language, "from_notes", place=place, words=" ".join(sentence.source.split()))


def shown(report: Report, language: Language) -> Iterator[Section]:
    """The sections with all they show: below LAST_GOALS what became of each goal that the notes speak of."""
    for section in report.sections:
        goals = report.goals if section.id == LAST_GOALS else ()
        told = tuple(_goal(g, language) for g in goals if g.outcome is not GoalOutcome.UNKNOWN)
        if told or section.sentences:
            yield replace(section, sentences=(*section.sentences, *told))


def _goal(goal: Goal, language: Language) -> Sentence:
    """ "Finir la partie 2 : atteint."."""
    told = sentence_words().goals.told[goal.outcome][language]
    colon = f"{NBSP}:" if language is Language.FR else ":"
    return Sentence(f"{goal.text.rstrip(' .')}{colon} {told}.", goal.source, goal.doubt, goal.start, goal.end)


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


def _html(text: str) -> str:
    """Escaped text; what is marked stands out, and http addresses can be followed."""
    parts = re.split(rf"({URL.pattern})", text, flags=re.IGNORECASE)
    for n, part in enumerate(parts):
        link = n % 2 and part.lower().startswith("http")
        parts[n] = f'<a href="{escape(part)}">{escape(part)}</a>' if link else escape(part)
    return "".join(parts)


def _escape(text: str) -> str:
    links = re.split(rf"({URL.pattern})", text, flags=re.IGNORECASE)
    links[::2] = [re.sub(r"([\\`*_\[\]<>#])", r"\\\1", part) for part in links[::2]]
    return "".join(links)
