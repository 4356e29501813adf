"""R25: evenings and weekends only where mentor and learner agree and the funding allows it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from agent.model import Clause, Judgement, Learner, Slot, Snapshot

RULE = "R25"
SATURDAY = 5


def allows(slot: Slot, learner: Learner, clause: Clause, zone: ZoneInfo) -> bool:
    """Whether a slot may be offered to a learner. `zone` is the mentor's; the mentor's own consent is their hours."""
    return not _odd(slot, clause, zone) or (learner.evenings and learner.funding in clause.words["fundings"])


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Nothing yet."""
    return Judgement()


def _odd(slot: Slot, clause: Clause, zone: ZoneInfo) -> bool:
    start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
    early = start.hour < clause.numbers["morning_from"]
    late = end.hour + end.minute / 60 > clause.numbers["evening_from"] or end.date() != start.date()
    return start.weekday() >= SATURDAY or early or late
