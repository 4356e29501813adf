"""R26: progress is updated after each session; what is expected follows from the funding and the time planned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.model import (
    Act,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    RequestKind,
    RequestState,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.settled import joined, left
from agent.policies.timing import day, earliest
from agent.policies.weeks import midnight

RULE = "R26"
ANSWERED = {RequestState.ANSWERED, RequestState.APPROVED, RequestState.DROPPED}
MINUTE = timedelta(minutes=1)
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a learner is in the whole path, in percent. None: not known.

    `project` and `percent` are the latest figure of the project in hand, as reported `at` (UTC).
    """

    real: float | None = None
    expected: float | None = None
    project: str | None = None
    percent: float | None = None
    at: datetime | None = None

    @property
    def behind(self) -> float | None:
        """Points behind what is expected, 0 for one who is ahead."""
        return None if self.real is None or self.expected is None else max(0.0, self.expected - self.real)


def progress_of(snapshot: Snapshot, now: datetime) -> Progress:
    """Real and expected progress. Projects are done in the programme's order: those before the current one are done."""
    latest = _latest(snapshot)
    if latest is None:
        return Progress(expected=_expected(snapshot, now))
    percent = 100.0 if latest.matter is Matter.PROJECT_DONE else min(100.0, max(0.0, latest.number or 0.0))
    project = latest.project or snapshot.learner.project
    return Progress(_real(snapshot, project, percent), _expected(snapshot, now), project, percent, latest.at)


def reaches(snapshot: Snapshot, points: float, now: datetime) -> datetime | None:
    """When a learner of whom nothing more is heard falls `points` behind (UTC, whole minutes); None: never."""
    real, bounds = progress_of(snapshot, now).real, _funded(snapshot)
    if real is None or bounds is None or real + points > 100:
        return None
    start, end = bounds
    exact = start + (end - start) * ((real + points) / 100)
    return exact.replace(second=0, microsecond=0) + MINUTE


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The mentor is asked for a figure once sessions were held for `ask_days` without any."""
    if gone := left(RULE, snapshot, now):
        return gone
    latest, asked = _latest(snapshot), _asked(snapshot)
    since = [latest and latest.at, asked, snapshot.watch_since]
    begins = max([snapshot.learner.assigned_at, *(moment for moment in since if moment)])
    held = [session for session in snapshot.sessions if _held(session, begins, now)]
    known = f"the latest figure is of {day(latest.at)}" if latest else "no figure was given yet"
    if not held:  # one that was called completed before its end counts from there
        ends = (one.end for one in snapshot.sessions if one.status is SessionStatus.COMPLETED)
        return joined([Miss(RULE, f"{known}; no session was completed since")], earliest(ends, now))
    first = held[0]
    due = first.end + clause.days("ask_days")
    if now < due:
        return Judgement(misses=(Miss(RULE, f"{known}; it is asked for on {day(due)}"),), look_again=due)
    return Judgement(
        hits=(
            Obligation(
                key=f"{RULE}/ask/{snapshot.learner.id}/{first.start.astimezone(snapshot.zone).date()}",
                rule=RULE,
                act=Act.QUESTION,
                question=RequestKind.PROGRESS,
                learner_id=snapshot.learner.id,
                template="progress_question",
                reason=f"{known}; {len(held)} session(s) completed from {day(first.start)} on",
                detail={"sessions": " ".join(str(session.id) for session in held)},
            ),
        )
    )


def _latest(snapshot: Snapshot) -> Situation | None:
    said = (s for s in snapshot.said(Matter.PROGRESS, Matter.PROJECT_DONE) if s.learner_id == snapshot.learner.id)
    return max(said, key=lambda s: (s.at, s.id), default=None)


def _asked(snapshot: Snapshot) -> datetime | None:
    """The last time that the mentor was asked and has answered, even if without a figure."""
    answered = (r for r in snapshot.requests if r.kind is RequestKind.PROGRESS and r.state in ANSWERED)
    return max((request.created_at for request in answered), default=None)


def _held(session: Session, since: datetime, now: datetime) -> bool:
    return session.status is SessionStatus.COMPLETED and not session.gone and since < session.end <= now


def _real(snapshot: Snapshot, project: str | None, percent: float) -> float | None:
    hours = [planned for _, planned in snapshot.programme]
    place = _place(project, snapshot)
    if place is None:
        return None
    done = {n for s in snapshot.said(Matter.PROJECT_DONE) if (n := _place(s.project, snapshot)) is not None}
    finished = sum(planned for n, planned in enumerate(hours) if n < place or (n in done and n != place))
    return 100 * (finished + hours[place] * percent / 100) / sum(hours)


def _place(project: str | None, snapshot: Snapshot) -> int | None:
    """Which project of the programme is meant: by its name, or by its number ("projet 4" is the fourth)."""
    names = [name.casefold() for name, _ in snapshot.programme]
    written = (project or "").strip().casefold()
    if not written:
        return None
    if written in names:
        return names.index(written)
    numbers = NUMBER.findall(written)
    if len(numbers) == 1 and 1 <= int(numbers[0]) <= len(names):
        return int(numbers[0]) - 1
    fitting = [n for n, name in enumerate(names) if written in name]
    return fitting[0] if len(fitting) == 1 else None


def _funded(snapshot: Snapshot) -> tuple[datetime, datetime] | None:
    """The funding's first instant and the one after its last day, in the mentor's zone."""
    first, last = snapshot.learner.funded_from, snapshot.learner.funded_until
    if first is None or last is None or last < first:
        return None
    return midnight(first, snapshot.zone), midnight(last + timedelta(days=1), snapshot.zone)


def _expected(snapshot: Snapshot, now: datetime) -> float | None:
    bounds = _funded(snapshot)
    if bounds is None:
        return None
    start, end = bounds
    return min(100.0, max(0.0, 100 * ((now - start) / (end - start))))
