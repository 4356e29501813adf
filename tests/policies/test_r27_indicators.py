"""R27: when the weekly digest is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.model import Act, Audience, Desk, Judgement
from agent.policies.r27_indicators import check, desk
from tests.policies.snapshots import PARIS, at, clause, snapshot

MONDAY = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)  # 8:00 in Paris
KEY = "R27/digest/2026-W46"


def known(*done: str, watch_since: datetime = datetime(2026, 11, 2, tzinfo=UTC), zone: ZoneInfo = PARIS) -> Desk:
    return Desk(watch_since, zone, done=frozenset(done))


def judge(found: Desk, now: datetime) -> Judgement:
    return desk(found, clause("R27"), now)


def test_on_monday_at_eight_the_digest_of_the_week_that_ended_is_owed_to_the_mentor() -> None:
    (owed,) = judge(known(), MONDAY).hits
    assert (owed.key, owed.act, owed.audience, owed.learner_id) == (KEY, Act.DIGEST, Audience.MENTOR, None)
    assert owed.due == MONDAY
    assert owed.detail == {"week": "2026-11-09"}


def test_a_minute_before_it_the_digest_of_the_week_before_still_stands_and_eight_is_looked_at() -> None:
    judged = judge(known("R27/digest/2026-W45"), MONDAY - timedelta(minutes=1))
    assert judged.hits == ()
    assert judged.look_again == MONDAY


def test_once_made_it_is_not_made_again_and_the_next_one_is_looked_at() -> None:
    judged = judge(known(KEY), MONDAY + timedelta(days=2))
    assert judged.hits == ()
    assert "was made" in judged.misses[0].reason
    assert judged.look_again == MONDAY + timedelta(weeks=1)


def test_after_an_outage_of_weeks_only_the_latest_is_owed() -> None:
    judged = judge(known("R27/digest/2026-W44"), MONDAY + timedelta(weeks=3, days=2))
    assert [hit.key for hit in judged.hits] == ["R27/digest/2026-W49"]


def test_a_week_that_ended_before_the_agent_began_to_watch_has_no_digest() -> None:
    judged = judge(known(watch_since=datetime(2026, 11, 16, 6, 0, tzinfo=UTC)), MONDAY)
    assert judged.hits == ()
    assert "before the agent began to watch" in judged.misses[0].reason
    assert judge(known(watch_since=datetime(2026, 11, 15, 20, 0, tzinfo=UTC)), MONDAY).hits


@pytest.mark.parametrize(
    ("monday", "hour"), [(datetime(2026, 10, 26, tzinfo=UTC), 7), (datetime(2027, 3, 29, tzinfo=UTC), 6)]
)
def test_eight_o_clock_is_eight_on_the_mentor_s_clock_through_both_clock_changes(monday: datetime, hour: int) -> None:
    watching = known(watch_since=datetime(2026, 9, 1, tzinfo=UTC))
    (owed,) = judge(watching, monday + timedelta(hours=12)).hits
    assert owed.due == monday + timedelta(hours=hour)


def test_another_zone_has_its_own_monday_morning() -> None:
    montreal = known(zone=ZoneInfo("America/Montreal"))
    assert judge(montreal, MONDAY).hits[0].key == "R27/digest/2026-W45"  # still Monday 2:00 there
    (owed,) = judge(montreal, MONDAY + timedelta(hours=6)).hits
    assert (owed.key, owed.due) == (KEY, MONDAY + timedelta(hours=6))


def test_the_last_week_of_a_long_year_is_named_by_its_own_year() -> None:
    (owed,) = judge(known(), datetime(2027, 1, 4, 9, 0, tzinfo=UTC)).hits
    assert owed.key == "R27/digest/2026-W53"


def test_day_and_hour_are_data() -> None:
    friday = replace(clause("R27"), numbers={"weekday": 5, "hour": 17.5})
    (owed,) = desk(known(), friday, MONDAY + timedelta(days=4, hours=10)).hits
    assert owed.key == KEY
    assert owed.due == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def test_of_a_single_learner_nothing_is_owed() -> None:
    judged = check(snapshot(), clause("R27"), at(0))
    assert judged.hits == ()
    assert judged.misses
