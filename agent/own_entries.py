"""Our own entries in the calendar, met again there: whose they are, and how the school's own entry takes their place.

A slot that was booked stands in the calendar twice as soon as the mentor has booked it on the platform too. It is one
session: the school's entry becomes it, with all that is known of it, and ours counts for nothing from then on, whatever
becomes of the school's.
"""

from __future__ import annotations

from datetime import datetime

from agent import invitation
from agent.model import Learner
from agent.occurrences import Occurrence
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
    known = [] if learner is None else world.store.people.overlapping(learner.id, found.start, found.end)
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
    for own in people.overlapping(learner.id, found.start, found.end):
        if invitation.ours(own.key):
            _record(world, own.key, now)
            if not people.rekey(own, found.key, found.start):
                people.vanish(own)


def _record(world: World, uid: str, now: datetime) -> None:
    world.store.facts.add(_fact(uid), "superseded", at=now, now=now)


def _fact(uid: str) -> str:
    return f"superseded:{uid}"
