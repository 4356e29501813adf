"""R16: mere lateness in progress is not reported: the school measures it. Nothing here ever writes to support.

With lost motivation (R14) or a risk of dropping out (R15) it is no longer mere, and those rules speak.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Matter, Miss, Situation, Snapshot
from agent.policies.settled import miss
from agent.policies.timing import day, earliest

RULE = "R16"
WORSE = (Matter.DISENGAGEMENT, Matter.DROPOUT)


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A miss for each delay that was reported alone; never an obligation."""
    alone = mere(snapshot, now)
    if not alone:
        return miss(RULE, "no delay was reported by itself")
    misses = tuple(
        Miss(RULE, f"delay reported on {day(s.at)} and nothing worse: the school measures it, support is not told")
        for s in alone
    )
    ends = [s.at + snapshot.law["R14"].days("window_days") for s in alone] if "R14" in snapshot.law else []
    return Judgement(misses=misses, look_again=earliest(ends, now))


def mere(snapshot: Snapshot, now: datetime) -> tuple[Situation, ...]:
    """The learner's delays that were reported within R14's window while nothing worse was; oldest first.

    Empty as soon as disengagement or a risk of dropping out stands in the same window. Where R14 is off, all count.
    """
    recent = [s for s in snapshot.situations if s.learner_id == snapshot.learner.id and _recent(s, snapshot, now)]
    if any(s.matter in WORSE for s in recent):
        return ()
    return tuple(s for s in recent if s.matter is Matter.DELAY)


def _recent(situation: Situation, snapshot: Snapshot, now: datetime) -> bool:
    return "R14" not in snapshot.law or situation.at > now - snapshot.law["R14"].days("window_days")
