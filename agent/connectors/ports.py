"""The small protocols that the rest of the program knows the world by.

Every connector raises only errors of `agent.errors`: TransientError where waiting may help, RefusedLoginError or
TerminalError where it cannot, UnreadableError for one item. What they return is complete or not returned at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from agent.model import Brief, Report
from agent.model.calls import Talk, Terms

KEY_HEADER = "X-Mentor-Agent-Key"
"""Header on everything we send: an opaque reference, unique to one outbox row."""


class Folder(StrEnum):
    """The two folders that are read. Nothing in them is ever deleted, moved or marked."""

    INBOX = "inbox"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class MailRef:
    """Where a mail lies. `uid` is opaque and stable (for IMAP it carries UIDVALIDITY)."""

    folder: Folder
    uid: str


@dataclass(frozen=True, slots=True)
class MailHead:
    """A mail's header block, raw (RFC 5322, up to and without the empty line), with its size in bytes."""

    ref: MailRef
    headers: bytes
    size: int
    received_at: datetime  # UTC; the server's arrival time, not the Date header


@dataclass(frozen=True, slots=True)
class MailDelta:
    """New mails since a cursor, oldest first. Store `cursor` only together with what was learnt from `heads`."""

    heads: tuple[MailHead, ...]
    cursor: str
    more: bool = False  # ask again at once: there is more than one batch


class Mailbox(Protocol):
    """The mentor's mailbox, inbox and Sent together."""

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        """Mails that arrived after `cursor`; with None, or one that no longer holds, all received from `since` on.

        At-least-once: a mail may be given again after a cursor was lost, never skipped. At most 500 a call.
        """

    def fetch(self, ref: MailRef) -> bytes:
        """The whole raw mail. UnreadableError if it is no longer there."""

    def sent_has(self, message_id: str, key: str) -> bool:
        """Whether Sent holds a mail with this Message-ID (with angle brackets) or this key header."""

    def save_sent(self, raw: bytes) -> None:
        """Put a copy in Sent, flagged as seen, unless a mail with its Message-ID is already there."""

    def wait(self, seconds: float, interrupt: int) -> bool:
        """Block until mail may have arrived (True), or time is up or `interrupt` (a descriptor) is readable (False)."""

    def check(self) -> list[str]:
        """Connect, log in, open both folders; human-readable findings. Raises what poll would raise."""

    def close(self) -> None:
        """Give the connection back. Using the mailbox again reconnects."""


@runtime_checkable
class Trimming(Protocol):
    """A mailbox that can leave large attachments where they are."""

    def fetch_text(self, ref: MailRef, limit: int) -> bytes:
        """The raw mail, attachments beyond `limit` bytes in all left empty; its signature no longer verifies.

        UnreadableError if it is no longer there, or if what is written in it is itself too large.
        """


class AccessTokens(Protocol):
    """What an account logs in with instead of a password (OAuth2 bearer tokens, RFC 6750)."""

    def __call__(self, refused: str | None = None) -> str:
        """A token that holds, renewed if need be, and never `refused`, which a server did not take.

        RefusedLoginError when the mentor has to sign in again; TransientError while the provider is away.
        """


def bearer(mechanism: str, user: str, token: str, host: str, port: int) -> bytes:
    """What a client says first in OAUTHBEARER (RFC 7628 3.1) or XOAUTH2 (Google's own, and Microsoft's)."""
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode()


BEARER_ERROR_SEEN = {"OAUTHBEARER": b"\x01", "XOAUTH2": b""}
"""What a client answers to the challenge that says why a token is refused, so that the server can end the exchange."""


class TextRecords(Protocol):
    """Where the keys of DKIM signatures are looked up."""

    def __call__(self, name: str) -> tuple[bytes, ...]:
        """The TXT records at an absolute DNS name, each in one piece; none is an answer. TransientError within 5 s."""


class Transport(Protocol):
    """The way out."""

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """Hand one message over. `before_data` is called once, right before its content is transmitted.

        TransientError and TerminalError mean it has certainly not gone; UncertainSendError means nobody can tell.
        """

    def check(self) -> list[str]:
        """Connect and log in without sending."""


@dataclass(frozen=True, slots=True)
class CalendarObject:
    """One calendar resource as text (RFC 5545); `href` is its stable name in the collection."""

    href: str
    etag: str
    ics: str


@dataclass(frozen=True, slots=True)
class CalendarDelta:
    """Changes since a cursor. With `complete`, `changed` is the whole content and what it lacks is gone."""

    changed: tuple[CalendarObject, ...]
    removed: tuple[str, ...]
    cursor: str
    complete: bool = False


class Calendar(Protocol):
    """The mentor's calendar: it is read, entries of ours are added, and moved to another time.

    Nothing that others wrote is ever changed, nor anything else in an entry of ours; nothing is ever deleted.
    """

    def poll(self, cursor: str | None) -> CalendarDelta:
        """Changes since `cursor`; everything, marked complete, with None or when the cursor no longer holds."""

    def create(self, href: str, ics: str) -> None:
        """Add a resource (RFC 5545 text) under a plain file name such as "ma-1.ics"; one that exists stays as it is.

        TransientError when nobody can tell: the same call may be repeated. TerminalError for a calendar that takes
        no entries from us.
        """

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """Move the entry that `create` added under this name; False where no entry of ours is there (any more).

        All else in it stays as the mentor left it, also what they change at the same moment. `at` is now. Where it is
        at that time already, nothing is done: the same call may be repeated after a TransientError, which is raised
        when nobody can tell. TerminalError for a calendar that cannot be written to, and for an entry that the mentor
        made a series of or invited others to.
        """

    def check(self) -> list[str]:
        """Connect and count; human-readable findings."""


class WholeAccount(Protocol):
    """An account that is mailbox, way out and calendar in one: one login, one connection."""

    @property
    def mailbox(self) -> Mailbox:
        """Its inbox and Sent."""

    @property
    def transport(self) -> Transport:
        """Its way out."""

    @property
    def calendar(self) -> Calendar:
        """Its calendar."""


class Writer(Protocol):
    """Turns notes into a report. Decides nothing, sends nothing (P6)."""

    name: str

    def write(self, brief: Brief) -> Report:
        """A report in `brief.language`. TransientError or TerminalError when the writer cannot."""

    def check(self) -> list[str]:
        """Say one word to it; human-readable findings."""


@runtime_checkable
class Model(Writer, Protocol):
    """A writer that is asked over a wire: slow, metered, and not always right."""

    where: str
    """The base URL: together with `name`, what its server's habits are remembered by."""

    def talk(self, brief: Brief, terms: Terms) -> Talk:
        """A report about a concealed brief, within the terms. Raises only TerminalError, for a brief with names."""


@runtime_checkable
class Previewed(Model, Protocol):
    """A model that can show what would be sent to it."""

    def requests(self, brief: Brief, terms: Terms) -> tuple[list[dict[str, str]], ...]:
        """The messages of each request about a concealed brief, in order, as Chat Completions takes them; nothing sent.

        Where long notes are condensed, the last request holds the lines that the program would choose by itself: which
        of them a model chooses is its answer.
        """
