"""Answers that come later: a request that the mentor put off is shown again at the instant they named, or in time.

It goes on waiting meanwhile, without reminders; an answer to any mail about it counts as before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy

from agent import outgoing
from agent.model import Request, RequestKind, RequestState
from agent.policies.timing import earliest
from agent.render import Rendered
from agent.understand.later import Hours, moment, only
from agent.understand.lexicon import has, plain
from agent.world import World

NEEDS_NO_ANSWER = {RequestKind.NOTED}

MAY_BE_DATES = {RequestKind.WHICH, RequestKind.CONTEXT}
"""What is asked here may be answered with a day: only words that say "later" put it off."""


def asked(world: World, request: Request, text: str) -> bool:
    """Whether an answer says nothing but that the answer comes later."""
    if request.state is not RequestState.WAITING or request.kind in NEEDS_NO_ANSWER:
        return False
    if request.kind in MAY_BE_DATES and not has(plain(text), world.lexicon.later):
        return False
    return only(text, world.lexicon)


def until(world: World, request: Request, text: str, now: datetime) -> tuple[datetime | None, bool]:
    """When to show a request again (UTC), and whether that is sooner than was said, since its deadline comes first.

    None where it is not sure which instant was meant, or (with True) where the deadline leaves no time to wait.
    """
    later = world.settings.later
    hours = Hours(timedelta(hours=later.hours), later.morning, later.afternoon, later.evening)
    at = moment(text, now, world.zone, hours)
    if at is None or request.deadline is None or request.deadline <= now:
        return at, False
    last = request.deadline - timedelta(hours=later.margin_hours)
    if at <= last:
        return at, False
    return (last if last > now else None), True


def put_off(world: World, request: Request, at: datetime, source: str, now: datetime, *, sooner: bool) -> None:
    """Let a request sleep until `at`, and say so. `source` names the mail that asked for it."""
    with world.store.transaction():
        world.store.requests.put_off(request, at)
        outgoing.to_mentor(
            world,
            f"later/{source}",
            request.rule,
            "later_noted",
            now,
            request=request,
            about=subject_of(world, request),
            at=at,
            deadline=request.deadline,
            sooner=sooner,
        )


def wake(world: World, now: datetime) -> datetime | None:
    """Show again what was put off until now; when the next one is due."""
    waiting: list[datetime | None] = []
    for request in world.store.requests.asleep():
        if request.asleep_until is not None and request.asleep_until <= now:
            _again(world, request, request.asleep_until, now)
        waiting.append(request.asleep_until)
    return earliest(waiting, now)


def _again(world: World, request: Request, at: datetime, now: datetime) -> None:
    """The very mail that asked, once more."""
    key = f"again/{request.key}/v{request.version.number}/{at:%Y%m%dT%H%M%S}"
    row = world.store.outbox.get(f"ask/{request.key}/v{request.version.number}")
    if row is None or world.store.outbox.has(key):
        return
    page = message_from_bytes(row.raw, policy=policy.default).get_body(("html",))
    subject = world.phrases.say(world.language, "again.subject", subject=row.subject)
    outgoing.enqueue(
        world,
        key=key,
        rule=request.rule,
        audience=row.audience,
        recipient=row.recipient,
        rendered=Rendered(subject, row.text, str(page.get_content()) if page is not None else ""),
        now=now,
        learner_id=request.learner_id,
        request=request,
    )


def subject_of(world: World, request: Request) -> str:
    """What the mail was about, as its subject said it, without its reference."""
    row = world.store.outbox.get(f"ask/{request.key}/v{request.version.number}")
    return (row.subject if row else request.version.subject).removesuffix(f" [ma-{request.version.token}]")
