"""Random histories of one learner, and a second opinion on them that shares no code with the policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from agent.model import Matter, Session, SessionStatus, Situation, Snapshot
from tests.policies.snapshots import session, situation, snapshot

DAY = 24.0
ABSENT, COMPLETED = SessionStatus.ABSENT, SessionStatus.COMPLETED


@dataclass(frozen=True)
class History:
    """Sessions in time order, justified periods, and the instant at which they are judged, in hours."""

    sessions: tuple[Session, ...]
    periods: tuple[Situation, ...]
    now: float

    def known(self, *more: Session) -> Snapshot:
        """What the policies are told, with these sessions besides."""
        return snapshot(*self.sessions, *more, situations=self.periods, watch_since=-1000)


statuses = st.sampled_from([None, ABSENT, ABSENT, ABSENT, *SessionStatus])


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to nine sessions some days apart, from a little before the assignment on, and up to three periods."""
    start, sessions = draw(st.floats(-30, 30)), []
    for number in range(1, draw(st.integers(0, 9)) + 1):
        sessions.append(session(number, start, draw(statuses), gone=draw(st.integers(0, 9)) == 0))
        start += draw(st.integers(1, 10)) * DAY
    periods = []
    for number in range(draw(st.integers(0, 3))):
        since = draw(st.integers(-2, 60)) * DAY
        until = since + draw(st.integers(1, 20)) * DAY
        periods.append(situation(100 + number, Matter.JUSTIFIED, since, since=since, until=until))
    return History(tuple(sessions), tuple(periods), draw(st.integers(0, 70)) * DAY)


def excused(one: Session, periods: tuple[Situation, ...]) -> bool:
    """Whether a session begins inside a justified period."""
    return any(p.since is not None and p.until is not None and p.since <= one.start < p.until for p in periods)


def run_of(known: Snapshot, now_hours: float) -> list[Session]:
    """The unjustified absences in a row, told forwards, as one would on one's fingers."""
    now = known.learner.assigned_at + timedelta(hours=now_hours)
    periods = tuple(s for s in known.situations if s.matter is Matter.JUSTIFIED)
    run: list[Session] = []
    doubt = False
    for one in known.sessions:
        if one.end > now or one.end <= known.learner.assigned_at:
            continue
        if (one.status is COMPLETED and not one.gone) or excused(one, periods):
            run, doubt = [], False
        elif one.gone:
            continue
        elif one.status is ABSENT:
            run = [one] if doubt else [*run, one]
            doubt = False
        elif one.status is None:
            doubt = True
    return run
