"""R11: in a justified absence no session is due and nothing is held against the learner.

The pausing itself stands in `periods` and `streak`, which the other rules read. Here the mentor is told of the period,
with the sessions that are planned inside it, and `explain` says which rules rest until when.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Clause, Judgement, Matter, Miss, Obligation, Situation, Snapshot
from agent.policies.settled import joined, left
from agent.policies.timing import day, earliest

RULE = "R11"
PAUSED = ("R03", "R04", "R09", "R10")


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Every justified period that holds or is to come, and a word on those that are over."""
    if gone := left(RULE, snapshot, now):
        return gone
    periods = [s for s in snapshot.said(Matter.JUSTIFIED) if s.since is not None and s.until is not None]
    if not periods:
        return joined([Miss(RULE, "no absence was justified")])
    found = [_period(one, since, until, snapshot, now) for one in periods for since, until in [_bounds(one)]]
    return joined(found, earliest((moment for one in periods for moment in _bounds(one)), now))


def _bounds(period: Situation) -> tuple[datetime, datetime]:
    return period.since or period.at, period.until or period.at


def _period(
    period: Situation, since: datetime, until: datetime, snapshot: Snapshot, now: datetime
) -> Obligation | Miss:
    if until <= now:
        return Miss(RULE, f"the absence justified until {day(until)} is over")
    key = f"{RULE}/noted/{period.id}"
    if key in snapshot.done:
        rules = ", ".join(rule for rule in PAUSED if rule in snapshot.law) or "nothing else"
        return Miss(RULE, f"justified from {day(since)} until {day(until)}: no session is due; at rest: {rules}")
    inside = [s for s in snapshot.sessions if since <= s.start < until and s.start > now and not s.gone]
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.NOTICE,
        learner_id=snapshot.learner.id,
        template="justified_noted",
        reason=f"justified from {day(since)} until {day(until)}; {len(inside)} session(s) planned inside",
        detail={
            "sessions": " ".join(str(s.id) for s in inside),
            "situations": str(period.id),
            "since": since.isoformat(),
            "until": until.isoformat(),
        },
    )
