"""Snapshots of weeks, for the rules that count them: wall-clock times in the mentor's zone, under the shipped law."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.guidelines import load
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

PARIS = ZoneInfo("Europe/Paris")
LAW = {rule: dated[-1].clause for rule, dated in load(shipped("guidelines.toml")).dated.items() if rule.startswith("R")}
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def clause(rule: str, **numbers: float) -> Clause:
    """The shipped clause of a rule, with other numbers if given."""
    return replace(LAW[rule], numbers={**LAW[rule].numbers, **numbers})


def local(text: str, zone: ZoneInfo = PARIS) -> datetime:
    """ "2026-11-02 09:00" there, as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def meeting(
    number: int,
    start: datetime,
    status: SessionStatus | None = None,
    *,
    gone: bool = False,
    planned: datetime | None = None,
) -> Session:
    """Session `number`, 45 minutes long."""
    end = start + timedelta(minutes=45)
    return Session(number, f"session-{number}", 1, start, end, "Session", gone, status, planned=planned)


def reported(
    number: int,
    matter: Matter,
    at: datetime,
    *,
    by: Party = Party.MENTOR,
    words: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    mentor_s_own: bool = False,
) -> Situation:
    """Situation `number`, of the learner or the mentor's own."""
    return Situation(number, matter, at, by, words, None if mentor_s_own else 1, since=since, until=until)


def asked(
    key: str,
    state: RequestState = RequestState.WAITING,
    *,
    kind: RequestKind = RequestKind.LETTER,
    at: datetime = LONG_AGO,
) -> Request:
    """A request about the learner."""
    return Request(1, key, kind, key[:3], state, 1, None, at, Version(1, "token", "subject", "", "", at))


def known(
    *sessions: Session,
    zone: ZoneInfo = PARIS,
    letters: tuple[SeenLetter, ...] = (SeenLetter(LONG_AGO, "R01/first-contact/1"),),
    assigned_at: datetime = LONG_AGO,
    left_at: datetime | None = None,
    **others: object,
) -> Snapshot:
    """A learner who was assigned and written to long ago, and these sessions; `others` are a Snapshot's own fields."""
    learner = Learner(1, "Léa Moreau", "lea.moreau@learner.example", assigned_at, left_at=left_at)
    found = Snapshot(learner, sessions, letters=letters, watch_since=LONG_AGO, law=LAW, zone=zone)
    return replace(found, **others)  # type: ignore[arg-type]  # the fields' types are checked where they are read
