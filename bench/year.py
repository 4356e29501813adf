"""A simulated year with 40 learners, and a tick with nothing due beside ten times as many learners."""

from __future__ import annotations

import logging
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.memory_mail import MemoryMailbox, MemoryTransport
from agent.loop import tick
from agent.model import Learner
from agent.observe import entries as observed
from agent.simulation.run import simulate
from agent.simulation.scenario import Scenario
from agent.world import World
from bench.figures import say, seconds, side_by_side
from tests.stage import MONDAY, build_world, event

LEARNERS, DAYS, FEW, MANY, RUNS = 40, 365, 400, 4000, 51
DAY = timedelta(days=1)


def run() -> None:
    """The year first: processor time beside the clock's, for other programs may be running."""
    logging.getLogger("agent").setLevel(logging.CRITICAL)  # a year has its outages
    begun = time.process_time()
    outcome = simulate(Scenario(1, tuple(range(LEARNERS)), DAYS))
    spent = time.process_time() - begun
    figure = f"{outcome.seconds:.1f} s ({spent:.1f} s of processor)"
    say(f"simulated year, {LEARNERS} learners, {outcome.letters} letters", figure, "goal: under 20 s")
    with tempfile.TemporaryDirectory() as folder:
        few, many = _world(Path(folder) / "few", FEW), _world(Path(folder) / "many", MANY)
        now = MONDAY + timedelta(minutes=1)
        more, less, ratio = side_by_side(
            lambda: tick(many, now, force=False), lambda: tick(few, now, force=False), RUNS
        )
        figure = f"{ratio:.2f} x ({more * 1000:.2f} ms / {less * 1000:.2f} ms)"
        say(f"tick with nothing due, {MANY} learners / {FEW}", figure, "goal: under 1.5 x")
        _days(few)
        for world in (few, many):
            world.store.close()


def _days(world: World) -> None:
    """The first tick of a day, when the window of known occurrences moves on."""
    world.store.forget("read_by")
    anew = seconds(lambda: observed.keep_current(world, MONDAY + DAY))
    first = seconds(lambda: observed.keep_current(world, MONDAY + 2 * DAY))
    figure = f"{anew / first:.0f} x ({anew * 1000:.0f} ms / {first * 1000:.1f} ms)"
    say(f"{FEW} entries: all expanded again / what a new day brings", figure)


def _world(folder: Path, learners: int) -> World:
    """Learners who were written to long ago, some with a session to come; at rest."""
    calendar = MemoryCalendar()
    world = build_world(
        folder / "agent.sqlite3", mailbox=MemoryMailbox(), transport=MemoryTransport(), calendar=calendar, base=folder
    )
    begun = MONDAY - timedelta(weeks=20)
    with world.store.transaction():
        world.store.remember("watch_since", begun.isoformat())
        for number in range(learners):
            name = f"Learner Number{number}"
            learner = world.store.people.add(Learner(0, name, f"learner{number}@learner.example", begun))
            world.store.facts.add(f"letter:{number}", "letter", at=begun, now=begun, learner_id=learner.id)
            if number >= FEW:
                continue
            start = MONDAY + timedelta(days=1 + number % 20, minutes=number)
            ics = event(str(number), f"Session de mentorat avec {name}", start, start + timedelta(minutes=45))
            calendar.put(f"{number}.ics", ics)
    for _ in range(4):
        tick(world, MONDAY)
    return world
