"""R25: evenings and weekends only where mentor and learner agree and the funding allows it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from agent.model import Act, Clause, Judgement, Learner, Miss, Obligation, Session, SessionStatus, Slot, Snapshot
from agent.policies.settled import miss
from agent.policies.timing import day

RULE = "R25"
SATURDAY = 5
OFF = {SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE, SessionStatus.MOVED}


def allows(slot: Slot, learner: Learner, clause: Clause, zone: ZoneInfo) -> bool:
    """Whether a slot may be offered to a learner. `zone` is the mentor's; the mentor's own consent is their hours."""
    return not _odd(slot, learner, clause, zone) or (learner.evenings and learner.funding in clause.words["fundings"])


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A session to come that is in the evening or at the weekend and should not be: the mentor is told, once."""
    if snapshot.learner.left_at is not None:
        return miss(RULE, f"left on {day(snapshot.learner.left_at)}")
    coming = [s for s in snapshot.sessions if s.start > now and not s.gone and s.status not in OFF]
    judged = [_one(session, snapshot, clause) for session in coming]
    if not judged:
        return miss(RULE, "no session is to come")
    return Judgement(
        hits=tuple(one for one in judged if isinstance(one, Obligation)),
        misses=tuple(one for one in judged if isinstance(one, Miss)),
    )


def _one(session: Session, snapshot: Snapshot, clause: Clause) -> Obligation | Miss:
    learner, what = snapshot.learner, f"session of {day(session.start)}"
    slot = Slot(session.start, session.end)
    key = f"{RULE}/warn/{session.id}/{session.start:%Y%m%dT%H%M}"
    if not _odd(slot, learner, clause, snapshot.zone):
        return Miss(RULE, f"{what}: neither in the evening nor at the weekend", session.id)
    if allows(slot, learner, clause, snapshot.zone):
        return Miss(RULE, f"{what}: evenings and weekends were agreed, and the funding allows them", session.id)
    if key in snapshot.done:
        return Miss(RULE, f"{what}: the mentor was told that it is in the evening or at the weekend", session.id)
    funding = learner.funding.value.replace("_", " ")
    lacking = f"the funding ({funding}) does not allow it" if learner.evenings else "it was not agreed"
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.NOTICE,
        learner_id=learner.id,
        session_id=session.id,
        template="evening_session",
        due=session.start,
        reason=f"{what} is in the evening or at the weekend, and {lacking}",
    )


def _odd(slot: Slot, learner: Learner, clause: Clause, zone: ZoneInfo) -> bool:
    """Whether it is evening, night or weekend, for the mentor or where the learner lives."""
    return any(_touches(slot, clause, place) for place in {zone, learner.zone or zone})


def _touches(slot: Slot, clause: Clause, zone: ZoneInfo) -> bool:
    """Whether a slot touches the evening, the night or the weekend there."""
    start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
    early = start.hour + start.minute / 60 < clause.numbers["morning_from"]
    late = end.hour + end.minute / 60 > clause.numbers["evening_from"] or end.date() != start.date()
    return start.weekday() >= SATURDAY or early or late
