"""R05: every planned session takes place. What the mentor's emergency prevents is apologised for and made up for.

The learner is told at once and offered times in the same week where enough of it is left, and in any case within ten
days of the session's first date; the mentor is reminded to record it. A learner's absence or late cancellation is not
made up for. A session that was moved too far from its first date is told to the mentor.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    Party,
    Session,
    SessionStatus,
    Situation,
    Slot,
    Snapshot,
)
from agent.policies import weeks
from agent.policies.periods import holding
from agent.policies.settled import joined, left, settled
from agent.policies.timing import day, earliest

RULE = "R05"
LOST = {SessionStatus.ABSENT: "the learner was absent", SessionStatus.CANCELLED_LATE: "it was cancelled late"}


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Every emergency of the mentor's, every session moved too far, and the latest session that is simply lost."""
    if gone := left(RULE, snapshot, now):
        return gone
    urgent = [(one, hit) for one in _emergencies(snapshot) if (hit := _meant(one, snapshot)) is not None]
    found = [part for one, session in urgent for part in _emergency(one, session, snapshot, clause, now)]
    found += [part for session in snapshot.sessions if (part := _far(session, snapshot, clause, now))]
    lost = [s for s in snapshot.sessions if s.status in LOST and s.start <= now and all(s != one for _, one in urgent)]
    found += [Miss(RULE, f"{_lost(session)}: it is not made up for", session.id) for session in lost[-1:]]
    ends = (_planned(session) + clause.days("moved_days") for _, session in urgent)
    return joined(found or [Miss(RULE, "no emergency of the mentor's was reported")], earliest(ends, now))


def letter_key(urgent: Situation) -> str:
    """Names the letter that apologises for an emergency and offers other times."""
    return f"{RULE}/emergency/{urgent.id}"


def emergency(session: Session, snapshot: Snapshot) -> Situation | None:
    """The mentor's emergency that prevented a session, where one was reported."""
    return next((one for one in _emergencies(snapshot) if _meant(one, snapshot) == session), None)


def _emergencies(snapshot: Snapshot) -> list[Situation]:
    return [s for s in snapshot.said(Matter.EMERGENCY) if s.by is Party.MENTOR]


def _meant(urgent: Situation, snapshot: Snapshot) -> Session | None:
    """The session meant: by its number, or by the start it was first known with."""
    if urgent.session_id is not None:
        return next((s for s in snapshot.sessions if s.id == urgent.session_id), None)
    starts = {urgent.since} - {None}
    return next((s for s in snapshot.sessions if s.start in starts or _planned(s) in starts), None)


def _planned(session: Session) -> datetime:
    return session.planned or session.start


def _prevented(urgent: Situation, session: Session) -> datetime:
    """The start that the emergency is about: the one the session had when it was said, or was first known with."""
    return urgent.since or _planned(session)


def _emergency(
    urgent: Situation, session: Session, snapshot: Snapshot, clause: Clause, now: datetime
) -> list[Obligation | Miss]:
    what = f"the mentor's emergency on the session of {day(_prevented(urgent, session))}"
    if urgent.at + clause.hours("letter_hours") < (snapshot.watch_since or urgent.at):
        return [Miss(RULE, f"{what}: before the agent began to watch", session.id)]
    if session.status in LOST:
        return [Miss(RULE, f"{_lost(session)}: it is not made up for", session.id)]
    if session.status is SessionStatus.COMPLETED:
        return [Miss(RULE, f"{what}: it took place after all", session.id)]
    limit = _planned(session) + clause.days("moved_days")
    if now >= limit:
        return [Miss(RULE, f"{what}: the time for making up for it ended on {day(limit)}", session.id)]
    record = Obligation(
        key=f"{RULE}/record/{urgent.id}",
        rule=RULE,
        act=Act.NOTICE,
        learner_id=snapshot.learner.id,
        session_id=session.id,
        template="record_emergency",
        reason=f"{what}, reported on {day(urgent.at)}: to be recorded on the platform",
        detail={
            "situations": str(urgent.id),
            "since": _prevented(urgent, session).isoformat(),
            "until": limit.isoformat(),
        },
    )
    letter = _letter(urgent, session, limit, snapshot, clause, now)
    noted: Obligation | Miss = Miss(RULE, f"{what}: the mentor was told what to record", session.id)
    return [letter, noted if record.key in snapshot.done else record]


def _letter(
    urgent: Situation, session: Session, limit: datetime, snapshot: Snapshot, clause: Clause, now: datetime
) -> Obligation | Miss:
    planned = _prevented(urgent, session)
    what = f"the mentor's emergency on the session of {day(planned)}"
    if snapshot.learner.address is None:
        return Miss(RULE, f"{what}: no address is known", session.id)
    instead = _instead(urgent, session, limit, snapshot, now)
    then = f"replaced on {day(instead.start)}" if instead else f"to be replaced by {day(limit)}"
    # Moved in place, the entry has the new date: then the letter is about the date that `since` gives, not about it.
    hit = Obligation(
        key=letter_key(urgent),
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.LEARNER,
        learner_id=snapshot.learner.id,
        session_id=None if instead == session else session.id,
        template="emergency",
        offer=None if instead else _offer(planned, limit, snapshot, clause, now),
        due=urgent.at + clause.hours("letter_hours"),
        reason=f"{what}, reported on {day(urgent.at)}; {then}",
        detail={"since": planned.isoformat()},
    )
    return settled(hit, snapshot, what)


def _instead(urgent: Situation, session: Session, limit: datetime, snapshot: Snapshot, now: datetime) -> Session | None:
    """What already makes up for it: the session itself, moved; another one of its week; a second one of a later week.

    The only session of a later week is that week's own (R03).
    """
    if session.start != _prevented(urgent, session) and now < session.start <= limit and not session.gone:
        return session
    coming = [s for s in snapshot.sessions if now < s.start <= limit and not s.gone and s.id != session.id]
    own = weeks.monday(_prevented(urgent, session), snapshot.zone)
    seen = {own}
    for one in coming:
        week = weeks.monday(one.start, snapshot.zone)
        if week in seen:
            return one
        seen.add(week)
    return None


def _offer(planned: datetime, limit: datetime, snapshot: Snapshot, clause: Clause, now: datetime) -> Slot:
    """The rest of the session's own week while it is long enough; otherwise all that the rule allows."""
    week = min(weeks.ends(weeks.monday(planned, snapshot.zone), snapshot.zone), limit)
    return Slot(now, week if week - now >= clause.hours("same_week_hours") else limit)


def _far(session: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> Obligation | Miss | None:
    """A session still to come that was moved further than the rule allows, for no reason that excuses it."""
    planned, allowed = _planned(session), clause.days("moved_days")
    if session.gone or session.start <= now or session.start <= planned + allowed:
        return None
    what = f"the session of {day(planned)} was moved to {day(session.start)}"
    excuses = [Matter.AWAY, *([Matter.JUSTIFIED] if "R11" in snapshot.law else [])]
    if (period := holding(snapshot, planned, *excuses)) is not None:
        return Miss(RULE, f"{what}: {period.matter.value} until {day(period.until or period.at)}", session.id)
    key = f"{RULE}/far/{session.id}/{session.start:%Y%m%dT%H%M}"
    days = f"{clause.numbers['moved_days']:g}"
    if key in snapshot.done:
        return Miss(RULE, f"{what}, beyond {days} days: the mentor was told", session.id)
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.NOTICE,
        learner_id=snapshot.learner.id,
        session_id=session.id,
        template="moved_too_far",
        reason=f"{what}, more than {days} days later",
        detail={"days": days, "since": planned.isoformat()},
    )


def _lost(session: Session) -> str:
    return f"session of {day(session.start)}: {LOST[session.status]}" if session.status in LOST else ""
