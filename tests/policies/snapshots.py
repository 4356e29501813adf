"""Snapshots for the policies' tests, in few words. Hours count from the assignment, on a Monday at 9:00 in Paris."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.guidelines import load
from agent.model import (
    Clause,
    Learner,
    Request,
    RequestKind,
    RequestState,
    SeenLetter,
    Session,
    SessionStatus,
    Snapshot,
    Version,
)
from agent.shipped import shipped

ASSIGNED = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
LEARNER = Learner(1, "Léa Moreau", "lea.moreau@learner.example", ASSIGNED)


def clause(rule: str) -> Clause:
    """The shipped clause of a rule."""
    return load(shipped("guidelines.toml")).clause(rule, ASSIGNED.date())


def at(hours: float) -> datetime:
    """So many hours after the assignment."""
    return ASSIGNED + timedelta(hours=hours)


def session(
    number: int,
    start: float,
    status: SessionStatus | None = None,
    *,
    notes: str | None = None,
    gone: bool = False,
    minutes: float = 45,
) -> Session:
    """Session `number`, which begins `start` hours after the assignment."""
    end = at(start) + timedelta(minutes=minutes)
    return Session(number, f"session-{number}", LEARNER.id, at(start), end, "Session", gone, status, notes)


def request(
    key: str,
    state: RequestState = RequestState.WAITING,
    *,
    kind: RequestKind = RequestKind.SESSION,
    asked: float = 0,
    about: int | None = None,
) -> Request:
    """A request that was shown to the mentor `asked` hours after the assignment."""
    version = Version(1, "token", "subject", "", "", at(asked))
    return Request(1, key, kind, "R07", state, LEARNER.id, about, at(asked), version)


def snapshot(
    *sessions: Session,
    requests: tuple[Request, ...] = (),
    letters: tuple[float, ...] = (),
    done: tuple[str, ...] = (),
    watch_since: float = 0,
    learner: Learner = LEARNER,
) -> Snapshot:
    """What is known of one learner; `letters` and `watch_since` in hours after the assignment."""
    return Snapshot(
        learner,
        sessions,
        requests,
        tuple(SeenLetter(at(hours), None) for hours in letters),
        frozenset(done),
        at(watch_since),
    )
