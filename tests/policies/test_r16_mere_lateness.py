"""R16: mere lateness in progress is not reported to support."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.model import Matter
from agent.policies.r16_mere_lateness import check, mere
from tests.policies.planned import LAW, clause, known, local, reported

REPORTED = local("2026-11-03 18:00")
LATER = REPORTED + timedelta(days=2)
DELAY = reported(1, Matter.DELAY, REPORTED, words="il a deux projets de retard")


def test_a_delay_reported_alone_asks_nothing_of_anybody_and_says_why() -> None:
    judged = check(known(situations=(DELAY,)), clause("R16"), LATER)
    assert judged.hits == ()
    (miss,) = judged.misses
    assert miss.reason.startswith("delay reported on 2026-11-03 17:00 UTC")
    assert "the school measures it" in miss.reason
    assert judged.look_again == REPORTED + timedelta(days=30)


@pytest.mark.parametrize("matter", [Matter.DISENGAGEMENT, Matter.DROPOUT])
@pytest.mark.parametrize("days", [-3, 1])
def test_with_lost_motivation_or_thoughts_of_giving_up_it_is_no_longer_mere(matter: Matter, days: int) -> None:
    worse = reported(2, matter, REPORTED + timedelta(days=days))
    assert mere(known(situations=(DELAY, worse)), LATER) == ()


def test_what_was_reported_longer_ago_than_the_window_makes_it_no_worse() -> None:
    old = reported(2, Matter.DISENGAGEMENT, LATER - timedelta(days=30))
    assert mere(known(situations=(old, DELAY)), LATER) == (DELAY,)
    assert mere(known(situations=(DELAY,)), REPORTED + timedelta(days=30)) == ()


def test_another_matter_is_not_its_business() -> None:
    judged = check(known(situations=(reported(1, Matter.PLAGIARISM, REPORTED),)), clause("R16"), LATER)
    assert judged.hits == ()
    assert judged.misses[0].reason == "no delay was reported by itself"


def test_where_r14_is_off_a_delay_is_mere_for_good() -> None:
    off = known(situations=(DELAY,), law={rule: one for rule, one in LAW.items() if rule != "R14"})
    assert mere(off, REPORTED + timedelta(days=90)) == (DELAY,)
    assert check(replace(off), clause("R16"), LATER).look_again is None
