"""Weeks that ask for no session: a justified absence, or the mentor's own, takes most of their working days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.model import Matter, Situation, Snapshot
from agent.policies.periods import excused, holding, justification
from tests.policies.planned import LAW, known, local, meeting, reported

W46 = date(2026, 11, 9)


def away(since: str, until: str, matter: Matter = Matter.JUSTIFIED) -> Situation:
    return reported(1, matter, local(since), since=local(since), until=local(until), mentor_s_own=matter is Matter.AWAY)


def with_one(situation: Situation) -> Snapshot:
    return known(situations=(situation,))


@pytest.mark.parametrize("matter", [Matter.JUSTIFIED, Matter.AWAY])
@pytest.mark.parametrize(
    ("since", "until", "free"),
    [
        ("2026-11-09 00:00", "2026-11-12 00:00", True),  # Monday to Wednesday
        ("2026-11-11 00:00", "2026-11-14 00:00", True),  # Wednesday to Friday
        ("2026-11-12 00:00", "2026-11-16 00:00", False),  # Thursday and Friday, and the weekend
        ("2026-11-07 00:00", "2026-11-11 00:00", False),  # the weekend before, Monday and Tuesday
        ("2026-11-10 15:00", "2026-11-12 09:00", True),  # part of a day is a day
        ("2026-11-16 00:00", "2026-11-30 00:00", False),
    ],
)
def test_a_week_that_loses_three_working_days_asks_for_no_session(
    since: str, until: str, matter: Matter, *, free: bool
) -> None:
    assert (excused(with_one(away(since, until, matter)), W46) is not None) is free


@pytest.mark.parametrize(("week", "since"), [(date(2026, 10, 19), "2026-10-21"), (date(2027, 3, 22), "2027-03-24")])
def test_the_weeks_in_which_the_clock_changes_are_excused_like_any_other(week: date, since: str) -> None:
    three_days = away(f"{since} 00:00", f"{since[:8]}{int(since[8:]) + 3} 00:00")
    assert excused(with_one(three_days), week) is not None


def test_where_the_rule_is_off_nothing_is_excused() -> None:
    justified = with_one(away("2026-11-09 00:00", "2026-11-16 00:00"))
    off = replace(justified, law={rule: clause for rule, clause in LAW.items() if rule != "R11"})
    missed = meeting(1, local("2026-11-10 18:00"))
    assert justification(justified, missed) is not None
    assert justification(off, missed) is None
    assert excused(off, W46) is None


def test_a_period_holds_from_its_first_instant_to_just_before_its_end() -> None:
    period = with_one(away("2026-11-09 00:00", "2026-11-16 00:00"))
    assert holding(period, local("2026-11-09 00:00"), Matter.JUSTIFIED) is not None
    assert holding(period, local("2026-11-16 00:00"), Matter.JUSTIFIED) is None
    assert holding(period, local("2026-11-10 00:00"), Matter.AWAY) is None
