"""A session that we entered and the mentor called off moves to the slot that makes up for it: one entry, one UID.

So neither calendar, the mentor's nor the learner's, holds both times. Which session is moved is written down before the
calendar is asked: read again after a stop it stands at its new time, and nothing else would tell that it is the one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent import invitation
from agent.model import Obligation, Session, Snapshot
from agent.policies.booking import makes_up
from agent.world import World


@dataclass(frozen=True, slots=True)
class Move:
    """The entry with this UID is to move. `booked`: the booking that it was entered for, or moved for last.

    `sequence` is what the learner's invitation says: one more than the last that was sent (RFC 5546 3.2.2.1).
    """

    uid: str
    booked: str
    sequence: int


def wanted(world: World, hit: Obligation, snapshot: Snapshot) -> Move | None:
    """What a booking moves; None where a new entry is made. A session that is marked is history, and stays."""
    begun = world.store.facts.get(_begun(hit))
    for session in snapshot.sessions:
        if session.gone or session.status is not None or not invitation.ours(session.key):
            continue
        if _there(session, hit, str(begun.detail["uid"]) if begun else "") or makes_up(hit, session, snapshot):
            return _move(world, session.key)
    return None


def begin(world: World, hit: Obligation, move: Move, now: datetime) -> None:
    """Write down what is about to be moved."""
    detail = {"uid": move.uid}
    world.store.facts.add(_begun(hit), "moving", at=now, now=now, learner_id=hit.learner_id, detail=detail)


def finish(world: World, hit: Obligation, move: Move, now: datetime) -> None:
    """The learner is told of the new time: the old one is promised no longer. In the transaction of the letter."""
    fact, detail = _moved(move.uid, move.sequence), {"key": hit.key}
    world.store.facts.add(fact, "moved", at=now, now=now, learner_id=hit.learner_id, detail=detail)
    world.store.offers.take_back(move.booked)


def _there(session: Session, hit: Obligation, uid: str) -> bool:
    """Whether it was moved by an earlier try of this booking."""
    return session.key == uid and hit.offer is not None and session.start == hit.offer.start


def _move(world: World, uid: str) -> Move:
    entered = world.store.facts.get(f"booking:{uid}")
    booked, moves = str(entered.detail["key"]) if entered else "", 0
    while (fact := world.store.facts.get(_moved(uid, moves + 1))) is not None:
        booked, moves = str(fact.detail["key"]), moves + 1
    return Move(uid, booked, moves + 1)


def _begun(hit: Obligation) -> str:
    return f"moving:{hit.key}"


def _moved(uid: str, number: int) -> str:
    return f"moved:{uid}/{number}"
