"""Absences in a row, as R09, R10 and R12 count them.

Read backwards from now: a completed session ends the run, and so does any session inside a justified period (R11): the
learner was excused from it, whatever the platform calls it. A cancelled or moved session neither counts nor breaks. One
that nobody has marked is no absence; between two absences it leaves the question open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from agent.model import Matter, Session, SessionStatus, Situation, Snapshot
from agent.policies.periods import justification
from agent.policies.timing import day, earliest

NEUTRAL = {SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE, SessionStatus.MOVED}


@dataclass(frozen=True, slots=True)
class Streak:
    """The current run. `excused` ended it, by `excuse`; `unmarked` hides what lies before the run."""

    absences: tuple[Session, ...] = ()  # unjustified, oldest first
    unmarked: Session | None = None
    excused: Session | None = None
    excuse: Situation | None = None

    def __len__(self) -> int:
        return len(self.absences)

    @property
    def because(self) -> str:
        """What else is to be said of the count, as an English clause that begins with "; "; or nothing."""
        if self.unmarked is not None:
            return f"; the session of {day(self.unmarked.start)} is not marked"
        if self.excused is not None and self.excuse is not None:
            return f"; {justified(self.excused, self.excuse)}"
        return ""


def current(snapshot: Snapshot, now: datetime) -> Streak:
    """The run of unjustified absences that stands at an instant."""
    run: list[Session] = []
    for session in reversed(snapshot.sessions):
        if session.end > now:
            continue
        if session.end <= snapshot.learner.assigned_at:
            break
        if session.status is SessionStatus.COMPLETED and not session.gone:
            break
        excuse = justification(snapshot, session)
        if excuse is not None:
            return Streak(tuple(run[::-1]), None, session, excuse)
        if session.gone or session.status in NEUTRAL:
            continue
        if session.status is SessionStatus.ABSENT:
            run.append(session)
        elif run:
            return Streak(tuple(run[::-1]), session)
        # else: not marked yet, after the last absence: it breaks nothing so far
    return Streak(tuple(run[::-1]))


def as_of(snapshot: Snapshot, last: Session, said: datetime) -> Streak:
    """The run that ended with the session `last`, by the justifications reported until `said`."""
    known = tuple(s for s in snapshot.situations if s.matter is not Matter.JUSTIFIED or s.at <= said)
    sessions = tuple(s for s in snapshot.sessions if s.end <= last.end)
    return current(replace(snapshot, situations=known, sessions=sessions), last.end)


def next_end(snapshot: Snapshot, now: datetime) -> datetime | None:
    """When the next session is over, marked or not: until then it counts for nothing, then it may end or hide a run."""
    return earliest((session.end for session in snapshot.sessions), now)


def justified(session: Session, excuse: Situation) -> str:
    """ "the absence of 2026-11-04 ... is justified until 2026-12-12 ..."."""
    what = "absence" if session.status is SessionStatus.ABSENT else "session"
    until = f" until {day(excuse.until)}" if excuse.until else ""
    return f"the {what} of {day(session.start)} is justified{until}"
