"""The mentor's mailbox on an Exchange server: inbox and Sent, followed with SyncFolderItems (MS-OXWSSYNC).

Only ids, times and sizes of what changed are asked for, then the header blocks of what is new. Nothing is marked,
moved or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from exchangelib import Message
from exchangelib.account import Account
from exchangelib.errors import ErrorInvalidSyncStateData, EWSError
from exchangelib.ewsdatetime import EWSDateTime
from exchangelib.items import SAVE_ONLY

from agent.connectors import ews_requests as ews
from agent.connectors import ews_writes
from agent.connectors.ews_connection import Connection
from agent.connectors.ews_cursor import Place, dump_cursor, parse_cursor
from agent.connectors.ews_heads import Found, gone, heads, mime
from agent.connectors.ews_requests import Change, Element, Key, Page
from agent.connectors.ews_stream import Stream
from agent.connectors.ports import KEY_HEADER, Folder, MailDelta, MailHead, MailRef
from agent.connectors.rawmail import BATCH, bounded_headers, carries, message_id, own_date
from agent.errors import UnreadableError

NAMES = {Folder.INBOX: ews.INBOX, Folder.SENT: ews.SENT}

_PAGES = 20
"""So many pages of old mail are passed over in one call: a first look at 200,000 takes 20 calls."""

_LISTED = (ews.field("datetime_received"), ews.field("size"))
_WHOLE = ews.field("mime_content")
_MARKS = (ews.field("message_id"), ews.extended(Key))


@dataclass(frozen=True, slots=True)
class _Look:
    heads: list[MailHead]
    place: Place
    more: bool


class EwsMailbox:
    """Inbox and Sent over one connection. `went` tells whether this account has just sent a mail itself, by its
    Message-ID: the server files its own copy of it, a moment later.
    """

    def __init__(self, connection: Connection, went: Callable[[str], bool]) -> None:
        self._connection, self._went = connection, went
        self._stream = Stream(connection, tuple(NAMES.values()))
        self._polled: dict[Folder, Place] = {}

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`."""
        with self._connection.guard() as account:
            places = parse_cursor(cursor, self._connection.mailbox)
            found: list[MailHead] = []
            more = False
            for folder in Folder:
                old = places.get(folder, Place("", since))
                if len(found) == BATCH:
                    look = _Look([], old, more=True)
                else:
                    look = _look(account, folder, old, since, BATCH - len(found))
                found += look.heads
                places[folder] = look.place
                more = more or look.more
            self._polled = {} if more else dict(places)
            heads_by_age = tuple(sorted(found, key=lambda head: head.received_at))
            return MailDelta(heads_by_age, dump_cursor(places, self._connection.mailbox), more)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`."""
        with self._connection.guard() as account:
            ((_, answer),) = ews.get(account, [ref.uid], _WHOLE)
            if isinstance(answer, EWSError):
                if gone(answer):
                    raise UnreadableError(f"the mail is no longer in {ref.folder}")
                raise UnreadableError(f"the server cannot give this mail ({type(answer).__name__})")
            return mime(answer) or b""

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`. Servers compare loosely: what they find is compared again."""
        with self._connection.guard() as account:
            return _in_sent(account, message_id, key)

    def save_sent(self, raw: bytes) -> None:
        """See `Mailbox.save_sent`. Its time is that of its Date header."""
        headers = bounded_headers(raw)
        wanted = message_id(headers)
        if wanted and (self._went(wanted) or self.sent_has(wanted, "")):
            return
        with self._connection.guard() as account:
            ews_writes.create(account, ews.SENT, _kept(raw, own_date(headers)), SAVE_ONLY)

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`: streaming notifications, or a look every 60 s where there are none."""
        return self._stream.wait(seconds, interrupt, self._has_news)

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        self.close()  # an open connection would not show that the password still holds
        with self._connection.guard() as account:
            inbox, sent = ews.count(account, ews.INBOX, ews.SENT)
            version = account.version.build
            return [
                f"{self._connection.where} ({version}): logged in as {self._connection.user}",
                f"inbox of {account.primary_smtp_address}: {inbox} mails",
                f"Sent: {sent} sent mails",
            ]

    def close(self) -> None:
        """See `Mailbox.close`."""
        self._stream.close()
        self._connection.close()

    def _has_news(self, account: Account) -> bool:
        """Whether a mail came since the last poll; also when so much happened that nobody knows."""
        pages = (ews.sync(account, NAMES[folder], place.state, BATCH) for folder, place in self._polled.items())
        return any(not page.last or any(change.kind == "create" for change in page.changes) for page in pages)


def _look(account: Account, folder: Folder, old: Place, since: datetime, room: int) -> _Look:
    """What is new in a folder: at most `room`."""
    place, last = old, False
    for _ in range(_PAGES):
        place, page = _page(account, folder, place, since, room)
        new = [one for one in map(_found, page.changes) if one and (place.begin is None or one.received >= place.begin)]
        last = page.last
        place = Place(page.state, None if last else place.begin)
        if new or last:
            return _Look(heads(account, folder, new), place, more=not last)
    return _Look([], place, more=True)


def _page(account: Account, folder: Folder, place: Place, since: datetime, room: int) -> tuple[Place, Page]:
    """The next changes; from the beginning where the server has forgotten the state (it moved, or was restored)."""
    try:
        return place, ews.sync(account, NAMES[folder], place.state, room, *_LISTED)
    except ErrorInvalidSyncStateData:
        if not place.state:
            raise
    anew = Place("", since)
    return anew, ews.sync(account, NAMES[folder], anew.state, room, *_LISTED)


def _found(change: Change) -> Found | None:
    """A mail that appeared; None for one that was read, moved on, deleted."""
    if change.kind != "create" or change.item is None:
        return None
    received = ews.moment(change.item, "DateTimeReceived") or datetime.fromtimestamp(0, UTC)
    size = int(ews.text(change.item, "Size") or 0)
    return Found(change.id, received, size, message=change.item.tag.endswith("}Message"))


def _in_sent(account: Account, message_id: str, key: str) -> bool:
    return any(_bears(item, message_id, key) for item in _candidates(account, message_id, key))


def _candidates(account: Account, message_id: str, key: str) -> Iterator[Element]:
    if message_id:
        yield from ews.find(account, ews.SENT, ews.field("message_id"), message_id, *_MARKS)
    if key:
        yield from ews.find(account, ews.SENT, ews.extended(Key), key, *_MARKS)


def _bears(item: Element, message_id: str, key: str) -> bool:
    marks = f"Message-ID: {ews.text(item, 'InternetMessageId')}\r\n{KEY_HEADER}: {ews.extended_text(item, Key)}\r\n"
    return carries(marks.encode(), message_id, key)


def _kept(raw: bytes, at: datetime | None) -> Message:
    """A mail as it lies in Sent: no draft, read, and of its own time."""
    ews.register()
    times = {} if at is None else dict.fromkeys(("delivered_at", "submitted_at"), EWSDateTime.from_datetime(at))
    return Message(mime_content=raw, message_flags=1, is_read=True, **times)
