"""When the mentor is free: the settings' working hours, less holidays, less everything in the calendar and on offer."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.model import Learner, Matter, Slot
from agent.observe.calendar import counts
from agent.policies import r11_justified_absence as r11
from agent.policies import r25_evenings_and_weekends as r25
from agent.slots import propose
from agent.world import World

FRESH = timedelta(hours=1)
"""A calendar not heard from for longer is not trusted to say what is free (P8)."""

LAST_MOMENT = timedelta(hours=12)
"""This close to its deadline, a letter leaves without slots rather than late."""


def calendar_is_fresh(world: World, now: datetime) -> bool:
    """Whether the calendars were read lately and nothing is odd about them."""
    sources = [world.store.sources.get(name) for name in world.calendars if counts(world, name, now)]
    return all(one.last_success is not None and not one.halted and now - one.last_success <= FRESH for one in sources)


def session_length(world: World, learner: Learner, now: datetime) -> timedelta:
    """How long a session of this learner lasts, by funding."""
    own = world.settings.minutes.get(learner.funding)
    day = now.astimezone(world.zone).date()
    return timedelta(minutes=own or world.rules.guidelines.session_minutes(learner.funding, day))


def free_slots(world: World, learner: Learner, count: int, now: datetime, within: Slot | None = None) -> list[Slot]:
    """Appointments to offer, `within` these bounds where they can be; fewer, or none, when the diary is full."""
    slots = world.settings.slots
    notice, horizon = timedelta(hours=slots.notice_hours), timedelta(days=slots.horizon_days)
    if within is not None:
        notice, horizon = max(notice, within.start - now), within.end - now
    if horizon <= notice:
        return []
    years = range(now.year, (now + horizon).year + 1)
    holidays = frozenset().union(*(world.holidays(year) for year in years))
    length = session_length(world, learner, now)
    clause = world.rules.law(now).get(r25.RULE)
    return propose(
        now=now,
        zone=world.zone,
        hours=world.settings.working_hours,
        busy=[*world.store.people.busy(now, now + horizon + timedelta(days=1)), *absences(world, learner, now)],
        holidays=holidays,
        length=length,
        count=count,
        notice=notice,
        horizon=horizon,
        allowed=lambda slot: clause is None or r25.allows(slot, learner, clause, world.zone),
    )


def absences(world: World, learner: Learner, now: datetime) -> list[tuple[datetime, datetime]]:
    """When the mentor is away (R06), or the learner excused (R11): nothing is offered for then."""
    matters = {Matter.AWAY, *([Matter.JUSTIFIED] if r11.RULE in world.rules.law(now) else [])}
    known = world.store.situations.of_learner(learner.id, now)
    return [(s.since or s.at, s.until) for s in known if s.matter in matters and s.until is not None]
