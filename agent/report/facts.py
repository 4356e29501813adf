"""The report's first lines: what the agent knows by itself of a session, whatever the notes say."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from agent.model import Brief, Language, Section, Sentence, SessionStatus
from agent.phrasing import NBSP, span, status_name
from agent.report.wording import Wording

FACT = "fact:"
"""How the source of a sentence that rests on a fact begins."""


def head(brief: Brief, wording: Wording) -> Section:
    """The session, its project, and the status where none took place. Each sentence names its fact."""
    words, language = wording.facts[brief.language], brief.language
    session = words["session"][brief.status].format(
        first_name=brief.first_name or wording.head["learner"][language],
        span=span(brief.start, brief.end, ZoneInfo(brief.timezone), language),
    )
    sentences = [Sentence(session[:1].upper() + session[1:], f"{FACT}session")]
    if brief.status is not SessionStatus.COMPLETED:
        status = words["status"].format(status=status_name(brief.status, language))
        sentences.append(Sentence(status, f"{FACT}status"))
    elif brief.project and brief.project.strip():
        sentences.append(Sentence(words["project"].format(project=brief.project.strip().rstrip(".")), f"{FACT}project"))
    if language is Language.FR:
        sentences = [Sentence(s.text.replace(" :", f"{NBSP}:"), s.source) for s in sentences]
    return Section(wording.head["title"][language], tuple(sentences))


def known(brief: Brief, wording: Wording) -> dict[str, str]:
    """Each fact that a sentence may name as its source ("fact:session"), with the words that say it."""
    return {s.source: s.text for s in head(brief, wording).sentences if s.source}
