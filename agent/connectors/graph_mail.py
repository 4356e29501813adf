"""The mentor's mailbox in Microsoft 365 over Graph: inbox and Sent Items, followed by delta queries.

Where a header block comes from. Graph's own list of headers (internetMessageHeaders) is no raw block, and Sent Items
lack it. For the inbox the block that the server received is asked for with the page itself, as an extended property
(PidTagTransportMessageHeaders): no further request a mail. For Sent Items, and for mail that has none, the beginning of
its MIME form is read.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from agent.connectors import graph_cursor as cursors
from agent.connectors.graph_cursor import FOLDERS, Place
from agent.connectors.graph_errors import GoneError, StateLostError, understood
from agent.connectors.graph_http import GraphHttp
from agent.connectors.ports import KEY_HEADER, Folder, MailDelta, MailHead, MailRef
from agent.connectors.rawmail import BATCH, HEADER_LIMIT, bounded_headers, header_block, message_id
from agent.errors import AgentError, TerminalError, UnreadableError

NEED = "Mail.ReadWrite"
PAGE = 100
"""Messages asked for at once; the server may give fewer."""

KEY_PROPERTY = f"String {{00020386-0000-0000-C000-000000000046}} Name {KEY_HEADER.lower()}"
"""Our key header as a property that can be searched for: the named properties of internet headers."""

_HEADERS = 0x007D  # PidTagTransportMessageHeaders: as received, Authentication-Results included
_SIZE = 0x0E08  # PidTagMessageSizeExtended: bytes as stored, close to the size as MIME
_PAGES = 50  # in one look: a server may give pages with nothing in them
_READ_ON = 128 * 1024  # bytes of a mail that are read rather than giving up the connection


class GraphMailbox:
    """Inbox and Sent Items. `poll_every`: seconds between two looks while waiting: Graph pushes to public servers."""

    def __init__(
        self, http: GraphHttp, *, poll_every: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._poll_every, self._clock = poll_every, clock
        self._inbox: Place | None = None  # where the last poll ended

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`."""
        places, heads, more = cursors.parse(cursor, self._http.who, self._http.gives), list[MailHead](), False
        for folder in Folder:
            place = places.get(folder) or cursors.start(self._http.root, folder, since)
            with understood(self._http.root):
                try:
                    found, places[folder], left = self._look(folder, place, BATCH - len(heads))
                except StateLostError:
                    found, places[folder], left = self._anew(folder, since, BATCH - len(heads))
            heads += found
            more = more or left
        self._inbox = places[Folder.INBOX]
        once = {head.ref: head for head in heads}.values()  # a round may tell of the same mail twice
        return MailDelta(tuple(sorted(once, key=_received)), cursors.dump(places, self._http.who), more)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`: its MIME form, as Exchange has it."""
        return self._http.content(_mime(ref.uid), NEED)

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`. What the server's search finds is compared exactly."""
        if message_id and self._found(f"internetMessageId eq {_quoted(message_id)}", message_id):
            return True
        has = f"ep/id eq '{KEY_PROPERTY}' and ep/value eq {_quoted(key)}"
        return bool(key) and self._found(f"singleValueExtendedProperties/Any(ep: {has})", key)

    def save_sent(self, raw: bytes) -> None:
        """Nothing is put there: the server keeps what it sends, and a copy of ours would be a second one.

        It is looked for all the same, so that an outage shows here as it does elsewhere.
        """
        self.sent_has(message_id(bounded_headers(raw)), "")

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`: one small question a minute. True also when it fails, for the next poll to meet that."""
        end = self._clock() + seconds
        try:
            while not self._news():
                left = end - self._clock()
                if left <= 0 or select.select([interrupt], [], [], min(left, self._poll_every))[0]:
                    return False
                if end - self._clock() <= 0:
                    return False
        except AgentError:
            return True
        return True

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        counts = {
            folder: self._http.get(f"mailFolders/{name}", NEED, **{"$select": "totalItemCount"})
            for folder, name in FOLDERS.items()
        }
        return [
            f"Microsoft 365 (Graph): signed in for {self._http.who}",
            f"inbox: {counts[Folder.INBOX].get('totalItemCount')} mails, asked every {self._poll_every:.0f} s",
            f"sentitems: {counts[Folder.SENT].get('totalItemCount')} sent mails, kept there by the server",
        ]

    def close(self) -> None:
        """See `Mailbox.close`."""
        self._http.close()

    def _anew(self, folder: Folder, since: datetime, room: int) -> tuple[list[MailHead], Place, bool]:
        """The server knows the link no more: from the beginning, once."""
        try:
            return self._look(folder, cursors.start(self._http.root, folder, since), room)
        except StateLostError as error:
            raise TerminalError(f"Microsoft Graph gives no way to follow {FOLDERS[folder]}: {error}") from error

    def _look(self, folder: Folder, place: Place, room: int) -> tuple[list[MailHead], Place, bool]:
        """Pages as long as they have room; where to go on, and whether there is more at once."""
        heads: list[MailHead] = []
        for _ in range(_PAGES):
            if len(heads) + PAGE > room:
                return heads, place, True
            page = self._page(place.link)
            items = [item for item in page.get("value", []) if _is_new(item)]
            heads += [head for item in items if (head := self._head(folder, item)) is not None]
            place, over = cursors.after(self._http.root, folder, place, page, items)
            if over:
                return heads, place, False
        return heads, place, True

    def _page(self, link: str) -> dict[str, Any]:
        try:
            return self._http.get(link, NEED, prefer=f"odata.maxpagesize={PAGE}")
        except UnreadableError as error:
            raise TerminalError(f"the folder that is followed is not there: {error}") from error
        except TerminalError as error:
            if "token" in link and "(400" in str(error):
                raise StateLostError(str(error)) from error  # a link that makes no sense to the server
            raise

    def _head(self, folder: Folder, item: dict[str, Any]) -> MailHead | None:
        """None for a mail that has gone meanwhile."""
        received = datetime.fromisoformat(item["receivedDateTime"]).astimezone(UTC)
        known = dict(_properties(item))
        headers = b"" if folder is Folder.SENT else _crlf(known.get(_HEADERS, ""))
        size = int(known.get(_SIZE) or 0)
        if not message_id(headers):
            try:
                raw = self._http.content(_mime(item["id"]), NEED, _Enough(size))
            except GoneError:
                return None
            except UnreadableError:
                raw = b""  # the server cannot make MIME of it: it must not hide the others
            headers, size = bounded_headers(raw), max(size, len(raw))
        return MailHead(MailRef(folder, item["id"]), headers, size or len(headers), received)

    def _news(self) -> bool:
        """Whether the inbox has something that no poll gave."""
        if self._inbox is None:
            return True
        with understood(self._http.root):
            return any(_is_new(item) for item in self._page(self._inbox.link).get("value", []))

    def _found(self, condition: str, value: str) -> bool:
        query = {
            "$filter": condition,
            "$select": "internetMessageId",
            "$expand": f"singleValueExtendedProperties($filter=id eq '{KEY_PROPERTY}')",
        }
        page = self._http.get(f"mailFolders/{FOLDERS[Folder.SENT]}/messages", NEED, **query)
        with understood(self._http.root):
            return any(value in _marks(item) for item in page.get("value", []))


class _Enough:
    """A header block, and the rest where that is short."""

    def __init__(self, size: int) -> None:
        self._whole = 0 < size <= _READ_ON

    def __call__(self, body: bytearray) -> bool:
        if self._whole and len(body) <= _READ_ON:
            return False
        return header_block(bytes(body[:HEADER_LIMIT])) is not None or len(body) > HEADER_LIMIT


def _is_new(item: dict[str, Any]) -> bool:
    """Changes come with what changed alone, and what went with `@removed`."""
    return "@removed" not in item and bool(item.get("receivedDateTime"))


def _marks(item: dict[str, Any]) -> Iterator[str]:
    yield str(item.get("internetMessageId", ""))
    for one in item.get("singleValueExtendedProperties", []):
        yield str(one.get("value", ""))


def _properties(item: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """The extended properties by their tags, which the server writes in a shape of its own ("String 0x7d")."""
    for one in item.get("singleValueExtendedProperties", []):
        tag = str(one.get("id", "")).rpartition(" ")[2]
        if tag.lower().startswith("0x"):
            yield int(tag, 16), str(one.get("value", ""))


def _crlf(text: str) -> bytes:
    """A header block as bytes; what follows an empty line is none of it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").partition("\n\n")[0].rstrip("\n")
    return (lines.replace("\n", "\r\n") + "\r\n").encode("utf-8", "replace") if lines else b""


def _mime(uid: str) -> str:
    return f"messages/{quote(uid, safe='')}/$value"


def _quoted(value: str) -> str:
    """A string in OData's filter language."""
    return "'" + value.replace("'", "''") + "'"


def _received(head: MailHead) -> datetime:
    return head.received_at
