"""R14: a worrying delay together with lost motivation or involvement is told to support; either alone is not."""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Matter, Miss, Situation, Snapshot
from agent.policies.r26_progress import progress_of, reaches
from agent.policies.reported import one_each
from agent.policies.settled import left
from agent.policies.timing import day, earliest

RULE = "R14"
PAIR = (Matter.DELAY, Matter.DISENGAGEMENT)


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """An alert once both hold within the window; any other matter that the matrix gives to this rule is told alone."""
    if gone := left(RULE, snapshot, now):
        return gone
    whole = {s.id: halves for s in _pair(snapshot) if (halves := _halves(s, snapshot, clause, now))}
    others = [s for s in snapshot.entrusted(RULE) if s.matter not in PAIR]
    judged = one_each(
        RULE,
        [s for s in snapshot.situations if s.id in whole or s in others],
        "delay_alert",
        snapshot,
        clause,
        now,
        same=lambda s: (None, None) if s.matter in PAIR else (s.matter, s.project),
        detail=lambda s: {"situations": whole[s.id]} if s.id in whole else {},
    )
    if whole or others:
        return judged
    worrying = clause.numbers["worrying_points"]
    lost = _since(snapshot, clause, now, Matter.DISENGAGEMENT)
    look_again = earliest((reaches(snapshot, worrying, now),), now) if lost else None
    return Judgement(misses=(Miss(RULE, _alone(snapshot, clause, now)),), look_again=look_again)


def _pair(snapshot: Snapshot) -> tuple[Situation, ...]:
    return tuple(s for s in snapshot.said(*PAIR) if s.learner_id == snapshot.learner.id)


def _since(snapshot: Snapshot, clause: Clause, now: datetime, matter: Matter) -> list[Situation]:
    since = now - clause.days("window_days")
    return [s for s in _pair(snapshot) if s.matter is matter and since < s.at <= now]


def _halves(said: Situation, snapshot: Snapshot, clause: Clause, now: datetime) -> str | None:
    """The ids of both halves as far as they were said, where this situation completes them; None where it does not."""
    other = PAIR[1] if said.matter is PAIR[0] else PAIR[0]
    before = _since(snapshot, clause, said.at, other)
    if before:
        return f"{before[-1].id} {said.id}"
    behind = progress_of(snapshot, now).behind
    measured = behind is not None and behind >= clause.numbers["worrying_points"]
    return str(said.id) if said.matter is Matter.DISENGAGEMENT and measured else None


def _alone(snapshot: Snapshot, clause: Clause, now: datetime) -> str:
    late = _since(snapshot, clause, now, Matter.DELAY)
    lost = _since(snapshot, clause, now, Matter.DISENGAGEMENT)
    if late:
        return f"delay reported on {day(late[-1].at)}, but no lost motivation: mere lateness is not told"
    if lost:
        return f"lost motivation reported on {day(lost[-1].at)}, but no worrying delay"
    return "neither a worrying delay nor lost motivation was reported"
