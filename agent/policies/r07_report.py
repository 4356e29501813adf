"""R07: a report within 48 hours of each session: notes are asked for, a draft is made, shown, and handed over.

The steps follow from what is known of the session, never from what was done last: no status -> ask; status and notes ->
draft; approved -> hand over. While anything waits for the mentor, reminders come at set hours before the deadline.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agent.model import (
    Act,
    Clause,
    Judgement,
    Miss,
    Obligation,
    Request,
    RequestState,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.r23_never_completed_when_absent import contradicted
from agent.policies.said import called_off
from agent.policies.settled import miss
from agent.policies.timing import day, earliest, mark_passed

RULE = "R07"
NO_REPORT = {SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE, SessionStatus.MOVED}


def report_key(session_id: int | None) -> str:
    """Names the report on a session, whatever becomes of its versions."""
    return f"{RULE}/report/{session_id}"


def handover_key(session_id: int | None) -> str:
    """Names the mail that hands the approved report over."""
    return f"{RULE}/handover/{session_id}"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Judge every session of the learner and join the answers."""
    parts = [_one(session, snapshot, clause, now) for session in snapshot.sessions]
    return Judgement(
        hits=tuple(hit for part in parts for hit in part.hits),
        misses=tuple(miss for part in parts for miss in part.misses),
        look_again=earliest((part.look_again for part in parts), now),
        standing=frozenset().union(*(part.standing for part in parts)),
    )


def _one(session: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    deadline = session.end + clause.hours("report_hours")
    if session.end <= snapshot.learner.assigned_at:
        return _miss(session, "it took place before the assignment")
    if session.gone:
        return _miss(session, "it was cancelled in the calendar before it began")
    if session.end > now:
        return Judgement(
            misses=(Miss(RULE, f"session of {day(session.start)}: not over yet", session.id),), look_again=session.end
        )
    if snapshot.watch_since is not None and deadline < snapshot.watch_since:
        return _miss(session, "its deadline had passed before the agent began to watch")
    if session.status in NO_REPORT:
        return _miss(session, f"it was {session.status.value.replace('_', ' ')}: no report is due")
    if session.status is None or (session.status is SessionStatus.COMPLETED and not session.notes):
        return _ask(session, snapshot, clause, now)
    return _report(session, snapshot, clause, now)


def _ask(session: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    key = f"{RULE}/session/{session.id}/{session.end:%Y%m%dT%H%M}"
    asked = snapshot.request(key)
    if asked is not None and asked.state is not RequestState.WITHDRAWN:
        return _waiting(asked, "notes", session, snapshot, clause, now)
    reason = f"session of {day(session.start)} is over; its report is due by {day(session.end + _hours(clause))}"
    return Judgement(hits=(_owed(Act.ASK, key, session, reason, session.end + _hours(clause)),))


def _report(session: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    key = report_key(session.id)
    deadline = session.end + _hours(clause)
    request = snapshot.request(key)
    handover = handover_key(session.id)
    approved = request is not None and request.state is RequestState.APPROVED
    if approved and handover in snapshot.done:
        return _miss(session, "its report was approved and handed over")
    if (said := _blocked(session, snapshot)) is not None:
        reason = f"blocked by R23: it is marked completed, and an absence was said on {day(said.at)}"
        return replace(_miss(session, reason), standing=frozenset({key}))
    if request is None or request.state in {RequestState.REDO, RequestState.WITHDRAWN}:
        again = request is not None and request.state is RequestState.REDO
        reason = "another version was asked for" if again else "notes are here, no draft yet"
        return Judgement(
            hits=(_owed(Act.DRAFT, key, session, f"session of {day(session.start)}: {reason}", deadline),),
            standing=frozenset({key}),
        )
    if approved:
        reason = f"the report on the session of {day(session.start)} is approved"
        return Judgement(hits=(_owed(Act.HAND_OVER, handover, session, reason, deadline),))
    if request.state is RequestState.WAITING:
        return _waiting(request, "report", session, snapshot, clause, now)
    return _miss(session, "its draft was dropped by the mentor")


def _blocked(session: Session, snapshot: Snapshot) -> Situation | None:
    """What keeps a report from being made or handed over until the mentor has said which is true."""
    return contradicted(session, snapshot) if "R23" in snapshot.law else None


def _waiting(
    request: Request, what: str, session: Session, snapshot: Snapshot, clause: Clause, now: datetime
) -> Judgement:
    """The request waits: remind at the set hours, look again at the next one."""
    deadline = session.end + _hours(clause)
    marks = clause.series["reminder_hours"]
    coming = earliest((deadline - timedelta(hours=h) for h in marks), now)
    standing = frozenset({request.key})
    if request.state is not RequestState.WAITING:
        return _miss(session, "the question is closed")
    if request.asleep_until is not None and request.asleep_until > now:
        reason = f"session of {day(session.start)}: the mentor answers later, and is asked again on"
        asleep = Miss(RULE, f"{reason} {day(request.asleep_until)}", session.id)
        return Judgement(misses=(asleep,), look_again=request.asleep_until, standing=standing)
    shown = max(request.version.created_at, request.asleep_until or request.version.created_at)
    mark = mark_passed(deadline, marks, shown, now)
    if what == "notes" and (off := called_off(snapshot, session)) is not None and session.status is None:
        reason = f"session of {day(session.start)}: its status is asked for; the mentor called it off on {day(off.at)}"
        return Judgement(misses=(Miss(RULE, reason, session.id),), standing=standing)
    # A session that is moved has another deadline, with reminders of its own.
    key = f"{RULE}/remind/{session.id}/{session.end:%Y%m%dT%H%M}/{what}/{mark:g}" if mark else ""
    if not mark or key in snapshot.done:
        reason = f"session of {day(session.start)}: waiting for the mentor's {what}, due by {day(deadline)}"
        return Judgement(misses=(Miss(RULE, reason, session.id),), look_again=coming, standing=standing)
    reason = f"session of {day(session.start)}: still waiting, {mark:g} h before the deadline"
    detail = {"request": request.key, "what": what, "hours": f"{mark:g}"}
    reminder = _owed(Act.REMIND, key, session, reason, deadline, detail)
    return Judgement(hits=(reminder,), look_again=coming, standing=standing)


def _owed(
    act: Act, key: str, session: Session, reason: str, due: datetime, detail: dict[str, str] | None = None
) -> Obligation:
    assert session.learner_id is not None  # noqa: S101 -- a snapshot holds only sessions matched to its learner
    return Obligation(
        key=key,
        rule=RULE,
        act=act,
        learner_id=session.learner_id,
        session_id=session.id,
        reason=reason,
        due=due,
        detail=detail or {},
    )


def _hours(clause: Clause) -> timedelta:
    return clause.hours("report_hours")


def _miss(session: Session, reason: str) -> Judgement:
    return miss(RULE, f"session of {day(session.start)}: {reason}", session.id)
