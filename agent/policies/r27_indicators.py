"""R27: the mentor sees each week what the school watches. Here: when the digest is owed; others count its figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from agent.model import Act, Clause, Desk, Judgement, Miss, Obligation, Snapshot
from agent.policies.settled import miss
from agent.policies.timing import day
from agent.policies.weeks import WEEK, ends, monday, name

RULE = "R27"


def desk(desk: Desk, clause: Clause, now: datetime) -> Judgement:
    """The digest of the week that ended last; weeks that an outage swallowed are not made up for."""
    this = monday(now, desk.zone)
    instant = _instant(this, desk, clause)
    week = this - WEEK if instant <= now else this - 2 * WEEK
    due, following = (instant, this + WEEK) if instant <= now else (_instant(this - WEEK, desk, clause), this)
    look_again = _instant(following, desk, clause)
    key = f"{RULE}/digest/{name(week)}"
    if key in desk.done:
        return _miss(f"the digest of {name(week)} was made; the next one is due on {day(look_again)}", look_again)
    if ends(week, desk.zone) <= desk.watch_since:
        return _miss(f"{name(week)} ended before the agent began to watch", look_again)
    owed = Obligation(
        key=key,
        rule=RULE,
        act=Act.DIGEST,
        learner_id=None,
        template="digest",
        due=due,
        reason=f"the digest of {name(week)} is due since {day(due)}",
        detail={"week": week.isoformat()},
    )
    return Judgement(hits=(owed,), look_again=look_again)


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Of no single learner."""
    return miss(RULE, "the weekly digest covers every learner; it is judged at the mentor's desk")


def _instant(week: date, desk: Desk, clause: Clause) -> datetime:
    """When the digest leaves in the week of this Monday (UTC): `weekday` and `hour` in the mentor's zone."""
    on = week + timedelta(days=int(clause.numbers["weekday"]) - 1)
    hour, minutes = divmod(round(clause.numbers["hour"] * 60), 60)
    return datetime.combine(on, time(hour, minutes), desk.zone).astimezone(UTC)


def _miss(reason: str, look_again: datetime | None) -> Judgement:
    return Judgement(misses=(Miss(RULE, reason),), look_again=look_again)
