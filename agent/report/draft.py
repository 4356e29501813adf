"""From notes to what the mentor is shown: conceal, write, restore, check, and fall back whatever a model does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.connectors.ports import Writer
from agent.errors import AgentError
from agent.model import Brief, Report, SessionStatus
from agent.report.facts import FACT
from agent.report.grounding import check
from agent.report.privacy import conceal
from agent.report.render import as_text
from agent.report.wording import Wording, shipped


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft for the mentor. `text` carries the marks of what must be looked at.

    `removed`: what was kept from the model, in words; empty when none was asked. `reason`: why the text is not what was
    asked for (no model's, not shorter, not translated), or None. Both are in the brief's language.
    """

    report: Report
    text: str
    removed: tuple[str, ...] = ()
    reason: str | None = None


def draft(brief: Brief, writer: Writer, fallback: Writer, wording: Wording | None = None) -> Drafted:
    """A checked draft by `writer`, or by `fallback` where the writer fails or strays from the notes.

    With the fallback as the writer, and for a session that did not take place, nothing leaves and no model is asked.
    UnreadableError from the fallback alone: the notes of a completed session are empty, and the mentor is asked again.
    """
    wording = wording or shipped()
    plain = check(fallback.write(brief), brief, wording)  # first: whatever the model does, this exists
    if writer is fallback or brief.status is not SessionStatus.COMPLETED:
        return _drafted(plain, brief, (), wording)
    concealed = conceal(brief, wording)
    if not concealed.brief.notes.strip():  # all of it was private: there is nothing to word
        return _drafted(plain, brief, concealed.removed, wording)
    try:
        written = concealed.restore_report(writer.write(concealed.brief))
        report = check(written, concealed.seen(brief), wording)
    except Exception as error:  # noqa: BLE001  a model's faults, of whatever kind, never cost the 48 hours (P7)
        said = str(error) if isinstance(error, AgentError) else wording.say(brief.language, "unexpected")
        return _instead(
            plain, wording.say(brief.language, "writer_failed", error=said), concealed.removed, brief, wording
        )
    doubts, claims = _counted(report)
    if doubts * 2 > claims or not claims:
        reason = wording.say(brief.language, "writer_doubtful", doubts=doubts, all=claims)
        return _instead(plain, reason, concealed.removed, brief, wording)
    return _drafted(report, brief, concealed.removed, wording)


def _counted(report: Report) -> tuple[int, int]:
    """Doubtful sentences and all sentences, those that state our own facts aside."""
    claims = [s for section in report.sections for s in section.sentences if not (s.source or "").startswith(FACT)]
    return sum(s.doubt is not None for s in claims), len(claims)


def _instead(plain: Report, reason: str, removed: tuple[str, ...], brief: Brief, wording: Wording) -> Drafted:
    reasons = " ; ".join(filter(None, (reason, plain.fallback)))
    return _drafted(replace(plain, fallback=reasons), brief, removed, wording)


def _drafted(report: Report, brief: Brief, removed: tuple[str, ...], wording: Wording) -> Drafted:
    return Drafted(report, as_text(report, brief.language, marks=True, wording=wording), removed, report.fallback)
