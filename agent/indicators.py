"""The indicators that the school watches (R27), counted from what is known of each learner in a period. Pure.

What is owed within a time counts in the period in which it was done, or in which its time ran out: so each counts once,
and what still has time counts as nothing yet. Everything else counts on the day of its session or of its report.
A rule that the mentor's settings have off is not measured, nor is what happened before the agent began to watch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from agent.model import Clause, Request, Session, Snapshot
from agent.policies.weeks import WEEK, midnight


class Goal(StrEnum):
    """What a mentor wants of an indicator."""

    ALL = "all"  # every one of them
    NONE = "none"
    KNOWN = "known"  # neither good nor bad


class Trend(StrEnum):
    """An indicator against the period before."""

    BETTER = "better"
    WORSE = "worse"
    UP = "up"
    DOWN = "down"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on and before `end`, UTC."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether an instant falls into it."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Tally:
    """A count, and of how many where that means something. The rest are learners' ids, one for each case.

    `act`: something is to be done about them; `wait`: not decided yet; `late`: done, but too late.
    """

    count: int = 0
    of: int | None = None
    act: tuple[int, ...] = ()
    wait: tuple[int, ...] = ()
    late: tuple[int, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        of = None if self.of is None and other.of is None else (self.of or 0) + (other.of or 0)
        return Tally(self.count + other.count, of, self.act + other.act, self.wait + other.wait, self.late + other.late)

    @property
    def share(self) -> float | None:
        """The part of the whole, 0 to 1; None where there is no whole."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Case:
    """One learner in one period: what a measure sees."""

    snapshot: Snapshot
    clause: Clause
    period: Period
    now: datetime

    @property
    def id(self) -> int:
        """The learner's."""
        return self.snapshot.learner.id

    def watched(self, moment: datetime) -> bool:
        """Whether the agent was there."""
        return self.snapshot.watch_since is None or moment >= self.snapshot.watch_since

    def over(self) -> list[Session]:
        """The learner's sessions that began in the period, were not taken out of the calendar, and are over."""
        return [s for s in self.ended() if self.period.holds(s.start) and self.watched(s.end)]

    def ended(self) -> list[Session]:
        """The learner's sessions of any time that were not taken out of the calendar, and are over."""
        assigned = self.snapshot.learner.assigned_at
        return [s for s in self.snapshot.sessions if not s.gone and assigned < s.end <= self.now]


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table of indicators."""

    name: str
    rule: str
    goal: Goal
    count: Callable[[Case], Tally]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is counted. The snapshots carry the law and the mentor's zone.

    `declared`: ids of learners whom the mentor had before the agent: no assignment was seen. `sent`: when letters to
    support left, and about whom; `waiting`: those that wait for the mentor's word.
    """

    snapshots: tuple[Snapshot, ...]
    law: Mapping[str, Clause]
    now: datetime
    declared: frozenset[int] = frozenset()
    sent: tuple[tuple[datetime, int | None], ...] = ()
    waiting: tuple[Request, ...] = ()
    watch_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of the period; `before` None: the agent was not watching all of the period before."""

    name: str
    rule: str
    goal: Goal
    tally: Tally
    before: Tally | None = field(default=None)

    @property
    def trend(self) -> Trend | None:
        """Against the period before; None where there is nothing to compare."""
        if self.before is None:
            return None
        if self.goal is Goal.ALL:
            new, old = self.tally.share, self.before.share
            if new is None or old is None:
                return None
        else:
            new, old = self.tally.count, self.before.count
        if new == old:
            return Trend.SAME
        if self.goal is Goal.KNOWN:
            return Trend.UP if new > old else Trend.DOWN
        return Trend.BETTER if (new > old) is (self.goal is Goal.ALL) else Trend.WORSE

    @property
    def state(self) -> str:
        """What is next, by the phrases' names: "act", "late", "due" or "fine"."""
        if self.tally.act:
            return "act"
        if self.tally.late:
            return "late"
        return "due" if self.tally.wait else "fine"

    @property
    def concerned(self) -> tuple[int, ...]:
        """The learners whom the next step is about, each once."""
        who = {"act": self.tally.act, "late": self.tally.late, "due": self.tally.wait}
        return tuple(dict.fromkeys(who.get(self.state, ())))


def month(year: int, number: int, zone: ZoneInfo) -> Period:
    """A calendar month there."""
    first, after = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)
    return Period(midnight(first, zone), midnight(after, zone))


def month_before(year: int, number: int, zone: ZoneInfo) -> Period:
    """The calendar month before it."""
    return month(year - 1, 12, zone) if number == 1 else month(year, number - 1, zone)


def week(monday: date, zone: ZoneInfo) -> Period:
    """A calendar week there."""
    return Period(midnight(monday, zone), midnight(monday + WEEK, zone))


def comparable(before: Period, period: Period, now: datetime) -> Period:
    """As much of the period before as has passed of this one: half a month is not held against a whole one."""
    if now >= period.end:
        return before
    passed = max(now - period.start, timedelta())
    return Period(before.start, min(before.start + passed, before.end))


def indicators(ledger: Ledger, measures: tuple[Measure, ...], period: Period, before: Period) -> tuple[Indicator, ...]:
    """Every indicator whose rule holds, in the table's order, each with its count in the period before."""
    known = ledger.watch_since is None or ledger.watch_since <= before.start
    found = []
    for measure in measures:
        if measure.rule in ledger.law:
            old = _tally(ledger, measure, before) if known else None
            found.append(Indicator(measure.name, measure.rule, measure.goal, _tally(ledger, measure, period), old))
    waiting = [r for r in ledger.waiting if r.created_at < period.end]
    people = tuple(r.learner_id or 0 for r in waiting)
    found.append(Indicator("alerts_open", "R27", Goal.NONE, Tally(len(waiting), act=people)))
    sent = Indicator("alerts_sent", "R27", Goal.KNOWN, _sent(ledger, period))
    return (*found, replace(sent, before=_sent(ledger, before) if known else None))


def _tally(ledger: Ledger, measure: Measure, period: Period) -> Tally:
    clause, total = ledger.law[measure.rule], Tally()
    for snapshot in ledger.snapshots:
        if measure.rule == "R01" and snapshot.learner.id in ledger.declared:
            continue
        total += measure.count(Case(snapshot, clause, period, ledger.now))
    return total


def _sent(ledger: Ledger, period: Period) -> Tally:
    return Tally(sum(period.holds(at) for at, _ in ledger.sent))
