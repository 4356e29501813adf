"""R04: a week with no session planned: the context is asked for; so many in a row: support is told, with the context.

A run of unplanned weeks is read backwards from now. A week with a session planned in it ends the run, whatever became
of the session; a week that is excused (R11, or the mentor away) is stepped over: it neither counts nor ends the run.
This week's session ends it only once it has begun. Two weeks make an alert, the next two another one. An alert waits
for the context of its weeks, but no longer than until `alert_hours` before the end of the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    RequestKind,
    RequestState,
    Situation,
    Snapshot,
)
from agent.policies.periods import excused
from agent.policies.planning import first_contact, known_before, planned_in
from agent.policies.settled import miss
from agent.policies.timing import day, earliest
from agent.policies.weeks import WEEK, ends, midnight, monday, name

RULE = "R04"

LOOK_AHEAD = 26
"""So many weeks ahead the next one without a session is looked for."""


def context_key(learner_id: int, week: date) -> str:
    """Names the question why no session was planned in the week of this Monday."""
    return f"{RULE}/context/{learner_id}/{name(week)}"


def alert_key(learner_id: int, week: date) -> str:
    """Names the alert whose last week is that of this Monday."""
    return f"{RULE}/alert/{learner_id}/{name(week)}"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The current run of unplanned weeks: a question for each, an alert for every full group of them."""
    since = counted_from(snapshot, clause)
    if snapshot.learner.left_at is not None:
        return miss(RULE, f"left on {day(snapshot.learner.left_at)}")
    if since is None:
        return miss(RULE, "the first contact comes first: no week counts yet")
    judged: list[Obligation | Miss] = []
    weeks = run(snapshot, clause, now)
    for group in _groups(snapshot, clause, weeks):
        judged += _judge(snapshot, clause, group, now)
    if not judged:
        judged.append(Miss(RULE, f"no unplanned week in a row; weeks count from {day(since)} on"))
    return Judgement(
        hits=tuple(one for one in judged if isinstance(one, Obligation)),
        misses=tuple(one for one in judged if isinstance(one, Miss)),
        look_again=earliest(_boundaries(snapshot, clause, weeks, now), now),
    )


def counted_from(snapshot: Snapshot, clause: Clause) -> datetime | None:
    """Weeks that begin before this instant do not count: the watch had not begun, or the learner was quite new."""
    contact = first_contact(snapshot)
    if contact is None:
        return snapshot.watch_since if known_before(snapshot) else None
    settled = contact.at + clause.days("settling_days")
    return settled if snapshot.watch_since is None else max(settled, snapshot.watch_since)


def run(snapshot: Snapshot, clause: Clause, now: datetime) -> tuple[date, ...]:
    """The Mondays of the unplanned weeks since the last planned one, oldest first, `window_weeks` back at most."""
    since, this = counted_from(snapshot, clause), monday(now, snapshot.zone)
    found: list[date] = []
    for back in range(int(clause.numbers["window_weeks"])):
        week = this - back * WEEK
        if since is None or midnight(week, snapshot.zone) < since:
            break
        session = planned_in(snapshot, week)
        undecided = now < _counts_from(snapshot, clause, week) if session is None else session.start > now
        if (week == this and undecided) or (session is None and excused(snapshot, week)):
            continue
        if session is not None:
            break
        found.append(week)
    return tuple(reversed(found))


def _counts_from(snapshot: Snapshot, clause: Clause, week: date) -> datetime:
    return ends(week, snapshot.zone) - clause.hours("lead_hours")


def _groups(snapshot: Snapshot, clause: Clause, weeks: Sequence[date]) -> list[tuple[date, ...]]:
    """The run cut where an alert is or was: so that an alert keeps its weeks when older ones fall out of sight."""
    groups: list[tuple[date, ...]] = []
    group: list[date] = []
    for week in weeks:
        group.append(week)
        if len(group) == int(clause.numbers["weeks"]) or _known(snapshot, alert_key(snapshot.learner.id, week)):
            groups.append(tuple(group))
            group = []
    return [*groups, tuple(group)] if group else groups


def _known(snapshot: Snapshot, key: str) -> bool:
    request = snapshot.request(key)
    return key in snapshot.done or (request is not None and request.state is not RequestState.WITHDRAWN)


def _judge(snapshot: Snapshot, clause: Clause, group: tuple[date, ...], now: datetime) -> list[Obligation | Miss]:
    """The alert on a group of weeks, and the question for each; once support was told nothing more is asked."""
    alert = _alert(snapshot, clause, group, now)
    if alert_key(snapshot.learner.id, group[-1]) in snapshot.done:
        return [alert]
    return [*(_question(snapshot, week) for week in group), alert]


def _question(snapshot: Snapshot, week: date) -> Obligation | Miss:
    key, what = context_key(snapshot.learner.id, week), f"no session was planned in {name(week)}"
    context = _contexts(snapshot, week)
    if context:
        return Miss(RULE, f"{what}: its context is known since {day(context[-1].at)}")
    request = snapshot.request(key)
    if request is not None and request.state in {RequestState.ANSWERED, RequestState.DROPPED}:
        return Miss(RULE, f"{what}: the mentor was asked and answered")
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.QUESTION,
        question=RequestKind.CONTEXT,
        learner_id=snapshot.learner.id,
        template="context_question",
        due=ends(week, snapshot.zone),
        reason=what,
        detail={"weeks": week.isoformat(), "about": week.isoformat()},
    )


def _alert(snapshot: Snapshot, clause: Clause, group: tuple[date, ...], now: datetime) -> Obligation | Miss:
    needed, last = int(clause.numbers["weeks"]), group[-1]
    what = f"no session was planned in {' and '.join(name(week) for week in group)}"
    key = alert_key(snapshot.learner.id, last)
    if key in snapshot.done:
        return Miss(RULE, f"{what}: support was told, or the letter is on its way")
    if len(group) < needed:
        return Miss(RULE, f"{what}: {len(group)} in a row, {needed} needed for an alert")
    request = snapshot.request(key)
    if request is not None and request.state is RequestState.DROPPED:
        return Miss(RULE, f"{what}: the mentor decided against the alert")
    contexts = [_contexts(snapshot, week) for week in group]
    waits_until = ends(last, snapshot.zone) - clause.hours("alert_hours")
    if now < waits_until and not all(contexts) and not _known(snapshot, key):
        return Miss(RULE, f"{what}: the alert waits for the context until {day(waits_until)}")
    said = [" ".join(s.words.split()) for found in contexts for s in found]
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        template="unplanned_alert",
        due=ends(last, snapshot.zone),
        reason=what,
        detail={"weeks": " ".join(week.isoformat() for week in group), "contexts": "\n".join(filter(None, said))},
    )


def _contexts(snapshot: Snapshot, week: date) -> tuple[Situation, ...]:
    """What was said of this week: an answer bears its Monday, what was told unasked the instant itself."""
    own = [s for s in snapshot.said(Matter.CONTEXT) if s.learner_id == snapshot.learner.id]
    return tuple(s for s in own if monday(s.since or s.at, snapshot.zone) == week)


def _boundaries(snapshot: Snapshot, clause: Clause, weeks: Sequence[date], now: datetime) -> list[datetime]:
    """When the next week without a session starts to count; while weeks count, when an alert waits no longer, a session
    of this week begins, or the week ends.
    """
    this = monday(now, snapshot.zone)
    ahead = (this + number * WEEK for number in range(LOOK_AHEAD))
    coming = (w for w in ahead if _counts_from(snapshot, clause, w) > now)
    lacking = (w for w in coming if not (planned_in(snapshot, w) or excused(snapshot, w)))
    found = [_counts_from(snapshot, clause, next(lacking, this + LOOK_AHEAD * WEEK))]
    if weeks:
        over = ends(this, snapshot.zone)
        found += [over, over - clause.hours("alert_hours"), *(s.start for s in snapshot.sessions if not s.gone)]
    return found
