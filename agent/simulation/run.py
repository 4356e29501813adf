"""Plays a scenario to its end, or to its first violation."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from agent.simulation import habits
from agent.simulation.duties import Duties
from agent.simulation.learners import Learners
from agent.simulation.mentor import Mentor
from agent.simulation.oracle import Oracle, Violation
from agent.simulation.platform import Platform
from agent.simulation.scenario import START, Scenario, cast
from agent.simulation.school import Advisor, School
from agent.simulation.servers import Servers
from agent.simulation.town import Town
from agent.world import World

AHEAD = 2  # weeks: what happens in a week is known so long before


def as_it_is(world: World) -> World:
    """The agent with nothing broken in it."""
    return world


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation came to. `seconds` is real time; `happenings` names what chance brought."""

    scenario: Scenario
    violations: tuple[Violation, ...]
    kept: Counter[str]
    excused: int
    events: int
    ticks: int
    letters: int
    seconds: float
    story: tuple[str, ...]
    happenings: frozenset[str]


def simulate(scenario: Scenario, tamper: Callable[[World], World] = as_it_is) -> Outcome:
    """Play it. `tamper` may put broken collaborators into the agent's world."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mentor-agent-simulation-") as folder:
        town = Town(scenario, Path(folder), tamper)
        try:
            oracle = _people(town)
            town.play(oracle.step)
        finally:
            town.world.store.close()
    return Outcome(
        scenario=scenario,
        violations=tuple(oracle.violations),
        kept=oracle.kept,
        excused=oracle.excused,
        events=len(town.record),
        ticks=town.ticks,
        letters=town.letters,
        seconds=time.perf_counter() - begun,
        story=tuple(town.story()),
        happenings=frozenset(town.happenings),
    )


def _people(town: Town) -> Oracle:
    oracle, advisor = Oracle(town), Advisor(town)
    platform = Platform(town, advisor)
    learners, servers = Learners(town, platform), Servers(town, platform)
    mentor, school = Mentor(town, platform), School(town)
    duties = oracle.duties
    platform.planned += [duties.planned, learners.planned, mentor.memos.planned]
    platform.unapproved += [duties.unapproved]
    platform.linked += [partial(habits.linked, oracle.watch)]
    servers.silent += [partial(habits.silent, oracle.watch)]
    platform.over += [advisor.over, mentor.memos.over]
    platform.changed += [mentor.memos.changed]
    mentor.told += [duties.told]
    mentor.handed += [duties.handed]
    mentor.approved += [duties.approved]
    mentor.memos.ambiguous += [duties.unclear]
    town.reported += [duties.reported]
    town.readers += [oracle.gets, learners.gets, mentor.gets]
    for person in cast(town.scenario):
        school.begin(person)
        learners.plan(person)
    for week in range(town.scenario.days // 7 + 1):
        known = START + timedelta(weeks=max(0, week - AHEAD))
        town.at(known, partial(mentor.plan, week))
        town.at(START + timedelta(weeks=week), partial(_week, town, learners, mentor, servers, duties, week))
    return oracle


def _week(town: Town, learners: Learners, mentor: Mentor, servers: Servers, duties: Duties, week: int) -> None:
    servers.plan(week)
    learners.chat(week)
    mentor.memos.forge(week)
    duties.week()
    town.archive()
