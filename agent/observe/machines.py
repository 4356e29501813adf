"""What programs write (P9): nobody's answer. A learner's decline of an invitation and a challenge are told, once."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from agent import outgoing
from agent.model import Audience, Learner, Proof, Session
from agent.store import OutboxRow
from agent.understand.headers import Head
from agent.understand.invitation_reply import declined
from agent.understand.machine import Machine
from agent.understand.mail import Mail
from agent.world import World

AUTOMATIC = "automatic"


def receive(world: World, mail: Mail, mail_id: str, kind: Machine, proof: Proof, now: datetime) -> None:
    """One mail of a program that is no delivery report. Automatic replies of learners are counted, and that is all."""
    learner = world.store.people.by_address(mail.head.from_address or "")
    if kind is Machine.CHALLENGE:
        _challenged(world, mail.head, now)
    elif learner is None:
        return
    elif kind is Machine.CALENDAR:
        _declined(world, mail, learner, proof, now)
    elif kind is Machine.AUTO_REPLY:
        key = f"{AUTOMATIC}:{mail_id}"
        world.store.facts.add(key, AUTOMATIC, at=mail.head.date or now, now=now, learner_id=learner.id, proof=proof)


def _declined(world: World, mail: Mail, learner: Learner, proof: Proof, now: datetime) -> None:
    """A learner's calendar says no (RFC 5546 3.2.3). What is not proven may be a flood: of those, one a day."""
    found = declined(mail)
    if found is None or learner.left_at is not None:
        return
    session = _session(world, learner, found.uid, now)
    if session is not None and (session.gone or session.end <= now):
        return
    digest = sha256(f"{found.uid}\n{found.recurrence}".encode()).hexdigest()[:24]
    once = digest if proof is not Proof.NONE else f"unproven/{now:%Y%m%d}"
    outgoing.to_mentor(
        world,
        f"declined/{learner.id}/{once}",
        "R05",
        "invitation_declined",
        now,
        learner_id=learner.id,
        learner_name=learner.name,
        start=session.start if session else None,
        subject_line=found.summary or mail.head.subject,
        unproven=proof is Proof.NONE,
    )


def _session(world: World, learner: Learner, uid: str, now: datetime) -> Session | None:
    """The learner's session with this UID; of a series, the next one."""
    sessions = world.store.people.sessions(learner.id)
    ours = [one for one in sessions if uid and (one.key == uid or one.key.startswith(f"{uid}/"))]
    coming = [one for one in ours if one.end > now and not one.gone]
    return next(iter(coming), None) or (ours[-1] if ours else None)


def _challenged(world: World, head: Head, now: datetime) -> None:
    """The recipient's server wants a person to confirm a letter of ours: only the mentor can (Auto-Submitted)."""
    row = _answered(world, head)
    if row is None or row.audience is Audience.MENTOR:
        return
    learner = world.store.people.get(row.learner_id) if row.learner_id is not None else None
    outgoing.to_mentor(
        world,
        f"challenged/{row.id}",
        row.rule,
        "letter_challenged",
        now,
        learner_id=row.learner_id,
        recipient_label=outgoing.label_of(world, row.audience, learner),
        recipient_address=row.recipient,
        subject_line=row.subject,
    )


def _answered(world: World, head: Head) -> OutboxRow | None:
    rows = (world.store.outbox.by_message_id(one) for one in (head.in_reply_to, *reversed(head.references)) if one)
    return next((row for row in rows if row is not None), None)
