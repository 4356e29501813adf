"""Letters to learners and to support: worded, proposed or let go, and withdrawn never silently.

A rule set to auto lets its letter leave; otherwise it is shown to the mentor and leaves only by their word (P1). In
shadow mode nothing leaves: the mentor gets what would have (P12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import checks, diary, outgoing, wording
from agent.model import (
    Act,
    Audience,
    Desk,
    Language,
    Learner,
    Obligation,
    Proof,
    Request,
    RequestKind,
    RequestState,
    RuleMode,
    Slot,
    Snapshot,
)
from agent.render import Rendered
from agent.store import NewRequest
from agent.understand import corrections
from agent.world import World


def perform(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    """A letter to a learner or support: by itself where the rule is set to auto, otherwise by the mentor's word."""
    asked = subject.request(hit.key)
    if world.rules.mode(hit.rule) is RuleMode.APPROVE or (asked is not None and _begun(asked)):
        return _letter_to_approve(world, hit, subject, now)
    if hit.not_before is not None and hit.not_before > now:
        return False  # the learner may still justify, say: what leaves by itself waits as well
    key = shadow_key(hit.key) if world.shadow else hit.key
    if world.store.outbox.has(key):
        return False
    composed = _compose(world, hit, subject, now)
    if composed is None:
        return False
    rendered = world.letters.render(hit.template, composed.language, **composed.values)
    with world.store.transaction():
        if asked is not None and asked.state is RequestState.WAITING:  # from when the rule was set to approve
            world.store.requests.settle(asked, RequestState.WITHDRAWN, Proof.NONE, now)
            world.store.offers.take_back(hit.key)
        leave(world, hit, subject.learner, rendered, now, request=None)
        for slot in composed.slots:
            world.store.offers.hold(key, hit.learner_id or 0, slot.start, slot.end)
    return True


def _begun(request: Request) -> bool:
    """Whether the mentor approved a letter, or gave it words of their own, before its rule was set to auto."""
    own = request.state is RequestState.WAITING and request.version.writer == "mentor"
    return own or request.state in {RequestState.REDO, RequestState.APPROVED}


def _letter_to_approve(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    request = subject.request(hit.key)
    if request is None or request.state is RequestState.WITHDRAWN:
        return _propose_letter(world, hit, subject, request, now)
    if request.state is RequestState.REDO and request.replaced and request.instruction:
        with world.store.transaction():
            changed = world.store.requests.add_version(request, world.new_token(), request.instruction, "mentor", now)
            changes = corrections.changes(request.version.text, changed.version.text)
            ask_letter(world, changed, subject.learner, now, changes=changes)
        return True
    if request.state is not RequestState.APPROVED or (hit.not_before is not None and hit.not_before > now):
        return False
    if _outrun(world, request, now):
        return _propose_letter(world, hit, subject, request, now)
    return release(world, request, subject.learner, now)


def _outrun(world: World, request: Request, now: datetime) -> bool:
    """Whether a slot passed while the letter that offers it waited: then it is shown again, with others.

    What the mentor worded is theirs, and what shadow mode has shown is not shown again for that.
    """
    shown = world.shadow and world.store.outbox.has(shadow_key(request.key))
    if request.version.writer == "mentor" or shown:
        return False
    return any(offer.start <= now for offer in world.store.offers.of_letter(request.key))


def _propose_letter(
    world: World, hit: Obligation, subject: Snapshot | Desk, old: Request | None, now: datetime
) -> bool:
    composed = _compose(world, hit, subject, now)
    if composed is None:
        return False
    subject_line, text = world.letters.words(hit.template, composed.language, **composed.values)
    new = NewRequest(
        key=hit.key,
        kind=RequestKind.LETTER,
        rule=hit.rule,
        subject=subject_line,
        text=text,
        writer="template",
        learner_id=hit.learner_id,
        session_id=hit.session_id,
        audience=hit.audience,
        deadline=hit.due,
        not_before=hit.not_before,
    )
    outrun = old is not None and old.state is RequestState.APPROVED
    with world.store.transaction():
        if old is not None:
            request = world.store.requests.renew(old, new, world.new_token(), now)
            world.store.offers.take_back(hit.key)
        else:
            request = world.store.requests.open(new, world.new_token(), now)
        for slot in composed.slots:
            world.store.offers.hold(hit.key, hit.learner_id or 0, slot.start, slot.end)
        ask_letter(world, request, subject.learner, now, outrun=outrun)
    return True


def ask_letter(
    world: World,
    request: Request,
    learner: Learner | None,
    now: datetime,
    *,
    outrun: bool = False,
    changes: Sequence[corrections.Change] = (),
) -> None:
    """Show the mentor a letter that waits for their word.

    `outrun`: once more, as slots had passed. `changes`: what they changed since the version before.
    """
    label, address = outgoing.recipient_of(world, request.audience, learner)
    addressee = learner if request.audience is Audience.LEARNER else None
    news = [world.phrases.say(world.language, "check.outrun")] if outrun else []
    outgoing.ask(
        world,
        request,
        "letter_draft",
        now,
        doubts=[*news, *checks.doubts(world, request.version.text, addressee, now)],
        recipient_label=label,
        recipient_address=address,
        subject_line=request.version.subject,
        text=request.version.text,
        why=f"{request.rule} · {outgoing.clause_line(world, request.rule, world.language, now)}",
        deadline=request.deadline,
        not_before=request.not_before,
        version=request.version.number,
        changes=[(change.before, change.after) for change in changes],
    )


def release(world: World, request: Request, learner: Learner | None, now: datetime) -> bool:
    """An approved letter goes out, its text byte for byte what was approved."""
    text = request.version.text
    html = world.letters.html_of(text, wording.language_of(world, request.audience, learner))
    rendered = Rendered(request.version.subject, text, html)
    hit = Obligation(
        key=request.key,
        rule=request.rule,
        act=Act.LETTER,
        learner_id=learner.id if learner else None,
        reason="approved by the mentor",
        audience=request.audience,
    )
    return leave(world, hit, learner, rendered, now, request=request)


def leave(
    world: World, hit: Obligation, learner: Learner | None, rendered: Rendered, now: datetime, request: Request | None
) -> bool:
    """Into the outbox; in shadow mode the mentor gets it instead, and is told so (P12)."""
    label, address = outgoing.recipient_of(world, hit.audience, learner)
    if world.shadow:
        return outgoing.to_mentor(
            world,
            shadow_key(hit.key),
            hit.rule,
            "shadow_notice",
            now,
            learner_id=learner.id if learner else None,
            recipient_label=label,
            recipient_address=address,
            subject_line=rendered.subject,
            text=rendered.text,
            clause=outgoing.clause_line(world, hit.rule, world.language, now),
        )
    return outgoing.enqueue(
        world,
        key=hit.key,
        rule=hit.rule,
        audience=hit.audience,
        recipient=address,
        rendered=rendered,
        now=now,
        learner_id=learner.id if learner else None,
        request=request,
        unattended=request is None,
    )


def shadow_key(key: str) -> str:
    """The key under which shadow mode shows a letter, so that live mode still owes the letter itself."""
    return f"shadow/{key}"


@dataclass(frozen=True, slots=True)
class _Composed:
    """What a letter says, for its template, and the slots it offers."""

    language: Language
    values: dict[str, Any]
    slots: list[Slot]


def _compose(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> _Composed | None:
    """What is to be said, and the slots to be offered; None while the letter has to wait for the calendar."""
    slots = _repeated(world, hit, now)
    if hit.offer is not None and subject.learner is not None and not slots:
        fresh = diary.calendar_is_fresh(world, now)
        if not fresh and hit.due is not None and now < hit.due - diary.LAST_MOMENT:
            return None
        if fresh:
            count = int(world.clause(hit.rule, now).numbers["slots"])
            slots = diary.free_slots(world, subject.learner, count, now, hit.offer)
    values = wording.values(world, hit, subject, slots, now)
    learner = subject.learner if hit.audience is Audience.LEARNER else None
    zone = (learner.zone if learner else None) or world.zone
    language = wording.language_of(world, hit.audience, subject.learner)
    return _Composed(language, {"mentor_name": world.settings.mentor.name, "zone": zone, **values}, slots)


def _repeated(world: World, hit: Obligation, now: datetime) -> list[Slot]:
    """What an earlier letter offers still, where this one is to say it again."""
    offers = world.store.offers.of_letter(hit.detail.get("repeats", ""))
    return [Slot(offer.start, offer.end) for offer in offers if offer.start > now]
