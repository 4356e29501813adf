"""R21: a second session in a week needs the advisor's approval first: the mentor is warned before it takes place."""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Clause, Judgement, Matter, Miss, Obligation, Session, SessionStatus, Situation, Snapshot
from agent.policies.said import called_off, moved_for
from agent.policies.settled import left
from agent.policies.timing import day
from agent.policies.weeks import monday, name

RULE = "R21"
NOT_HELD = {SessionStatus.CANCELLED, SessionStatus.MOVED}
"""An absence and a late cancellation are not made up: they were the week's session."""


def second_sessions(snapshot: Snapshot, clause: Clause) -> tuple[Session, ...]:
    """The sessions beyond those that a calendar week (the mentor's zone) allows, in time order, approved or not.

    One that does not take place counts for nothing; nor does one that the mentor's own emergency or absence moved here
    from another week.
    """
    allowed = int(clause.numbers["sessions"])
    weeks: dict[str, int] = {}
    beyond = []
    for session in snapshot.sessions:
        if not _takes_place(session, snapshot):
            continue
        week = _week(session, snapshot)
        weeks[week] = weeks.get(week, 0) + 1
        if weeks[week] > allowed and not _made_up(session, snapshot):
            beyond.append(session)
    return tuple(beyond)


def approval(session: Session, snapshot: Snapshot, clause: Clause) -> Situation | None:
    """The advisor's approval of a second session: for it, for a period, or lately and without saying when."""
    return next((s for s in snapshot.said(Matter.EXTRA_APPROVED) if _covers(s, session, snapshot, clause)), None)


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A warning for each second session to come that nobody approved, once."""
    if gone := left(RULE, snapshot, now):
        return gone
    judged = [_one(session, snapshot, clause, now) for session in second_sessions(snapshot, clause)]
    hits = tuple(one for one in judged if isinstance(one, Obligation))
    misses = tuple(one for one in judged if isinstance(one, Miss))
    return Judgement(hits, misses if judged else (Miss(RULE, "no week has more sessions than it may"),))


def _one(session: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> Obligation | Miss:
    week = _week(session, snapshot)
    key = f"{RULE}/warn/{session.id}/{week}"
    told = f"session of {day(session.start)}, one more than week {week} has"
    approved = approval(session, snapshot, clause)
    if approved is not None:
        return Miss(RULE, f"{told}: approved, as said on {day(approved.at)}", session.id)
    if session.start <= now:
        return Miss(RULE, f"{told}: it began without the advisor's approval", session.id)
    if key in snapshot.done:
        return Miss(RULE, f"{told}: the mentor was warned", session.id)
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.NOTICE,
        learner_id=snapshot.learner.id,
        session_id=session.id,
        template="second_session",
        due=session.start,
        reason=f"{told}: the advisor's approval comes first",
    )


def _takes_place(session: Session, snapshot: Snapshot) -> bool:
    if session.gone or session.end <= snapshot.learner.assigned_at or session.status in NOT_HELD:
        return False
    return session.status is not None or called_off(snapshot, session) is None


def _made_up(session: Session, snapshot: Snapshot) -> bool:
    """Moved here from another week because the mentor could not: allowed, as it replaces that week's own."""
    if session.planned is None or monday(session.planned, snapshot.zone) == monday(session.start, snapshot.zone):
        return False
    return moved_for(snapshot, session) is not None


def _covers(said: Situation, session: Session, snapshot: Snapshot, clause: Clause) -> bool:
    if said.learner_id != snapshot.learner.id:
        return False
    if said.session_id is not None:
        return said.session_id == session.id
    if said.since is not None or said.until is not None:
        begun = said.since is None or said.since <= session.start
        return begun and (said.until is None or session.start < said.until)
    return abs(session.start - said.at) < clause.days("window_days")


def _week(session: Session, snapshot: Snapshot) -> str:
    return name(monday(session.start, snapshot.zone))
