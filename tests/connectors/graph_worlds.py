"""Microsoft 365 as a mailbox and as a calendar under test: the programs speak to the Graph stand-in over TLS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.connectors.graph_mail import GraphMailbox
from agent.connectors.ports import Folder, MailRef
from agent.connectors.rawmail import own_date
from tests.servers.graph import GraphServer, signed_in

_NAMES = {Folder.INBOX: "inbox", Folder.SENT: "sentitems"}


class GraphMailWorld:
    """Mail is put where it lies by Exchange's own hand; letters leave through sendMail, which keeps the copy."""

    def __init__(self, server: GraphServer, folder: Path) -> None:
        self.server = server
        self.account = signed_in(server, folder / "tokens.json")
        self.mailbox = self.restarted()

    def restarted(self) -> GraphMailbox:
        self.account_connection = self.account.connect()
        return GraphMailbox(self.account_connection.http, poll_every=0.2)

    def deliver(self, *mails: bytes, folder: Folder = Folder.INBOX, at: datetime | None = None) -> None:
        for raw in mails:
            self.server.mail.put(raw, _NAMES[folder], at)

    def pour(self, mails: Sequence[bytes]) -> None:
        self.deliver(*mails)

    def send(self, letter: bytes) -> None:
        self.server.now = own_date(letter)
        self.account_connection.transport.send(letter, "claire@example.org", ("mentor@example.org",), lambda: None)
        self.server.now = None

    def remove(self, ref: MailRef) -> None:
        self.server.mail.remove(ref.uid)

    def read(self, ref: MailRef) -> None:
        self.server.mail.mark(ref.uid)

    def unread(self) -> int:
        return sum(int(self.server.mail.folder(name)["unreadItemCount"]) for name in _NAMES.values())

    def state(self) -> object:
        return {identity: (item.folder, item.read, item.at) for identity, item in self.server.mail.items.items()}

    def away(self) -> None:
        self.server.away = True

    def back(self) -> None:
        self.server.away = False


class GraphCalendarWorld:
    """The mentor's hand is Exchange's own store. The server's clock stands where the contract's sessions are."""

    def __init__(self, server: GraphServer, folder: Path) -> None:
        self.server = server
        server.now = datetime(2026, 11, 10, 8, tzinfo=UTC)
        self.calendar = signed_in(server, folder / "tokens.json").connect().calendar
        self.remove = server.events.remove

    def put(self, name: str, ics: str) -> None:
        self.server.events.put(name, ics)

    def put_all(self, contents: dict[str, str]) -> None:
        for name, ics in contents.items():
            self.put(name, ics)

    def away(self) -> None:
        self.server.away = True

    def back(self) -> None:
        self.server.away = False
