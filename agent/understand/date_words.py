"""The days and hours that each expression of a text names; `dates` puts them together.

Everything is matched on folded text (see `text.folded`). A day that does not exist raises `UnsureError`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from agent.understand.date_lexicon import (
    ATOMS,
    BARE_RANGE,
    BARE_UNTIL,
    LENGTH,
    MONTHS,
    NUMBERS,
    PARTS,
    RELATIVE,
    RETURNS,
    TIME,
    WEEKDAYS,
)

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
_FAR = 62  # days: within two months every number of a day comes round
_AHEAD = 80  # characters: looking back to the beginning each time would cost the square of a text's length
_NEAR = 42  # days: "mardi 24" is not looked for farther away


class UnsureError(Exception):
    """The text names a day that does not exist, or two that are no period."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One expression: its place in the text, its days (`last` included), its hours, and what it bounds."""

    begin: int
    end: int
    first: date | None = None
    last: date | None = None
    hours: tuple[time, time | None] | None = None
    part: tuple[int, int] | None = None
    open_end: bool = False  # "depuis 3 jours"
    weekday: int | None = None  # said by its name alone


def atoms(text: str, today: date, *, past: bool) -> list[Atom]:
    """Every expression in a folded text, in its order. `past`: a bare weekday is the latest one, not the coming one."""
    reader = _Reader(text, today, past)
    return [atom for match in ATOMS.finditer(text) if (atom := reader.atom(match))]


def bare_days(text: str, today: date) -> tuple[date | None, date] | None:
    """(first, last) of "du 3 au 7", (None, last) of "jusqu'au 12": days without a month are the coming ones."""
    if match := BARE_RANGE.search(text):
        last = _count_to(int(match[2]), today, 1)
        return _count_to(int(match[1]), last, -1), last
    if match := BARE_UNTIL.search(text):
        return None, _count_to(int(match[1]), today, 1)
    return None


def ahead(text: str, at: int) -> str:
    """The words before a place: as many as can tell what an expression there is."""
    return text[max(0, at - _AHEAD) : at]


def returns(text: str) -> bool:
    """Whether a text speaks of what comes back: "tous les mardis", "every week"."""
    return RETURNS.search(text) is not None


Group = dict[str, str | None]


class _Reader:
    """Reads the expressions of one text."""

    def __init__(self, text: str, today: date, past: bool) -> None:
        self.text = text
        self.today = today
        self.past = past

    def atom(self, match: re.Match[str]) -> Atom | None:
        """What one expression names; None for what is no date after all (a mark such as 12/20, a length in hours)."""
        group, span = match.groupdict(), match.span()
        if group["hours"]:
            if LENGTH.search(ahead(self.text, span[0])):
                return None
            return Atom(*span, hours=_hours(group["hours"], evening=bool(group["of_part"])))
        if group["part"]:
            return Atom(*span, part=PARTS[group["part"]])
        if group["count"]:
            return self._counted(match)
        if group["weekday"]:
            return self._weekday(match)
        if group["now_part"]:
            word = group["now_part"].split()[-1]
            return Atom(*span, self.today, self.today, part=PARTS["night" if word == "tonight" else word])
        days = self._written(group) or self._relative(group)
        return Atom(*span, *days) if days else None

    def _written(self, group: Group) -> tuple[date, date] | None:
        """A date in numbers, or with its month."""
        named = group["named"]
        if group["iso"]:
            return _once(_iso(group["iso"]))
        if group["common"]:
            return self._from_to(group["first"], group["last"], group["common"], group["common_year"])
        if group["en_common"]:
            return self._from_to(group["en_first"], group["en_last"], group["en_common"], None)
        if group["slash_month"]:
            month = int(group["slash_month"])  # above 12: a mark, a fraction
            return self._checked(named, group["slash_day"], month, group["slash_year"]) if month <= 12 else None
        if group["month"]:
            return self._checked(named, group["day"], _month(group["month"]), group["year"])
        if group["en_month"]:
            return self._checked(named, group["en_day"], _month(group["en_month"]), None)
        if group["number_of"]:
            return _once(self._numbered(WEEKDAYS[group["number_of"]], int(group["number"] or 0)))
        return None

    def _relative(self, group: Group) -> tuple[date, date] | None:
        """A day or days told from today."""
        if group["relative"]:
            return _once(self.today + RELATIVE[group["relative"]] * DAY)
        if group["end_of"]:
            return _once(self._end_of(group["end_what"] or ""))
        if group["week_of"]:
            month = _month(group["week_month"]) if group["week_month"] else int(group["week_slash"] or 0)
            monday = _monday(self._date(int(group["week_day"] or 0), month, None))
            return monday, monday + 6 * DAY
        return self._week(group["week"]) if group["week"] else None

    def _from_to(self, first: str | None, last: str | None, month: str, year: str | None) -> tuple[date, date]:
        """ "du 3 au 7 décembre"."""
        end = self._date(int(last or 0), _month(month), year)
        return _made(end.year, end.month, int(first or 0)), end

    def _checked(self, named: str | None, day: str | None, month: int, year: str | None) -> tuple[date, date]:
        """A date; a weekday beside it that is another one is a contradiction."""
        found = self._date(int(day or 0), month, year)
        if named and found.weekday() != WEEKDAYS[named]:
            raise UnsureError
        return found, found

    def _date(self, day: int, month: int, year: str | None) -> date:
        """The date of that year, or else the one nearest to today."""
        if year:
            return _made(int(year) % 100 + 2000, month, day)
        found = []
        for candidate in (self.today.year - 1, self.today.year, self.today.year + 1):
            try:
                found.append(date(candidate, month, day))
            except ValueError:  # 29 February of most years
                continue
        return self._nearest(found)

    def _numbered(self, weekday: int, number: int) -> date:
        """ "mardi 24": the nearest such day."""
        near = (self.today + n * DAY for n in range(-_NEAR, _NEAR + 1))
        return self._nearest([one for one in near if one.day == number and one.weekday() == weekday])

    def _nearest(self, days: list[date]) -> date:
        if not days:
            raise UnsureError
        return min(days, key=lambda one: abs(one - self.today))

    def _weekday(self, match: re.Match[str]) -> Atom:
        weekday = WEEKDAYS[match["weekday"]]
        ahead, behind = (weekday - self.today.weekday()) % 7, (self.today.weekday() - weekday) % 7
        said = {match["before"], match["after"]}
        if said & {"last", "dernier", "derniere", "passe", "passee"}:
            day = self.today - (behind or 7) * DAY
        elif "next" in said and self.today.weekday() < weekday:
            raise UnsureError  # this week's or next week's: English speakers differ
        elif said & {"next", "prochain", "prochaine"}:
            day = self.today + (ahead or 7) * DAY
        else:
            day = self.today - behind * DAY if self.past else self.today + ahead * DAY
        return Atom(*match.span(), day, day, weekday=weekday)

    def _counted(self, match: re.Match[str]) -> Atom | None:
        """ "3 jours", "dans une semaine", "il y a deux jours", "depuis 3 jours"."""
        lead, span, weeks = match["lead"] or "", match.span(), match["unit"].startswith(("semaine", "week"))
        vague = {"a"} if weeks else {"un", "a", "one"}  # "twice a week", "one day"
        if not (lead or match["ago"]) and match["count"] in vague:
            return None
        count = int(match["count"]) if match["count"].isdigit() else NUMBERS[match["count"]]
        days = count * (WEEK if weeks else DAY)
        if match["ago"] or lead == "il y a":
            return Atom(*span, *_once(self.today - days))
        if lead in {"dans", "in"}:
            return Atom(*span, *_once(self.today + days))
        if lead in {"depuis", "since"}:
            return Atom(*span, *_once(self.today - days), open_end=True)
        return Atom(*span, self.today, self.today + days - DAY)

    def _end_of(self, what: str) -> date:
        if what in {"semaine", "week"}:
            return _monday(self.today) + 6 * DAY
        month = self.today.month if what in {"mois", "month"} else _month(what)
        return _last_of(self.today.year + (month < self.today.month), month)

    def _week(self, words: str) -> tuple[date, date]:
        monday = _monday(self.today)
        if "mois" in words or "month" in words:
            first = _last_of(self.today.year, self.today.month) + DAY
            return first, _last_of(first.year, first.month)
        if "prochain" in words or "next" in words:
            monday += WEEK
        elif "dernier" in words or "passee" in words or "last" in words:
            monday -= WEEK
        return (monday + 5 * DAY if "end" in words else monday), monday + 6 * DAY


def _hours(text: str, *, evening: bool) -> tuple[time, time | None]:
    """ "18h", "18 h 30", "6pm", "14h à 16h"."""
    times = [_clock(one, evening=evening) for one in re.findall(TIME, text)]
    return times[0], times[1] if len(times) > 1 else None


def _clock(text: str, *, evening: bool) -> time:
    if text in {"midi", "noon"}:
        return time(12)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    hour, minute = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if re.search(r"[ap]\.?m\b", text):
        if not 1 <= hour <= 12:
            raise UnsureError
        hour = hour % 12 + (12 if re.search(r"p\.?m\b", text) else 0)
    elif evening and hour < 12:
        hour += 12
    if hour > 23:
        raise UnsureError
    return time(hour, minute)


def _count_to(number: int, start: date, step: int) -> date:
    """The first day with this number, from `start` on (or back)."""
    found = next((day for n in range(_FAR) if (day := start + n * step * DAY).day == number), None)
    if found is None:
        raise UnsureError
    return found


def _once(day: date) -> tuple[date, date]:
    return day, day


def _month(text: str) -> int:
    return MONTHS[text.rstrip(".")]


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnsureError from None


def _made(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnsureError from None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _last_of(year: int, month: int) -> date:
    return date(year + (month == 12), month % 12 + 1, 1) - DAY
