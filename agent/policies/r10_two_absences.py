"""R10: two consecutive unjustified absences are told to support, with both dates, once the second's grace is over.

The alert is drafted at once and shown to the mentor; approved or not, it does not leave before the grace has run out.
A completed session between two absences breaks the streak; a cancelled or moved one does not; one that nobody has
marked leaves the question open, so nothing is concluded from it.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Miss,
    Obligation,
    RequestState,
    Session,
    SessionStatus,
    Snapshot,
)
from agent.policies.timing import day

RULE = "R10"
NEUTRAL = {SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE, SessionStatus.MOVED}


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The current streak of absences, read backwards from now."""
    streak, unmarked = _streak(snapshot, now)
    needed = int(clause.numbers["absences"])
    if len(streak) < needed:
        open_question = f"; the session of {day(unmarked.start)} is not marked" if unmarked else ""
        return _miss(f"{len(streak)} absence(s) in a row, {needed} needed{open_question}")
    reported = streak[:needed]
    last = reported[-1]
    dates = " and ".join(day(session.start) for session in reported)
    grace_until = last.end + clause.hours("grace_hours")
    key = f"{RULE}/alert/{last.id}"
    if key in snapshot.done:
        return _miss(f"absent on {dates}: support was told, or the letter is on its way")
    request = snapshot.request(key)
    if request is not None and request.state is RequestState.DROPPED:
        return _miss(f"absent on {dates}: the mentor decided against the alert")
    if snapshot.watch_since is not None and grace_until < snapshot.watch_since:
        return _miss(f"absent on {dates}: before the agent began to watch")
    return Judgement(
        hits=(
            Obligation(
                key=key,
                rule=RULE,
                act=Act.LETTER,
                audience=Audience.SUPPORT,
                learner_id=snapshot.learner.id,
                session_id=last.id,
                template="absence_alert",
                due=grace_until,
                not_before=grace_until,
                reason=f"absent on {dates}; the learner may justify until {day(grace_until)}",
                detail={"sessions": " ".join(str(session.id) for session in reported)},
            ),
        ),
        look_again=grace_until if grace_until > now else None,
    )


def _streak(snapshot: Snapshot, now: datetime) -> tuple[list[Session], Session | None]:
    """The absences since the last completed session, oldest first, and the latest unmarked session that hides more."""
    streak: list[Session] = []
    for session in reversed(snapshot.sessions):
        if session.gone or session.end > now or session.status in NEUTRAL:
            continue
        if session.end <= snapshot.learner.assigned_at or session.status is SessionStatus.COMPLETED:
            break
        if session.status is None:
            if streak:
                return streak[::-1], session
            continue  # not marked yet, after the last absence: it breaks nothing so far
        streak.append(session)
    return streak[::-1], None


def _miss(reason: str) -> Judgement:
    return Judgement(misses=(Miss(RULE, reason),))
