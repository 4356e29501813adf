"""One tick: read the world, decide, act, deliver. It reads state, so a second tick with nothing new does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent import act, answers, delivery, outgoing, put_off, requests_digest
from agent.decide import Plan, decide, decide_desk
from agent.model import Learner, Obligation, RuleMode
from agent.observe import calendar, entries, mail
from agent.policies.timing import earliest
from agent.store import OutboxRow
from agent.world import World

ROUNDS = 5
"""How often a learner is judged again in one tick: performing one step may make the next one due."""

POSTPONED = timedelta(minutes=15)
"""What is owed and could not be done yet, for want of a fresh calendar for instance, is tried again after this."""

DAY = timedelta(days=1)

TROUBLE_AFTER = timedelta(hours=1)
"""A source that has failed this long is told to the mentor, once."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did, and when the next one is due at the latest (UTC)."""

    performed: tuple[Obligation, ...]
    sent: tuple[OutboxRow, ...]
    next_look: datetime


def tick(world: World, now: datetime, stopping: Callable[[], bool] = lambda: False, *, force: bool = True) -> Tick:
    """One turn at the instant `now`. With `force` the calendars are read even if they were read lately."""
    world.store.watch_since(now)
    _greet(world, now)
    mail.read(world, now)
    calendar.read(world, now, force=force)
    entries.keep_current(world, now)
    _notice_new_rules(world)
    performed: list[Obligation] = []
    for learner in world.store.people.due(now):
        if stopping():
            break
        performed += _attend(world, learner, now)
    performed += _attend_desk(world, now)
    waiting = earliest((answers.unproven(world, now), put_off.wake(world, now)), now)
    _report_trouble(world, now)
    requests_digest.gather(world, now)
    sent: list[OutboxRow] = []
    while not stopping() and (gone := delivery.deliver(world, now, stopping)):
        sent += gone  # a letter that went may have queued its notice
    return Tick(tuple(performed), tuple(sent), _next_look(world, now, waiting))


def plan(world: World, learner: Learner, now: datetime) -> Plan:
    """What is owed for one learner at an instant; reads only."""
    return decide(world.snapshot(learner, now), world.rules, now)


def desk_plan(world: World, now: datetime) -> Plan:
    """What is owed to nobody in particular at an instant; reads only."""
    return decide_desk(world.desk(now), world.rules, now)


def _attend(world: World, learner: Learner, now: datetime) -> list[Obligation]:
    """Judge and perform until nothing more is owed; then remember when to look again."""
    performed: list[Obligation] = []
    for _ in range(ROUNDS):
        snapshot = world.snapshot(learner, now)
        judged = decide(snapshot, world.rules, now)
        done = act.perform(world, judged, snapshot, now)
        performed += done
        if not done:
            break
    postponed = now + POSTPONED if any(act.postponed(world, hit, snapshot, now) for hit in judged.hits) else None
    moments = [m for m in (judged.look_again, postponed) if m is not None]
    world.store.people.look_again(learner.id, min(moments, default=None))
    return performed


def _attend_desk(world: World, now: datetime) -> list[Obligation]:
    """The same for what concerns no single learner."""
    due = world.store.desk_look()
    if due is not None and due > now:
        return []
    desk = world.desk(now)
    judged = decide_desk(desk, world.rules, now)
    done = act.perform(world, judged, desk, now)
    open_still = any(act.postponed(world, hit, desk, now) for hit in judged.hits)
    again = [m for m in (judged.look_again, now + POSTPONED if done or open_still else None) if m is not None]
    world.store.desk_look_again(min(again, default=now + DAY))
    return done


def _greet(world: World, now: datetime) -> None:
    """The first mail, to the mentor: who is here and in which mode. It also tells the server's authserv-id."""
    if "welcome" not in world.looked_at:
        outgoing.to_mentor(world, mail.WELCOME, "P12", "welcome", now, to_oneself=True, shadow=world.shadow)
        world.looked_at["welcome"] = now


def _notice_new_rules(world: World) -> None:
    """Settings or guidelines that changed may change every answer."""
    fingerprint = world.fingerprint
    if world.store.setting("rules") != fingerprint:
        with world.store.transaction():
            if not world.shadow:
                world.store.offers.forget_shown()
            world.store.people.touch_all()
            world.store.touch_desk()
            world.store.remember("rules", fingerprint)


def _report_trouble(world: World, now: datetime) -> None:
    """A source that stays silent is told to the mentor: what is not read cannot be acted on."""
    for source in world.store.sources.all():
        since = source.failing_since
        if since is None or now - since < TROUBLE_AFTER or source.halted:
            continue
        if source.name == calendar.SOURCE and world.rules.mode("R29") is not RuleMode.OFF:
            continue  # R29 tells of it, after its own hours; where that rule is off, silence would still harm
        outgoing.to_mentor(
            world,
            f"trouble/{source.name}/{since:%Y%m%dT%H%M%S}",
            "P8",
            "source_trouble",
            now,
            source=world.source_words(source.name),
            since=since,
            message=source.last_error or "",
            advice=world.phrases.say(world.language, "advice.source"),
        )


def _next_look(world: World, now: datetime, waiting: datetime | None) -> datetime:
    """The earliest instant at which anything may be due: a learner, a letter, a source, an unproven answer."""
    poll = now + timedelta(minutes=world.settings.mailbox.poll_minutes)
    moments = [world.store.sources.get(mail.SOURCE).next_try or poll, calendar.due(world, now)]
    # A letter that is held back by a ceiling, by shadow mode or by a refused login waits for a word, not for a moment.
    way_out = world.store.sources.get(delivery.SOURCE).next_try
    closed = way_out is not None and way_out > now and world.store.outbox.has_ready()
    letters = way_out if closed else world.store.outbox.next_try(now)
    moments += [m for m in (world.store.people.next_look(), world.store.desk_look(), letters, waiting) if m is not None]
    return max(now, min(moments))
