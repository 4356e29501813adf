"""A year in short: the agent keeps what it owes whatever happens, and an agent that does not is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from agent.connectors.ports import Transport
from agent.errors import TransientError
from agent.guidelines import Guidelines
from agent.model import RuleMode
from agent.simulation.run import simulate
from agent.simulation.scenario import Scenario
from agent.simulation.shrink import shrink
from agent.world import World

ALONE = tuple((f"R{number:02}", "off") for number in range(1, 30) if number not in {1, 7, 10})
"""The three rules whose obligations are checked to the hour; the others' letters are checked whenever there are any."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_missed_repeated_or_sent_without_a_word(seed: int) -> None:
    outcome = simulate(Scenario(seed, tuple(range(5)), 70))
    assert outcome.violations == (), "\n".join(outcome.story[-30:])
    assert outcome.kept["R01"] > 1
    assert outcome.kept["R07"] > 10
    assert {"R03", "R09", "R27", "sent"} <= set(outcome.kept)


def test_the_same_seed_is_the_same_story() -> None:
    scenario = Scenario(7, tuple(range(3)), 30)
    assert simulate(scenario).story == simulate(scenario).story


@dataclass
class Liar:
    """A way out that says it did not send, after it has sent."""

    inner: Transport

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        self.inner.send(raw, sender, recipients, lambda: None)
        raise TransientError("try again later")

    def check(self) -> list[str]:
        return self.inner.check()


def lying(world: World) -> World:
    return replace(world, transport=Liar(world.transport))


def test_a_way_out_that_lies_is_found_out_and_its_story_is_short() -> None:
    failed = simulate(Scenario(1, tuple(range(4)), 60, rules=ALONE), lying)
    assert failed.violations[0].kind == "twice"
    shortest = shrink(failed, lying, most=40)
    assert shortest.violations[0].kind == "twice"
    assert len(shortest.story) <= min(6, len(failed.story))


def hasty(world: World) -> World:
    """An agent whose alerts leave by themselves, and at the first absence."""
    modes = {**world.rules.modes, "R10": RuleMode.AUTO}
    clauses = world.rules.guidelines.dated["R10"]
    first = tuple(
        replace(one, clause=replace(one.clause, numbers={"absences": 1, "grace_hours": 0.1})) for one in clauses
    )
    dated = {**world.rules.guidelines.dated, "R10": first}
    return replace(world, rules=replace(world.rules, modes=modes, guidelines=Guidelines(dated)))


def test_an_alert_that_leaves_by_itself_after_one_absence_is_found_out_with_the_least_that_leads_to_it() -> None:
    failed = next(
        one
        for seed in range(1, 9)
        if (one := simulate(Scenario(seed, (0, 1, 2, 3), 60, rules=ALONE), hasty)).violations
    )
    assert {one.kind for one in failed.violations} == {"unfounded letters", "alerts against R09, R16, R20"}
    shortest = shrink(failed, hasty, most=60)
    assert len(shortest.scenario.learners) == 1
    assert len(shortest.scenario.kinds) <= 3
    assert any("absent" in line for line in shortest.story)
    assert len(shortest.story) < 20
