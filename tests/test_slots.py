"""Appointments to propose: free, in working hours, different, and true."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.model import Slot
from agent.slots import propose, public_holidays

PARIS = ZoneInfo("Europe/Paris")
OFFICE = [(time(9), time(12)), (time(14), time(18))]
WEEKDAYS = dict.fromkeys(range(5), OFFICE)
NOW = datetime(2026, 11, 13, 10, tzinfo=UTC)  # a Friday, 11:00 in Paris
Hours = Mapping[int, Sequence[tuple[time, time]]]


def paris(text: str) -> datetime:
    """The UTC instant of a wall-clock time in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def ask(
    now: datetime = NOW,
    hours: Hours = WEEKDAYS,
    busy: Sequence[tuple[datetime, datetime]] = (),
    holidays: Container[date] = (),
    count: int = 3,
    notice: timedelta = timedelta(hours=24),
    horizon: timedelta = timedelta(days=10),
    length: timedelta = timedelta(minutes=45),
) -> list[Slot]:
    return propose(now, PARIS, hours, busy, holidays, length, count=count, notice=notice, horizon=horizon)


def local(found: list[Slot]) -> list[str]:
    return [slot.start.astimezone(PARIS).strftime("%a %d %H:%M") for slot in found]


def test_three_slots_on_three_days_in_the_morning_and_in_the_afternoon() -> None:
    assert local(ask()) == ["Mon 16 09:00", "Tue 17 14:00", "Wed 18 09:00"]


def test_the_slots_are_as_long_as_the_session_and_in_utc() -> None:
    first = ask()[0]

    assert first == Slot(paris("2026-11-16T09:00"), paris("2026-11-16T09:45"))
    assert first.start.tzinfo is UTC


def test_the_same_diary_gives_the_same_slots() -> None:
    busy = [
        (paris("2026-11-16T09:00"), paris("2026-11-16T12:00")),
        (paris("2026-11-17T14:00"), paris("2026-11-17T15:00")),
    ]

    assert ask(busy=busy) == ask(busy=list(reversed(busy)))


def test_a_session_in_the_diary_is_gone_round_on_the_half_hour() -> None:
    busy = [(paris("2026-11-16T09:10"), paris("2026-11-16T10:05"))]

    assert local(ask(busy=busy, count=1)) == ["Mon 16 10:30"]


def test_a_slot_may_touch_a_session_but_not_overlap_it() -> None:
    hours = {0: [(time(9), time(11))]}
    busy = [(paris("2026-11-16T09:30"), paris("2026-11-16T10:00"))]

    found = ask(hours=hours, busy=busy, length=timedelta(minutes=30), horizon=timedelta(days=5))

    assert local(found) == ["Mon 16 09:00", "Mon 16 10:00", "Mon 16 10:30"]


def test_nothing_is_proposed_before_the_notice_is_over() -> None:
    assert local(ask(notice=timedelta(hours=3), count=1)) == ["Fri 13 14:00"]
    assert local(ask(notice=timedelta(hours=3, minutes=1), count=1)) == ["Fri 13 14:30"]


def test_nothing_is_proposed_beyond_the_horizon() -> None:
    assert ask(horizon=timedelta(days=2)) == []


def test_a_public_holiday_is_not_a_working_day() -> None:
    armistice = datetime(2026, 11, 10, 10, tzinfo=UTC)  # a Tuesday; 11 November is a holiday in France

    found = ask(now=armistice, holidays=public_holidays("FR", [2026]), notice=timedelta(0), count=2)

    assert local(found) == ["Tue 10 11:00", "Thu 12 14:00"]


def test_without_afternoons_it_is_the_same_hour_on_other_days() -> None:
    mornings = dict.fromkeys(range(5), OFFICE[:1])

    assert local(ask(hours=mornings)) == ["Mon 16 09:00", "Tue 17 09:00", "Wed 18 09:00"]


def test_the_one_free_afternoon_is_among_the_slots_wherever_it_lies() -> None:
    mornings = dict.fromkeys(range(5), OFFICE[:1])
    for weekday, afternoon in ((0, "Mon 16 14:00"), (1, "Tue 17 14:00"), (4, "Fri 20 14:00")):
        found = local(ask(hours={**mornings, weekday: OFFICE}, horizon=timedelta(days=8)))
        assert afternoon in found
        assert len({text[:6] for text in found}) == 3


def test_a_mentor_of_one_working_day_offers_several_hours_of_it() -> None:
    found = ask(hours={1: OFFICE}, horizon=timedelta(days=5))

    assert local(found) == ["Tue 17 09:00", "Tue 17 10:00", "Tue 17 14:00"]


def test_a_full_diary_gives_fewer_slots_and_never_a_false_one() -> None:
    free_from, free_to = paris("2026-11-17T15:00"), paris("2026-11-17T15:45")
    busy = [(NOW, free_from), (free_to, NOW + timedelta(days=30))]

    assert ask(busy=busy) == [Slot(free_from, free_to)]
    assert ask(busy=[(NOW, NOW + timedelta(days=30))]) == []
    assert ask(hours={}) == []


def test_a_session_longer_than_the_opening_is_not_squeezed_in() -> None:
    assert ask(hours={0: [(time(9), time(9, 30))]}) == []


def test_hours_that_begin_at_a_quarter_past_start_on_the_half_hour() -> None:
    assert local(ask(hours={0: [(time(9, 15), time(12))]}, count=1)) == ["Mon 16 09:30"]


def test_evening_hours_may_run_to_midnight() -> None:
    found = ask(hours={0: [(time(23), time(0))]}, length=timedelta(minutes=30), horizon=timedelta(days=5))

    assert local(found) == ["Mon 16 23:00", "Mon 16 23:30"]


@pytest.mark.parametrize(
    ("friday", "before", "after"),
    [
        (date(2026, 3, 27), 8, 7),  # summer time begins on Sunday 29 March
        (date(2026, 10, 23), 7, 8),  # and ends on Sunday 25 October
    ],
)
def test_nine_o_clock_stays_nine_o_clock_over_both_clock_changes(friday: date, before: int, after: int) -> None:
    now = datetime.combine(friday, time(3), UTC)

    found = ask(now=now, hours={4: [(time(9), time(10))], 0: [(time(9), time(10))]}, notice=timedelta(0), count=2)

    assert [slot.start.hour for slot in found] == [before, after]
    assert [text[-5:] for text in local(found)] == ["09:00", "09:00"]


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [
        (date(2026, 3, 29), ["01:00", "01:30", "03:00", "03:30"]),  # 02:00 to 03:00 does not exist
        (date(2026, 10, 25), ["01:00", "01:30", "03:00", "03:30"]),  # 02:00 to 03:00 comes twice: which one?
    ],
)
def test_an_hour_that_the_clock_skips_or_repeats_is_never_proposed(sunday: date, hours: list[str]) -> None:
    now = datetime.combine(sunday, time(), UTC) - timedelta(days=1)

    found = ask(
        now=now,
        hours={6: [(time(1), time(4))]},
        notice=timedelta(0),
        length=timedelta(minutes=30),
        count=9,
        horizon=timedelta(days=3),
    )

    assert [text[-5:] for text in local(found)] == hours


def test_a_country_without_known_holidays_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigError, match="“XX”"):
        public_holidays("XX", [2026])


def test_the_holidays_of_france_are_known() -> None:
    found = public_holidays("FR", [2026, 2027])

    assert date(2026, 7, 14) in found
    assert date(2027, 3, 29) in found  # Easter Monday
    assert date(2026, 7, 15) not in found


MINUTES = st.integers(0, 14 * 24 * 60)


@settings(max_examples=60, deadline=None)
@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis asks for naive bounds
    meetings=st.lists(st.tuples(MINUTES, st.integers(5, 300)), max_size=40),
    count=st.integers(1, 6),
)
def test_whatever_the_diary_every_slot_is_free_and_in_working_hours(
    now: datetime, meetings: list[tuple[int, int]], count: int
) -> None:
    busy = [(now + timedelta(minutes=at), now + timedelta(minutes=at + length)) for at, length in meetings]

    found = ask(now=now, busy=busy, count=count)

    assert len(found) <= count
    for slot in found:
        start, end = slot.start.astimezone(PARIS), slot.end.astimezone(PARIS)
        assert start >= now + timedelta(hours=24)
        assert start.weekday() < 5
        assert any(opens <= start.time() and end.time() <= closes for opens, closes in OFFICE)
        assert (start.minute % 30, start.second, start.microsecond) == (0, 0, 0)
        assert not any(s < slot.end and slot.start < e for s, e in busy)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_a_long_entry_blocks_its_whole_time_though_a_shorter_one_began_after_it() -> None:
    away = (paris("2026-11-16 08:00"), paris("2026-11-17 19:00"))
    call = (paris("2026-11-16 09:00"), paris("2026-11-16 09:30"))
    for busy in ([away, call], [call, away]):
        found = ask(busy=busy)
        assert found
        assert all(slot.start >= away[1] for slot in found)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), max_size=12),
    st.integers(0, 400),
)
def test_no_slot_touches_anything_in_the_diary(entries: list[tuple[int, int]], hours: int) -> None:
    begin = NOW + timedelta(minutes=hours)
    busy = [(begin + timedelta(minutes=30 * at), begin + timedelta(minutes=30 * (at + size))) for at, size in entries]
    free = ask(busy=busy, count=8)
    assert not any(s < slot.end and slot.start < e for slot in free for s, e in busy)
