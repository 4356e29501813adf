"""A mailbox and a way out in memory, for tests and simulations. They pass the same suite as the real ones."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from agent.connectors.ports import Folder, MailDelta, MailHead, MailRef
from agent.connectors.rawmail import BATCH, bounded_headers, check_envelope, marks, message_id, own_date
from agent.errors import TerminalError, TransientError, UncertainSendError, UnreadableError


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail that lies in the mailbox. `number` counts from 1 and is never used again."""

    number: int
    folder: Folder
    raw: bytes
    at: datetime
    seen: bool = False

    @property
    def ref(self) -> MailRef:
        """Where it lies."""
        return MailRef(self.folder, str(self.number))


class MemoryMailbox:
    """`deliver` puts mail in; `away` makes the server unreachable while it is true."""

    def __init__(self) -> None:
        self.mails: dict[int, StoredMail] = {}
        self._own: dict[str, int] = {}  # what stands in the Sent folder by Message-ID, and by our key
        self.away = False
        self._next = 1
        self._rings = False
        self._polled = 0  # the first number that the last poll did not give
        self._bell_in, self._bell_out = socket.socketpair()
        self._bell_in.setblocking(False)
        self._bell_out.setblocking(False)

    def deliver(self, raw: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> MailRef:
        """A mail arrives at `at` (UTC; without it, at its Date header) and wakes whoever waits, in any thread."""
        received = at or own_date(bounded_headers(raw))
        if received is None:
            raise ValueError("a mail without a Date header needs its time of arrival")
        mail = StoredMail(self._next, folder, raw, received.astimezone(UTC), seen=folder is Folder.SENT)
        self.mails[mail.number] = mail
        if folder is Folder.SENT:
            self._own |= dict.fromkeys(marks(bounded_headers(raw)), mail.number)
        self._next += 1
        self._ring()
        return mail.ref

    def remove(self, ref: MailRef) -> None:
        """The mentor deletes a mail."""
        del self.mails[int(ref.uid)]

    def read(self, ref: MailRef) -> None:
        """The mentor opens a mail."""
        self.mails[int(ref.uid)] = replace(self.mails[int(ref.uid)], seen=True)

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """See `Mailbox.poll`."""
        self._reach()
        try:
            first, start, begin = json.loads(cursor or "")
            begin = datetime.fromisoformat(begin)
            valid = 1 <= first <= self._next
        except (ValueError, TypeError):
            valid = False
        if not valid:
            first, start, begin = 1, self._next, since
        later = (self.mails.get(number) for number in range(first, self._next))
        fresh = [m for m in later if m is not None and (m.number >= start or m.at >= begin)]
        taken = fresh[:BATCH]
        more = len(fresh) > BATCH
        self._polled = taken[-1].number + 1 if more else self._next
        heads = tuple(MailHead(m.ref, bounded_headers(m.raw), len(m.raw), m.at) for m in sorted(taken, key=_age))
        return MailDelta(heads, json.dumps([self._polled, start, begin.isoformat()]), more)

    def fetch(self, ref: MailRef) -> bytes:
        """See `Mailbox.fetch`."""
        self._reach()
        mail = self.mails.get(int(ref.uid)) if ref.uid.isdecimal() else None
        if mail is None or mail.folder is not ref.folder:
            raise UnreadableError(f"the mail {ref.uid} is no longer there")
        return mail.raw

    def sent_has(self, message_id: str, key: str) -> bool:
        """See `Mailbox.sent_has`."""
        self._reach()
        return any(self._own.get(mark) in self.mails for mark in (message_id, key) if mark)

    def save_sent(self, raw: bytes) -> None:
        """See `Mailbox.save_sent`. Its time is that of its Date header."""
        wanted = message_id(bounded_headers(raw))
        if not (wanted and self.sent_has(wanted, "")):
            self._reach()
            self.deliver(raw, Folder.SENT)

    def wait(self, seconds: float, interrupt: int) -> bool:
        """See `Mailbox.wait`."""
        if not self.away and self._next > self._polled > 0:
            return True
        ready = select.select([self._bell_out.fileno(), interrupt], [], [], seconds)[0]
        if interrupt in ready:
            return False
        if ready:
            self._rings = False
            self._bell_out.recv(4096)
        return bool(ready)

    def check(self) -> list[str]:
        """See `Mailbox.check`."""
        self._reach()
        return [f"memory: {len(self.mails)} mails"]

    def close(self) -> None:
        """Nothing is held."""

    def _reach(self) -> None:
        if self.away:
            raise TransientError("the mailbox in memory is away")

    def _ring(self) -> None:
        if not self._rings:  # once is enough: who hears it reads all there is
            self._rings = True
            self._bell_in.send(b".")


class Failure(StrEnum):
    """How a send may go wrong."""

    TRANSIENT = "transient"  # certainly not gone; later it may
    TERMINAL = "terminal"  # certainly not gone, and never will
    DELIVERED = "delivered"  # the connection broke, but it went
    LOST = "lost"  # the connection broke, and it did not go


@dataclass(frozen=True, slots=True)
class SentMail:
    """One message as it left."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class MemoryTransport:
    """Keeps what is sent in `sent`. `fail_next` makes the next send, and only that, go wrong."""

    def __init__(self) -> None:
        self.sent: list[SentMail] = []
        self._failures: list[Failure] = []

    def fail_next(self, failure: Failure) -> None:
        """Queue one failure; several are met in turn."""
        self._failures.append(failure)

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """See `Transport.send`."""
        check_envelope(sender, recipients)
        failure = self._failures.pop(0) if self._failures else None
        if failure is Failure.TRANSIENT:
            raise TransientError("the way out in memory is busy")
        if failure is Failure.TERMINAL:
            raise TerminalError("the way out in memory refuses the recipient")
        before_data()
        if failure is not Failure.LOST:
            self.sent.append(SentMail(sender, recipients, raw))
        if failure is not None:
            raise UncertainSendError("the connection broke after the message was handed over")

    def check(self) -> list[str]:
        """See `Transport.check`."""
        return ["memory: messages are kept"]


def _age(mail: StoredMail) -> datetime:
    return mail.at
