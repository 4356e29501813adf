"""What a report's writer is given: the session, and what the record holds of the time before it and after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from agent.model import Brief, Matter, Request, RequestKind, RequestState, Session, SessionStatus, Snapshot
from agent.report import kept
from agent.report.render import without_marks
from agent.world import World

MOST_EARLIER = 5
"""Earlier reports that a new one is compared with: the newest."""


def brief_of(world: World, snapshot: Snapshot, session: Session, request: Request | None, now: datetime) -> Brief:
    """The brief of one session's report. `request`: the version that is to be written again, None for the first."""
    learner = snapshot.learner
    # Oldest first: placeholders are numbered in this order, and a new learner changes nobody's.
    everybody = (world.settings.mentor.name, *(other.name for other in world.store.people.all()))
    earlier = tuple(_earlier(world, snapshot, session))
    before, since = _progress(snapshot, session)
    return Brief(
        language=world.language,
        first_name=learner.first_name,
        status=session.status or SessionStatus.COMPLETED,
        start=session.start,
        end=session.end,
        timezone=world.zone.key,
        notes=session.notes or "",
        project=learner.project,
        mentor_name=world.settings.mentor.name,
        known_names=tuple(dict.fromkeys(everybody)),
        instruction=request.instruction if request and not request.replaced else None,
        previous=request.version.text if request else None,
        last_goals=next(filter(None, (kept.goals(text, world.report_words) for text in earlier[:1])), ()),
        last_progress=before,
        progress=since,
        next_session=_next(snapshot, session, now),
        earlier=earlier[:MOST_EARLIER],
        informal=learner.informal,
    )


def _earlier(world: World, snapshot: Snapshot, session: Session) -> Iterator[str]:
    """The texts of the learner's approved reports on sessions before this one, newest first."""
    starts = {other.id: other.start for other in snapshot.sessions if other.start < session.start}
    approved = [
        (starts[one.session_id], one)
        for one in snapshot.requests
        if one.kind is RequestKind.REPORT and one.state is RequestState.APPROVED and one.session_id in starts
    ]
    for _, one in sorted(approved, key=lambda pair: pair[0], reverse=True):
        yield without_marks(one.version.text, world.language)


def _progress(snapshot: Snapshot, session: Session) -> tuple[int | None, int | None]:
    """The last figure (percent of the current project) reported before the session, and since it began."""
    before, since = None, None
    for said in snapshot.said(Matter.PROGRESS, Matter.PROJECT_DONE):
        if said.learner_id != snapshot.learner.id:
            continue
        other = said.project and snapshot.learner.project and said.project != snapshot.learner.project
        known = said.matter is Matter.PROGRESS and said.number is not None and not other
        value = min(100, max(0, round(said.number or 0))) if known else None
        if said.at >= session.start:
            since = value
        else:
            before = value  # a project that is done, or another one's figure, says nothing of the current one
    return before, since


def _next(snapshot: Snapshot, session: Session, now: datetime) -> datetime | None:
    planned = (other.start for other in snapshot.sessions if other.id != session.id and not other.gone)
    return min((start for start in planned if start > max(now, session.start)), default=None)
