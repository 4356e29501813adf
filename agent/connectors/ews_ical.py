"""An item of an Exchange calendar as iCalendar text (RFC 5545), and back for the simple entries that we add.

A series is one text: its rule (MS-OXWSCDATA's recurrence patterns), what was deleted from it, what was changed in it.
The server's own iCalendar stream is not used: what it holds of changed occurrences differs from version to version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import icalendar
from exchangelib.ewsdatetime import EWSTimeZone
from exchangelib.util import TNS

from agent.connectors import ews_requests as ews
from agent.connectors.ews_requests import Element

_PRODID = "-//mentor-agent//ews//EN"
_DAYS = {
    "Monday": "MO",
    "Tuesday": "TU",
    "Wednesday": "WE",
    "Thursday": "TH",
    "Friday": "FR",
    "Saturday": "SA",
    "Sunday": "SU",
}
_WEEK = list(_DAYS.values())
_KINDS = {"Day": _WEEK, "Weekday": _WEEK[:5], "WeekendDay": _WEEK[5:]}
_PLACES = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CANCELLED = 4  # a bit of AppointmentState (MS-OXOCAL 2.2.1.10)


@dataclass(frozen=True, slots=True)
class Changed:
    """An occurrence that differs from its series: where the rule put it, and what it is now."""

    original: datetime  # UTC
    item: Element


def to_ics(item: Element, changed: Sequence[Changed] = ()) -> str:
    """The text of an item; for a series with the `changed` ones of its occurrences."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODID)
    calendar.add("version", "2.0")
    recurrence = item.find(f"{{{TNS}}}Recurrence")
    zone = _zone(item)
    uid = ews.text(item, "UID") or f"{ews_id(item)}@ews"
    master = _event(item, uid, zone, in_zone=recurrence is not None)
    calendar.add_component(master)
    if recurrence is not None:
        all_day = _all_day(item)
        master.add("rrule", _rule(recurrence, zone, all_day=all_day))
        for gone in item.findall(f"{{{TNS}}}DeletedOccurrences/{{{TNS}}}DeletedOccurrence"):
            if start := ews.moment(gone, "Start"):
                _add_time(master, "exdate", start, zone, all_day=all_day, in_zone=True)
        for one in changed:
            event = _event(one.item, uid, _zone(one.item) if _zone_name(one.item) else zone, in_zone=True)
            _add_time(event, "recurrence-id", one.original, zone, all_day=all_day, in_zone=True)
            calendar.add_component(event)
    return str(calendar.to_ical().decode())


def ews_id(item: Element) -> str:
    """The item's own id."""
    return str(item.find(f"{{{TNS}}}ItemId").get("Id"))


def modified(item: Element) -> dict[str, datetime]:
    """The occurrences of a series that were changed: where the rule put each, by id."""
    found = item.findall(f"{{{TNS}}}ModifiedOccurrences/{{{TNS}}}Occurrence")
    return {ews_id(one): start for one in found if (start := ews.moment(one, "OriginalStart"))}


def _event(item: Element, uid: str, zone: tzinfo | str, *, in_zone: bool) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", ews.moment(item, "LastModifiedTime") or datetime(1970, 1, 1, tzinfo=UTC))
    for name, tag in (("dtstart", "Start"), ("dtend", "End")):
        if at := ews.moment(item, tag):
            _add_time(event, name, at, zone, all_day=_all_day(item), in_zone=in_zone)
    for name, tag in (("summary", "Subject"), ("location", "Location")):
        if value := ews.text(item, tag):
            event.add(name, value)
    if value := ews.text(item, "TextBody") or ews.text(item, "Body"):
        event.add("description", value.replace("\r\n", "\n"))
    event.add("status", _status(item))
    if ews.text(item, "LegacyFreeBusyStatus") in ("Free", "WorkingElsewhere"):
        event.add("transp", "TRANSPARENT")
    if ews.text(item, "Sensitivity") in ("Private", "Personal", "Confidential"):
        event.add("class", "CONFIDENTIAL" if ews.text(item, "Sensitivity") == "Confidential" else "PRIVATE")
    for address in _attendees(item):
        event.add("attendee", icalendar.vCalAddress(f"mailto:{address}"))
    return event


def _status(item: Element) -> str:
    if ews.text(item, "IsCancelled") in ("true", "1") or int(ews.text(item, "AppointmentState") or 0) & _CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if ews.text(item, "LegacyFreeBusyStatus") == "Tentative" else "CONFIRMED"


def _attendees(item: Element) -> list[str]:
    paths = (
        f"{{{TNS}}}{kind}/{{{TNS}}}Attendee/{{{TNS}}}Mailbox" for kind in ("RequiredAttendees", "OptionalAttendees")
    )
    found = [ews.text(mailbox, "EmailAddress") for path in paths for mailbox in item.findall(path)]
    return [address for address in dict.fromkeys(found) if "@" in address]


def _all_day(item: Element) -> bool:
    return ews.text(item, "IsAllDayEvent") in ("true", "1")


def _zone_name(item: Element) -> str:
    found = item.find(f"{{{TNS}}}StartTimeZone")
    return "" if found is None else found.get("Id") or found.get("Name") or ""


def _zone(item: Element) -> tzinfo | str:
    """Where the item's clock stands; a name that nobody defines as it is, for the reader of the text to say so."""
    name = _zone_name(item)
    if not name:
        return UTC
    try:
        zone: tzinfo = EWSTimeZone.from_ms_id(name)
    except Exception:  # noqa: BLE001 -- the library's own for some names, zoneinfo's for others, OSError for a path
        return name
    return zone


def _add_time(
    event: icalendar.Event, name: str, at: datetime, zone: tzinfo | str, *, all_day: bool, in_zone: bool
) -> None:
    """A moment as the property says it: a date, a time by the item's own clock, or UTC."""
    if all_day:
        event.add(name, _date(at, zone))
    elif isinstance(zone, str):
        event.add(name, at.replace(tzinfo=None), parameters={"TZID": zone})
    elif in_zone and zone is not UTC:
        local = at.astimezone(zone)
        wall = datetime.combine(local.date(), local.time().replace(tzinfo=None))  # its class is the library's own
        event.add(name, wall, parameters={"TZID": str(getattr(zone, "key", "UTC"))})
    else:
        event.add(name, at)


def _date(at: datetime, zone: tzinfo | str) -> date:
    if isinstance(zone, str) or zone is UTC:
        at += timedelta(hours=12)  # a midnight somewhere between UTC-12 and UTC+12
    else:
        at = at.astimezone(zone)
    return date(at.year, at.month, at.day)


def _rule(recurrence: Element, zone: tzinfo | str, *, all_day: bool) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    for part in recurrence:
        tag = part.tag.rpartition("}")[2]
        if tag in ("NoEndRecurrence", "EndDateRecurrence", "NumberedRecurrence"):
            rule |= _range(part, zone, all_day=all_day)
        else:
            rule |= _pattern(tag, part)
    return rule


def _range(part: Element, zone: tzinfo | str, *, all_day: bool) -> dict[str, Any]:
    if count := ews.text(part, "NumberOfOccurrences"):
        return {"count": int(count)}
    if not (end := ews.text(part, "EndDate")):
        return {}
    last = date.fromisoformat(end[:10])  # it may carry an offset
    if all_day:
        return {"until": last}
    where = UTC if isinstance(zone, str) else zone
    night = datetime.combine(last, time(23, 59, 59), where).astimezone(UTC)
    return {"until": datetime(*night.timetuple()[:6], tzinfo=UTC)}


def _pattern(tag: str, part: Element) -> dict[str, Any]:
    rule: dict[str, Any] = {"interval": int(ews.text(part, "Interval") or 1)}
    days = ews.text(part, "DaysOfWeek").split()
    if tag == "DailyRecurrence":
        return {"freq": "DAILY", **rule}
    if tag == "WeeklyRecurrence":
        first = _DAYS.get(ews.text(part, "FirstDayOfWeek"), "MO")
        return {"freq": "WEEKLY", **rule, "byday": _weekdays(days), "wkst": first}
    by = _absolute(int(ews.text(part, "DayOfMonth"))) if tag.startswith("Absolute") else _relative(part, days)
    if tag.endswith("MonthlyRecurrence"):
        return {"freq": "MONTHLY", **rule, **by}
    if tag.endswith("YearlyRecurrence"):
        return {"freq": "YEARLY", **rule, "bymonth": _MONTHS.index(ews.text(part, "Month")) + 1, **by}
    raise ValueError(f"a recurrence that no calendar has: {tag}")


def _absolute(day: int) -> dict[str, Any]:
    """The 31st is the last day in months without one (MS-OXWSCDATA 2.2.4.1), which RFC 5545 would leave out."""
    return {"bymonthday": day} if day <= 28 else {"bymonthday": list(range(28, day + 1)), "bysetpos": -1}


def _relative(part: Element, days: list[str]) -> dict[str, Any]:
    place = _PLACES[ews.text(part, "DayOfWeekIndex")]
    return {"byday": _weekdays(days), "bysetpos": place}


def _weekdays(names: list[str]) -> list[str]:
    return list(dict.fromkeys(day for name in names for day in _KINDS.get(name) or [_DAYS[name]]))
