"""Which weeks have a session, and since when a learner is to have one each week: what R03 and R04 share."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from agent.model import SeenLetter, Session, SessionStatus, Snapshot
from agent.policies.weeks import ends, midnight

GIVEN_UP = {SessionStatus.CANCELLED, SessionStatus.MOVED}
"""After these the week is free again. An absence and a late cancellation are not made up for (R05)."""


def planned_in(snapshot: Snapshot, week: date) -> Session | None:
    """A session that was planned in the week of this Monday, whatever became of it; None makes the week unplanned.

    One that the calendar cancelled before it began was planned no more. One that was moved out of the week, no farther
    than R05 allows, stands for it: the old date is neither absent nor unplanned.
    """
    bounds = midnight(week, snapshot.zone), ends(week, snapshot.zone)
    return next((s for s in snapshot.sessions if _counts(s, snapshot) and _touches(s, snapshot, *bounds)), None)


def standing_in(snapshot: Snapshot, week: date) -> Session | None:
    """The session of the week of this Monday: to come, held, missed or cancelled late, or moved to another week."""
    bounds = midnight(week, snapshot.zone), ends(week, snapshot.zone)
    kept = (s for s in snapshot.sessions if _counts(s, snapshot) and s.status not in GIVEN_UP)
    return next((s for s in kept if _touches(s, snapshot, *bounds)), None)


def met(snapshot: Snapshot) -> bool:
    """Whether any session was ever planned with this learner, since the assignment."""
    return any(_counts(s, snapshot) for s in snapshot.sessions)


def known_before(snapshot: Snapshot) -> bool:
    """Whether the first contact had to be made before the agent began to watch: then it is taken as made, as in R01."""
    allowed = snapshot.law["R01"].hours("contact_hours") if "R01" in snapshot.law else timedelta()
    return snapshot.watch_since is not None and snapshot.learner.assigned_at + allowed < snapshot.watch_since


def first_contact(snapshot: Snapshot) -> SeenLetter | None:
    """The first letter to the learner; None where there is none, or where it may be older than the agent's watch."""
    letter = next((one for one in snapshot.letters if one.at >= snapshot.learner.assigned_at), None)
    if letter is None or (known_before(snapshot) and not (letter.key or "").startswith("R01/")):
        return None
    return letter


def _counts(session: Session, snapshot: Snapshot) -> bool:
    """Sessions from before the assignment count for nothing."""
    return not session.gone and session.end > snapshot.learner.assigned_at


def _touches(session: Session, snapshot: Snapshot, begin: datetime, end: datetime) -> bool:
    if begin <= session.start < end:
        return True
    if session.planned is None or not begin <= session.planned < end:
        return False
    return "R05" not in snapshot.law or abs(session.start - session.planned) <= snapshot.law["R05"].days("moved_days")
