"""`simulate`: a seeded year of mentoring in memory, watched at every step by an oracle."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import click

from agent.commands.common import print_json
from agent.errors import TerminalError
from agent.simulation.oracle import AGAINST, CONTRADICTS, LIMITS, UNFIT
from agent.simulation.run import Outcome, as_it_is, simulate
from agent.simulation.scenario import Scenario
from agent.simulation.shrink import MOST, shrink
from agent.world import World


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. Every mentor has a seed of their own: `seed`, `seed` + 1 and so on."""

    mentors: int
    learners: int
    days: int
    seed: int


def run(wanted: Wanted, *, as_json: bool, tamper: Callable[[World], World] = as_it_is, most: int = MOST) -> None:
    """Simulate, print the counts; on a violation the seed and its shortest story, and TerminalError.

    `tamper` may break the agent, to show that it is found out; `most`: so many shorter stories are tried.
    """
    logging.getLogger("agent").setLevel(logging.CRITICAL)  # outages are part of the story, not of this command's
    outcomes = [
        simulate(Scenario(wanted.seed + number, tuple(range(wanted.learners)), wanted.days), tamper)
        for number in range(wanted.mentors)
    ]
    failed = [outcome for outcome in outcomes if outcome.violations]
    shortest = shrink(failed[0], tamper, most) if failed else None
    if as_json:
        print_json({"simulations": [_data(one) for one in outcomes], "shortest": _data(shortest) if shortest else None})
    else:
        for one in outcomes:
            click.echo("\n".join(_lines(one)))
        if shortest is not None:
            click.echo("\n".join(_story(shortest)))
    if failed:
        raise TerminalError(f"seed {failed[0].scenario.seed}: {failed[0].violations[0].what}")


def _data(outcome: Outcome) -> dict[str, object]:
    return {
        "seed": outcome.scenario.seed,
        "learners": len(outcome.scenario.learners),
        "days": outcome.scenario.days,
        "counts": counts(outcome),
        "kept": dict(sorted(outcome.kept.items())),
        "excused": outcome.excused,
        "events": outcome.events,
        "ticks": outcome.ticks,
        "letters": outcome.letters,
        "seconds": round(outcome.seconds, 2),
        "violations": [{"at": one.at.isoformat(), "kind": one.kind, "what": one.what} for one in outcome.violations],
        "story": list(outcome.story) if outcome.violations else [],
    }


def counts(outcome: Outcome) -> dict[str, int]:
    """How often each thing happened that never must."""
    return {limit: sum(one.kind == limit for one in outcome.violations) for limit in LIMITS}


def _lines(outcome: Outcome) -> list[str]:
    scenario = outcome.scenario
    kept = ", ".join(f"{rule} {count}" for rule, count in sorted(outcome.kept.items()))
    found = counts(outcome)
    return [
        f"seed {scenario.seed}: {len(scenario.learners)} learners, {scenario.days} days",
        f"  {outcome.events} events, {outcome.letters} letters, {outcome.ticks} ticks in {outcome.seconds:.1f} s",
        f"  obligations kept: {kept or 'none'}; {outcome.excused} that no agent could keep",
        f"  missed while the agent could act                  {found['missed']}",
        f"  letters sent twice                                {found['twice']}",
        f"  letters without a clause or a proven word         {found['unfounded letters']}",
        f"  alerts against R09, R16, R20, or without a cause   {found[AGAINST]}",
        f"  reports with a status that nobody said            {found[CONTRADICTS]}",
        f"  letters too familiar, or slots at odd hours       {found[UNFIT]}",
    ]


def _story(shortest: Outcome) -> list[str]:
    scenario = shortest.scenario
    numbers = " ".join(str(number) for number in scenario.learners)
    return [
        "",
        f"The shortest story found (seed {scenario.seed}, learners {numbers}, {scenario.days} days):",
        *(f"  {line}" for line in shortest.story),
    ]
