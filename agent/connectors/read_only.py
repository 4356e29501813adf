"""A mailbox and a calendar that are read and never written to: for what looks at the world without touching it."""

from __future__ import annotations

from datetime import datetime

from agent.connectors.ports import Calendar, CalendarDelta, Mailbox, MailDelta, MailRef, Trimming
from agent.errors import UnreadableError


class ReadOnlyMailbox:
    """Passes every question on to the real mailbox, and keeps no copy in Sent."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`."""
        return self._mailbox.poll(cursor, since)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`."""
        return self._mailbox.fetch(ref)

    def fetch_text(self, ref: MailRef, limit: int) -> bytes:
        """See `Trimming.fetch_text`."""
        if not isinstance(self._mailbox, Trimming):
            raise UnreadableError(f"only mails of up to {limit / 1e6:g} MB are read")
        return self._mailbox.fetch_text(ref, limit)

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`."""
        return self._mailbox.sent_has(message_id, key)

    def save_sent(self, raw: bytes) -> None:
        """Nothing is written."""

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`."""
        return self._mailbox.wait(seconds, interrupt)

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        return self._mailbox.check()

    def close(self) -> None:
        """See `Mailbox.close`."""
        self._mailbox.close()


class ReadOnlyCalendar:
    """Passes every question on to the real calendar, and changes nothing in it."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `Calendar.poll`."""
        return self._calendar.poll(cursor)

    def create(self, href: str, ics: str) -> None:
        """Nothing is written."""

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """Nothing is written; said as if it were."""
        return True

    def check(self) -> list[str]:
        """See `Calendar.check`."""
        return self._calendar.check()
