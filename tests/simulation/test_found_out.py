"""An agent that breaks a promise is found out: each kind of duty, and each thing that must never be."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time

import pytest

from agent.commands.simulate import Wanted, run
from agent.connectors.ports import Transport
from agent.errors import TerminalError
from agent.guidelines import Guidelines
from agent.model import Matter, Party, RuleMode
from agent.simulation.oracle import AGAINST, CONTRADICTS, UNFIT
from agent.simulation.run import Outcome, simulate
from agent.simulation.scenario import SUPPORT, Scenario
from agent.world import World

Tamper = Callable[[World], World]
CHOICE = {"learner chooses a slot": 1.0}
ABSENT = {"absence": 1.0, **CHOICE}

MISTAKEN = {"learner announces an absence": 1.0, "mentor mistakes an absence": 1.0}


def without(rule: str) -> Tamper:
    """An agent that forgot a rule, though the mentor's settings have it on."""
    return lambda world: replace(world, rules=replace(world.rules, modes={**world.rules.modes, rule: RuleMode.OFF}))


def numbers(rule: str, **changed: float) -> Tamper:
    """An agent that has other numbers in its guidelines."""

    def tamper(world: World) -> World:
        dated = world.rules.guidelines.dated
        other = tuple(
            replace(one, clause=replace(one.clause, numbers={**one.clause.numbers, **changed})) for one in dated[rule]
        )
        return replace(world, rules=replace(world.rules, guidelines=Guidelines({**dated, rule: other})))

    return tamper


def story(odds: dict[str, float], tamper: Tamper, days: int, *learners: int) -> Outcome:
    """A simulation in which nothing happens but this."""
    return simulate(Scenario(3, learners or (2,), days, frozenset(odds), odds=tuple(odds.items())), tamper)


@pytest.mark.parametrize(
    ("rule", "odds", "days"),
    [
        ("R01", {}, 16),
        ("R03", {"week without a session": 1.0, **CHOICE}, 40),
        ("R04", {"week without a session": 1.0}, 44),
        ("R05", {"emergency": 1.0}, 24),
        ("R06", {"mentor is away": 0.5, "mentor reports leave": 1.0}, 50),
        ("R07", {}, 30),
        ("R09", ABSENT, 24),
        ("R10", ABSENT, 30),
        ("R11", {"absence": 0.25, "mentor justifies": 1.0}, 40),
        ("R12", ABSENT, 36),
        ("R13", {"late cancellation": 1.0}, 24),
        ("R14", {"delay": 1.0, "disengagement": 1.0}, 24),
        ("R15", {"dropout": 1.0}, 24),
        ("R17", {"plagiarism": 1.0}, 24),
        ("R18", {"disrespect": 1.0}, 24),
        ("R19", {"exceptional": 1.0}, 24),
        ("R20", {"learner asks for something": 1.0}, 24),
        ("R21", {"extra session": 1.0}, 50),
        ("R22", {"cut short": 1.0}, 24),
        ("R23", {**MISTAKEN, "mentor refuses": 1.0}, 24),
        ("R24", {"entry links elsewhere": 1.0}, 24),
        ("R26", {}, 44),
        ("R27", {}, 16),
    ],
)
def test_an_agent_that_forgets_a_rule_misses_what_it_owes(rule: str, odds: dict[str, float], days: int) -> None:
    kept = story(odds, lambda world: world, days)
    assert kept.violations == (), "\n".join(kept.story)
    assert kept.kept[rule] > 0
    missed = story(odds, without(rule), days)
    assert [one.what[: len(rule)] for one in missed.violations if one.kind == "missed"][:1] == [rule]


def test_a_digest_that_comes_two_days_late_is_missed() -> None:
    assert "R27" in story({}, numbers("R27", weekday=3), 16).violations[0].what


def test_a_calendar_that_is_away_without_a_word_is_missed() -> None:
    away = {"calendar is away": 1.0}
    kept = story(away, lambda world: world, 60)
    assert kept.violations == ()
    assert kept.kept["R29"] > 0
    assert story(away, numbers("R29", silent_hours=500), 60).violations[0].what.startswith("R29")


@dataclass
class Garbling:
    """A way out that puts other words into every letter."""

    inner: Transport
    words: bytes
    others: bytes

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        self.inner.send(raw.replace(self.words, self.others), sender, recipients, before_data)

    def check(self) -> list[str]:
        return self.inner.check()


def garbling(words: str, others: str) -> Tamper:
    """An agent whose letters say something else; both as they stand in the mail (RFC 2045 6.7)."""
    before, after = (b2a_qp(text.encode()) for text in (words, others))
    return lambda world: replace(world, transport=Garbling(world.transport, before, after))


def test_a_letter_that_says_tu_to_one_who_has_not_agreed_is_found_out() -> None:
    assert UNFIT in {one.kind for one in story({}, garbling("vous", "te"), 20).violations}


def test_a_status_that_nobody_said_is_found_out() -> None:
    assert CONTRADICTS in {one.kind for one in story({}, garbling("réalisée", "annulée"), 24).violations}


def test_slots_in_the_evening_that_nobody_agreed_to_are_found_out() -> None:
    def nocturnal(world: World) -> World:
        evening = {day: ((time(20), time(22)),) for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
        return replace(
            numbers("R25", evening_from=24)(world), settings=world.settings.model_copy(update={"hours": evening})
        )

    assert {one.kind for one in story({}, nocturnal, 20).violations} == {UNFIT}


def test_slots_that_are_proposed_when_the_week_is_over_are_missed() -> None:
    late = story({"week without a session": 1.0, **CHOICE}, numbers("R03", lead_hours=-160, close_hours=1), 50)
    assert late.violations[0].what.startswith("R03")


@dataclass
class Deaf:
    """A way out that says it has sent, and has not, whatever goes to support."""

    inner: Transport

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        if SUPPORT in recipients:
            before_data()
        else:
            self.inner.send(raw, sender, recipients, before_data)

    def check(self) -> list[str]:
        return self.inner.check()


def test_an_alert_that_was_approved_and_never_left_is_missed() -> None:
    lost = story(ABSENT, lambda world: replace(world, transport=Deaf(world.transport)), 40)
    assert lost.violations[0].what.startswith("R10 sent")


def test_an_alert_after_one_absence_is_one_against_r09() -> None:
    hasty = story({"absence": 0.3}, numbers("R10", absences=1), 60)
    assert (hasty.violations[0].kind, "fewer than two absences" in hasty.violations[0].what) == (AGAINST, True)


def test_an_alert_within_the_hours_of_grace_is_one_too_soon() -> None:
    assert story(ABSENT, numbers("R10", grace_hours=1), 40).violations[0].kind == AGAINST


def test_an_alert_that_counts_a_justified_absence_is_found_out() -> None:
    unfair = story({**ABSENT, "advisor justifies": 1.0}, without("R11"), 60)
    assert any("a justified absence is counted" in one.what for one in unfair.violations) or (
        "R11" in unfair.violations[0].what
    )


def entrusted(matter: Matter, rule: str) -> Tamper:
    """A responsibility matrix that sends a matter to support."""

    def tamper(world: World) -> World:
        entry = replace(world.rules.matrix[matter], contact=Party.MENTOR, rule=rule)
        matrix = {**world.rules.matrix, matter: entry}
        return replace(world, rules=replace(world.rules, matrix=matrix))

    return tamper


def test_an_alert_on_mere_lateness_is_one_against_r16() -> None:
    told = story({"delay": 1.0}, entrusted(Matter.DELAY, "R18"), 30)
    assert {one.kind for one in told.violations} == {AGAINST}


def test_an_alert_on_a_learner_s_own_matter_is_one_against_r20() -> None:
    told = story({"learner asks for something": 1.0}, entrusted(Matter.ILLNESS, "R19"), 60)
    assert any(one.kind == AGAINST for one in told.violations) or told.violations[0].what.startswith("R20")


def test_a_report_that_says_completed_against_an_announced_absence_is_found_out() -> None:
    assert {one.kind for one in story(MISTAKEN, without("R23"), 30).violations} == {CONTRADICTS}


def test_the_command_that_finds_a_fault_prints_the_seed_and_the_shortest_story_and_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(TerminalError, match=r"seed 5: R01: .* was not written to within 48 hours"):
        run(Wanted(mentors=1, learners=2, days=20, seed=5), as_json=False, tamper=without("R01"), most=8)
    printed = capsys.readouterr().out
    assert "missed while the agent could act                  1" in printed
    assert "The shortest story found (seed 5, learners 0" in printed
    assert printed.rstrip().splitlines()[-1].endswith("was not written to within 48 hours")
