"""Our own entries in the calendar, met again there: whose they are, and how the school's own entry takes their place.

A slot that was booked stands in the calendar twice as soon as the mentor has booked it on the platform too. It is one
session: the school's entry becomes it, with all that is known of it, and ours counts for nothing from then on, whatever
becomes of the school's. So it is when the platform moved the session before anybody looked: a learner has one session a
week (R03), and ours was entered because there was none.
"""

from __future__ import annotations

from datetime import datetime

from agent import invitation
from agent.model import Learner, Session
from agent.occurrences import Occurrence
from agent.policies.weeks import ends, midnight, monday
from agent.world import World


def owner(world: World, found: Occurrence, learners: list[Learner]) -> Learner | None:
    """Whose session we entered here; None for an entry that is not ours, or that nobody remembers."""
    fact = world.store.facts.get(f"booking:{found.uid}") if invitation.ours(found.uid) else None
    return None if fact is None else next((one for one in learners if one.id == fact.learner_id), None)


def superseded(world: World, found: Occurrence, learner: Learner | None, now: datetime) -> bool:
    """Whether an entry of ours counts for nothing: another one stands, or once stood, in its place."""
    if not invitation.ours(found.uid):
        return False
    if world.store.facts.has(_fact(found.uid)):
        return True
    known = [] if learner is None else _in_its_place(world, learner, found)
    if all(invitation.ours(session.key) for session in known):
        return False
    _record(world, found.uid, now)
    for session in known:
        if session.key == found.uid:
            world.store.people.vanish(session)
    return True


def take_over(world: World, found: Occurrence, learner: Learner | None, now: datetime) -> None:
    """The school's entry of a session that we entered: from now on it is that session."""
    if learner is None or found.cancelled or invitation.ours(found.uid):
        return
    people = world.store.people
    for own in _in_its_place(world, learner, found):
        if invitation.ours(own.key):
            _record(world, own.key, now)
            if not people.rekey(own, found.key, found.start):
                people.vanish(own)


def _in_its_place(world: World, learner: Learner, found: Occurrence) -> list[Session]:
    """The learner's sessions that may be the very one of this entry: at its time, or in its week and not marked yet."""
    week = monday(found.start, world.zone)
    people = world.store.people
    there = people.overlapping(learner.id, found.start, found.end)
    itself = people.by_key(found.key)
    if itself is not None and itself.status is not None:
        return there  # it took place or was missed: another one of its week is another one
    beside = people.overlapping(learner.id, midnight(week, world.zone), ends(week, world.zone))
    return [*there, *(one for one in beside if one not in there and one.status is None)]


def _record(world: World, uid: str, now: datetime) -> None:
    world.store.facts.add(_fact(uid), "superseded", at=now, now=now)


def _fact(uid: str) -> str:
    return f"superseded:{uid}"
