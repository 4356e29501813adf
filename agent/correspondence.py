"""Letters to learners and to support: worded, proposed or let go, and withdrawn never silently.

A rule set to auto lets its letter leave; otherwise it is shown to the mentor and leaves only by their word (P1). In
shadow mode nothing leaves: the mentor gets what would have (P12).
"""

from __future__ import annotations

from datetime import datetime

from agent import checks, diary, outgoing, wording
from agent.model import (
    Act,
    Audience,
    Desk,
    Learner,
    Obligation,
    Request,
    RequestKind,
    RequestState,
    RuleMode,
    Slot,
    Snapshot,
)
from agent.render import Rendered
from agent.store import NewRequest
from agent.world import World


def perform(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    """A letter to a learner or support: by itself where the rule is set to auto, otherwise by the mentor's word."""
    if world.rules.mode(hit.rule) is RuleMode.APPROVE:
        return _letter_to_approve(world, hit, subject, now)
    if hit.not_before is not None and hit.not_before > now:
        return False  # the learner may still justify, say: what leaves by itself waits as well
    key = shadow_key(hit.key) if world.shadow else hit.key
    if world.store.outbox.has(key):
        return False
    composed = _compose(world, hit, subject, now)
    if composed is None:
        return False
    rendered, slots = composed
    with world.store.transaction():
        leave(world, hit, subject.learner, rendered, now, request=None)
        for slot in slots:
            world.store.offers.hold(key, hit.learner_id or 0, slot.start, slot.end)
    return True


def _letter_to_approve(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    request = subject.request(hit.key)
    if request is None or request.state is RequestState.WITHDRAWN:
        return _propose_letter(world, hit, subject, request, now)
    if request.state is RequestState.REDO and request.replaced and request.instruction:
        with world.store.transaction():
            changed = world.store.requests.add_version(request, world.new_token(), request.instruction, "mentor", now)
            ask_letter(world, changed, subject.learner, now)
        return True
    if request.state is RequestState.APPROVED and (hit.not_before is None or hit.not_before <= now):
        return release(world, request, subject.learner, now)
    return False


def _propose_letter(
    world: World, hit: Obligation, subject: Snapshot | Desk, old: Request | None, now: datetime
) -> bool:
    composed = _compose(world, hit, subject, now)
    if composed is None:
        return False
    rendered, slots = composed
    with world.store.transaction():
        if old is not None:
            request = world.store.requests.add_version(old, world.new_token(), rendered.text, "template", now)
        else:
            new = NewRequest(
                key=hit.key,
                kind=RequestKind.LETTER,
                rule=hit.rule,
                subject=rendered.subject,
                text=rendered.text,
                writer="template",
                learner_id=hit.learner_id,
                session_id=hit.session_id,
                audience=hit.audience,
                deadline=hit.due,
                not_before=hit.not_before,
            )
            request = world.store.requests.open(new, world.new_token(), now)
        for slot in slots:
            world.store.offers.hold(hit.key, hit.learner_id or 0, slot.start, slot.end)
        ask_letter(world, request, subject.learner, now)
    return True


def ask_letter(world: World, request: Request, learner: Learner | None, now: datetime) -> None:
    """Show the mentor a letter that waits for their word."""
    label, address = outgoing.recipient_of(world, request.audience, learner)
    addressee = learner if request.audience is Audience.LEARNER else None
    outgoing.ask(
        world,
        request,
        "letter_draft",
        now,
        doubts=checks.doubts(world, request.version.text, addressee, now),
        recipient_label=label,
        recipient_address=address,
        subject_line=request.version.subject,
        text=request.version.text,
        why=f"{request.rule} · {outgoing.clause_line(world, request.rule, world.language, now)}",
        deadline=request.deadline,
        not_before=request.not_before,
        version=request.version.number,
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


def _compose(
    world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime
) -> tuple[Rendered, list[Slot]] | None:
    """The letter's words, and the slots it offers; None while it has to wait for the calendar."""
    slots: list[Slot] = []
    if hit.offer is not None and subject.learner is not None:
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
    return world.letters.render(
        hit.template, language, mentor_name=world.settings.mentor.name, zone=zone, **values
    ), slots
