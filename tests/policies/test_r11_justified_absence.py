"""R11: a justified absence has a period, in which other rules rest."""

from __future__ import annotations

from agent.model import Act, Judgement, Matter, Snapshot
from agent.policies.r11_justified_absence import check
from tests.policies.snapshots import at, clause, session, situation, snapshot

WEEK = 168.0
PERIOD = situation(9, Matter.JUSTIFIED, 2, since=0, until=WEEK)


def judge(known: Snapshot, hours: float = 3) -> Judgement:
    return check(known, clause("R11"), at(hours))


def test_the_mentor_is_told_of_the_period_and_of_the_sessions_planned_inside_it() -> None:
    inside, gone, after = session(1, 50), session(2, 60, gone=True), session(3, WEEK)
    (owed,) = judge(snapshot(session(4, 1), inside, gone, after, situations=(PERIOD,))).hits
    assert (owed.key, owed.act, owed.template) == ("R11/noted/9", Act.NOTICE, "justified_noted")
    assert (owed.detail["sessions"], owed.detail["until"]) == ("1", at(WEEK).isoformat())


def test_a_period_to_come_is_told_as_well() -> None:
    coming = situation(9, Matter.JUSTIFIED, 2, since=WEEK, until=2 * WEEK)
    assert judge(snapshot(situations=(coming,))).hits


def test_once_told_it_says_which_rules_rest_until_when_and_looks_again_then() -> None:
    judged = judge(snapshot(situations=(PERIOD,), done=("R11/noted/9",)))
    assert judged.hits == ()
    (miss,) = judged.misses
    assert "until 2026-11-09 08:00 UTC" in miss.reason
    assert "at rest: R03, R04, R09, R10" in miss.reason
    assert judged.look_again == at(WEEK)


def test_rules_that_are_off_are_not_said_to_rest() -> None:
    judged = judge(snapshot(situations=(PERIOD,), done=("R11/noted/9",), off=("R03", "R04")))
    assert judged.misses[0].reason.endswith("at rest: R09, R10")


def test_a_period_that_is_over_asks_for_nothing() -> None:
    judged = judge(snapshot(situations=(PERIOD,)), WEEK)
    assert judged.hits == ()
    assert "is over" in judged.misses[0].reason


def test_without_a_justification_nothing_rests() -> None:
    judged = judge(snapshot())
    assert judged.hits == ()
    assert judged.misses[0].reason == "no absence was justified"
