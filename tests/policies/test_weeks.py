"""Calendar weeks: seven days of the mentor's own, however many hours they have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.policies.weeks import WEEK, ends, midnight, monday, name
from tests.policies.planned import PARIS, local

MONTREAL, REUNION = ZoneInfo("America/Montreal"), ZoneInfo("Indian/Reunion")


@pytest.mark.parametrize(
    ("week", "hours"),
    [
        (date(2026, 10, 12), 168),
        (date(2026, 10, 19), 169),  # its Sunday, 25 October, has 25 hours
        (date(2026, 10, 26), 168),
        (date(2027, 3, 15), 168),
        (date(2027, 3, 22), 167),  # its Sunday, 28 March, has 23 hours
        (date(2027, 3, 29), 168),
    ],
)
def test_a_week_in_paris_lasts_an_hour_more_or_less_where_the_clock_changes(week: date, hours: int) -> None:
    assert ends(week, PARIS) - midnight(week, PARIS) == timedelta(hours=hours)
    assert ends(week, PARIS) == midnight(week + WEEK, PARIS)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("2026-10-25 23:59", date(2026, 10, 19)),
        ("2026-10-26 00:00", date(2026, 10, 26)),
        ("2027-03-28 23:59", date(2027, 3, 22)),
        ("2027-03-29 00:00", date(2027, 3, 29)),
        ("2026-12-31 12:00", date(2026, 12, 28)),
        ("2027-01-03 23:59", date(2026, 12, 28)),
        ("2027-01-04 00:00", date(2027, 1, 4)),
    ],
)
def test_a_week_runs_from_monday_midnight_to_sunday_midnight_on_the_wall_clock(text: str, week: date) -> None:
    assert monday(local(text), PARIS) == week


def test_one_instant_lies_in_different_weeks_for_mentors_in_different_zones() -> None:
    sunday_evening = datetime(2026, 11, 8, 21, 0, tzinfo=UTC)
    assert monday(sunday_evening, MONTREAL) == date(2026, 11, 2)
    assert monday(sunday_evening, PARIS) == date(2026, 11, 2)
    assert monday(sunday_evening, REUNION) == date(2026, 11, 9)  # it is one o'clock on Monday there


def test_weeks_bear_their_iso_names_across_the_turn_of_the_year() -> None:
    assert [name(date(2026, 12, 28)), name(date(2027, 1, 4))] == ["2026-W53", "2027-W01"]


def test_a_day_without_midnight_begins_when_the_clock_has_jumped() -> None:
    # In Cairo the clock goes from midnight to one o'clock on Friday 30 April 2027.
    cairo = ZoneInfo("Africa/Cairo")
    begins = midnight(date(2027, 4, 30), cairo)
    assert begins.astimezone(cairo).hour == 1
    assert (begins - timedelta(seconds=1)).astimezone(cairo).date() == date(2027, 4, 29)
