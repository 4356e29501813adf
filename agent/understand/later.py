""" "Plus tard", "demain matin", "in 2 hours": an answer that says nothing but when to ask again, and that instant.

The days and hours are those of `dates`; what is added here is a length ("dans une demi-heure") and what hour of the
mentor's day a morning or an evening is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.understand.date_lexicon import ATOMS, NUMBERS
from agent.understand.date_words import DAY, UnsureError, atoms
from agent.understand.dates import MINUTE, When, when
from agent.understand.lexicon import Lexicon, made_of, plain
from agent.understand.text import folded, shorten

_MAX_TEXT = 300  # characters: a longer answer says something else as well
_TIME = "§"  # stands where a time was said
_FARTHEST = timedelta(days=62)
_WHOLE = timedelta(hours=20)  # a day has 23 to 25
_LONG_HOUR = timedelta(hours=4)  # "de 14 h à 16 h" is an hour that was said, an afternoon is a part of a day
_NUMBERS = "|".join(sorted(NUMBERS, key=len, reverse=True))
_LENGTH = re.compile(
    r"\b(?:dans|d'ici|d'ici a|in|within)\s(?:environ\s|about\s)?"
    rf"(?:(?P<half>une demi[ -]heure|half an hour)|(?P<quarter>un quart d'heure|a quarter of an hour)"
    rf"|(?P<count>\d{{1,3}}|{_NUMBERS}|an)\s?"
    r"(?:(?P<hours>heures?|hours?|hrs?|h)(?:\s?(?P<rest>[0-5]\d)\b|\s(?P<and_half>et demie))?"
    r"|(?P<minutes>minutes?|mins?|mn)))"
    r"(?!\w)"
)
_EVENING = re.compile(
    r"\b(?:en\s|a la\s|at the\s|by\s)?(?:fin de (?:la )?(?:journee|aprem|apres-midi)|end of (?:the )?day)\b"
)
_NOT_TODAY = re.compile(r"\b(?:pas|not) (?:aujourd'hui|today|ce soir|tonight)\b")
_AFTER_LUNCH = re.compile(r"\b(?:apres (?:le )?(?:dejeuner|repas)|apres manger|after lunch)\b")


@dataclass(frozen=True, slots=True)
class Hours:
    """`bare`: after how long, where no time is said. The others: when a part of the mentor's day begins."""

    bare: timedelta
    morning: time
    afternoon: time
    evening: time


def only(text: str, lexicon: Lexicon) -> bool:
    """Whether a text says nothing but that the answer comes later, with or without a time."""
    if len(text) > _MAX_TEXT:
        return False
    marked = ATOMS.sub(f" {_TIME} ", _LENGTH.sub(f" {_TIME} ", _plainer(text)))
    return made_of(plain(marked), lexicon.later | {(_TIME,)}, lexicon.later_filler | lexicon.filler)


def moment(text: str, now: datetime, zone: ZoneInfo, hours: Hours) -> datetime | None:
    """The instant (UTC, after `now`) that such a text names; None when it is not sure which."""
    flat = _plainer(shorten(text, _MAX_TEXT))
    lengths = list(_LENGTH.finditer(flat))
    if lengths:
        rest = _LENGTH.sub(" ", flat)
        return now + _length(lengths[0]) if len(lengths) == 1 and ATOMS.search(rest) is None else None
    found = list(ATOMS.finditer(flat))
    if not found:
        return now + hours.bare
    if len(found) == 1 and found[0]["part"]:  # "le soir": the next one
        said = when(f"ce {found[0]['part']}", now, zone)
        if said is not None and said.end is not None and said.end <= now:
            said = when(f"demain {found[0]['part']}", now, zone)
    else:
        said = when(flat, now, zone)
    instant = None if said is None else _instant(said, _names_today(flat, now, zone), now, zone, hours)
    return None if instant is None or not now < instant <= now + _FARTHEST else instant


def _plainer(text: str) -> str:
    return _AFTER_LUNCH.sub("apres-midi", _EVENING.sub("soir", _NOT_TODAY.sub("demain", folded(text))))


def _length(match: re.Match[str]) -> timedelta:
    if match["half"] or match["quarter"]:
        return timedelta(minutes=30 if match["half"] else 15)
    count = int(match["count"]) if match["count"].isdigit() else NUMBERS.get(match["count"], 1)
    if match["minutes"]:
        return timedelta(minutes=max(count, 1))
    rest = 30 if match["and_half"] else int(match["rest"] or 0)
    return max(timedelta(hours=count, minutes=rest), MINUTE)


def _names_today(flat: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether today is called by the name of its weekday: who says "lundi" on a Monday means the next one."""
    today = now.astimezone(zone).date()
    try:
        return any(one.weekday is not None and one.first == today for one in atoms(flat, today, past=False))
    except (UnsureError, OverflowError):
        return False


def _instant(said: When, same_weekday: bool, now: datetime, zone: ZoneInfo, hours: Hours) -> datetime | None:
    """When to ask again, of a period that was said."""
    if said.start is None:
        return None
    end = said.end or said.start + DAY
    day, long = said.start.astimezone(zone), end - said.start
    parts = {0: hours.morning, 12: hours.afternoon, 17: hours.evening}  # as `dates` begins them
    if long >= _WHOLE:
        at = _at(day + 7 * DAY if same_weekday else day, hours.morning, zone)
    elif long > _LONG_HOUR and day.hour in parts:
        at = _at(day, parts[day.hour], zone)
    else:
        at = said.start
    if at <= now and same_weekday:
        return _at(at.astimezone(zone) + 7 * DAY, at.astimezone(zone).time(), zone)
    if at <= now < end:
        return now + hours.bare
    return at


def _at(day: datetime, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.date(), hour, zone).astimezone(UTC)
