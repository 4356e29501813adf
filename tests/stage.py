"""A small stage for stories: one mentor, a memory world, a clock that the story moves, and people who write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.memory_mail import MemoryMailbox, MemoryTransport
from agent.connectors.ports import Calendar, Folder, Writer
from agent.loop import Tick, tick
from agent.model import Request
from agent.simulation import place
from agent.simulation.place import counting_bytes
from agent.store import OutboxRow, Outgoing
from agent.world import World
from tests.papers import ASSIGNMENT, body, event, parse, reference

__all__ = ["ASSIGNMENT", "Stage", "body", "event", "parse", "reference"]

MENTOR = "claire.martin@mentor.example"
SUPPORT = "support@school.example"
AUTHSERV = "mx.mentor.example"
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # 9:00 in Paris


QUIET = {f"R{n:02}": "off" for n in range(1, 30) if n not in (1, 7, 10)}
"""Most stories are about one rule: the others stay silent unless a story asks for them (`rules={}` for all)."""


def settings_data(**changes: Any) -> dict[str, Any]:
    """The settings of a story, as their TOML would read; `changes` replace whole tables or values."""
    return place.settings_data(**{"rules": QUIET, **changes})


def build_world(
    state: Path | str, *, base: Path = Path("/nonexistent"), data: dict[str, Any] | None = None, **collaborators: Any
) -> World:
    """A world of the given collaborators (see agent.simulation.place); without `data`, with a story's settings."""
    return place.build_world(state, base=base, data=data or settings_data(), **collaborators)


@dataclass
class Stage:
    """A running story. Letters that leave are carried: to the mentor's own address they come back to the inbox."""

    folder: Path
    changes: dict[str, Any] = field(default_factory=dict)
    now: datetime = MONDAY
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    transport: MemoryTransport = field(default_factory=MemoryTransport)
    calendar: MemoryCalendar = field(default_factory=MemoryCalendar)
    also_read: dict[str, Calendar] = field(default_factory=dict)
    writer: Writer | None = None
    random_bytes: Callable[[int], bytes] = field(default_factory=counting_bytes)
    world: World = field(init=False)
    carried: int = 0
    written: int = 0

    def __post_init__(self) -> None:
        self.world = self.open()

    def open(self) -> World:
        """The world from its stored state, as after a restart."""
        world = build_world(
            self.folder / "state" / "agent.sqlite3",
            mailbox=self.mailbox,
            transport=self.transport,
            calendar=self.calendar,
            writer=self.writer,
            base=self.folder,
            data=settings_data(**self.changes),
            random_bytes=self.random_bytes,
        )
        return replace(world, also_read=self.also_read)

    def restart(self, **changes: Any) -> None:
        """Stop and start again, with other settings if given."""
        self.world.store.close()
        self.changes |= changes
        self.world = self.open()

    def tick(self, *, force: bool = True) -> Tick:
        """One tick now; mails to the mentor arrive in the inbox afterwards."""
        done = tick(self.world, self.now, force=force)
        assert done.sent or done.performed or done.next_look > self.now, "a tick that did nothing asks for another"
        for sent in self.transport.sent[self.carried :]:
            if MENTOR in sent.recipients:
                self.mailbox.deliver(sent.raw, Folder.INBOX, self.now)
        self.carried = len(self.transport.sent)
        return done

    def pass_time(self, **duration: float) -> Tick:
        """Let time pass, then tick twice: once for what fell due, once to meet what was sent."""
        self.now += timedelta(**duration)
        self.tick()
        return self.tick()

    def live(self, until: datetime) -> int:
        """Tick when the last tick said so, and when mail arrives, as the daemon does; how many ticks that took."""
        ticks = 0
        while True:
            before, done = len(self.mailbox.mails), self.tick(force=False)
            ticks += 1
            if len(self.mailbox.mails) > before:
                continue  # IDLE wakes it at once
            if done.next_look > until:
                self.now = until
                return ticks
            self.now = done.next_look

    def over(self, start: datetime, minutes: int = 45) -> EmailMessage:
        """The session that began at `start` ends; the question that the mentor gets."""
        self.now = start + timedelta(minutes=minutes)
        self.pass_time(minutes=1)
        return self.last(containing="passée la session")

    def mails(self, recipient: str) -> list[EmailMessage]:
        """Everything that was sent to an address, oldest first."""
        return [parse(sent.raw) for sent in self.transport.sent if recipient in sent.recipients]

    def last(self, recipient: str = MENTOR, containing: str = "") -> EmailMessage:
        """The newest mail to an address whose subject has these words."""
        return [mail for mail in self.mails(recipient) if containing in str(mail["Subject"])][-1]

    def count(self, start: str) -> int:
        """How many mails whose subject starts so the mentor was sent."""
        return sum(str(mail["Subject"]).startswith(start) for mail in self.mails(MENTOR))

    def asked(self) -> int:
        """How many questions after a session the mentor was sent."""
        said = (str(mail["Subject"]).partition(":")[2] for mail in self.mails(MENTOR))
        return sum(words.startswith(" comment s’est passée la session") for words in said)

    def school_assigns(
        self,
        name: str,
        address: str,
        *,
        proven: bool = True,
        again: str = "",
        domain: str = "school.example",
        **headers: str,
    ) -> None:
        """The school's mail arrives, as the shipped invented samples have it. `headers`: others, or other values."""
        mail = EmailMessage()
        mail["From"] = f"École Exemple <attribution@{domain}>"
        mail["To"] = MENTOR
        mail["Subject"] = headers.pop("Subject", f"Nouvel étudiant : {name}")
        mail["Message-ID"] = f"<assignment-{address.split(maxsplit=1)[0]}{again}@{domain}>"
        for header, value in headers.items():
            mail[header.replace("_", "-")] = value
        mail.set_content(ASSIGNMENT.format(name=name, address=address))
        self.arrives(mail, domain if proven else None)

    def mentor_writes(self, to: str, text: str = "Bonjour, quand êtes-vous libre ?") -> None:
        """The mentor writes to somebody from their own mail program: it lies in Sent."""
        self.written += 1
        mail = EmailMessage()
        mail["From"] = f"Claire Martin <{MENTOR}>"
        mail["To"] = to
        mail["Subject"] = "Bonjour"
        mail["Date"] = self.now
        mail["Message-ID"] = f"<own-{self.written}@mentor.example>"
        mail.set_content(text)
        self.mailbox.deliver(mail.as_bytes(), Folder.SENT, self.now)

    def answer(
        self,
        mail: EmailMessage,
        text: str,
        *,
        sent: bool = True,
        inbox: bool = True,
        sender: str = MENTOR,
        results: str = "",
        attach: tuple[str, str] | None = None,
        **headers: str,
    ) -> None:
        """The mentor (or somebody) answers a mail: it lies in Sent if `sent`, and arrives in the inbox if `inbox`.

        `results` is an Authentication-Results value; `attach` a (name, text) file; `headers` are more of them.
        """
        self.written += 1
        reply = EmailMessage()
        reply["From"] = f"Claire Martin <{sender}>"
        reply["To"] = MENTOR
        reply["Subject"] = f"Re: {mail['Subject']}"
        reply["Message-ID"] = f"<answer-{self.written}@mentor.example>"
        reply["In-Reply-To"] = str(mail["Message-ID"])
        quoted = "\n".join(f"> {line}" for line in body(mail).splitlines())
        reply.set_content(f"{text}\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin <{MENTOR}> a écrit :\n{quoted}\n")
        for header, value in headers.items():
            reply[header.replace("_", "-")] = value
        if attach:
            reply.add_attachment(attach[1], filename=attach[0])
        if sent:
            self.mailbox.deliver(reply.as_bytes(), Folder.SENT, self.now)
        if inbox:
            self.arrives(reply, None, results)

    def arrives(self, mail: EmailMessage, proven_domain: str | None, results: str = "") -> None:
        """A mail comes into the inbox; the mentor's server says of it what it proved, or `results`."""
        mail["Date"] = self.now
        raw = mail.as_bytes()
        if proven_domain:
            results = f"{AUTHSERV}; dmarc=pass header.from={proven_domain}"
        if results:
            raw = f"Authentication-Results: {results}\r\n".encode() + raw
        self.mailbox.deliver(raw, Folder.INBOX, self.now)

    def session(
        self, learner: str, start: datetime, *, uid: str = "", minutes: int = 45, status: str = "CONFIRMED"
    ) -> str:
        """Put a session into the calendar (or move it: same uid); its uid."""
        uid = uid or f"{learner}-{start:%Y%m%dT%H%M}".replace(" ", "-")
        end = start + timedelta(minutes=minutes)
        self.calendar.put(f"{uid}.ics", event(uid, f"Session de mentorat avec {learner}", start, end, status))
        return uid

    def row(self, key: str) -> OutboxRow | None:
        """The outbox row with this key."""
        return self.world.store.outbox.get(key)

    def request(self, key: str) -> Request:
        """The request with this key."""
        found = self.world.store.requests.by_key(key)
        assert found is not None, key
        return found

    def parked(self) -> list[str]:
        """What was put aside, why, and what to do: one line each."""
        return [f"{one.what}: {one.reason}; {one.advice}" for one in self.world.store.parking.all()]

    def dump(self) -> list[str]:
        """The whole memory as SQL, but for when each source was last met."""
        with closing(sqlite3.connect(self.folder / "state" / "agent.sqlite3")) as database:
            return [line for line in database.iterdump() if 'INTO "sources"' not in line]

    def waiting(self) -> list[OutboxRow]:
        """What has not left yet."""
        return self.world.store.outbox.in_state(Outgoing.READY, Outgoing.CLAIMED, Outgoing.SENDING)
