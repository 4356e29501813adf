"""The past once more, as if the agent had been there: what it would have sent, asked and reminded. Nothing is sent.

The real mails and calendar entries arrive at their own times before a memory of its own, under the real rules, in live
mode. The mentor of the past answers none of the agent's questions, since nobody asked; what they did by themselves,
their letters above all, is in the mailbox and counts.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.connectors.memory_mail import MemoryTransport
from agent.connectors.replay import ReplayCalendar, ReplayMailbox
from agent.loop import tick
from agent.model import Audience, Learner
from agent.observe.mail import HISTORY
from agent.store import OutboxRow, Store
from agent.world import World

SHORTEST = timedelta(minutes=1)
WAKING = timedelta(hours=6)
"""Nothing arrives and nothing falls due: the clock moves on in steps of this, as holidays and windows pass."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The first contact of one learner: when it was due, when the mentor wrote, when the agent would have.

    `over`: the deadline has passed by the end of the replay.
    """

    learner: Learner
    due: datetime
    mentor: datetime | None
    agent: datetime | None
    over: bool

    @property
    def saved(self) -> bool:
        """Whether the mentor was late where the agent would not have been."""
        late = self.mentor > self.due if self.mentor else self.over
        return late and self.agent is not None and self.agent <= self.due


@dataclass(frozen=True, slots=True)
class Replayed:
    """What would have left, in time order; what was met; and the problems that `status` would have shown."""

    since: datetime
    until: datetime
    letters: tuple[tuple[datetime, OutboxRow], ...]
    contacts: tuple[Contact, ...]
    learners: int
    sessions: int
    mails: int
    parked: tuple[str, ...]


@dataclass
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class _Stage:
    """The world of the replay, with what moves it."""

    world: World
    clock: _Clock
    moments: list[datetime]
    late: list[Learner]
    letters: list[tuple[datetime, OutboxRow]] = field(default_factory=list)


def replay(world: World, since: datetime, until: datetime, progress: Callable[[datetime], None]) -> Replayed:
    """Live from `since` to `until` (UTC) on the real past. `progress` is told of each new day."""
    clock = _Clock(since)
    mailbox = ReplayMailbox(world.mailbox, since - HISTORY, clock)
    calendar = ReplayCalendar(world.calendar, clock)
    also_read = {name: ReplayCalendar(one, clock) for name, one in world.also_read.items()}
    appearances = {at for one in (calendar, *also_read.values()) for at in one.appearances()}
    store = Store(":memory:")
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = replace(
                world,
                settings=world.settings.model_copy(update={"mode": "live", "state_dir": Path(folder)}),
                store=store,
                mailbox=mailbox,
                transport=MemoryTransport(),
                calendar=calendar,
                also_read=also_read,
                writer=world.builtin,
            )
            stage = _Stage(copy, clock, sorted({*mailbox.arrivals(), *appearances}), _known(world))
            if (name := world.store.setting("authserv_id")) is not None:
                store.remember("authserv_id", name)
            _live(stage, until, progress)
        return _told(world, stage, since, until, len(mailbox.arrivals()))
    finally:
        store.close()


def _known(world: World) -> list[Learner]:
    """Learners that the mentor added by hand come when they were assigned: no mail tells of them."""
    return sorted(world.store.people.all(), key=lambda one: one.assigned_at)


def _live(stage: _Stage, until: datetime, progress: Callable[[datetime], None]) -> None:
    day = None
    while True:
        now = stage.clock.now
        _introduce(stage, now)
        stage.letters += [(now, row) for row in tick(stage.world, now).sent]
        if now.date() != day:
            day = now.date()
            progress(now)
        if now >= until:
            return
        # the last tick is at `until` itself: what came a moment ago counts
        stage.clock.now = min(until, max(now + SHORTEST, min(_next(stage, now))))


def _introduce(stage: _Stage, now: datetime) -> None:
    people = stage.world.store.people
    while stage.late and stage.late[0].assigned_at <= now:
        learner = stage.late.pop(0)
        if learner.address is None or people.by_address(learner.address) is None:
            people.add(replace(learner, left_at=None))


def _next(stage: _Stage, now: datetime) -> Iterator[datetime]:
    """When something may happen: a mail, an entry, a learner's or a letter's moment."""
    yield now + WAKING
    found = bisect_right(stage.moments, now)
    if found < len(stage.moments):
        yield stage.moments[found]
    store = stage.world.store
    own = (store.people.next_look(), store.desk_look(), store.outbox.next_try(now))
    yield from (moment for moment in own if moment is not None and moment > now)


def _told(world: World, stage: _Stage, since: datetime, until: datetime, mails: int) -> Replayed:
    store = stage.world.store
    learners = store.people.all()
    return Replayed(
        since=since,
        until=until,
        letters=tuple(stage.letters),
        contacts=tuple(_contact(stage, learner, until) for learner in learners if learner.assigned_at >= since),
        learners=len(learners),
        sessions=sum(
            not s.gone and since <= s.start <= until for one in learners for s in store.people.sessions(one.id)
        ),
        mails=mails,
        parked=tuple(f"{one.what}: {one.reason}" for one in store.parking.all()),
    )


def _contact(stage: _Stage, learner: Learner, until: datetime) -> Contact:
    """The mentor's own first letter lies in the mailbox; the agent's is the replay's."""
    due = learner.assigned_at + stage.world.clause("R01", learner.assigned_at).hours("contact_hours")
    own = [fact.at for fact in stage.world.store.facts.of_kind("letter", learner.id) if fact.at >= learner.assigned_at]
    ours = [at for at, row in stage.letters if row.learner_id == learner.id and row.audience is Audience.LEARNER]
    return Contact(learner, due, min(own, default=None), min(ours, default=None), over=due < until)
