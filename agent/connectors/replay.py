"""The past of a real mailbox and a real calendar, shown again as it came: nothing is seen before its time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from agent.connectors.ports import (
    Calendar,
    CalendarDelta,
    CalendarObject,
    Mailbox,
    MailDelta,
    MailHead,
    MailRef,
)

_BATCH = 500
_CREATED = re.compile(r"^CREATED:(\d{8}T\d{6})Z\s*$", re.MULTILINE)


class ReplayMailbox:
    """Every mail received from `since` on, given as soon as `clock` has reached its arrival. Nothing is written."""

    def __init__(self, mailbox: Mailbox, since: datetime, clock: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._heads = sorted(_all_heads(mailbox, since), key=lambda head: head.received_at)

    def arrivals(self) -> list[datetime]:
        """When each mail came, in order."""
        return [head.received_at for head in self._heads]

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`. The cursor counts the mails given so far."""
        first = int(cursor) if cursor and cursor.isdecimal() else 0
        now = self._clock()
        ready = [head for head in self._heads[first : first + _BATCH] if head.received_at <= now]
        after = first + len(ready)
        more = len(ready) == _BATCH
        return MailDelta(tuple(head for head in ready if head.received_at >= since), str(after), more)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`."""
        return self._mailbox.fetch(ref)

    def sent_has(self, message_id: str, key: str) -> bool:
        """Nothing that a replay sends is ever in Sent."""
        return False

    def save_sent(self, raw: bytes) -> None:
        """Nothing is written."""

    def wait(self, seconds: float, interrupt: int) -> bool:
        """The past does not wait."""
        return False

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        return self._mailbox.check()

    def close(self) -> None:
        """The real mailbox is closed by who opened it."""


class ReplayCalendar:
    """The calendar as it is now, each entry given once `clock` has reached its CREATED (RFC 5545 3.8.7.1).

    What was changed or deleted since is not in a calendar any more: such an entry is seen in its last form, or never.
    """

    def __init__(self, calendar: Calendar, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        found = ((_created(item), item) for item in calendar.poll(None).changed)
        self._items = sorted(found, key=lambda pair: (pair[0] or datetime.min.replace(tzinfo=UTC), pair[1].href))

    def appearances(self) -> list[datetime]:
        """When each entry appeared, where it says so; in order."""
        return [at for at, _ in self._items if at is not None]

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `Calendar.poll`. The cursor counts the entries given so far."""
        first = int(cursor) if cursor and cursor.isdecimal() else 0
        now = self._clock()
        ready = [item for at, item in self._items[first:] if at is None or at <= now]
        return CalendarDelta(tuple(ready), (), str(first + len(ready)), complete=cursor is None)

    def create(self, href: str, ics: str) -> None:
        """Nothing is written."""

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """Nothing is written; said as if it were."""
        return True

    def check(self) -> list[str]:
        """How much there is."""
        return [f"{len(self._items)} entries"]


def _all_heads(mailbox: Mailbox, since: datetime) -> list[MailHead]:
    heads: dict[MailRef, MailHead] = {}
    cursor, more = None, True
    while more:
        delta = mailbox.poll(cursor, since)
        heads |= {head.ref: replace(head) for head in delta.heads}
        cursor, more = delta.cursor, delta.more
    return list(heads.values())


def _created(item: CalendarObject) -> datetime | None:
    stamps = [datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) for text in _CREATED.findall(item.ics)]
    return min(stamps, default=None)
