"""What would leave this machine for one report: by the road of the report itself, up to the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.connectors.ports import Previewed
from agent.model import Brief, SessionStatus
from agent.model.calls import Terms
from agent.report.privacy import conceal
from agent.report.transcript import tidy
from agent.report.wording import shipped
from agent.world import World


@dataclass(frozen=True, slots=True)
class Preview:
    """`requests`: the messages of each, in order; none: nothing leaves. `where`: the server.

    `removed` and `others` are for the mentor: what is taken out, and who is replaced beside the known names.
    """

    where: str
    requests: tuple[list[dict[str, str]], ...]
    removed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def preview(world: World, brief: Brief, now: datetime) -> Preview:
    """What a draft of this brief would send. TerminalError only for a writer that lets names through."""
    writer, settings = world.writer, world.settings.writer
    if writer is world.builtin or not isinstance(writer, Previewed) or brief.status is not SessionStatus.COMPLETED:
        return Preview("", ())
    asked = replace(brief, notes=tidy(brief.notes), voice=brief.voice or world.voice)
    concealed = conceal(asked, shipped())
    if not concealed.brief.notes.strip():
        return Preview(writer.where, (), concealed.removed, concealed.others)
    since = now - timedelta(days=settings.relearn_days)
    habits = world.store.calls.habits(writer.where, writer.name, since)
    requests = writer.requests(concealed.brief, Terms(settings.timeout_seconds, habits))
    return Preview(writer.where, requests, concealed.removed, concealed.others)
