"""The mentor's mailbox over IMAP (RFC 9051): read with EXAMINE and BODY.PEEK only, so that no mail is ever changed.

One connection serves both folders and stays open. INBOX is examined afresh before every look and before IDLE: that
answer is complete, where an EXISTS that arrives in the middle of another command's answer would be lost.
"""

from __future__ import annotations

import imaplib
import select
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from agent.connectors.imap_cursor import Place, dump_cursor, parse_cursor
from agent.connectors.imap_deadline import cut_after
from agent.connectors.imap_folders import End, Folders
from agent.connectors.imap_login import Server, connect, find_sent, saves_sent
from agent.connectors.imap_parts import without_attachments
from agent.connectors.imap_read import heads_of, uids_from
from agent.connectors.ports import KEY_HEADER, AccessTokens, Folder, MailDelta, MailHead, MailRef
from agent.connectors.rawmail import BATCH, bounded_headers, carries, message_id, own_date
from agent.errors import AgentError, TerminalError, TransientError, UnreadableError

if TYPE_CHECKING:
    from imapclient import IMAPClient

_POLL_EVERY = 60.0  # seconds between polls of a server without IDLE, and between attempts to reach one that is away
_DONE_TIMEOUT = 2.0  # seconds that a server gets to end IDLE or to say goodbye when we are in a hurry
_PROBE_TIMEOUT = 10.0  # ... and otherwise: with `probe` it makes less than a minute
_OWN_COPY = 600.0  # seconds in which a server that saves what it sends must have done so
_AHEAD = 8_000_000  # bytes of headers fetched at once, for fewer round trips than a poll of 500 each would make
_MOST_AHEAD, _LEAST_AHEAD = 4000, 20
_FETCH_LIMIT = 1500  # UIDs in one command: Dovecot refuses lines that are too long
_USUAL_HEAD = 16_000  # bytes; until some were seen


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies in one folder from `at` on: `end` once all of `heads` are taken, `more` where that is not all."""

    at: Place
    heads: list[MailHead]
    more: bool
    end: Place

    def after(self, taken: int) -> _Found:
        """What is left when so many heads are taken."""
        left = self.heads[taken:]
        # Where some are left, the folder is not read to its end yet: `whole` stays what it was.
        at = replace(self.end, next=_uid(left[0]), whole=self.at.whole) if left else self.end
        return _Found(at, left, self.more, self.end)


class ImapMailbox:
    """INBOX and Sent of one account. `timeout` in seconds applies to connecting and to every answer.

    `tls` means TLS from the first byte; without it STARTTLS is used wherever it is offered. `sent_folder` is needed
    only where the server marks no folder with \\Sent (RFC 6154) and none has a usual name. `context` replaces the
    system's trust in certificates. `clock` gives seconds since 1970. Every `probe` seconds of IDLE the server has to
    answer. `longest`: seconds that one whole look, or one mail, may take.
    """

    def __init__(  # noqa: PLR0913 -- what differs between servers and tests, by keyword
        self,
        host: str,
        port: int,
        username: str,
        password: str | AccessTokens,
        *,
        tls: bool,
        timeout: float = 30.0,
        sent_folder: str | None = None,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        probe: float = 45.0,
        longest: float = 300.0,
    ) -> None:
        self._server = Server(host, port, username, password, tls, timeout, context)
        self._sent_wish = sent_folder
        self._client: IMAPClient | None = None
        self._folders: Folders | None = None
        self._names = {Folder.INBOX: "INBOX", Folder.SENT: sent_folder or ""}
        self._clock, self._probe, self._longest = clock, probe, longest
        self._polled = 0  # the first UID of INBOX that the last poll did not give
        self._more = True  # whether it left anything
        self._ahead: dict[Folder, _Found] = {}  # fetched with what was given, and not given yet
        self._head_size = _USUAL_HEAD  # bytes, on average, of the last heads
        self._awaited: dict[str, float] = {}  # Message-IDs whose copy the server should save, and since when

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`."""
        with self._guard() as (client, folders), cut_after(self._longest, client.socket(), self._where):
            old = parse_cursor(cursor)
            ahead, self._ahead = self._ahead, {}
            if not ahead or any(found.at != old.get(folder) for folder, found in ahead.items()):
                inbox = old.get(Folder.INBOX)
                going_on = self._more and inbox is not None and inbox.next == self._polled
                ends = folders.ends(old, self._known, going_on=going_on)
                ahead = {f: self._look(client, folders, f, ends[f], old.get(f) or since) for f in Folder}
            heads = tuple(islice(merge(*(found.heads for found in ahead.values()), key=_received), BATCH))
            left = {f: found.after(sum(head.ref.folder is f for head in heads)) for f, found in ahead.items()}
            # The next poll is served from these unless it could run out of one folder's before the other's are due.
            if all(len(found.heads) >= BATCH for found in left.values() if found.more):
                self._ahead = left if any(found.heads for found in left.values()) else {}
            self._polled = left[Folder.INBOX].at.next
            self._more = any(found.more or found.heads for found in left.values())
            cursor = dump_cursor({folder: found.at for folder, found in left.items()})
            return MailDelta(tuple(sorted(heads, key=_received)), cursor, self._more)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`."""

        def whole(client: IMAPClient, uid: int) -> bytes | None:
            raw: bytes | None = client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]")
            return raw

        return self._read(ref, whole)

    def fetch_text(self, ref: MailRef, limit: int) -> bytes:
        """See `Trimming.fetch_text`."""
        return self._read(ref, lambda client, uid: without_attachments(client, uid, limit))

    def _read(self, ref: MailRef, get: Callable[[IMAPClient, int], bytes | None]) -> bytes:
        validity, _, uid = ref.uid.partition(".")
        with self._guard() as (client, folders), cut_after(self._longest, client.socket(), self._where):
            if validity.isdecimal() and uid.isdecimal():
                # Opened anew where it is not found: it may have come after the folder was opened.
                for opened in (folders.ensure, lambda folder, wanted: folders.examine(folder)[0] == wanted):
                    raw = get(client, int(uid)) if opened(ref.folder, int(validity)) else None
                    if raw is not None:
                        return raw
        raise UnreadableError(f"the mail {ref.uid} is no longer in {self._names[ref.folder]}")

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`. The server's search finds parts of words too: its hits are read and compared."""
        with self._guard() as (client, folders):
            folders.examine(Folder.SENT)
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
        if not (wanted and self._saved(wanted)):
            with self._guard() as (client, _):
                client.append(self._names[Folder.SENT], raw, (rb"\Seen",), own_date(headers))

    def _saved(self, wanted: str) -> bool:
        """Whether Sent has it. A server that saves what it sends is given ten minutes: until then, TransientError.

        Its copy may come a moment after its SMTP server has said yes; and where mail leaves by another server, never.
        """
        if self.sent_has(wanted, ""):
            self._awaited.pop(wanted, None)
            return True
        with self._guard() as (client, _):
            if not saves_sent(client, self._server.host):
                return False
        if self._clock() - self._awaited.setdefault(wanted, self._clock()) < _OWN_COPY:
            raise TransientError(f"{self._where} has not put its own copy of {wanted} into Sent yet")
        del self._awaited[wanted]
        return False

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`: IDLE (RFC 2177); without it, or while the server is away, 60 s.

        True also when the connection breaks, so that the next poll meets the error.
        """
        try:
            idles = self._client is not None and self._client.has_capability("IDLE")
            if not idles:
                return not select.select([interrupt], [], [], min(seconds, _POLL_EVERY))[0]
            with self._guard() as (client, folders):
                if folders.inbox_end(self._known) > self._polled:
                    return True
                return self._idle(client, seconds, interrupt)
        except AgentError:
            return True

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        self.close()  # an open connection would not show that the password still holds
        with self._guard() as (client, folders):
            counts = {f: client.folder_status(name, ["MESSAGES"])[b"MESSAGES"] for f, name in self._names.items()}
            for folder in Folder:
                folders.examine(folder)
            idle = "new mail wakes it (IDLE)" if client.has_capability("IDLE") else "asked every 60 s (no IDLE)"
            return [
                f"{self._where}: logged in as {self._server.username}",
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
        return self._server.where

    @property
    def _known(self) -> int | None:
        """The first UID of INBOX that is not known, if the last poll gave all before it."""
        return None if self._more else self._polled

    def _look(self, client: IMAPClient, folders: Folders, folder: Folder, now: End, old: Place | datetime) -> _Found:
        """What `folder` holds from a place or a day on, by UID: as much as fits into _AHEAD bytes, by experience."""
        validity, end = now
        place = old if isinstance(old, Place) else Place(validity, 1, end, old)
        if not place.fits(validity, end):
            place = place.anew(validity, end)
        heads: list[MailHead] = []
        next_ = place.next
        if next_ < end:
            if not folders.ensure(folder, validity):
                raise imaplib.IMAP4.error(f"{self._names[folder]} was made anew in the middle of it")
            most = max(_LEAST_AHEAD, min(_MOST_AHEAD, _AHEAD // self._head_size))
            uids, next_ = uids_from(client, place, end, most)
            heads, size = heads_of(client, folder, place, uids)
            self._head_size = size // len(uids) + 1 if uids else self._head_size
        today = datetime.fromtimestamp(self._clock(), UTC).date()
        return _Found(place, heads, next_ < end, place.read(next_, end, today))

    def _idle(self, client: IMAPClient, seconds: float, interrupt: int) -> bool:
        """Rounds of IDLE, far below the 29 minutes after which servers may hang up (RFC 2177).

        Between them the server has to say that it is still there: one that vanished without a word never would.
        """
        end = time.monotonic() + seconds
        heard: bool | None = None
        while heard is None and (left := end - time.monotonic()) > 0:
            heard = self._idle_round(client, min(left, self._probe), interrupt)
        return bool(heard)

    def _idle_round(self, client: IMAPClient, seconds: float, interrupt: int) -> bool | None:
        """Whether mail came, or the connection broke; False when interrupted, None when time is up."""
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
            sock.settimeout(_DONE_TIMEOUT if interrupted else min(_PROBE_TIMEOUT, self._server.timeout))
            mail = _announces_mail(client.idle_done()[1]) or mail
            sock.settimeout(self._server.timeout)
        except (OSError, imaplib.IMAP4.error):
            self._drop()
            mail = True
        return False if interrupted else mail or None

    @contextmanager
    def _guard(self) -> Iterator[tuple[IMAPClient, Folders]]:
        """The open connection and its folders; what breaks in its use becomes one of our errors, and it is dropped."""
        try:
            if self._client is None or self._folders is None:
                self._client = connect(self._server)
                self._names[Folder.SENT] = find_sent(self._client, self._sent_wish)
                self._folders = Folders(self._client, self._names, self._clock)
            yield self._client, self._folders
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
        client, self._client, self._folders = self._client, None, None
        if client:
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                client.shutdown()


def _uid(head: MailHead) -> int:
    return int(head.ref.uid.partition(".")[2])


def _received(head: MailHead) -> datetime:
    return head.received_at


def _announces_mail(lines: list[Any]) -> bool:
    return any(len(line) > 1 and line[1] == b"EXISTS" for line in lines)
