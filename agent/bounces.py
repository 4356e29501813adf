"""Letters that come back (RFC 3464): marked as failed, told to the mentor, sent again where that can help.

Anybody can write a delivery report. It is believed only of a letter that it names by what nobody can guess, the
Message-ID or our key header, and by its recipient; then it also proves that nothing arrived, so that sending again is
no repetition (P5). A report that names the letter alone is put where `status` shows it, and one that names neither is
somebody else's affair.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agent import mime, outgoing, phrasing
from agent.model import Audience, Learner, Proof, RequestState
from agent.store import OutboxRow, Outgoing
from agent.understand.delivery_report import Outcome, Report, report
from agent.understand.machine import Machine
from agent.understand.machine_words import Cause, shipped
from agent.understand.mail import Mail
from agent.world import World

KIND = "bounce"
SAID = 300  # characters of the server's own words shown to the mentor
ADVICE = "check the address and write yourself; the delivery report lies in the inbox"
LEFT = {Outgoing.SENT, Outgoing.SENDING, Outgoing.UNCERTAIN}


def receive(world: World, mail: Mail, kind: Machine, now: datetime) -> bool:
    """One delivery report; False when it names no letter of ours."""
    found = report(mail, shipped())
    row = _letter(world, found)
    if row is None:
        return False
    recipient = row.recipient.lower()
    outcome = found.failure(recipient) if kind is Machine.BOUNCE else None
    if outcome is not None:
        if row.state in LEFT and not returned(world, row):
            with world.store.transaction():
                _came_back(world, row, outcome, now)
    elif kind is Machine.DELAY:
        if found.late(recipient) and not returned(world, row):
            _late(world, row, now)
    elif kind is Machine.BOUNCE and not returned(world, row):
        why = "a delivery report names this letter, but does not say that it failed for this address"
        _park(world, row, why, now)
    return True


def returned(world: World, row: OutboxRow) -> bool:
    """Whether this very letter is known to have come back: its copy in Sent proves nothing then."""
    return world.store.facts.has(f"{KIND}:{row.id}")


def waits(world: World, row: OutboxRow, now: datetime) -> bool:
    """Whether a letter is for an address that is known to be dead: it waits, and the mentor is shown it, once."""
    if world.store.setting(_dead(row.recipient)) is None:
        return False
    outgoing.to_mentor(
        world,
        f"held/{row.id}",
        row.rule,
        "letter_waiting",
        now,
        learner_id=row.learner_id,
        recipient_label=_label(world, row),
        recipient_address=row.recipient,
        subject_line=row.subject,
        text=row.text,
        advice=_say(world, row, "advice", "hold_support" if row.audience is Audience.SUPPORT else "hold"),
    )
    return True


def corrected(world: World, learner: Learner, old: str | None, now: datetime) -> None:
    """The mentor gave this learner's address (anew): what could not arrive at `old` is owed again. In a transaction."""
    if not old:
        return
    world.store.forget(_dead(old))
    world.store.forget(_dead(learner.address or ""))
    for row in world.store.outbox.in_state(Outgoing.READY):
        ours = row.learner_id == learner.id and row.audience is Audience.LEARNER
        if ours and row.recipient != learner.address and not _confirms(world, row):
            world.store.outbox.move(row, Outgoing.READY, Outgoing.FAILED, now)
            _owed_again(world, row)
    for fact in world.store.facts.of_kind(KIND, learner.id):
        last = world.store.outbox.get(str(fact.detail["letter"])) if fact.detail.get("hold") else None
        if last is not None and last.state is Outgoing.FAILED and returned(world, last) and not _confirms(world, last):
            world.store.parking.release(f"{KIND}:{last.id}")
            _owed_again(world, last)
    world.store.people.touch(learner.id)


def _owed_again(world: World, row: OutboxRow) -> None:
    """The letter stays on record under another key. An approved one keeps its slots: its text goes out as it is."""
    if world.store.requests.by_key(row.key) is None:
        world.store.offers.take_back(row.key)
    world.store.outbox.retire(row.key)


def _confirms(world: World, row: OutboxRow) -> bool:
    """Whether a letter confirms an appointment: that stands without it, and is not made twice."""
    return world.store.offers.begins(row.key) is not None and not world.store.offers.of_letter(row.key)


def _letter(world: World, found: Report) -> OutboxRow | None:
    """The letter of ours that a report names, by its Message-ID, or by our key header where a server changed that."""
    rows = (world.store.outbox.by_message_id(one) for one in found.message_ids)
    keyed = (world.store.outbox.by_ref(one) for one in found.keys)
    return next((row for row in (*rows, *keyed) if row is not None), None)


def _came_back(world: World, row: OutboxRow, outcome: Outcome, now: datetime) -> None:
    """Everything that follows from a letter that certainly did not arrive."""
    cause = shipped().cause(outcome.status, outcome.said)
    again = _next_try(world, row, cause, now)
    _record(world, row, outcome, cause, now)
    if cause.hold and row.audience is not Audience.MENTOR:
        world.store.remember(_dead(row.recipient), row.key)
    first = row.key.startswith("returned/") or again is None or _before(world, row) == 1
    if first:
        _tell(world, row, outcome, cause, again, now)
    if again is not None:
        _send_again(world, row, again, now)
    elif not cause.hold and not _confirms(world, row):
        world.store.offers.take_back(row.key)
    if row.learner_id is not None:
        world.store.people.touch(row.learner_id)


def _record(world: World, row: OutboxRow, outcome: Outcome, cause: Cause, now: datetime) -> None:
    """The letter failed, whatever was believed of it; that the learner was written to is taken back."""
    world.store.facts.add(
        f"{KIND}:{row.id}",
        KIND,
        at=now,
        now=now,
        learner_id=row.learner_id,
        detail={"letter": row.key, "cause": cause.name, "status": outcome.status, "hold": cause.hold},
    )
    world.store.outbox.note_error(row, f"came back: {_said(outcome)}")
    world.store.outbox.move(row, row.state, Outgoing.FAILED, now)
    world.store.facts.retract_letters(row.key)
    late = world.store.outbox.get(_late_key(row))
    if late is not None:
        world.store.outbox.move(late, Outgoing.READY, Outgoing.FAILED, now)  # it has failed: no longer merely late
    doubt = world.store.requests.by_key(row.doubt)
    if doubt is not None and doubt.state is RequestState.WAITING:
        world.store.requests.settle(doubt, RequestState.WITHDRAWN, Proof.NONE, now)


def _before(world: World, row: OutboxRow) -> int:
    """How often a letter with this key has come back, this time included."""
    return sum(fact.detail.get("letter") == row.key for fact in world.store.facts.of_kind(KIND, row.learner_id))


def _next_try(world: World, row: OutboxRow, cause: Cause, now: datetime) -> datetime | None:
    """When to send a letter again; None where that cannot help, or where its time has passed by then."""
    tries = shipped().retries
    before = _before(world, row)
    if not cause.retry or before >= len(tries):
        return None
    at = now + tries[before]
    latest = world.store.offers.begins(row.key) or _session_begins(world, row)
    return None if latest is not None and latest <= at else at


def _session_begins(world: World, row: OutboxRow) -> datetime | None:
    """When the session begins that a letter is about, where that is still to come."""
    request = world.store.requests.by_key(row.key)
    if request is None or request.session_id is None:
        return None
    start = world.store.people.session(request.session_id).start
    return start if row.created_at is None or start > row.created_at else None


def _send_again(world: World, row: OutboxRow, at: datetime, now: datetime) -> None:
    """The same words as another mail: with its own ids, so that a report says which try it is about."""
    ref = world.new_token()
    message_id = row.message_id.replace(row.ref, ref)
    raw = mime.anew(row.raw, message_id=message_id, key=ref, date=at.astimezone(world.zone))
    world.store.outbox.retire(row.key)
    again = replace(row, ref=ref, message_id=message_id, raw=raw, next_try=at)
    world.store.outbox.add(again, now)


def _tell(world: World, row: OutboxRow, outcome: Outcome, cause: Cause, again: datetime | None, now: datetime) -> None:
    """The mentor is told at once. A mail of ours to the mentor that came back is told of only where it can arrive."""
    if again is None:
        _park(world, row, f"the letter came back: it was not delivered ({cause.name})", now)
    mentor = row.audience is Audience.MENTOR
    if mentor and row.recipient.lower() == world.settings.mentor.address.lower():
        return
    due = _deadline(world, row)
    outgoing.to_mentor(
        world,
        f"returned/{row.id}",
        row.rule,
        "returned",
        now,
        learner_id=row.learner_id,
        to_oneself=mentor,
        recipient_label=_label(world, row),
        recipient_address=row.recipient,
        subject_line=row.subject,
        why=world.phrases.say(world.language, f"bounce.{cause.name}"),
        said=_said(outcome),
        advice=_advice(world, row, cause, again),
        deadline=due,
        late=due is not None and due <= now,
    )


def _said(outcome: Outcome) -> str:
    """The server's words, with the status code unless they have it."""
    code = "" if outcome.status in outcome.said else f"{outcome.status} "
    return f"{code}{outcome.said}".strip()[:SAID]


def _advice(world: World, row: OutboxRow, cause: Cause, again: datetime | None) -> str:
    if again is not None:
        return _say(world, row, "advice", "again", when=phrasing.moment(again, world.zone, world.language))
    if row.audience is Audience.MENTOR:
        return _say(world, row, "advice", "mentor")
    if cause.hold:
        return _say(world, row, "advice", "hold_support" if row.audience is Audience.SUPPORT else "hold")
    known = f"bounce_advice.{cause.name}" in world.phrases.names()
    return _say(world, row, "advice", cause.name if known else "other")


def _say(world: World, row: OutboxRow, group: str, name: str, **values: str) -> str:
    learner = str(row.learner_id) if row.learner_id is not None else ""
    return world.phrases.say(world.language, f"bounce_{group}.{name}", learner=learner, **values)


def _late(world: World, row: OutboxRow, now: datetime) -> None:
    """A letter that its server still tries to deliver: told once, and only when its deadline comes before a failure."""
    due = _deadline(world, row)
    if due is None or row.audience is Audience.MENTOR:
        return
    outgoing.to_mentor(
        world,
        _late_key(row),
        row.rule,
        "letter_late",
        now,
        learner_id=row.learner_id,
        leaves_at=max(due, now),
        recipient_label=_label(world, row),
        recipient_address=row.recipient,
        subject_line=row.subject,
        deadline=due,
    )


def _late_key(row: OutboxRow) -> str:
    return f"late/{row.id}"


def _deadline(world: World, row: OutboxRow) -> datetime | None:
    """By when the letter was owed; None where nothing says so."""
    request = world.store.requests.by_key(row.key)
    if request is not None and request.deadline is not None:
        return request.deadline
    if row.rule != "R01" or row.learner_id is None or row.created_at is None:
        return None
    hours = world.clause(row.rule, row.created_at).numbers["contact_hours"]
    return world.store.people.get(row.learner_id).assigned_at + timedelta(hours=hours)


def _park(world: World, row: OutboxRow, reason: str, now: datetime) -> None:
    world.store.parking.park(f"{KIND}:{row.id}", f"“{row.subject}” to {row.recipient}", reason, ADVICE, now)


def _label(world: World, row: OutboxRow) -> str:
    learner = world.store.people.get(row.learner_id) if row.learner_id is not None else None
    return outgoing.label_of(world, row.audience, learner)


def _dead(address: str) -> str:
    return f"undeliverable:{address.lower()}"
