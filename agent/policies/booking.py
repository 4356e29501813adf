"""A slot that a learner chose is booked under the rule whose letter offered it, whichever rule that was.

The offer stands until the booking is performed, or the letter's slots are taken back; what was chosen twice counts as
it was chosen last.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from agent.model import (
    Act,
    Audience,
    Judgement,
    Matter,
    Miss,
    Obligation,
    Offer,
    Party,
    Session,
    Situation,
    Slot,
    Snapshot,
)
from agent.policies import r05_session_takes_place as r05
from agent.policies import r06_mentor_away as r06
from agent.policies.said import about, called_off
from agent.policies.settled import ended
from agent.policies.timing import day
from agent.policies.weeks import ends, midnight, monday

UNKNOWN = "R03"
"""Under which rule it is said that a chosen slot is on offer no more."""

TOLD = timedelta(days=2)
"""So long after its time a slot that could not be booked is still told to the mentor."""

_SHADOW = "shadow/"


def booking_key(rule: str, situation_id: int) -> str:
    """Names the booking of a chosen slot, and the letter that confirms it."""
    return f"{rule}/book/{situation_id}"


def makes_up(hit: Obligation, session: Session, snapshot: Snapshot) -> bool:
    """Whether a booking replaces a session that the mentor called off: the letter about that one offered the slot, or
    the slot lies in the same week, which has one session.
    """
    if hit.offer is None or called_off(snapshot, session) is None:
        return False
    reasons = about(snapshot, session, Matter.EMERGENCY, Matter.AWAY)
    letters = {r05.letter_key(said) for said in reasons} | {r06.letter_key(session, said) for said in reasons}
    zone = snapshot.zone
    return hit.word in letters or monday(hit.offer.start, zone) == monday(session.start, zone)


def check(snapshot: Snapshot, now: datetime) -> Judgement:
    """Every slot that the learner chose, and whether it is to be booked now."""
    judged = [_one(situation, offer, snapshot, now) for situation, offer in _choices(snapshot)]
    return Judgement(
        hits=tuple(one for one in judged if isinstance(one, Obligation)),
        misses=tuple(one for one in judged if isinstance(one, Miss)),
    )


def unseen(snapshot: Snapshot, week: date) -> Slot | None:
    """The slot of the week of this Monday that was confirmed to the learner, where the calendar never showed a session
    of that week: it takes no entries from us, and the mentor has not booked yet.
    """
    begin, end = midnight(week, snapshot.zone), ends(week, snapshot.zone)
    if any(begin <= session.start < end for session in snapshot.sessions):
        return None
    for situation, _ in _choices(snapshot):
        if situation.since and situation.until and begin <= situation.since < end:
            rules = (key for key in snapshot.done if key.endswith(booking_key("", situation.id)))
            if any(f"platform/{key}" in snapshot.done for key in rules):
                return Slot(situation.since, situation.until)
    return None


def _choices(snapshot: Snapshot) -> list[tuple[Situation, Offer | None]]:
    """What was chosen, oldest first, each with the offer that still stands for it."""
    said = [s for s in snapshot.said(Matter.CHOSEN) if s.learner_id == snapshot.learner.id and s.by is Party.LEARNER]
    return [(situation, _offer(situation, snapshot)) for situation in said]


def _offer(situation: Situation, snapshot: Snapshot) -> Offer | None:
    """The offer of this very slot, by a letter that left or was shown."""
    fitting = [o for o in snapshot.offers if (o.start, o.end) == (situation.since, situation.until)]
    return next((o for o in reversed(fitting) if o.letter in snapshot.done), None)


def _performed(situation: Situation, snapshot: Snapshot) -> bool:
    ending = booking_key("", situation.id)
    return any(key.endswith(ending) and not key.startswith(_SHADOW) for key in snapshot.done)


def _one(situation: Situation, offer: Offer | None, snapshot: Snapshot, now: datetime) -> Obligation | Miss:
    what = f"the slot of {day(situation.since or situation.at)}, chosen on {day(situation.at)}"
    if _missed(situation, snapshot, now):
        return _too_late(situation, what, snapshot)
    if offer is None:
        why = "was dealt with" if _performed(situation, snapshot) else "is on offer no more"
        return Miss(UNKNOWN, f"{what}, {why}")
    rule = offer.letter.removeprefix(_SHADOW).partition("/")[0]
    unfit = _unfit(situation, offer, rule, snapshot, now)
    if unfit is not None:
        return Miss(rule, f"{what}: {unfit}")
    return Obligation(
        key=booking_key(rule, situation.id),
        rule=rule,
        act=Act.BOOK,
        audience=Audience.LEARNER,
        learner_id=snapshot.learner.id,
        template="slot_confirmation",
        offer=Slot(offer.start, offer.end),
        word=offer.letter.removeprefix(_SHADOW),
        reason=f"{what}, is to be booked and confirmed",
        detail={"situations": str(situation.id), "letter": offer.letter},
    )


def _missed(situation: Situation, snapshot: Snapshot, now: datetime) -> bool:
    """Whether a slot passed before it could be booked: it was chosen too late, or the calendar could not be asked."""
    slot, gone = situation.since, snapshot.learner.left_at is not None
    if slot is None or not slot <= now < slot + TOLD or gone:
        return False
    if any(key.endswith(booking_key("", situation.id)) for key in snapshot.done):
        return False  # performed, or shown in shadow mode
    if any(session.start == slot and not session.gone for session in snapshot.sessions):
        return False
    return all(other.at <= situation.at for other, _ in _choices(snapshot))


def _too_late(situation: Situation, what: str, snapshot: Snapshot) -> Obligation:
    """For the mentor to be told of."""
    return Obligation(
        key=booking_key(UNKNOWN, situation.id),
        rule=UNKNOWN,
        act=Act.BOOK,
        learner_id=snapshot.learner.id,
        template="learner_wrote",
        offer=Slot(situation.since or situation.at, situation.until or situation.at),
        reason=f"{what}: its time passed before it could be booked",
        detail={"situations": str(situation.id), "letter": ""},
    )


def _unfit(situation: Situation, offer: Offer, rule: str, snapshot: Snapshot, now: datetime) -> str | None:
    """Why a slot that is still on offer is not booked."""
    if rule not in snapshot.law:
        return f"{rule} is off"
    if snapshot.learner.left_at is not None or snapshot.learner.address is None:
        return "the learner has left, or no address is known"
    later = [s for s, other in _choices(snapshot) if other and other.letter == offer.letter and s.at > situation.at]
    if later:
        return f"another one was chosen on {day(later[-1].at)}"
    return ended(booking_key(rule, situation.id), snapshot)
