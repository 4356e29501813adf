"""The week in figures (R27): one mail to the mentor, which is also the sign that the agent is alive.

Progress is drawn with the coloured cells of a table, above which the same numbers stand in words. An attached image
would be one more thing that Outlook and Gmail may hide until asked, that a dark theme leaves glaring, that a phone
shrinks, and that makes every digest look like a mail with a file. Cells show everywhere, take the theme's colours and
the window's width; a screen reader passes over them (aria-hidden) and reads the numbers.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from agent import outgoing, phrasing
from agent.figures import Figures, figures, lawful, percent, progress_words, said
from agent.indicators import week
from agent.model import Desk, Learner, Obligation, Request, RequestKind, RequestState, Snapshot
from agent.policies.periods import excused
from agent.policies.r26_progress import Progress
from agent.policies.weeks import WEEK, ends, midnight
from agent.world import World


def perform(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    """Queue the digest of the week whose Monday the obligation gives."""
    if world.store.outbox.has(hit.key):
        return False
    monday = date.fromisoformat(hit.detail["week"])
    found = figures(world, week(monday, world.zone), week(monday - WEEK, world.zone), now)
    last = max((at for key, at in subject.queued.items() if key.startswith(f"{hit.rule}/digest/")), default=None)
    values = {
        "week": phrasing.period(found.period.start, found.period.end, world.zone, world.language),
        "waiting": _waiting(world, found, now),
        **_ahead(world, monday + WEEK, now),
        **_indicators(world, found),
        **_progress(world, found),
        "mails": _mails(world, found, last or now - timedelta(days=7)),
        "sources": _sources(world),
        "parked": len(world.store.parking.all()),
    }
    return outgoing.to_mentor(world, hit.key, hit.rule, "digest", now, **values)


def _waiting(world: World, found: Figures, now: datetime) -> list[tuple[str, str, datetime | None, bool]]:
    """(what, who, by when, overdue), the nearest deadline first. What was only noted waits for nothing."""
    asked = world.store.requests.in_state(RequestState.WAITING)
    return [
        (world.phrases.say(world.language, f"kind.{one.kind.value}"), *_who_and_when(world, found, one, now))
        for one in asked
        if one.kind is not RequestKind.NOTED
    ]


def _who_and_when(world: World, found: Figures, request: Request, now: datetime) -> tuple[str, datetime | None, bool]:
    who = found.names.get(request.learner_id or 0, "")  # the mentor's own matters need no name
    return who, request.deadline, request.deadline is not None and request.deadline < now


def _ahead(world: World, monday: date, now: datetime) -> dict[str, Any]:
    """The week that begins: how many sessions are planned, and who has none though one is due."""
    end = ends(monday, world.zone)
    planned = world.store.people.between(midnight(monday, world.zone), end)
    served = {session.learner_id for session in planned}
    without = [one.name for one in world.store.people.all() if one.id not in served and _due(world, one, monday, now)]
    return {"planned": len(planned), "without": without, "ahead_until": end - timedelta(seconds=1)}


def _due(world: World, learner: Learner, monday: date, now: datetime) -> bool:
    if learner.left_at is not None:
        return False
    return excused(lawful(world, world.snapshot(learner, now), now), monday) is None


def _indicators(world: World, found: Figures) -> dict[str, Any]:
    """Those that ask for something, and those that do not."""
    look, fine = [], []
    for one in found.indicators:
        words = said(world, one, found.names)
        if one.state == "fine":
            fine.append((words.label, words.figure, words.trend))
        else:
            look.append((words.label, words.figure, words.trend, words.next))
    return {"look": look, "fine": fine}


def _progress(world: World, found: Figures) -> dict[str, Any]:
    """Everybody whose progress is known, the furthest behind first, and the names of the others."""
    known = [(learner, one) for learner, one in found.progress if (one.real, one.percent) != (None, None)]
    known.sort(key=lambda pair: -(pair[1].behind or 0))
    known_ids = {learner.id for learner, _ in known}
    return {
        "progress": [(learner.name, progress_words(world, one), *_bar(one)) for learner, one in known],
        "unknown": [learner.name for learner, _ in found.progress if learner.id not in known_ids],
    }


def _bar(one: Progress) -> tuple[int | None, int | None]:
    """(real, expected) in percent; of the project alone where the path's figure is not known."""
    return (percent(one.percent), None) if one.real is None else (percent(one.real), percent(one.expected))


def _mails(world: World, found: Figures, since: datetime) -> list[tuple[str, str, datetime]]:
    """Learners' mails that nothing was concluded from: they lie in the inbox."""
    return [
        (found.names.get(fact.learner_id or 0, ""), str(fact.detail.get("subject", "")), fact.at)
        for fact in world.store.facts.learnt("learner_mail", since)
        if fact.detail.get("understood") is False
    ]


def _sources(world: World) -> list[tuple[str, datetime | None, datetime | None]]:
    """(which, last success, failing since)."""
    return [(world.source_words(one.name), one.last_success, one.failing_since) for one in world.store.sources.all()]
