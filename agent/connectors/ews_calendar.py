"""The mentor's calendar on an Exchange server, followed with SyncFolderItems; entries are read as iCalendar text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
from exchangelib import CalendarItem
from exchangelib.account import Account
from exchangelib.errors import ErrorInvalidSyncStateData, ErrorIrresolvableConflict, ErrorItemNotFound, EWSError
from exchangelib.ewsdatetime import EWSDate, EWSDateTime
from exchangelib.items import SAVE_ONLY
from exchangelib.util import TNS
from exchangelib.version import EXCHANGE_2010, EXCHANGE_2013

from agent import invitation
from agent.connectors import ews_requests as ews
from agent.connectors import ews_writes
from agent.connectors.ews_connection import Connection
from agent.connectors.ews_heads import gone
from agent.connectors.ews_ical import Changed, ews_id, modified, to_ics
from agent.connectors.ews_requests import Element, Name
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import TerminalError, TransientError

_MOST = 512  # changes in one answer: what servers give

_FIELDS = (
    "uid",
    "subject",
    "location",
    "start",
    "end",
    "is_all_day",
    "legacy_free_busy_status",
    "sensitivity",
    "is_cancelled",
    "appointment_state",
    "required_attendees",
    "optional_attendees",
    "last_modified_time",
    "recurrence",
    "modified_occurrences",
    "deleted_occurrences",
)


class EwsCalendar:
    """The calendar folder of the connection's mailbox. An href is the item's id there."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`."""
        with self._connection.guard() as account:
            state = self._parse(cursor)
            try:
                touched, state_now = _changes(account, state)
            except ErrorInvalidSyncStateData:
                if not state:
                    raise
                state = ""
                touched, state_now = _changes(account, state)
            kept = [one for one, there in touched.items() if there]
            removed = tuple(sorted(one for one, there in touched.items() if not there)) if state else ()
            changed = tuple(sorted(_objects(account, kept), key=lambda item: item.href))
            now = json.dumps({"mailbox": self._connection.mailbox, "calendar": state_now})
            return CalendarDelta(changed, removed, now, complete=not state)

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`. Nobody is invited; an entry is known again by a property of its own."""
        item = _item(href, ics)
        with self._connection.guard() as account:
            found = ews.find(account, ews.CALENDAR, ews.extended(Name), href, ews.extended(Name))
            if all(ews.extended_text(one, Name) != href for one in found):
                ews_writes.create(account, ews.CALENDAR, item, SAVE_ONLY)

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """See `ports.Calendar`. Only the fields of its time are set, on the very version that was read."""
        with self._connection.guard() as account:
            for _ in range(2):
                item = _own(account, href)
                if item is None:
                    return False
                if (ews.moment(item, "Start"), ews.moment(item, "End")) == (start, end):
                    return True
                try:
                    ews_writes.update(account, *_moved(item, start, end))
                except (ErrorIrresolvableConflict, ErrorItemNotFound):
                    continue  # the mentor was there first: look again
                return True
        raise TransientError(f"{href} is being changed by somebody else on {self._connection.where}")

    def check(self) -> list[str]:
        """See `ports.Calendar`."""
        with self._connection.guard() as account:
            (total,) = ews.count(account, ews.CALENDAR)
            return [f"calendar of {account.primary_smtp_address} on {self._connection.where}: {total} entries"]

    def _parse(self, cursor: str | None) -> str:
        """The server's state; empty for a cursor that is not ours or belongs to another mailbox."""
        try:
            fields = json.loads(cursor or "null")
            return str(fields["calendar"]) if fields["mailbox"] == self._connection.mailbox else ""
        except (ValueError, TypeError, KeyError):
            return ""


def _own(account: Account, href: str) -> Element | None:
    """The entry of ours of this name as it is now; None where there is none. TerminalError for one not to be moved."""
    found = ews.find(account, ews.CALENDAR, ews.extended(Name), href, ews.extended(Name))
    ids = [ews_id(one) for one in found if ews.extended_text(one, Name) == href]
    names = ("uid", "start", "end", "is_all_day", "type", "required_attendees", "optional_attendees")
    items = (item for _, item in _readable(account, ids, [ews.field(name, CalendarItem) for name in names]))
    item = next((one for one in items if one is not None and invitation.named(href, ews.text(one, "UID"))), None)
    if item is not None:
        invited = any(item.find(f"{{{TNS}}}{who}") is not None for who in ("RequiredAttendees", "OptionalAttendees"))
        repeats = ews.text(item, "CalendarItemType") not in ("", "Single")
        invitation.check_movable(href, repeats=repeats, invited=invited)
    return item


def _moved(item: Element, start: datetime, end: datetime) -> tuple[CalendarItem, list[str]]:
    """What is to be set of it, and the names of these fields."""
    known = item.find(f"{{{TNS}}}ItemId")
    whole_day = ews.text(item, "IsAllDayEvent") == "true"
    made = CalendarItem(
        id=known.get("Id"), changekey=known.get("ChangeKey"), start=_time(start), end=_time(end), is_all_day=False
    )
    return made, ["start", "end", *(["is_all_day"] if whole_day else [])]


def _changes(account: Account, state: str) -> tuple[dict[str, bool], str]:
    """What was touched since `state`, each with whether it is still there; and the state now."""
    touched: dict[str, bool] = {}
    last = False
    while not last:
        page = ews.sync(account, ews.CALENDAR, state, _MOST)
        for change in page.changes:
            if change.kind != "read_flag_change":
                touched[change.id] = change.kind != "delete"
        state, last = page.state, page.last
    return touched, state


def _objects(account: Account, ids: list[str]) -> Iterator[CalendarObject]:
    """The items that are still there. One that cannot be read is given without a text, to be said and put aside."""
    fields = _fields(account)
    items = dict(_readable(account, ids, fields))
    wanted = [one for item in items.values() if item is not None for one in modified(item)]
    others = {one: item for one, item in _readable(account, wanted, fields) if item is not None}
    for item_id, item in items.items():
        if item is None:
            yield CalendarObject(item_id, "", "")
            continue
        changed = [Changed(start, others[one]) for one, start in modified(item).items() if one in others]
        yield CalendarObject(item_id, str(item.find(f"{{{TNS}}}ItemId").get("ChangeKey")), _text(item, changed))


def _text(item: Element, changed: list[Changed]) -> str:
    try:
        return to_ics(item, changed)
    except (ValueError, KeyError, TypeError):  # a pattern or a time that makes no sense: whoever reads it, says so
        return f"no calendar entry: {ews_id(item)}"


def _readable(account: Account, ids: list[str], fields: list[Any]) -> Iterator[tuple[str, Element | None]]:
    for item_id, answer in ews.get(account, ids, *fields):
        if not isinstance(answer, EWSError):
            yield item_id, answer
        elif not gone(answer):
            yield item_id, None


def _fields(account: Account) -> list[Any]:
    build = account.version.build
    names = [*_FIELDS, "text_body" if build >= EXCHANGE_2013 else "body"]
    return [ews.field(name, CalendarItem) for name in names + (["_start_timezone"] if build >= EXCHANGE_2010 else [])]


def _item(href: str, ics: str) -> CalendarItem:
    """One appointment for the server. TerminalError for a series, or for text that is no entry."""
    ews.register()
    events: list[Any] = list(icalendar.Calendar.from_ical(ics).walk("VEVENT"))
    if len(events) != 1 or any(name in events[0] for name in ("RRULE", "RDATE")):
        raise TerminalError(f"{href} is not one single appointment: it cannot be entered into an Exchange calendar")
    (event,) = events
    start, end = event.start, event.end
    all_day = not isinstance(start, datetime)
    free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    tentative = str(event.get("STATUS", "")).upper() == "TENTATIVE"
    return CalendarItem(
        uid=str(event["UID"]),
        subject=str(event.get("SUMMARY", "")),
        body=str(event.get("DESCRIPTION", "")),
        location=str(event.get("LOCATION", "")) or None,
        start=_time(start),
        end=_time(end - timedelta(days=1) if all_day else end),
        is_all_day=all_day,
        legacy_free_busy_status="Free" if free else "Tentative" if tentative else "Busy",
        sensitivity="Normal" if str(event.get("CLASS", "PUBLIC")).upper() == "PUBLIC" else "Private",
        mentor_name=href,
    )


def _time(value: date) -> EWSDate | EWSDateTime:
    return EWSDateTime.from_datetime(value) if isinstance(value, datetime) else EWSDate.from_date(value)
