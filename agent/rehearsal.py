"""What a tick would do: the real tick on a copy of the memory, which only reads, with a post that goes nowhere.

No model is asked: a draft's words are not the question here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent.connectors.memory_mail import MemoryTransport
from agent.connectors.read_only import ReadOnlyCalendar, ReadOnlyMailbox
from agent.loop import tick
from agent.model import Obligation
from agent.store import OutboxRow, Source
from agent.world import World


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would be performed and what would leave, in order; `sources`: how each server answered.

    `names` are the learners' by number, those included whom the tick would have met.
    """

    names: Mapping[int, str]
    performed: tuple[Obligation, ...]
    sent: tuple[OutboxRow, ...]
    sources: tuple[Source, ...]

    def name(self, hit: Obligation) -> str:
        """Whom an obligation is about; "-" for what is the mentor's own."""
        return self.names.get(hit.learner_id or 0, "-")


def rehearse(world: World, now: datetime) -> Rehearsed:
    """One tick at `now` that changes nothing outside this function."""
    store = world.store.copy()
    try:
        with tempfile.TemporaryDirectory() as folder:
            copy = replace(
                world,
                settings=world.settings.model_copy(update={"state_dir": Path(folder)}),
                store=store,
                mailbox=ReadOnlyMailbox(world.mailbox),
                transport=MemoryTransport(),
                calendar=ReadOnlyCalendar(world.calendar),  # the further ones are never written to
                writer=world.builtin,
            )
            done = tick(copy, now)
        names = {learner.id: learner.name for learner in store.people.all()}
        return Rehearsed(names, done.performed, done.sent, tuple(store.sources.all()))
    finally:
        store.close()
