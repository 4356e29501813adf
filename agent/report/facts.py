"""What the agent knows by itself of a session, whatever the notes say: the facts that a report tells."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from agent.model import Brief, Language, Sentence, SessionStatus
from agent.phrasing import NBSP, span, status_name, when
from agent.report.wording import Wording

FACT = "fact:"
"""How the source of a sentence that rests on a fact begins."""

STATED = f"{FACT}progress"
"""The source of a progress that was reported apart from the notes."""


def statements(brief: Brief, wording: Wording) -> dict[str, Sentence]:
    """Every fact that is known, by its name in [[sections]].facts, told in the report's language."""
    words, language, zone = wording.facts[brief.language], brief.language, ZoneInfo(brief.timezone)
    session = words["session"][brief.status].format(
        first_name=brief.first_name or wording.head["learner"][language],
        span=span(brief.start, brief.end, zone, language),
    )
    told = {
        "session": session[:1].upper() + session[1:],
        "status": words["status"].format(status=status_name(brief.status, language)),
    }
    if brief.status is SessionStatus.COMPLETED and brief.project and brief.project.strip():
        told["project"] = words["project"].format(project=brief.project.strip().rstrip("."))
    if brief.progress is not None:
        told["progress"] = progress(brief.progress, brief, wording)
    if brief.last_progress is not None:
        told["last_progress"] = words["last_progress"].format(percent=percent(brief.last_progress, language))
    if brief.next_session is not None:
        told["next_session"] = words["next_session"].format(when=when(brief.next_session, zone, language))
    if language is Language.FR:
        told = {name: text.replace(" :", f"{NBSP}:") for name, text in told.items()}
    return {name: Sentence(text, f"{FACT}{name}") for name, text in told.items()}


def progress(value: int, brief: Brief, wording: Wording) -> str:
    """The sentence that tells the progress (percent of the current project)."""
    text: str = wording.facts[brief.language]["progress"].format(percent=percent(value, brief.language))
    return text.replace(" :", f"{NBSP}:") if brief.language is Language.FR else text


def percent(value: int, language: Language) -> str:
    """ "80 %" with a no-break space, or "80%"."""
    return f"{value}{NBSP}%" if language is Language.FR else f"{value}%"


def known(brief: Brief, wording: Wording) -> dict[str, str]:
    """Each fact that a sentence may name as its source ("fact:session"), with the words that say it."""
    return {f"{FACT}{name}": sentence.text for name, sentence in statements(brief, wording).items()}
