"""Small arithmetic on instants that several rules share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache


@lru_cache(maxsize=8192)  # the rules name the same sessions at each look
def day(moment: datetime) -> str:
    """An instant inside a reason: UTC, to the minute. The commands show it in the mentor's zone."""
    return f"{moment.isoformat(' ', 'minutes')[:16]} UTC"


def earliest(moments: Iterable[datetime | None], after: datetime) -> datetime | None:
    """The first of these instants that is still to come."""
    return min((m for m in moments if m is not None and m > after), default=None)


def mark_passed(deadline: datetime, marks: Iterable[float], since: datetime, now: datetime) -> float | None:
    """The reminder that is due: the nearest mark (hours before `deadline`) already passed and not older than `since`.

    Earlier marks that were slept through are not made up for: one reminder says it all. None after the deadline.
    """
    passed = [h for h in marks if since < deadline - timedelta(hours=h) <= now < deadline]
    return min(passed, default=None)
