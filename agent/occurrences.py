"""Calendar text to the single appointments in it (RFC 5545): series, exceptions, zones and all.

icalendar is imported here and not inside the functions: with its recurrence library it costs about 10 MB and 60 ms,
and the daemon expands something on nearly every tick, so putting it off would only move the cost.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import icalendar
import recurring_ical_events
from icalendar.error import GloballyUniqueTZIDGuessed
from icalendar.prop.broken import vBroken

from agent.errors import UnreadableError
from agent.understand.text import clean

_MARGIN = timedelta(days=1)  # all-day and floating times are compared as UTC by the library: no zone is further away
_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_PER_DAY = 48  # more starts a day than any mentor has: it would only fill the memory

Event: TypeAlias = Any  # icalendar types a property as any of thirty kinds of value: they are told apart when met

_parsing = Lock()  # icalendar keeps the zones of the last file it read in one place


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One appointment. Times are UTC; an all-day one runs from midnight to midnight in the mentor's zone.

    `key` stays the same when the appointment is moved: the uid, and for one of a series the start it had by the
    series' rule (RFC 5545 3.8.4.4).
    """

    uid: str
    key: str
    start: datetime
    end: datetime
    all_day: bool
    summary: str
    description: str
    location: str
    attendees: tuple[str, ...]  # addresses in lower case
    cancelled: bool
    busy: bool  # neither cancelled nor marked as free time (TRANSP)
    url: str
    declined: tuple[str, ...] = ()  # those of the attendees who will not come, or send somebody else (PARTSTAT)


def expand(ics: str, start: datetime, end: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """What happens between `start` and `end` (UTC), in time order, cancelled ones included.

    `zone` is the mentor's: floating times and whole days are meant there (RFC 5545 3.3.5). UnreadableError for text
    that is no calendar, and for a zone that nobody defines: an hour is never guessed.
    """
    try:
        found = [item for calendar in _parse(ics) for item in _expand(calendar, start, end, zone)]
    except UnreadableError:
        raise
    except OSError as error:  # zoneinfo looked for the zone as a file and met a directory ("Europe")
        raise UnreadableError(_unknown_zone("the calendar", str(error.filename).rpartition("/")[2])) from error
    except ZoneInfoNotFoundError as error:  # X-WR-TIMEZONE
        raise UnreadableError(_unknown_zone("the calendar", str(error.args[0]).rpartition("key ")[2])) from error
    except Exception as error:  # the libraries meet what anyone may have written, and fail in every way there is
        raise UnreadableError(f"the calendar entry cannot be read: {error or type(error).__name__}") from error
    return sorted((item for item in found if _overlaps(item, start, end)), key=lambda item: (item.start, item.key))


def _parse(ics: str) -> list[icalendar.Calendar]:
    with _parsing, warnings.catch_warnings():
        warnings.simplefilter("ignore", GloballyUniqueTZIDGuessed)  # "/vendor/Europe/Paris": the end of it is clear
        icalendar.timezone.tzp.use_zoneinfo()  # forget the zones that other files defined
        calendars = [item for item in icalendar.Calendar.from_ical(ics, multiple=True) if item.name == "VCALENDAR"]
    if ics.upper().count("BEGIN:VCALENDAR") != len(calendars) or not calendars:
        raise UnreadableError("the calendar entry cannot be read: it is empty or cut off")
    return calendars


def _expand(calendar: icalendar.Calendar, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    events: list[Event] = list(calendar.walk("VEVENT"))
    for event in events:
        _check(event)
    if "X-WR-TIMEZONE" in calendar:
        _settle(events, str(calendar.pop("X-WR-TIMEZONE")))
    if len(events) == 1 and _is_plain(events[0]):
        yield _occurrence(events[0], str(events[0]["UID"]), zone)  # most entries: nothing in them is to be counted out
        return
    series = {str(event["UID"]) for event in events if _recurs(event)}
    shifts = {_moment(event, "RECURRENCE-ID"): _shift(event) for event in events if _moves_the_rest(event)}
    found: list[Event] = list(recurring_ical_events.of(calendar).between(start - _MARGIN, end + _MARGIN))
    for event in found:
        key = str(event["UID"])
        if key in series:
            key = f"{key}/{_original_start(event, shifts, zone)}"
        yield _occurrence(event, key, zone)


def _occurrence(event: Event, key: str, zone: ZoneInfo) -> Occurrence:
    starts = event["DTSTART"].dt
    cancelled = _text(event, "STATUS").upper() == "CANCELLED"
    return Occurrence(
        uid=str(event["UID"]),
        key=key,
        start=_utc(starts, zone),
        end=_utc(event["DTEND"].dt, zone),
        all_day=not isinstance(starts, datetime),
        summary=_text(event, "SUMMARY"),
        description=_text(event, "DESCRIPTION"),
        location=_text(event, "LOCATION"),
        attendees=tuple(dict.fromkeys(address for address, _ in _attendees(event))),
        cancelled=cancelled,
        busy=not cancelled and _text(event, "TRANSP").upper() != "TRANSPARENT",
        url=_text(event, "URL"),
        declined=tuple(dict.fromkeys(address for address, coming in _attendees(event) if not coming)),
    )


def _check(event: Event) -> None:
    """UnreadableError for what the libraries would pass over in silence."""
    title = f"the event “{_text(event, 'SUMMARY') or _text(event, 'UID') or 'without a name'}”"
    for name in ("UID", "DTSTART"):
        if name not in event:
            raise UnreadableError(f"{title} has no {name}")
    for name in (*_TIMES, "DURATION", "RRULE"):
        for prop in _all(event, name):
            if isinstance(prop, vBroken):
                raise UnreadableError(f"{title} has a {name} that cannot be read: {prop}")
    for prop in _times(event):
        values = [value.dt for value in getattr(prop, "dts", [prop])]
        if "TZID" in prop.params and any(isinstance(value, datetime) and value.tzinfo is None for value in values):
            raise UnreadableError(_unknown_zone(title, prop.params["TZID"]))
    for rule in _all(event, "RRULE"):
        _check_rule(rule, title)


def _settle(events: list[Event], name: str) -> None:
    """Hours without a zone, and those in UTC, are meant in the calendar's own zone (X-WR-TIMEZONE, no standard's).

    The recurrence library would do it, but it takes hours in a zone that the calendar defines for hours without one,
    and forgets which exceptions change all that follows.
    """
    zone: Any = icalendar.timezone.tzp.timezone(name)  # typed as if every name were known
    if zone is None:
        raise UnreadableError(_unknown_zone("the calendar", name))
    for value in (value for event in events for prop in _times(event) for value in getattr(prop, "dts", [prop])):
        if isinstance(value.dt, datetime):
            floating = value.dt.tzinfo is None
            if floating or str(value.dt.tzinfo) == "UTC":
                value.dt = value.dt.replace(tzinfo=zone) if floating else value.dt.astimezone(zone)


def _check_rule(rule: Any, title: str) -> None:
    starts = len(rule.get("BYHOUR", [0])) * len(rule.get("BYMINUTE", [0])) * len(rule.get("BYSECOND", [0]))
    if rule["FREQ"][0] in ("SECONDLY", "MINUTELY") or starts > _PER_DAY:
        raise UnreadableError(f"{title} repeats more than {_PER_DAY} times a day")


def _unknown_zone(title: str, name: str) -> str:
    return (
        f"{title} is in the time zone “{name}”, which nobody defines, so its hour is unknown: "
        "give it a real one in the calendar, such as Europe/Paris"
    )


def _recurs(event: Event) -> bool:
    return any(name in event for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _is_plain(event: Event) -> bool:
    """Whether this is one appointment that says itself when it begins and ends."""
    if _recurs(event) or "EXDATE" in event:
        return False
    times = [time.dt for name in ("DTSTART", "DTEND") for time in _all(event, name)]
    if len(times) != 2 or not all(isinstance(time, datetime) for time in times):
        return False
    return len({time.tzinfo is None for time in times}) == 1 and bool(times[0] < times[1])


def _moves_the_rest(event: Event) -> bool:
    return "RECURRENCE-ID" in event and event["RECURRENCE-ID"].params.get("RANGE") == "THISANDFUTURE"


def _moment(event: Event, name: str) -> tuple[str, Any]:
    return str(event["UID"]), event[name].dt


def _shift(event: Event) -> timedelta:
    shift: timedelta = event["DTSTART"].dt - event["RECURRENCE-ID"].dt
    return shift


def _original_start(event: Event, shifts: dict[tuple[str, Any], timedelta], zone: ZoneInfo) -> str:
    """When the series' rule put this occurrence: a date for whole days, otherwise UTC in the basic format."""
    original = event["RECURRENCE-ID"].dt
    start = event["DTSTART"].dt
    if _moves_the_rest(event):  # the library gives all that follow the RECURRENCE-ID of the first
        original = start - shifts[_moment(event, "RECURRENCE-ID")]
    if not isinstance(original, datetime):
        return f"{original:%Y%m%d}"
    if original.tzinfo is None and isinstance(start, datetime) and start.tzinfo is not None:
        original = original.replace(tzinfo=start.tzinfo)  # Exchange writes some without the zone
    return f"{_utc(original, zone):%Y%m%dT%H%M%SZ}"


def _utc(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), zone)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def _overlaps(item: Occurrence, start: datetime, end: datetime) -> bool:
    return item.start < end and (item.end > start or item.start == item.end >= start)


def _all(event: Event, name: str) -> list[Any]:
    """The property's values: icalendar gives a list only when it stands there more than once."""
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]


def _times(event: Event) -> Iterator[Any]:
    return (prop for name in _TIMES for prop in _all(event, name))


def _text(event: Event, name: str) -> str:
    """Without control characters: what an invitation holds is shown on terminals and in letters."""
    values = _all(event, name)
    return clean(str(values[0])).strip() if values else ""


def _attendees(event: Event) -> Iterator[tuple[str, bool]]:
    """Each one's address and whether they may come.

    The address is the calendar address, or its EMAIL parameter where that is no mail address (RFC 7986).
    """
    for attendee in _all(event, "ATTENDEE"):
        scheme, _, address = str(attendee).partition(":")
        known = (address if scheme.lower() == "mailto" else attendee.params.get("EMAIL", "")).strip().lower()
        if known:
            yield known, str(attendee.params.get("PARTSTAT", "")).upper() not in ("DECLINED", "DELEGATED")
