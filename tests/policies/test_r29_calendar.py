"""R29: sessions are read from the calendar; one that cannot be read for an hour is told to the mentor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from agent.model import Act, Audience, Desk, Judgement
from agent.policies.r29_calendar import check, desk
from tests.policies.snapshots import ASSIGNED, PARIS, at, clause, snapshot

KEY = "trouble/calendar/20261102T080000"
FAILING = Desk(ASSIGNED, PARIS, calendar_failing_since=at(0))


def judge(found: Desk, hours: float) -> Judgement:
    return desk(found, clause("R29"), at(hours))


def test_a_calendar_silent_for_an_hour_is_told_once_to_the_mentor() -> None:
    (owed,) = judge(FAILING, 1).hits
    assert (owed.key, owed.act, owed.audience, owed.template) == (KEY, Act.NOTICE, Audience.MENTOR, "source_trouble")
    assert owed.detail == {"source": "calendar", "since": "2026-11-02T08:00:00+00:00"}
    told = judge(replace(FAILING, done=frozenset({KEY})), 5)
    assert told.hits == ()
    assert "was told" in told.misses[0].reason


def test_a_short_silence_is_waited_for() -> None:
    judged = judge(FAILING, 0.9)
    assert judged.hits == ()
    assert judged.look_again == ASSIGNED + timedelta(hours=1)


def test_a_second_outage_is_told_again() -> None:
    later = replace(FAILING, calendar_failing_since=at(50), done=frozenset({KEY}))
    assert len(judge(later, 52).hits) == 1


def test_a_calendar_that_is_read_asks_for_nothing() -> None:
    judged = judge(replace(FAILING, calendar_failing_since=None), 99)
    assert judged.hits == ()
    assert "sessions are read" in judged.misses[0].reason


def test_one_that_turned_empty_was_asked_about_already() -> None:
    judged = judge(replace(FAILING, calendar_halted=True), 99)
    assert judged.hits == ()
    assert "turned empty" in judged.misses[0].reason


def test_of_a_single_learner_nothing_is_owed() -> None:
    judged = check(snapshot(), clause("R29"), at(0))
    assert judged.hits == ()
    assert judged.misses
