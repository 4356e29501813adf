"""Appointments to propose: the mentor's free time, as working hours, holidays and the diary leave it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from agent.errors import ConfigError
from agent.model import Slot

_GRID = timedelta(minutes=30)
_NOON = time(12)


def propose(  # noqa: PLR0913  the diary, the settings and the clock are all it depends on: nothing is hidden
    now: datetime,
    zone: ZoneInfo,
    hours: Mapping[int, Sequence[tuple[time, time]]],
    busy: Sequence[tuple[datetime, datetime]],
    holidays: Container[date],
    length: timedelta,
    *,
    count: int = 3,
    notice: timedelta,
    horizon: timedelta,
    allowed: Callable[[Slot], bool] = lambda slot: True,
) -> list[Slot]:
    """At most `count` free slots of `length`, in time order; fewer when the diary is full.

    `hours` are wall-clock times in `zone` by weekday (0 is Monday); one that ends at or before its start runs past
    midnight. `busy` and the result are UTC. Slots start on whole half-hours from now + `notice` to now + `horizon`; on
    different days, mornings as well as afternoons, wherever the diary allows it; only such as are `allowed` (R25). The
    same question has the same answer.
    """
    earliest, latest = now + notice, now + horizon
    taken = _Taken(busy)
    free = [
        slot
        for day in _days(earliest.astimezone(zone).date(), latest.astimezone(zone).date())
        if day not in holidays
        for opens, closes in sorted(hours.get(day.weekday(), ()))
        for slot in _slots_in(day, opens, closes, zone, length)
        if earliest <= slot.start <= latest and not taken.touches(slot) and allowed(slot)
    ]
    # The first choice decides what variety is left: try the first morning and the first afternoon.
    firsts = {_morning(slot, zone): slot for slot in reversed(free)}
    choices = [_choose(first, free, zone, count) for first in firsts.values()]
    return min(choices, key=lambda choice: _sameness(choice, zone), default=[])


def public_holidays(country: str, years: Iterable[int], subdivision: str | None = None) -> frozenset[date]:
    """The public holidays of a country (ISO 3166 code, such as FR), or of a part of it (such as 57, Moselle).

    ConfigError for a country or a part that is not known.
    """
    from holidays import country_holidays  # noqa: PLC0415  11 MB: it loads every country of the world

    try:
        return frozenset(country_holidays(country, subdiv=subdivision, years=years))
    except NotImplementedError:
        where = f"{country}, {subdivision}" if subdivision else country
        raise ConfigError([f"slots.country: the holidays of “{where}” are not known; use a code such as FR"]) from None


def holidays_request(arguments: Mapping[str, Any]) -> list[str]:
    """`public_holidays` for agent.connectors.child: {country, year, subdivision} in, ISO days out."""
    found = public_holidays(arguments["country"], [arguments["year"]], arguments["subdivision"])
    return sorted(day.isoformat() for day in found)


class _Taken:
    """Busy times, in the order in which they begin, each with the latest end so far."""

    def __init__(self, busy: Iterable[tuple[datetime, datetime]]) -> None:
        intervals = sorted(busy)
        self._starts = [start for start, _ in intervals]
        self._ends = list(accumulate((end for _, end in intervals), max))

    def touches(self, slot: Slot) -> bool:
        """Whether any of them lies in the way of a slot."""
        begun = bisect_left(self._starts, slot.end)
        return begun > 0 and self._ends[begun - 1] > slot.start


def _days(first: date, last: date) -> Iterator[date]:
    """From the day before `first`, whose evening may run past midnight, to `last`."""
    day = first - timedelta(days=1)
    while day <= last:
        yield day
        day += timedelta(days=1)


@lru_cache(maxsize=512)  # every letter looks through the same weeks
def _slots_in(day: date, opens: time, closes: time, zone: ZoneInfo, length: timedelta) -> tuple[Slot, ...]:
    """The half-hours between two wall-clock times from which `length` fits in, true time."""
    found = []
    wall = datetime.combine(day, opens)
    wall_end = datetime.combine(day if closes > opens else day + timedelta(days=1), closes)
    wall += -(wall - datetime.combine(day, time())) % _GRID
    end = wall_end.replace(tzinfo=zone).astimezone(UTC)
    while wall < wall_end:
        local = wall.replace(tzinfo=zone)
        start = local.astimezone(UTC)
        # Both readings of the clock differ only in the hour that a daylight-saving change skips or repeats: nobody
        # can be told to come then.
        if local.utcoffset() == local.replace(fold=1).utcoffset() and start + length <= end:
            found.append(Slot(start, start + length))
        wall += _GRID
    return tuple(found)


def _choose(first: Slot, free: Sequence[Slot], zone: ZoneInfo, count: int) -> list[Slot]:
    """`first`, then each time the earliest of those most unlike what is chosen: another day, the other half of it."""
    chosen = [first]
    while len(chosen) < count:
        days = [_day(slot, zone) for slot in chosen]
        halves = [_morning(slot, zone) for slot in chosen]
        candidates = [slot for slot in free if not any(slot.start < c.end and c.start < slot.end for c in chosen)]
        if not candidates:
            break
        chosen.append(
            min(candidates, key=lambda s: (days.count(_day(s, zone)), halves.count(_morning(s, zone)), s.start))
        )
    return sorted(chosen, key=lambda slot: slot.start)


def _sameness(choice: Sequence[Slot], zone: ZoneInfo) -> tuple[int, int, list[datetime]]:
    days = {_day(slot, zone) for slot in choice}
    halves = {_morning(slot, zone) for slot in choice}
    return -len(days), -len(halves), [slot.start for slot in choice]


@lru_cache(maxsize=2048)  # as above
def _day(slot: Slot, zone: ZoneInfo) -> date:
    return slot.start.astimezone(zone).date()


@lru_cache(maxsize=2048)  # as above
def _morning(slot: Slot, zone: ZoneInfo) -> bool:
    return slot.start.astimezone(zone).time() < _NOON
