"""What ends any letter's or question's being owed: it was done, the mentor decided, or the learner has left."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from agent.model import Desk, Judgement, Miss, Obligation, Request, RequestState, Snapshot
from agent.policies.timing import day

ASKING = {RequestState.WAITING, RequestState.REDO, RequestState.WITHDRAWN}


@lru_cache(maxsize=8192)  # most of what is judged was judged before, with the same answer
def miss(rule: str, reason: str, session_id: int | None = None) -> Judgement:
    """Nothing is owed, and only a new fact can change that."""
    return Judgement(misses=(Miss(rule, reason, session_id),))


def left(rule: str, snapshot: Snapshot, now: datetime) -> Judgement | None:
    """One miss for a learner who has finished, gone or been excluded; None for one who is still here."""
    gone = snapshot.learner.left_at
    if gone is None or gone > now:
        return None
    return miss(rule, f"the learner left on {day(gone)}")


def settled(hit: Obligation, subject: Snapshot | Desk, what: str) -> Obligation | Miss:
    """The obligation while it stands; a miss that begins with `what` where it was performed or refused."""
    why = ended(hit.key, subject)
    return hit if why is None else Miss(hit.rule, f"{what}: {why}", hit.session_id)


def ended(key: str, subject: Snapshot | Desk) -> str | None:
    """Why nothing more is owed under this key, in words; None while something is."""
    if key in subject.done:
        return "written, or on its way"
    if dropped(subject.request(key)):
        return "the mentor decided against the letter"
    return None


def dropped(request: Request | None) -> bool:
    """Whether the mentor said no."""
    return request is not None and request.state is RequestState.DROPPED


def joined(
    found: list[Obligation | Miss], look_again: datetime | None = None, standing: frozenset[str] = frozenset()
) -> Judgement:
    """Hits and misses of one rule as its judgement."""
    return Judgement(
        hits=tuple(one for one in found if isinstance(one, Obligation)),
        misses=tuple(one for one in found if isinstance(one, Miss)),
        look_again=look_again,
        standing=standing,
    )
