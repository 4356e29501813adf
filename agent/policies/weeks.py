"""Calendar weeks, Monday to Sunday, in the mentor's zone: the one thing that is not absolute time.

A week is named by its Monday. It is 167 or 169 hours long where the clock changes: its bounds come from the zone, never
from adding hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)


@lru_cache(maxsize=8192)  # each rule asks it of each session
def monday(moment: datetime, zone: ZoneInfo) -> date:
    """The Monday of the week that an instant falls in."""
    local = moment.astimezone(zone).date()
    return local - timedelta(days=local.weekday())


@lru_cache(maxsize=1024)  # every learner's weeks begin at the same few instants
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a day begins there."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def ends(week: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the week of this Monday is over."""
    return midnight(week + WEEK, zone)


@lru_cache(maxsize=1024)  # as above
def name(week: date) -> str:
    """ "2026-W46", by ISO 8601."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"
