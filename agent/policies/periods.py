"""Periods in which nothing is held against a learner (R11), or the mentor is away (R06)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from agent.model import Matter, Session, Situation, Snapshot
from agent.policies.weeks import midnight

WORKING_DAYS = 5


def holding(snapshot: Snapshot, moment: datetime, *matters: Matter) -> Situation | None:
    """The latest reported period of these matters that covers an instant."""
    return next((s for s in reversed(snapshot.said(*matters)) if _covers(s, moment)), None)


def justification(snapshot: Snapshot, session: Session) -> Situation | None:
    """Why the learner's absence from a session is excused; None where it is not, or where R11 is off."""
    return holding(snapshot, session.start, Matter.JUSTIFIED) if "R11" in snapshot.law else None


def excused(snapshot: Snapshot, week: date) -> Situation | None:
    """Why no session is due in the week of this Monday: too few working days are left by a justified absence (R11),
    or by the mentor's own.
    """
    if "R11" not in snapshot.law:
        return None
    needed = snapshot.law["R11"].numbers["excused_days"]
    bounds = midnight(week, snapshot.zone), midnight(week + timedelta(days=WORKING_DAYS), snapshot.zone)
    periods = [s for s in snapshot.said(Matter.JUSTIFIED, Matter.AWAY) if _away_on((s,), *bounds)]
    if not periods:
        return None
    days = (_day(snapshot, week + timedelta(days=number)) for number in range(WORKING_DAYS))
    lost = [found for day in days if (found := _away_on(periods, *day))]
    return lost[0] if len(lost) >= needed else None


def _day(snapshot: Snapshot, day: date) -> tuple[datetime, datetime]:
    return midnight(day, snapshot.zone), midnight(day + timedelta(days=1), snapshot.zone)


def _away_on(periods: Sequence[Situation], start: datetime, end: datetime) -> Situation | None:
    return next((s for s in periods if s.since and s.until and s.since < end and start < s.until), None)


def _covers(situation: Situation, moment: datetime) -> bool:
    if situation.since is None or situation.until is None:
        return False
    return situation.since <= moment < situation.until
