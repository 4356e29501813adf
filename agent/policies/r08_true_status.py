"""R08: the status entered is the true one. It is proposed from what is known; the mentor's answer decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.model import Clause, Judgement, Matter, Miss, Session, SessionStatus, Situation, Snapshot
from agent.policies.said import about, called_off
from agent.policies.timing import day

RULE = "R08"
RECENT = timedelta(days=14)
"""Sessions older than this are not spoken of any more; nothing is owed for any of them."""


def ground(session: Session, snapshot: Snapshot) -> Situation | None:
    """What was said of a session that tells its status; the latest word of the learner's absence counts."""
    said = about(snapshot, session, Matter.ANNOUNCED, Matter.ABSENT)
    return said[-1] if said else called_off(snapshot, session)


def proposed(session: Session, snapshot: Snapshot, clause: Clause) -> tuple[SessionStatus, str] | None:
    """The status that follows from what is known, and why (English); None where nothing tells.

    An absence announced `notice_hours` ahead is a cancellation, one announced later a late one; an apology that came
    once the session had begun announces nothing.
    """
    said = ground(session, snapshot)
    if said is None:
        return (SessionStatus.CANCELLED, "the calendar dropped it before it began") if session.gone else None
    if said.matter in {Matter.EMERGENCY, Matter.AWAY}:
        return SessionStatus.CANCELLED, f"the mentor could not hold it, as said on {day(said.at)}"
    if said.matter is Matter.ABSENT or said.at >= session.start:
        return SessionStatus.ABSENT, f"absent, as said on {day(said.at)}"
    late = session.start - said.at < clause.hours("notice_hours")
    status = SessionStatus.CANCELLED_LATE if late else SessionStatus.CANCELLED
    return status, f"the absence was announced on {day(said.at)}"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """What each recent session is marked as. Nothing is owed: the question after the session shows the proposal."""
    recent = [s for s in snapshot.sessions if _counts(s, snapshot) and now - RECENT < s.end <= now]
    misses = tuple(Miss(RULE, _marked(session, snapshot, clause), session.id) for session in recent)
    return Judgement(misses=misses or (Miss(RULE, f"no session took place in the last {RECENT.days} days"),))


def _counts(session: Session, snapshot: Snapshot) -> bool:
    return not session.gone and session.end > snapshot.learner.assigned_at


def _marked(session: Session, snapshot: Snapshot, clause: Clause) -> str:
    found = proposed(session, snapshot, clause)
    known = f"; {_word(found[0])} is proposed: {found[1]}" if found else ""
    if session.status is None:
        return f"session of {day(session.start)}: not marked{known}"
    differs = found is not None and found[0] is not session.status
    return f"session of {day(session.start)}: marked {_word(session.status)}{known if differs else ''}"


def _word(status: SessionStatus) -> str:
    return status.value.replace("_", " ")
