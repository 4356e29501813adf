"""The mentor's calendars, each a source of its own. One that is suddenly empty is not believed (P8).

An entry of a further calendar is stored under its source's name and its own; those of the mentor's own keep theirs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agent import outgoing
from agent.connectors.ports import Calendar, CalendarDelta
from agent.errors import AgentError, UnreadableError
from agent.model import Proof, RequestKind, RequestState
from agent.observe import entries, failed, may_try, succeeded
from agent.store import NewRequest, Source
from agent.world import CALENDAR, World

SOURCE = CALENDAR

SUSPICIOUS = 3
"""A calendar that held this many entries, or sessions to come, and now holds none is asked about, not believed."""

GIVEN_UP = timedelta(days=1)
"""A further calendar that was silent for so long holds nothing up any more: the mentor was told, and has not acted."""

_UPCOMING = 1000


def due(world: World, now: datetime) -> datetime:
    """When a calendar is to be read next."""
    return min(_due(world, source, now) for source in world.calendars)


def read(world: World, now: datetime, *, force: bool = True) -> bool:
    """Read what changed, with `force` also where it was read lately.

    False when a calendar that counts could not be read or believed (its state says why); the others were read.
    """
    _forget(world, now)
    sources = {name: one for name, one in world.calendars.items() if force or _due(world, name, now) <= now}
    done = {name: _read(world, name, one, now) for name, one in sources.items()}
    return all(well or not counts(world, name, now) for name, well in done.items())


def counts(world: World, source: str, now: datetime) -> bool:
    """Whether nothing may be concluded without this calendar."""
    since = world.store.sources.get(source).failing_since
    return source == SOURCE or since is None or now - since < GIVEN_UP


def _due(world: World, name: str, now: datetime) -> datetime:
    source = world.store.sources.get(name)
    if source.next_try is not None:
        return source.next_try
    if source.last_success is None:
        return now
    return source.last_success + timedelta(minutes=world.settings.calendar.poll_minutes)


def _read(world: World, name: str, calendar: Calendar, now: datetime) -> bool:
    if not may_try(world, name, now):
        return False
    source = world.store.sources.get(name)
    try:
        delta = _named(name, calendar.poll(source.cursor))
    except AgentError as error:
        failed(world, name, error, now)
        return False
    known = _known(world, name) if delta.complete or delta.removed else set()
    gone = known - {item.href for item in delta.changed} if delta.complete else known.intersection(delta.removed)
    if not delta.changed and known and known == gone and _doubtful(world, name, known, now):
        return _halt(world, source, len(known), now)
    with world.store.transaction():
        entries.take(world, delta.changed, now)
        entries.drop(world, gone, now)
        world.store.remember(_accepted(name), "no")  # the mentor's yes was to this emptiness, not to the next
        if source.failing_since is not None:
            _withdraw_question(world, name, now)
        succeeded(world, name, delta.cursor, now)
    return True


def _named(name: str, delta: CalendarDelta) -> CalendarDelta:
    """Two calendars may call different entries alike."""
    if name == SOURCE:
        return delta
    changed = tuple(replace(item, href=f"{name}|{item.href}") for item in delta.changed)
    return replace(delta, changed=changed, removed=tuple(f"{name}|{href}" for href in delta.removed))


def _known(world: World, name: str) -> set[str]:
    """The stored entries of one calendar."""
    return {href for href in world.store.object_hrefs() if _belongs(href, name)}


def _belongs(href: str, name: str) -> bool:
    return not href.startswith(f"{SOURCE}:") if name == SOURCE else href.startswith(f"{name}|")


def _accepted(name: str) -> str:
    """The setting that holds the mentor's yes to an empty calendar; `agent.decisions` writes it."""
    return f"accept_empty:{name}"


def _doubtful(world: World, name: str, known: set[str], now: datetime) -> bool:
    """Whether a calendar that lost all of `known` is asked about."""
    if world.store.setting(_accepted(name)) == "yes":
        return False
    people = world.store.people
    planned = sum(_belongs(people.href_of(session), name) for session in people.upcoming(now, _UPCOMING))
    return max(len(known), planned) >= SUSPICIOUS


def _withdraw_question(world: World, name: str, now: datetime) -> None:
    """The calendar is believed again: a later yes must not be taken for the next time that it is empty."""
    for request in world.store.requests.waiting(RequestKind.EMPTIED):
        if request.subject_key == name:
            world.store.requests.settle(request, RequestState.WITHDRAWN, Proof.NONE, now)


def _halt(world: World, source: Source, count: int, now: datetime) -> bool:
    """Everything is gone at once: conclude nothing, ask once, look again later."""
    problem = UnreadableError("the calendar is suddenly empty; nothing is concluded from that until you say so")
    failed(world, source.name, problem, now, halted=str(problem))
    since = source.failing_since or now
    new = NewRequest(
        key=f"emptied/{source.name}/{since:%Y%m%dT%H%M%S}",
        kind=RequestKind.EMPTIED,
        rule="R29",
        subject=source.name,
        subject_key=source.name,
    )
    which = source.name.partition(":")[2]
    outgoing.question(world, new, "emptied", now, since=since, count=count, which=which)
    return False


def _forget(world: World, now: datetime) -> None:
    """A calendar that is no longer in the settings is no source of sessions any more."""
    gone = [one.name for one in world.store.sources.all() if one.name.startswith(f"{SOURCE}:")]
    for name in gone:
        if name not in world.calendars:
            with world.store.transaction():
                entries.drop(world, _known(world, name), now)
                world.store.sources.forget(name)
