"""The week's or the month's figures: what the store knows, counted by the indicators' table, and said in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from agent.indicators import Goal, Indicator, Ledger, Period, Tally, comparable, indicators
from agent.measures import MEASURES
from agent.model import Audience, Learner, RequestState, Snapshot
from agent.phrasing import listed
from agent.policies.r26_progress import Progress, progress_of
from agent.world import World

NAMED = 3
"""So many learners are named in a next step; the others are counted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The indicators of `period`, against `before`, and how far each active learner is at the end of it."""

    period: Period
    before: Period
    indicators: tuple[Indicator, ...]
    progress: tuple[tuple[Learner, Progress], ...]
    names: dict[int, str]


def figures(world: World, period: Period, before: Period, now: datetime) -> Figures:
    """Count. Of a period that is not over, only as much of the one before is compared."""
    before = comparable(before, period, now)
    learners = world.store.people.all()
    return Figures(
        period=period,
        before=before,
        indicators=indicators(_ledger(world, learners, period, before, now), MEASURES, period, before),
        progress=tuple((one, progress(world, one, now)) for one in learners if one.left_at is None),
        names={one.id: one.name for one in learners},
    )


def _ledger(world: World, learners: list[Learner], period: Period, before: Period, now: datetime) -> Ledger:
    watched = world.store.watched_since()
    law = world.rules.law(min(now, period.end))
    waiting = world.store.requests.in_state(RequestState.WAITING, RequestState.REDO)

    # as of the earlier period's start: all that came later is in it, and what had led there
    known = (world.store.people.snapshot(one, before.start, watched or now) for one in learners)
    return Ledger(
        snapshots=tuple(lawful(world, one, min(now, period.end)) for one in known),
        law=law,
        now=now,
        declared=frozenset(one.id for one in learners if world.store.facts.has(f"declared:{one.id}")),
        sent=tuple(world.store.outbox.to_support(before.start, period.end)),
        waiting=tuple(r for r in waiting if r.audience is Audience.SUPPORT),
        watch_since=watched,
    )


def lawful(world: World, snapshot: Snapshot, at: datetime) -> Snapshot:
    """A snapshot with the law as it holds at an instant, as the policies see it."""
    return replace(snapshot, law=world.rules.law(at), matrix=world.rules.matrix, zone=world.zone)


def progress(world: World, learner: Learner, now: datetime) -> Progress:
    """How far a learner is."""
    return progress_of(lawful(world, world.snapshot(learner, now), now), now)


def progress_words(world: World, one: Progress) -> str:
    """ "45 % (attendu : 60 %)"; the project's own figure where the path's is not known."""
    real, expected = percent(one.real), percent(one.expected)
    known = "both" if expected is not None else "real"
    if real is None:
        known = "expected" if expected is not None else "unknown"
        if one.percent is not None:
            known = "project" if one.project else "current"
    values = {"real": real, "expected": expected, "project": one.project, "percent": percent(one.percent)}
    return world.phrases.say(world.language, f"progress.{known}", **values)


def percent(figure: float | None) -> int | None:
    """A percentage as it is shown: whole, 0 to 100."""
    return None if figure is None else round(min(100.0, max(0.0, figure)))


@dataclass(frozen=True, slots=True)
class Said:
    """An indicator in the mentor's language: its name, figure, trend (empty: none), and what is next."""

    label: str
    figure: str
    trend: str
    next: str


def said(world: World, indicator: Indicator, names: dict[int, str]) -> Said:
    """One indicator in words. What `next` says is always something the mentor can do, or that there is nothing."""
    say, language = world.phrases.say, world.language
    name = "indicator.fine" if indicator.state == "fine" else f"indicator.{indicator.name}_{indicator.state}"
    who = people(world, [names[one] for one in indicator.concerned if one in names])
    trend = ""
    if indicator.trend and indicator.before:
        before = figure(world, Goal.KNOWN, indicator.before)
        trend = say(language, f"indicator.trend_{indicator.trend.value}", before=before)
    return Said(
        label=say(language, f"indicator.{indicator.name}"),
        figure=figure(world, indicator.goal, indicator.tally),
        trend=trend,
        next=say(language, name, names=who),
    )


def figure(world: World, goal: Goal, tally: Tally) -> str:
    """ "3 sur 4 (75 %)" for what should be all of them, "1 sur 12" for what should be none, or the bare count."""
    if not tally.of:
        return str(tally.count)
    name = "indicator.share" if goal is Goal.ALL else "indicator.of"
    whole = 100 * tally.count // tally.of  # rounded down: 199 of 200 is not all of them
    return world.phrases.say(world.language, name, count=tally.count, of=tally.of, percent=whole)


def people(world: World, names: list[str]) -> str:
    """ "Léa Moreau, Tom Petit et 4 autres"."""
    if not names:
        return world.phrases.say(world.language, "indicator.nobody")
    shown, more = names[:NAMED], len(names) - NAMED
    if more > 0:
        return world.phrases.say(world.language, "indicator.and_others", names=", ".join(shown), count=more)
    return listed(shown, world.language)
