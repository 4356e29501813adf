"""R29: sessions are read from the calendar that is synchronised with the school's; one that fails is spoken of."""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Clause, Desk, Judgement, Miss, Obligation, Snapshot
from agent.policies.settled import miss
from agent.policies.timing import day

RULE = "R29"


def desk(desk: Desk, clause: Clause, now: datetime) -> Judgement:
    """The mentor is told, once, of a calendar that could not be read for `silent_hours`."""
    since = desk.calendar_failing_since
    if since is None:
        return miss(RULE, "sessions are read from the calendar")
    if desk.calendar_halted:
        return miss(RULE, "the calendar turned empty, and the mentor was asked whether that is so")
    due = since + clause.hours("silent_hours")
    if now < due:
        return Judgement(misses=(Miss(RULE, f"the calendar cannot be read since {day(since)}"),), look_again=due)
    key = f"trouble/calendar/{since:%Y%m%dT%H%M%S}"
    if key in desk.done:
        return miss(RULE, f"the calendar cannot be read since {day(since)}; the mentor was told")
    owed = Obligation(
        key=key,
        rule=RULE,
        act=Act.NOTICE,
        learner_id=None,
        template="source_trouble",
        due=due,
        reason=f"the calendar cannot be read since {day(since)}",
        detail={"source": "calendar", "since": since.isoformat()},
    )
    return Judgement(hits=(owed,))


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Of no single learner."""
    return miss(RULE, "sessions are read from the calendar; its state is judged at the mentor's desk")
