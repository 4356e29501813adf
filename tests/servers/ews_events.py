"""Calendar text put into the tests' Exchange server as its own items: times in UTC, zones by their Windows names."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import icalendar

from tests.servers.ews_store import Item

HOME = ZoneInfo("Europe/Paris")
"""Where the mailbox lives: its whole days begin at midnight there."""

WINDOWS = {
    "Europe/Paris": "Romance Standard Time",
    "America/New_York": "Eastern Standard Time",
    "Europe/London": "GMT Standard Time",
    "Indian/Reunion": "Mauritius Standard Time",
    "UTC": "UTC",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLACES = {1: "First", 2: "Second", 3: "Third", 4: "Fourth", -1: "Last"}
_MONTHS = calendar.month_name[1:]


def item_of(ics: str) -> Item:
    """The item of a calendar resource, with its changed occurrences."""
    events: list[Any] = list(icalendar.Calendar.from_ical(ics).walk("VEVENT"))
    master = next(event for event in events if "RECURRENCE-ID" not in event)
    item = Item("CalendarItem", elements=_plain(master))
    item.elements["CalendarItemType"] = "Single"
    if "RRULE" in master:
        item.elements |= {"CalendarItemType": "RecurringMaster", "Recurrence": _recurrence(master)}
        gone = [_utc(one.dt) for prop in _all(master, "EXDATE") for one in prop.dts]
        if gone:
            deleted = (f"<t:DeletedOccurrence><t:Start>{_iso(at)}</t:Start></t:DeletedOccurrence>" for at in gone)
            item.elements["DeletedOccurrences"] = "".join(deleted)
        changed = [_exception(event) for event in events if event is not master]
        if changed:
            item.occurrences = {one.id: one for one, _ in changed}
            item.elements["ModifiedOccurrences"] = "".join(_occurrence(one, original) for one, original in changed)
    return item


def _exception(event: Any) -> tuple[Item, datetime]:
    one = Item("CalendarItem", elements=_plain(event))
    one.elements["CalendarItemType"] = "Exception"
    return one, _utc(event["RECURRENCE-ID"].dt)


def _occurrence(one: Item, original: datetime) -> str:
    times = "".join(f"<t:{tag}>{one.elements[tag]}</t:{tag}>" for tag in ("Start", "End"))
    ids = f'<t:ItemId Id="{one.id}" ChangeKey="{one.change_key}"/>'
    return f"<t:Occurrence>{ids}{times}<t:OriginalStart>{_iso(original)}</t:OriginalStart></t:Occurrence>"


def _plain(event: Any) -> dict[str, str]:
    start, end = event.start, event.end
    all_day = not isinstance(start, datetime)
    zone = getattr(getattr(start, "tzinfo", None), "key", None) or "UTC"
    found = {
        "UID": escape(str(event["UID"])),
        "Subject": escape(str(event.get("SUMMARY", ""))),
        "Sensitivity": "Normal" if str(event.get("CLASS", "PUBLIC")) == "PUBLIC" else "Private",
        "Start": _iso(_utc(start)),
        "End": _iso(_utc(end)),
        "IsAllDayEvent": "true" if all_day else "false",
        "LegacyFreeBusyStatus": _busy(event),
        "IsCancelled": "true" if str(event.get("STATUS", "")) == "CANCELLED" else "false",
        "AppointmentState": "0",
        "StartTimeZone": WINDOWS[HOME.key if all_day else zone],
    }
    for tag, name in (("Location", "LOCATION"), ("TextBody", "DESCRIPTION")):
        if name in event:
            found[tag] = escape(str(event[name]))
    attendees = [str(one).removeprefix("mailto:") for one in _all(event, "ATTENDEE")]
    if attendees:
        boxes = (f"<t:Mailbox><t:EmailAddress>{escape(one)}</t:EmailAddress></t:Mailbox>" for one in attendees)
        found["RequiredAttendees"] = "".join(f"<t:Attendee>{one}</t:Attendee>" for one in boxes)
    return found


def _busy(event: Any) -> str:
    if str(event.get("TRANSP", "")) == "TRANSPARENT":
        return "Free"
    return "Tentative" if str(event.get("STATUS", "")) == "TENTATIVE" else "Busy"


def _recurrence(event: Any) -> str:
    rule = event["RRULE"]
    start = event.start
    local = start if isinstance(start, datetime) else datetime.combine(start, time())
    return "".join([*_pattern(rule, local), *_range(rule, local)])


def _pattern(rule: Any, start: datetime) -> Iterator[str]:
    interval = f"<t:Interval>{rule.get('INTERVAL', [1])[0]}</t:Interval>"
    kind = rule["FREQ"][0]
    days = [str(day) for day in rule.get("BYDAY", [])]
    if kind == "DAILY":
        yield f"<t:DailyRecurrence>{interval}</t:DailyRecurrence>"
        return
    if kind == "WEEKLY":
        names = " ".join(_DAYS[_SHORT.index(day)] for day in days) or _DAYS[start.weekday()]
        first = f"<t:FirstDayOfWeek>{_DAYS[_SHORT.index(str(rule.get('WKST', ['MO'])[0]))]}</t:FirstDayOfWeek>"
        yield f"<t:WeeklyRecurrence>{interval}<t:DaysOfWeek>{names}</t:DaysOfWeek>{first}</t:WeeklyRecurrence>"
        return
    month = f"<t:Month>{_MONTHS[rule.get('BYMONTH', [start.month])[0] - 1]}</t:Month>"
    if days:
        place = int(days[0][:-2] or rule["BYSETPOS"][0])
        when = f"<t:DaysOfWeek>{_day_kind(days)}</t:DaysOfWeek><t:DayOfWeekIndex>{_PLACES[place]}</t:DayOfWeekIndex>"
    else:
        when = f"<t:DayOfMonth>{rule.get('BYMONTHDAY', [start.day])[0]}</t:DayOfMonth>"
    how = "Relative" if days else "Absolute"
    if kind == "MONTHLY":
        yield f"<t:{how}MonthlyRecurrence>{interval}{when}</t:{how}MonthlyRecurrence>"
    else:
        yield f"<t:{how}YearlyRecurrence>{when}{month}</t:{how}YearlyRecurrence>"


def _day_kind(days: list[str]) -> str:
    if len(days) == 5:
        return "Weekday"
    return _DAYS[_SHORT.index(days[0][-2:])]


def _range(rule: Any, start: datetime) -> Iterator[str]:
    first = f"<t:StartDate>{start:%Y-%m-%d}{_offset(start)}</t:StartDate>"
    if "COUNT" in rule:
        count = f"<t:NumberOfOccurrences>{rule['COUNT'][0]}</t:NumberOfOccurrences>"
        yield f"<t:NumberedRecurrence>{first}{count}</t:NumberedRecurrence>"
    elif "UNTIL" in rule:
        until = rule["UNTIL"][0]
        if isinstance(until, datetime):
            until = until.astimezone(start.tzinfo or UTC).date()
        yield f"<t:EndDateRecurrence>{first}<t:EndDate>{until:%Y-%m-%d}</t:EndDate></t:EndDateRecurrence>"
    else:
        yield f"<t:NoEndRecurrence>{first}</t:NoEndRecurrence>"


def _offset(moment: datetime) -> str:
    """Servers write an offset behind plain dates."""
    shift = moment.utcoffset() or timedelta()
    return f"{'-' if shift < timedelta() else '+'}{abs(shift) // timedelta(hours=1):02}:00" if shift else "Z"


def _utc(value: date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), HOME)
    return value.replace(tzinfo=value.tzinfo or HOME).astimezone(UTC)


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _all(event: Any, name: str) -> list[Any]:
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]
