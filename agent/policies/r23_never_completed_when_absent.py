"""R23: a session is never reported completed where the learner said they would be, or were, absent.

R07 drafts and hands over nothing while the two contradict each other; the mentor is asked which is true.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import (
    Act,
    Clause,
    Judgement,
    Matter,
    Obligation,
    Party,
    RequestKind,
    RequestState,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.said import about
from agent.policies.settled import miss
from agent.policies.timing import day

RULE = "R23"


def conflict_key(session_id: int | None) -> str:
    """Names the question about a session."""
    return f"{RULE}/conflict/{session_id}"


def contradicted(session: Session, snapshot: Snapshot) -> Situation | None:
    """What was said of the learner's absence from a session marked completed; None once the mentor confirmed it."""
    if session.status is not SessionStatus.COMPLETED:
        return None
    request = snapshot.request(conflict_key(session.id))
    if request is not None and request.state is RequestState.APPROVED:
        return None
    said = about(snapshot, session, Matter.ANNOUNCED, Matter.ABSENT)
    return next((s for s in reversed(said) if s.matter is Matter.ANNOUNCED or s.by is Party.LEARNER), None)


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A question about each session that is marked completed against the learner's word."""
    found = [(session, said) for session in snapshot.sessions if (said := contradicted(session, snapshot))]
    if not found:
        return miss(RULE, "no completed session contradicts what the learner said")
    return Judgement(hits=tuple(_question(session, said, snapshot) for session, said in found))


def _question(session: Session, said: Situation, snapshot: Snapshot) -> Obligation:
    report = snapshot.law.get("R07")
    return Obligation(
        key=conflict_key(session.id),
        rule=RULE,
        act=Act.QUESTION,
        question=RequestKind.CONFLICT,
        learner_id=snapshot.learner.id,
        session_id=session.id,
        template="conflict_question",
        due=session.end + report.hours("report_hours") if report else None,
        reason=f"session of {day(session.start)} is marked completed; an absence was said on {day(said.at)}",
        detail={"situations": str(said.id), "about": str(session.id)},
    )
