"""Snapshots for the policies' tests, in few words. Hours count from the assignment, on a Monday at 9:00 in Paris."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.guidelines import REQUIRED, load
from agent.matrix import load as load_matrix
from agent.model import (
    Clause,
    Learner,
    Matter,
    Party,
    Request,
    RequestKind,
    RequestState,
    SeenLetter,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
    Version,
)
from agent.shipped import shipped

ASSIGNED = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
GUIDELINES = load(shipped("guidelines.toml"))
MATRIX = load_matrix(shipped("responsibility_matrix.toml"))
LAW = {rule: GUIDELINES.clause(rule, ASSIGNED.date()) for rule in REQUIRED if rule != "session"}
LEARNER = Learner(1, "Léa Moreau", "lea.moreau@learner.example", ASSIGNED)


def clause(rule: str) -> Clause:
    """The shipped clause of a rule."""
    return GUIDELINES.clause(rule, ASSIGNED.date())


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


def situation(
    number: int,
    matter: Matter,
    reported: float,
    *,
    since: float | None = None,
    until: float | None = None,
    about: int | None = None,
    by: Party = Party.MENTOR,
    words: str = "",
    mine: bool = False,
) -> Situation:
    """Situation `number`, `reported` so many hours after the assignment, as is its period; `mine`: the mentor's own."""
    return Situation(
        id=number,
        matter=matter,
        at=at(reported),
        by=by,
        words=words or matter.value,
        learner_id=None if mine else LEARNER.id,
        session_id=about,
        since=None if since is None else at(since),
        until=None if until is None else at(until),
    )


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
    situations: tuple[Situation, ...] = (),
    queued: Mapping[str, float] | None = None,
    off: tuple[str, ...] = (),
) -> Snapshot:
    """What is known of one learner; `letters`, `watch_since` and when keys were `queued` in hours after the assignment.

    The law is the shipped one, but for the rules that are `off`.
    """
    stored = {key: at(hours) for key, hours in (queued or {}).items()}
    return Snapshot(
        learner,
        sessions,
        requests,
        tuple(SeenLetter(at(hours), None) for hours in letters),
        frozenset(done) | frozenset(stored),
        at(watch_since),
        situations=situations,
        queued=stored,
        law={rule: found for rule, found in LAW.items() if rule not in off},
        matrix=MATRIX,
        zone=PARIS,
    )
