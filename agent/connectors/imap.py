"""The mentor's mailbox over IMAP (RFC 9051): read with EXAMINE and BODY.PEEK only, so that no mail is ever changed.

One connection serves both folders and stays open. INBOX is examined afresh before every look and before IDLE: that
answer is complete, where an EXISTS that arrives in the middle of another command's answer would be lost.
"""

from __future__ import annotations

import imaplib
import select
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from agent.connectors.imap_cursor import Place, dump_cursor, parse_cursor
from agent.connectors.imap_login import connect, find_sent
from agent.connectors.ports import KEY_HEADER, Folder, MailDelta, MailHead, MailRef
from agent.connectors.rawmail import BATCH, HEADER_LIMIT, bounded_headers, carries, message_id, own_date
from agent.errors import AgentError, TerminalError, TransientError, UnreadableError

if TYPE_CHECKING:
    from imapclient import IMAPClient

_IDLE_LIMIT = 28 * 60.0  # seconds; servers may hang up after 29 minutes of IDLE (RFC 2177)
_POLL_EVERY = 60.0  # seconds between polls of a server without IDLE, and between attempts to reach one that is away
_DONE_TIMEOUT = 2.0  # seconds that a server gets to end IDLE or to say goodbye
_HEADER = f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"
_FETCH_LIMIT = 1500  # UIDs in one command: Dovecot refuses lines that are too long


@dataclass(frozen=True, slots=True)
class _Found:
    heads: list[MailHead]
    more: bool
    place: Place  # once all of `heads` are taken


class ImapMailbox:
    """INBOX and Sent of one account. `timeout` in seconds applies to connecting and to every answer.

    `tls` means TLS from the first byte; without it STARTTLS is used wherever it is offered. `sent_folder` is needed
    only where the server marks no folder with \\Sent (RFC 6154) and none has a usual name. `context` replaces the
    system's trust in certificates.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        password: str,
        *,
        tls: bool,
        timeout: float = 30.0,
        sent_folder: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._username, self._password = username, password
        self._tls, self._timeout, self._context = tls, timeout, context
        self._sent_wish = sent_folder
        self._client: IMAPClient | None = None
        self._names = {Folder.INBOX: "INBOX", Folder.SENT: sent_folder or ""}
        self._polled = 0  # the first UID of INBOX that the last poll did not give

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`."""
        with self._guard() as client:
            old = parse_cursor(cursor)
            found = {folder: self._look(client, folder, old.get(folder), since) for folder in Folder}
            by_time = merge(*(f.heads for f in found.values()), key=_received)
            heads = tuple(islice(by_time, BATCH))
            places = {folder: _place_after(f, heads, folder) for folder, f in found.items()}
            self._polled = places[Folder.INBOX].next
            more = any(f.more for f in found.values()) or len(heads) < sum(len(f.heads) for f in found.values())
            return MailDelta(tuple(sorted(heads, key=_received)), dump_cursor(places), more)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`."""
        validity, _, uid = ref.uid.partition(".")
        with self._guard() as client:
            if validity.isdecimal() and uid.isdecimal() and self._examine(client, ref.folder)[0] == int(validity):
                for data in client.fetch([int(uid)], ["BODY.PEEK[]"]).values():
                    raw: bytes | None = data.get(b"BODY[]")
                    if raw is not None:
                        return raw
        raise UnreadableError(f"the mail {ref.uid} is no longer in {self._names[ref.folder]}")

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`. The server's search finds parts of words too: its hits are read and compared."""
        with self._guard() as client:
            self._examine(client, Folder.SENT)
            uids: list[int] = []
            for name, value in (("Message-ID", message_id), (KEY_HEADER, key)):
                if value:
                    uids += client.search(["HEADER", name, value])
            fields = f"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID {KEY_HEADER.upper()})]"
            for start in range(0, len(uids), _FETCH_LIMIT):
                for data in client.fetch(uids[start : start + _FETCH_LIMIT], [fields]).values():
                    blocks = (value for name, value in data.items() if name.startswith(b"BODY["))
                    if any(carries(bounded_headers(block), message_id, key) for block in blocks):
                        return True
        return False

    def save_sent(self, raw: bytes) -> None:
        """See `Mailbox.save_sent`. Its INTERNALDATE is that of its Date header."""
        headers = bounded_headers(raw)
        wanted = message_id(headers)
        if not (wanted and self.sent_has(wanted, "")):
            with self._guard() as client:
                client.append(self._names[Folder.SENT], raw, (rb"\Seen",), own_date(headers))

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`: IDLE (RFC 2177), at most 28 minutes; without it, or while the server is away, 60 s.

        True also when the connection breaks, so that the next poll meets the error.
        """
        try:
            idles = self._client is not None and self._client.has_capability("IDLE")
            if not idles:
                return not select.select([interrupt], [], [], min(seconds, _POLL_EVERY))[0]
            with self._guard() as client:
                if self._examine(client, Folder.INBOX)[1] > self._polled:
                    return True
                return self._idle(client, min(seconds, _IDLE_LIMIT), interrupt)
        except AgentError:
            return True

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        self.close()  # an open connection would not show that the password still holds
        with self._guard() as client:
            counts = {f: client.folder_status(name, ["MESSAGES"])[b"MESSAGES"] for f, name in self._names.items()}
            for folder in Folder:
                self._examine(client, folder)
            idle = "new mail wakes it (IDLE)" if client.has_capability("IDLE") else "asked every 60 s (no IDLE)"
            return [
                f"{self._where}: logged in as {self._username}",
                f"{self._names[Folder.INBOX]}: {counts[Folder.INBOX]} mails, {idle}",
                f"{self._names[Folder.SENT]}: {counts[Folder.SENT]} sent mails",
            ]

    def close(self) -> None:
        """See `Mailbox.close`."""
        if self._client:
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                self._client.socket().settimeout(_DONE_TIMEOUT)
                self._client.logout()
        self._drop()

    @property
    def _where(self) -> str:
        return f"the IMAP server {self._host}:{self._port}"

    def _examine(self, client: IMAPClient, folder: Folder) -> tuple[int, int]:
        """Open `folder` for reading; its UIDVALIDITY and UIDNEXT."""
        name = self._names[folder]
        answer = client.select_folder(name, readonly=True)
        if b"UIDNEXT" not in answer:  # RFC 3501 allows that
            answer |= client.folder_status(name, ["UIDNEXT", "UIDVALIDITY"])
        return answer[b"UIDVALIDITY"], answer[b"UIDNEXT"]

    def _look(self, client: IMAPClient, folder: Folder, old: Place | None, since: datetime) -> _Found:
        """What `folder` holds from `old` on: at most a batch, in the order of UIDs."""
        if folder is Folder.INBOX:
            validity, upto = self._examine(client, folder)
        else:  # leaves INBOX open
            answer = client.folder_status(self._names[folder], ["UIDVALIDITY", "UIDNEXT"])
            validity, upto = answer[b"UIDVALIDITY"], answer[b"UIDNEXT"]
        # A UIDNEXT that went back without a new UIDVALIDITY: a server restored from its backup.
        fits = old is not None and old.validity == validity and old.next <= upto
        place = old if old and fits else Place(validity, 1, upto, since)
        if place.next >= upto:
            return _Found([], False, place)
        self._examine(client, folder)
        uids = _uids(client, place)
        batch = uids[:BATCH]
        more = len(uids) > BATCH
        heads = _heads(client, folder, place, batch)
        end = batch[-1] + 1 if batch else upto
        return _Found(heads, more, replace(place, next=end if more else max(end, upto)))

    def _idle(self, client: IMAPClient, seconds: float, interrupt: int) -> bool:
        end = time.monotonic() + seconds
        client.idle()
        sock = client.socket()
        ready: list[Any] = []
        mail = False
        while not mail and interrupt not in ready:
            lines = client.idle_check(timeout=0)
            if (sock in ready and not lines) or any(line[0] == b"BYE" for line in lines):
                raise imaplib.IMAP4.abort("the server hung up")  # after BYE, [] at once and for ever
            mail = _announces_mail(lines)
            left = end - time.monotonic()
            if mail or left <= 0:
                break
            ready = select.select([sock, interrupt], [], [], left)[0]
        interrupted = interrupt in ready
        try:
            sock.settimeout(_DONE_TIMEOUT)
            mail = _announces_mail(client.idle_done()[1]) or mail
            sock.settimeout(self._timeout)
        except (OSError, imaplib.IMAP4.error):
            self._drop()
            mail = True
        return mail and not interrupted

    @contextmanager
    def _guard(self) -> Iterator[IMAPClient]:
        """The open connection; what breaks in its use becomes one of our errors, and the connection is dropped."""
        try:
            if self._client is None:
                self._client = connect(
                    self._host, self._port, self._username, self._password, self._tls, self._timeout, self._context
                )
                self._names[Folder.SENT] = find_sent(self._client, self._sent_wish)
            yield self._client
        except AgentError as exc:
            if not isinstance(exc, UnreadableError):
                self._drop()
            raise
        except (imaplib.IMAP4.error, OSError, ValueError, KeyError) as exc:  # the last two: answers that make no sense
            self._drop()
            if "[OVERQUOTA]" in str(exc):
                raise TerminalError(f"{self._where} has no room left: {exc}") from exc
            raise TransientError(f"{self._where} is not reachable: {exc}") from exc

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client:
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                client.shutdown()


def _uids(client: IMAPClient, place: Place) -> list[int]:
    """UIDs from `place` on, ascending. SINCE knows days only, in whatever zone the server used: a day more is asked."""
    first = max(place.next, place.start)
    backlog: list[int] = []
    if place.next < place.start:
        day = (place.since.astimezone(UTC) - timedelta(days=1)).date()
        backlog = client.search(["UID", f"{place.next}:{place.start - 1}", "SINCE", day])
    fresh = [uid for uid in client.search(["UID", f"{first}:*"]) if uid >= first]  # n:* always gives the last one
    return sorted({*backlog, *fresh})


def _heads(client: IMAPClient, folder: Folder, place: Place, uids: list[int]) -> list[MailHead]:
    heads = []
    for uid, data in sorted(client.fetch(uids, ["INTERNALDATE", "RFC822.SIZE", _HEADER]).items()):
        received = data[b"INTERNALDATE"].astimezone(UTC)
        if uid >= place.start or received >= place.since:
            headers = next(value for name, value in data.items() if name.startswith(b"BODY[HEADER]"))
            ref = MailRef(folder, f"{place.validity}.{uid}")
            heads.append(MailHead(ref, bounded_headers(headers or b""), data[b"RFC822.SIZE"], received))
    return heads


def _place_after(found: _Found, taken: tuple[MailHead, ...], folder: Folder) -> Place:
    """Where to go on when only `taken` leave with this poll."""
    left = found.heads[sum(1 for head in taken if head.ref.folder is folder) :]
    return replace(found.place, next=int(left[0].ref.uid.partition(".")[2])) if left else found.place


def _received(head: MailHead) -> datetime:
    return head.received_at


def _announces_mail(lines: list[Any]) -> bool:
    return any(len(line) > 1 and line[1] == b"EXISTS" for line in lines)
