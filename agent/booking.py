"""A slot that a learner chose: looked for in the calendar again, put there, confirmed, and told to the mentor.

What the mentor approved when the slots were offered covers their confirmation (P1). Everything up to the confirmation
can be done again: the entry has the same UID each time and is only created where it is missing, or moved where it is
not there yet (`moving`); the confirmation, what the mentor is told and the end of the offers are one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent import correspondence, diary, invitation, moving, outgoing, wording
from agent.errors import AgentError, RefusedLoginError, TerminalError
from agent.model import (
    Audience,
    Learner,
    Obligation,
    Request,
    RequestState,
    RuleMode,
    Session,
    SessionStatus,
    Slot,
    Snapshot,
)
from agent.observe import calendar, failed
from agent.policies.said import called_off
from agent.policies.weeks import monday
from agent.render import Rendered
from agent.world import World

HELD = {None, SessionStatus.COMPLETED}
"""A session of the week that is to come, not marked yet, or held; the others leave room for another one."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What is about to be booked. `words` are the learner's; `uid` names the entry that is made unless one `moves`."""

    hit: Obligation
    learner: Learner
    slot: Slot
    uid: str
    words: str
    moves: moving.Move | None = None

    @property
    def uids(self) -> set[str]:
        """The entries that this booking makes or moves, or made or moved before it was stopped."""
        return {self.uid, *([self.moves.uid] if self.moves else [])}


def perform(world: World, hit: Obligation, snapshot: Snapshot, now: datetime) -> bool:
    """Book the slot, or tell the mentor why not; False while the calendar cannot be asked."""
    shown = world.shadow and world.store.outbox.has(correspondence.shadow_key(hit.key))
    if hit.offer is None or shown:
        return False
    booking = _booking(world, hit, snapshot)
    if hit.offer.start <= now:
        return _refuse(world, booking, snapshot, now, "passed")
    if not calendar.read(world, now):
        return False
    fresh = world.snapshot(snapshot.learner, now)
    booking = replace(booking, moves=moving.wanted(world, hit, fresh))
    planned = _planned(fresh, booking)
    approved, request = _word(world, hit)
    if planned is not None or not approved:
        why = "planned" if planned is not None else "no_word"
        return _refuse(world, booking, fresh, now, why)
    if _engaged(world, booking, now):
        return _refuse(world, booking, fresh, now, None)
    if world.shadow:
        return _show(world, booking, fresh, now)
    return _book(world, booking, request, fresh, now)


def _booking(world: World, hit: Obligation, snapshot: Snapshot) -> Booking:
    chosen = next(s for s in snapshot.situations if str(s.id) == hit.detail["situations"])
    slot = hit.offer
    assert slot is not None  # noqa: S101 -- perform() looked
    domain = world.settings.mentor.address.rpartition("@")[2]
    uid = invitation.uid(snapshot.learner.address or "", chosen.id, slot, domain)
    return Booking(hit, snapshot.learner, slot, uid, chosen.words)


def _planned(snapshot: Snapshot, booking: Booking) -> Session | None:
    """The learner's session of that week which makes another one a second (R21); one the mentor calls off does not."""
    week = monday(booking.slot.start, snapshot.zone)
    return next(
        (
            session
            for session in snapshot.sessions
            if not session.gone
            and session.key not in booking.uids
            and session.status in HELD
            and session.end > snapshot.learner.assigned_at
            and monday(session.start, snapshot.zone) == week
            and called_off(snapshot, session) is None
        ),
        None,
    )


def _engaged(world: World, booking: Booking, now: datetime) -> bool:
    """Whether the mentor's calendar, or an absence that was reported since, lies in the way."""
    slot = booking.slot
    if any(start < slot.end and slot.start < end for start, end in diary.absences(world, booking.learner, now)):
        return True
    return world.store.offers.taken(slot.start, slot.end, _own(world, booking))


def _own(world: World, booking: Booking) -> set[str]:
    """What lies in the way of nothing: our own entries, by the names the calendar gives them, and the old promise."""
    known = [one for uid in booking.uids if (one := world.store.people.by_key(uid)) is not None]
    hrefs = {world.store.people.href_of(session).rpartition("/")[2] for session in known}
    return {*map(invitation.resource, booking.uids), *hrefs, *([booking.moves.booked] if booking.moves else [])}


def _word(world: World, hit: Obligation) -> tuple[bool, Request | None]:
    """Whether the mentor let these slots be offered: by the rule's setting, or by approving the letter (P1)."""
    request = world.store.requests.by_key(hit.word or "")
    if request is not None and request.state is RequestState.APPROVED:
        return True, request
    return world.rules.mode(hit.rule) is RuleMode.AUTO, None


def _refuse(world: World, booking: Booking, snapshot: Snapshot, now: datetime, why: str | None) -> bool:
    """Nothing is booked, nothing goes to the learner; the mentor is told. None: the slot is no longer free."""
    hit = booking.hit
    template = "slot_taken" if why is None else "learner_wrote"
    values = _values(world, booking, snapshot, now)
    if why is not None:
        values |= {
            "quoted": booking.words or world.phrases.say(world.language, "learner.health"),
            "why": world.phrases.say(world.language, f"learner.{why}"),
        }
    with world.store.transaction():
        told = outgoing.to_mentor(world, hit.key, hit.rule, template, now, learner_id=booking.learner.id, **values)
        if hit.detail["letter"]:
            _end_offers(world, booking, snapshot)
    return told


def _show(world: World, booking: Booking, snapshot: Snapshot, now: datetime) -> bool:
    """In shadow mode the mentor gets the confirmation; the calendar stays as it is (P12)."""
    rendered = _confirmation(world, booking, snapshot, now)
    return correspondence.leave(world, booking.hit, booking.learner, rendered, now, request=None)


def _book(world: World, booking: Booking, request: Request | None, snapshot: Snapshot, now: datetime) -> bool:
    hit, learner = booking.hit, booking.learner
    try:
        booking, problem = _entered(world, booking, now)
    except AgentError as error:
        failed(world, calendar.SOURCE, error, now)
        return False  # tried again when the calendar answers; the same entry is not made twice
    rendered = _confirmation(world, booking, snapshot, now)
    address = outgoing.recipient_of(world, hit.audience, learner)[1]
    values = _values(world, booking, snapshot, now) | {
        "written": problem is None,
        "problem": problem,
        "moved": booking.moves is not None,
    }
    with world.store.transaction():
        gone = outgoing.enqueue(
            world,
            key=hit.key,
            rule=hit.rule,
            audience=hit.audience,
            recipient=address,
            rendered=rendered,
            now=now,
            learner_id=learner.id,
            request=request,
            invitation=_invitation(world, booking, now),
        )
        outgoing.to_mentor(
            world, f"platform/{hit.key}", hit.rule, "book_on_platform", now, learner_id=learner.id, **values
        )
        if booking.moves is not None:
            moving.finish(world, hit, booking.moves, now)
        world.store.offers.confirm(hit.key, booking.slot.start, booking.slot.end)
        _end_offers(world, booking, snapshot)
    return gone


def _invitation(world: World, booking: Booking, now: datetime) -> str:
    """What the learner's calendar adds, or moves."""
    learner, mentor, moves = booking.learner, world.settings.mentor, booking.moves
    label, address = outgoing.recipient_of(world, booking.hit.audience, learner)
    return invitation.request(
        moves.uid if moves else booking.uid,
        booking.slot,
        invitation.title(learner.language, mentor.name),
        invitation.Person(mentor.name, mentor.address),
        invitation.Person(label, address),
        now,
        moves.sequence if moves else 0,
    )


def _remember(world: World, booking: Booking, now: datetime) -> None:
    """Whose the entry is, before it can come back from the calendar."""
    world.store.facts.add(
        f"booking:{booking.uid}",
        "booking",
        at=now,
        now=now,
        learner_id=booking.learner.id,
        detail={"key": booking.hit.key, "start": booking.slot.start.isoformat()},
    )


def _entered(world: World, booking: Booking, now: datetime) -> tuple[Booking, str | None]:
    """Move the session in the calendar, or put a new one there; why that cannot be, for a calendar that takes neither.

    What comes back moves nothing any more where the mentor has deleted the entry meanwhile. TransientError,
    RefusedLoginError: nobody knows yet.
    """
    slot = booking.slot
    try:
        if booking.moves is not None:
            moving.begin(world, booking.hit, booking.moves, now)
            if world.calendar.reschedule(invitation.resource(booking.moves.uid), slot.start, slot.end, now):
                return booking, None
            booking = replace(booking, moves=None)
        _remember(world, booking, now)
        title = invitation.title(world.language, booking.learner.name)
        note = world.phrases.say(world.language, "learner.to_book")
        world.calendar.create(invitation.resource(booking.uid), invitation.entry(booking.uid, slot, title, note, now))
    except RefusedLoginError:
        raise
    except TerminalError as error:
        return booking, str(error)
    return booking, None


def _end_offers(world: World, booking: Booking, snapshot: Snapshot) -> None:
    """The letter is answered; so are the first contact, which others only repeated, and one that offers the same."""
    slot = (booking.slot.start, booking.slot.end)
    answered = {
        o.letter
        for o in snapshot.offers
        if o.letter.removeprefix("shadow/").startswith("R01/") or (o.start, o.end) == slot
    }
    for letter in {booking.hit.detail["letter"], *answered}:
        world.store.offers.take_back(letter)
    world.store.people.touch(booking.learner.id)


def _values(world: World, booking: Booking, snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """What the mails to the mentor may say of it."""
    hit = replace(booking.hit, audience=Audience.MENTOR)
    return {
        **wording.values(world, hit, snapshot, [booking.slot], now),
        "slot": booking.slot,
        "clause": outgoing.clause_line(world, hit.rule, world.language, now),
    }


def _confirmation(world: World, booking: Booking, snapshot: Snapshot, now: datetime) -> Rendered:
    learner = booking.learner
    values = wording.values(world, booking.hit, snapshot, [booking.slot], now)
    minutes = int((booking.slot.end - booking.slot.start) / timedelta(minutes=1))
    return world.letters.render(
        booking.hit.template,
        learner.language,
        mentor_name=world.settings.mentor.name,
        zone=learner.zone or world.zone,
        slot=booking.slot,
        moved=booking.moves is not None,
        **(values | {"session_minutes": minutes}),
    )
