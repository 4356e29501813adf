"""R12: a week after R10's alert the learner has come back or is excluded: the mentor is asked which.

A session held since, a word that the learner is back or has left, or an absence that was justified after all, answers
the question before it is asked; what arrives while it waits withdraws it.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import (
    Act,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    RequestKind,
    Session,
    SessionStatus,
    Snapshot,
)
from agent.policies import streak
from agent.policies.periods import justification
from agent.policies.r10_two_absences import alerted
from agent.policies.settled import ASKING, joined, left
from agent.policies.timing import day, earliest

RULE = "R12"


def outcome_key(session_id: int) -> str:
    """Names the question of what became of the learner after the alert on this session."""
    return f"{RULE}/outcome/{session_id}"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The latest alert that was queued, and what is known since."""
    if gone := left(RULE, snapshot, now):
        return gone
    told = alerted(snapshot)
    if not told:
        return joined([Miss(RULE, "support was told of no absences")])
    last, queued = max(told, key=lambda pair: pair[1])
    why = _known(last, queued, snapshot)
    asking = queued + clause.days("follow_up_days")
    if why is None and now < asking:
        why = f"nothing to ask until {day(asking)}"
    if why is not None:
        reason = f"support was told on {day(queued)} of the absence of {day(last.start)}: {why}"
        return joined([Miss(RULE, reason, last.id)], earliest([asking], now))
    return joined([_question(last, queued, snapshot, clause)])


def _known(last: Session, queued: datetime, snapshot: Snapshot) -> str | None:
    """What already answers the question."""
    held = (s for s in snapshot.sessions if s.start > last.start and s.status is SessionStatus.COMPLETED)
    if (back := next(held, None)) is not None:
        return f"came back: session of {day(back.start)} completed"
    said = next((s for s in reversed(snapshot.said(Matter.BACK, Matter.LEFT)) if s.at >= queued), None)
    if said is not None:
        return f"reported {said.matter.value} on {day(said.at)}"
    if (excuse := justification(snapshot, last)) is not None:
        return streak.justified(last, excuse)
    request = snapshot.request(outcome_key(last.id))
    return None if request is None or request.state in ASKING else "the mentor has answered"


def _question(last: Session, queued: datetime, snapshot: Snapshot, clause: Clause) -> Obligation:
    asking = queued + clause.days("follow_up_days")
    return Obligation(
        key=outcome_key(last.id),
        rule=RULE,
        act=Act.QUESTION,
        question=RequestKind.OUTCOME,
        learner_id=snapshot.learner.id,
        session_id=last.id,
        template="outcome_question",
        due=asking + clause.hours("answer_hours"),
        reason=f"support was told on {day(queued)} of the absence of {day(last.start)}; no news since",
        detail={"since": queued.isoformat()},
    )
