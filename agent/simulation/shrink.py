"""The shortest story of a failure: fewer days, learners, kinds of things and single happenings, as long as it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from agent.simulation.run import Outcome, as_it_is, simulate
from agent.simulation.scenario import START, Scenario
from agent.world import World

T = TypeVar("T")

MOST = 200
"""So many simulations are tried at most."""


def shrink(failed: Outcome, tamper: Callable[[World], World] = as_it_is, most: int = MOST) -> Outcome:
    """The smallest scenario found that still fails in the same way; the given outcome where none is smaller."""
    best, left = failed, most
    progress = True
    while progress and left > 0:
        progress = False
        for smaller in _smaller(best):
            left -= 1
            found = simulate(smaller, tamper)
            if _kind(found) == _kind(failed):
                best, progress = found, True
                break
            if left <= 0:
                break
    return best


def _kind(outcome: Outcome) -> str:
    return outcome.violations[0].kind if outcome.violations else ""


def _smaller(outcome: Outcome) -> Iterator[Scenario]:
    """What could be left out, the most at once first."""
    scenario = outcome.scenario
    days = (outcome.violations[0].at - START).days + 1
    if days < scenario.days:
        yield replace(scenario, days=days)
    for part in _parts(sorted(scenario.learners)):
        if len(part) < len(scenario.learners):
            yield replace(scenario, learners=tuple(one for one in scenario.learners if one not in part))
    happened = {name.partition("/")[0] for name in outcome.happenings}
    if happened < scenario.kinds:
        yield replace(scenario, kinds=frozenset(happened))
    for kinds in _parts(sorted(scenario.kinds & happened)):
        yield replace(scenario, kinds=scenario.kinds - set(kinds))
    for names in _parts(sorted(outcome.happenings)):
        yield replace(scenario, without=scenario.without | set(names))


def _parts(items: list[T]) -> Iterator[list[T]]:
    """All of them, their halves, quarters and so on, down to each by itself."""
    size = len(items)
    while size > 0:
        for start in range(0, len(items), size):
            yield items[start : start + size]
        size = size // 2
