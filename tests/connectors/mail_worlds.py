"""The mailboxes that the contract suite is run against, each with the hand that puts mail into it."""

from __future__ import annotations

import itertools
import mailbox
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from imapclient import IMAPClient

from agent.connectors.ews import Connection, EwsAccount, EwsMailbox, Login
from agent.connectors.imap import ImapMailbox
from agent.connectors.maildir import MaildirMailbox
from agent.connectors.memory_mail import MemoryMailbox
from agent.connectors.ports import Folder, Mailbox, MailRef
from tests.servers.dovecot import Dovecot
from tests.servers.ews import PASSWORD, EwsServer

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
"""When the agent began to watch: a day ago, since real servers date what arrives themselves."""

_numbers = itertools.count(1)


def mail(subject: str = "Bonjour", extra: bytes = b"", body: bytes = b"Bonjour.\r\n") -> bytes:
    """A mail with its own Message-ID; `extra` is whole header lines."""
    date = format_datetime(START + timedelta(hours=2))
    head = (
        f"From: Camille Roy <camille@learner.test>\r\nTo: mentor@example.org\r\nSubject: {subject}\r\n"
        f"Message-ID: <{next(_numbers)}@learner.test>\r\nDate: {date}\r\n"
    )
    return head.encode() + extra + b"\r\n" + body


class World(Protocol):
    """A mailbox under test, and what happens to it out there."""

    @property
    def mailbox(self) -> Mailbox:
        """The connector under test."""

    def restarted(self) -> Mailbox:
        """The same mailbox, seen by a program that has just started."""

    def deliver(self, *mails: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> None:
        """Mails arrive, at `at` or now."""

    def pour(self, mails: Sequence[bytes]) -> None:
        """Thousands arrive in the inbox at once, by the shortest way."""

    def remove(self, ref: MailRef) -> None:
        """The mentor deletes a mail for good."""

    def read(self, ref: MailRef) -> None:
        """The mentor opens a mail in their own program."""

    def unread(self) -> int:
        """How many mails the mentor's own program shows as unread."""

    def state(self) -> object:
        """Everything about the mails that the agent must not change."""

    def away(self) -> None:
        """From now on the mailbox cannot be reached."""

    def back(self) -> None:
        """It can be reached again, with its content."""


class MemoryWorld:
    def __init__(self) -> None:
        self.mailbox = MemoryMailbox()

    def restarted(self) -> MemoryMailbox:
        return self.mailbox

    def deliver(self, *mails: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> None:
        for raw in mails:
            self.mailbox.deliver(raw, folder, at or datetime.now(UTC))

    def pour(self, mails: Sequence[bytes]) -> None:
        self.deliver(*mails)

    def remove(self, ref: MailRef) -> None:
        self.mailbox.remove(ref)

    def read(self, ref: MailRef) -> None:
        self.mailbox.read(ref)

    def unread(self) -> int:
        return sum(not mail.seen for mail in self.mailbox.mails.values())

    def state(self) -> object:
        return dict(self.mailbox.mails)

    def away(self) -> None:
        self.mailbox.away = True

    def back(self) -> None:
        self.mailbox.away = False


class MaildirWorld:
    """Mail comes and is read through the standard library's own Maildir."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mailbox = MaildirMailbox(root)
        self.mailbox.create()

    def restarted(self) -> MaildirMailbox:
        return MaildirMailbox(self.root)

    def folder(self, folder: Folder) -> mailbox.Maildir:
        inbox = mailbox.Maildir(self.root, create=False)
        return inbox if folder is Folder.INBOX else inbox.get_folder("Sent")

    def deliver(self, *mails: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> None:
        target = self.folder(folder)
        for raw in mails:
            name = target.add(raw)
            if at:
                os.utime(next(self.root.rglob(name)), (at.timestamp(), at.timestamp()))

    def pour(self, mails: Sequence[bytes]) -> None:
        for number, raw in enumerate(mails):  # the library waits for the disk after each
            (self.root / "new" / f"{int(time.time())}.P1M{number}.here").write_bytes(raw.replace(b"\r\n", b"\n"))

    def remove(self, ref: MailRef) -> None:
        self.folder(ref.folder).discard(ref.uid)

    def read(self, ref: MailRef) -> None:
        folder = self.folder(ref.folder)
        message = folder[ref.uid]
        message.set_subdir("cur")
        message.set_flags("S")
        folder[ref.uid] = message

    def unread(self) -> int:
        return sum("S" not in message.get_flags() for folder in Folder for message in self.folder(folder))

    def state(self) -> object:
        paths = (p for p in self.root.rglob("*") if p.is_file())
        return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in paths}

    def away(self) -> None:
        self.root.rename(self.root.with_name("unmounted"))

    def back(self) -> None:
        self.root.with_name("unmounted").rename(self.root)


class DovecotWorld:
    """Mail comes through LMTP, or is appended where it must be dated or lie in Sent."""

    def __init__(self, server: Dovecot) -> None:
        self.server = server
        self.account = server.account()
        self.mailbox = self.restarted()

    def restarted(self) -> ImapMailbox:
        address, password = self.account.address, self.account.password
        return ImapMailbox(self.server.host, self.server.port, address, password, tls=False, timeout=10)

    def client(self) -> IMAPClient:
        client = IMAPClient(self.server.host, self.server.port, ssl=False, timeout=10)
        client.login(self.account.address, self.account.password)
        return client

    def deliver(self, *mails: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> None:
        if folder is Folder.INBOX and at is None:
            self.server.deliver(self.account.address, *mails)
            return
        with self.client() as client:
            for raw in mails:
                client.append(_NAMES[folder], raw, (), at)

    def pour(self, mails: Sequence[bytes]) -> None:
        now = datetime.now(UTC)
        self.server.fill(self.account, ((now, raw) for raw in mails))

    def remove(self, ref: MailRef) -> None:
        self._change(ref, lambda client, uid: (client.delete_messages([uid]), client.expunge()))

    def read(self, ref: MailRef) -> None:
        self._change(ref, lambda client, uid: client.add_flags([uid], [rb"\Seen"]))

    def _change(self, ref: MailRef, act: Callable[[IMAPClient, int], object]) -> None:
        with self.client() as client:
            client.select_folder(_NAMES[ref.folder])
            act(client, int(ref.uid.partition(".")[2]))

    def unread(self) -> int:
        with self.client() as client:
            return sum(int(client.folder_status(name, ["UNSEEN"])[b"UNSEEN"]) for name in _NAMES.values())

    def state(self) -> object:
        found = {}
        with self.client() as client:
            for folder, name in _NAMES.items():
                client.select_folder(name, readonly=True)
                for uid, data in client.fetch(client.search(), ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]).items():
                    found[folder, uid] = (set(data[b"FLAGS"]), data[b"INTERNALDATE"], data[b"RFC822.SIZE"])
        return found

    def away(self) -> None:
        self.server.stop()

    def back(self) -> None:
        self.server.start()


class EwsWorld:
    """Mail comes over the server's own SMTP, or is put into a folder."""

    def __init__(self, server: EwsServer) -> None:
        self.server = server
        self.box = server.mailbox("mentor@example.org")
        self.mailbox = self.restarted()

    def restarted(self) -> EwsMailbox:
        login = Login("mentor@example.org", PASSWORD)
        return EwsAccount(Connection(self.server.endpoint, login, "mentor@example.org", timeout=10)).mailbox

    def deliver(self, *mails: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> None:
        for raw in mails:
            self.box.deliver(raw, EWS_NAMES[folder], at)

    def pour(self, mails: Sequence[bytes]) -> None:
        self.deliver(*mails)

    def remove(self, ref: MailRef) -> None:
        self.box.folders["deleteditems"].add(self.box.folders[EWS_NAMES[ref.folder]].remove(ref.uid))

    def read(self, ref: MailRef) -> None:
        folder = self.box.folders[EWS_NAMES[ref.folder]]
        folder.items[ref.uid].read = True
        folder.touch(folder.items[ref.uid], only_read=True)

    def unread(self) -> int:
        return sum(not item.read for _, item in self.box.all_items())

    def state(self) -> object:
        return {(name, item.id): (item.version, item.read, item.raw) for name, item in self.box.all_items()}

    def away(self) -> None:
        self.server.stop()

    def back(self) -> None:
        self.server.start()


_NAMES = {Folder.INBOX: "INBOX", Folder.SENT: "Sent"}
EWS_NAMES = {Folder.INBOX: "inbox", Folder.SENT: "sentitems"}
