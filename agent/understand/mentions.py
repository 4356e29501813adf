"""The days, dates and hours that a sentence names, to be held against appointments that are known.

`dates` works out an instant from words alone; here the appointments are given, and the question is only which of them
the words fit. So a weekday needs no guess at its week, and two weekdays in one sentence fit nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.understand.date_lexicon import PARTS, WEEKDAYS

MARK = "§"
"""Stands where a mention was taken out."""

Clock = tuple[int, int]

_MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre"),
    *("decembre", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
_RELATIVE = {"aujourd'hui": 0, "today": 0, "demain": 1, "tomorrow": 1, "apres-demain": 2, "apres demain": 2}
_PARTS = {**PARTS, "apres midi": PARTS["apres-midi"]}
_WEEKDAY, _MONTH, _PART = "|".join(WEEKDAYS), "|".join(_MONTHS), "|".join(sorted(_PARTS, key=len, reverse=True))
_TIME = (
    r"(?:\d{1,2}\s?(?:h|heures?)(?:\s?[0-5]\d)?(?!\w)|\d{1,2}:[0-5]\d(?!\w)|\d{1,2}(?::[0-5]\d)?\s?[ap]\.?m\b\.?"
    r"|(?<!apres-)(?<!apres )\bmidi\b|\bnoon\b)"
)
_EXPRESSIONS = re.compile(
    r"(?<![\w/])(?:"
    rf"(?P<date>(?:(?P<of_week>{_WEEKDAY})\s(?:le\s|the\s)?)?(?:(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?\s(?:of\s)?"
    rf"(?P<month>{_MONTH})|(?P<en_month>{_MONTH})\s(?:the\s)?(?P<en_day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:])"
    r"|(?P<slash_day>\d{1,2})/(?P<slash_month>\d{1,2})(?:/(?:20)?(?P<slash_year>\d\d))?(?![\d/]))"
    r"(?:\s20(?P<year>\d\d)\b)?)"
    rf"|(?P<numbered>{_WEEKDAY})\s(?:le\s|the\s)?(?P<number>\d{{1,2}})(?:st|nd|rd|th)?(?!\w|:|\s?(?:h|heures?|[ap]\.?m)\b)"
    rf"|(?P<weekday>{_WEEKDAY})s?(?!\w)"
    r"|(?P<week>(?:cette|la)\ssemaine\sprochaine|(?:la\s)?semaine\sprochaine|cette\ssemaine|next\sweek|this\sweek)"
    rf"|(?P<tonight>(?:ce|cet|cette|this)\s(?P<tonight_part>{_PART})|tonight)"
    r"|(?P<relative>aujourd'hui|today|apres[ -]demain|demain|tomorrow)"
    rf"|(?P<from>{_TIME})(?:\s?(?:-|a|to|until)\s?(?P<to>{_TIME}))?"
    rf"|(?P<part>{_PART})"
    r")(?!\w)"
)
_CLOCK = re.compile(r"(\d{1,2})\s?(?:h|heures?|:)?\s?([0-5]\d)?\s?([ap])?\.?m?")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What an appointment has to agree with, all of it, in local time. `rest`: the sentence, with marks in place."""

    rest: str
    weekdays: frozenset[int] = frozenset()
    days: frozenset[tuple[int, int | None]] = frozenset()  # day of the month, month
    years: frozenset[int] = frozenset()  # their last two figures
    dates: frozenset[date] = frozenset()
    weeks: frozenset[date] = frozenset()  # Mondays
    starts: frozenset[Clock] = frozenset()
    ends: frozenset[Clock] = frozenset()
    parts: frozenset[tuple[int, int]] = frozenset()
    possible: bool = True  # False: an hour or a month that does not exist

    @property
    def any(self) -> bool:
        """Whether anything was named."""
        return MARK in self.rest

    @property
    def definite(self) -> bool:
        """Whether a day or an hour was named, and not merely "the evening"."""
        return bool(self.weekdays or self.days or self.dates or self.starts)

    def fits(self, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
        """Whether an appointment agrees with everything that was named."""
        local, until = start.astimezone(zone), end.astimezone(zone)
        day = local.date()
        return (
            self.possible
            and all(weekday == day.weekday() for weekday in self.weekdays)
            and all(number == day.day and month in (None, day.month) for number, month in self.days)
            and all(year == day.year % 100 for year in self.years)
            and all(one == day for one in self.dates)
            and all(monday <= day < monday + timedelta(days=7) for monday in self.weeks)
            and all(clock == (local.hour, local.minute) for clock in self.starts)
            and all(clock == (until.hour, until.minute) for clock in self.ends)
            and all(first <= local.hour < last for first, last in self.parts)
        )

    def together(self, other: Mentions) -> Mentions:
        """Both of them, as one sentence after the other."""
        return Mentions(
            rest=f"{self.rest} {other.rest}",
            weekdays=self.weekdays | other.weekdays,
            days=self.days | other.days,
            years=self.years | other.years,
            dates=self.dates | other.dates,
            weeks=self.weeks | other.weeks,
            starts=self.starts | other.starts,
            ends=self.ends | other.ends,
            parts=self.parts | other.parts,
            possible=self.possible and other.possible,
        )


def mentions(text: str, now: datetime, zone: ZoneInfo) -> Mentions:
    """Everything that folded text names. `now`: the instant it was written, `zone` the writer's."""
    found = Mentions("")
    today = now.astimezone(zone).date()
    for match in _EXPRESSIONS.finditer(text):
        found = found.together(_one(match, today))
    return replace(found, rest=_EXPRESSIONS.sub(f" {MARK} ", text))


def _one(match: re.Match[str], today: date) -> Mentions:
    group = match.groupdict()
    if group["date"]:
        return _date(group)
    if group["numbered"]:
        return Mentions("", weekdays=_weekday(group["numbered"]), days=frozenset({(int(group["number"]), None)}))
    if group["weekday"]:
        return Mentions("", weekdays=_weekday(group["weekday"]))
    if group["week"]:
        ahead = 7 if "proch" in group["week"] or "next" in group["week"] else 0
        return Mentions("", weeks=frozenset({today + timedelta(days=ahead - today.weekday())}))
    if group["tonight"]:
        part = _PARTS[group["tonight_part"] or "night"]
        return Mentions("", dates=frozenset({today}), parts=frozenset({part}))
    if group["relative"]:
        return Mentions("", dates=frozenset({today + timedelta(days=_RELATIVE[group["relative"]])}))
    if group["part"]:
        return Mentions("", parts=frozenset({_PARTS[group["part"]]}))
    return _hours(group["from"] or "", group["to"])


def _date(group: dict[str, str | None]) -> Mentions:
    day = int(group["day"] or group["en_day"] or group["slash_day"] or 0)
    name = group["month"] or group["en_month"]
    month = _MONTHS.index(name) % 12 + 1 if name else int(group["slash_month"] or 0)
    weekdays = _weekday(group["of_week"]) if group["of_week"] else frozenset()
    year = group["slash_year"] or group["year"]
    years = frozenset({int(year)} if year else ())
    return Mentions("", weekdays=weekdays, days=frozenset({(day, month)}), years=years, possible=1 <= month <= 12)


def _weekday(name: str) -> frozenset[int]:
    return frozenset({WEEKDAYS[name]})


def _hours(start: str, end: str | None) -> Mentions:
    first, last = _clock(start), _clock(end) if end else None
    possible = first is not None and (end is None or last is not None)
    return Mentions("", starts=frozenset({first or (0, 0)}), ends=frozenset({last} if last else ()), possible=possible)


def _clock(text: str) -> Clock | None:
    """ "18h30" as (18, 30); None for an hour that no clock shows."""
    if text in {"midi", "noon"}:
        return 12, 0
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    return (hour, minute) if hour < 24 else None
