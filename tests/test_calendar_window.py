"""The window of known sessions moves on by itself, and looks again only at what can show something new."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stage import Stage, event
from tests.stories import LEA, START, TOM, WEEK, settled


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    return stage


def due(stage: Stage, **ahead: float) -> list[str]:
    return [item.href for item in stage.world.store.objects(due=stage.now + timedelta(**ahead))]


def test_a_single_session_in_sight_or_over_is_never_expanded_again(stage: Stage) -> None:
    stage.session("Léa Moreau", START)
    stage.session("Léa Moreau", START - 52 * WEEK)
    stage.pass_time(minutes=20)
    assert due(stage, days=3000) == []
    stage.session("Léa Moreau", START + WEEK, uid=f"Léa-Moreau-{START:%Y%m%dT%H%M}")
    stage.pass_time(minutes=20)
    assert [one.start for one in stage.world.store.people.sessions(1)] == [START + WEEK]


def test_a_session_far_ahead_is_expanded_on_the_day_it_comes_into_sight(stage: Stage) -> None:
    stage.session("Léa Moreau", START + timedelta(days=400), uid="far")
    stage.pass_time(minutes=20)
    assert due(stage, days=338) == []
    assert due(stage, days=342) == ["far.ics"]
    stage.pass_time(days=342)
    assert [one.start for one in stage.world.store.people.sessions(1)] == [START + timedelta(days=400)]


def test_an_endless_weekly_series_is_always_known_for_sixty_days(stage: Stage) -> None:
    once = event("weekly", "Session de mentorat avec Léa Moreau", START, START + timedelta(minutes=45))
    stage.calendar.put("weekly.ics", once.replace("SUMMARY:", "RRULE:FREQ=WEEKLY\r\nSUMMARY:"))
    stage.pass_time(minutes=20)
    for _ in range(30):
        stage.pass_time(days=1)
        last = stage.world.store.people.sessions(1)[-1].start
        assert timedelta(days=52) < last - stage.now < timedelta(days=60)


def test_a_learner_s_new_name_is_recognised_on_the_next_day(stage: Stage) -> None:
    stage.school_assigns("Tom Petit", TOM)
    stage.session("Thomas Petit-Lambert", START + WEEK)
    stage.pass_time(days=1)
    assert stage.world.store.people.sessions(2) == []
    tom = stage.world.store.people.get(2)
    stage.world.store.people.change(replace(tom, name="Thomas Petit-Lambert"))
    stage.pass_time(days=1)
    assert len(stage.world.store.people.sessions(2)) == 1
    assert stage.parked() == []


def test_times_that_are_long_over_are_forgotten_as_busy_ones(stage: Stage) -> None:
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=20)
    assert len(stage.world.store.people.busy(START, START + timedelta(minutes=30))) == 1
    stage.pass_time(days=40)
    assert stage.world.store.people.busy(START, START + timedelta(minutes=30)) == []
