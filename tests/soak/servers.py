"""The servers of the soak, each behind a proxy that gives it bad days, and the people who use them.

The clock is the soak's own. What people and the school do goes to the servers directly, with that clock's times; only
the agent goes through the proxies. CalDAV is spoken in this process, not in the daemon's child: a child costs a third
of a second of processor each time, which ten thousand polls cannot pay, and its leaks would die with it unseen.
"""

from __future__ import annotations

import itertools
import random
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType

from imapclient import SEEN, IMAPClient

from agent.connectors.caldav import CaldavCalendar
from agent.connectors.imap import ImapMailbox
from agent.connectors.ports import KEY_HEADER
from agent.connectors.smtp import SmtpTransport
from agent.model import RequestState
from agent.simulation.place import build_world, settings_data
from agent.world import World
from tests.papers import ASSIGNMENT, body, event, parse
from tests.servers.caldav_servers import Radicale, RemoteCalendar
from tests.servers.dovecot import Dovecot
from tests.servers.fault_proxy import FaultProxy, Trouble
from tests.servers.smtp_in import SmtpIn

TIMEOUT = 0.5  # seconds; the real connectors have 30, the real bad days last as much longer
CALENDAR_TIMEOUT = 2.0  # Radicale shares this process, and reads everything anew after a change

FIRST = ("Léa", "Tom", "Inès", "Hugo", "Jade", "Noé", "Lina", "Paul", "Zoé", "Marc", "Anna", "Karim")
LAST = ("Moreau", "Petit", "Durand", "Leroy", "Garnier", "Faure", "Rousseau", "Blanc", "Guérin", "Chevalier")

QUESTION = "comment s’est passée la session"
_AWAY = {f"R{number:02}": "off" for number in range(1, 30) if number not in (1, 7)}


@dataclass(frozen=True, slots=True)
class Received:
    """One letter that the SMTP server took."""

    message_id: str
    key: str
    recipient: str
    subject: str
    asked_about: str  # the learner whom a question names


@dataclass
class Learner:
    """Somebody whom the school assigned. `sessions`: the ends of those that were put into the calendar."""

    name: str
    address: str
    sessions: list[datetime] = field(default_factory=list)


class SoakTown:
    """`with SoakTown(folder, chance) as town`. `received` is every letter that left, in order."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance
        self.dovecot = Dovecot()
        self.account = self.dovecot.account("claire")
        self.smtp = SmtpIn()
        self.radicale = Radicale(folder / "radicale", password="agenda")
        self.mail_door = FaultProxy(self.dovecot.port, chance=chance, nonsense=b"* WHAT\r\nno\r\n", full=_no_append)
        self.smtp_door = FaultProxy(self.smtp.port, chance=chance, nonsense=b"HTTP/1.1 400 no\r\n", full=_no_data)
        self.calendar_door = FaultProxy(
            self.radicale.port,
            chance=chance,
            nonsense=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<p>Welcome!</p>",
            greets=False,
        )
        self.doors = {"mailbox": self.mail_door, "smtp": self.smtp_door, "calendar": self.calendar_door}
        self.received: list[Received] = []
        self.learners: list[Learner] = []
        self._post: list[bytes] = []  # to the mentor, not delivered yet
        self._unanswered: list[EmailMessage] = []
        self._entries: list[tuple[datetime, str]] = []
        self._numbers = itertools.count(1)
        self._stack = ExitStack()

    @property
    def _entry_folder(self) -> Path:
        return self.radicale.folder / "collection-root" / self.radicale.username / "sessions"

    @property
    def _aside(self) -> Path:
        return self.folder / "aside"

    def __enter__(self) -> SoakTown:
        for server in (self.dovecot, self.smtp, self.radicale):
            self._stack.enter_context(server)
        for door in self.doors.values():
            self._stack.enter_context(door)
        self._calendar = RemoteCalendar(self.radicale, "sessions")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._calendar.close()
        self._stack.close()

    def world(self) -> World:
        """The agent's world, through the doors."""
        address, password = self.account.address, self.account.password
        data = settings_data(
            mentor={"name": "Claire Martin", "address": address, "timezone": "Europe/Paris", "notice": "none"},
            rules=_AWAY,
            limits={"learner_per_day": 100, "per_hour": 1000},
            hours={day: ["00:00-23:30"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
        )
        path = self._calendar.url.partition(str(self.radicale.port))[2]
        calendar = f"http://127.0.0.1:{self.calendar_door.port}{path}"
        return build_world(
            self.folder / "agent.sqlite3",
            mailbox=ImapMailbox("127.0.0.1", self.mail_door.port, address, password, tls=False, timeout=TIMEOUT),
            transport=SmtpTransport("127.0.0.1", self.smtp_door.port, None, None, tls="none", timeout=TIMEOUT),
            calendar=CaldavCalendar(calendar, "mentor", "agenda", CALENDAR_TIMEOUT),
            data=data,
        )

    # -- what people do

    def assign(self, now: datetime) -> None:
        """The school's mail about a new learner arrives, proven."""
        number = len(self.learners)
        name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]}"
        learner = Learner(name, f"learner{number}@learner.example")
        mail = EmailMessage()
        mail["Authentication-Results"] = "mx.mentor.example; dmarc=pass header.from=school.example"
        mail["From"] = "École Exemple <attribution@school.example>"
        mail["To"] = self.account.address
        mail["Subject"] = f"Nouvel étudiant : {name}"
        mail["Message-ID"] = f"<assignment-{number}@school.example>"
        mail["Date"] = now
        mail.set_content(ASSIGNMENT.format(name=name, address=learner.address))
        with self._client() as client:
            client.append("INBOX", mail.as_bytes(), (), now)
        self.learners.append(learner)

    def meet(self, learner: Learner, start: datetime) -> None:
        """The platform puts a session of a quarter of an hour into the calendar."""
        uid = f"session-{next(self._numbers)}"
        end = start + timedelta(minutes=15)
        summary = f"Session de mentorat avec {learner.name}"
        self._calendar.put_all({f"{uid}.ics": event(uid, summary, start, end)})
        self._entries.append((end, f"{uid}.ics"))
        learner.sessions.append(end)

    def tidy(self, now: datetime) -> None:
        """Entries of days past are taken out of the calendar, as some platforms do."""
        keep = [entry for entry in self._entries if entry[0] > now - timedelta(days=2)]
        old = [entry for entry in self._entries if entry not in keep]
        while old and len(keep) < 5:
            keep.append(old.pop())
        for _, href in old:
            self._calendar.remove(href)
        self._entries = keep

    def carry(self) -> int:
        """What the SMTP server took is counted, and what is for the mentor is delivered; how many letters came."""
        taken, self.smtp.accepted[:] = list(self.smtp.accepted), []
        for accepted in taken:
            mail = parse(accepted.raw)
            subject = str(mail["Subject"])
            about = next((one.name for one in self.learners if one.name in subject), "") if QUESTION in subject else ""
            # As plain text: a header of the standard library keeps its parse tree and a class of its own.
            names = (str(mail["Message-ID"]), str(mail[KEY_HEADER]))
            for recipient in accepted.recipients:
                self.received.append(Received(*names, recipient, subject, about))
            if self.account.address in accepted.recipients:
                self._post.append(accepted.raw)
                if QUESTION in subject:
                    self._unanswered.append(mail)
        if self._post:
            self.dovecot.deliver(self.account.address, *self._post)
            self._post.clear()
        return len(taken)

    def answer_all(self, world: World, now: datetime) -> None:
        """The mentor answers: each session was cancelled; and of a letter that may be lost, whether it came."""
        mails = [(mail, "statut : annulée") for mail in self._unanswered]
        self._unanswered.clear()
        with self._client() as client:
            for number, (mail, text) in enumerate(mails):
                self._reply(client, mail, text, now, number)
            client.select_folder("INBOX", readonly=True)
            for uid in client.search(["SUBJECT", "Envoi incertain"]):
                raw = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
                mail = parse(raw)
                found = re.search(r"ma-([a-z2-7]{16})", str(mail["Subject"]))
                asked = world.store.requests.by_token(found.group(1)) if found else None
                row = world.store.outbox.get(asked[0].subject_key or "") if asked else None
                if asked is None or row is None or asked[0].state is not RequestState.WAITING:
                    continue
                came = any(one.message_id == row.message_id for one in self.received)
                self._reply(client, mail, "non" if came else "oui", now, uid)

    def restart(self) -> None:
        """The IMAP server goes, with every connection, and comes back."""
        self.dovecot.stop()
        self.dovecot.start()

    def empty_calendar(self) -> bool:
        """Every entry is put aside; False, and nothing done, where there are too few for that to be suspicious."""
        if len(self._entries) < 5:
            return False
        self._aside.mkdir(exist_ok=True)
        for _, href in self._entries:
            (self._entry_folder / href).rename(self._aside / href)
        return True

    def fill_calendar(self) -> None:
        """They come back."""
        for file in self._aside.iterdir():
            file.rename(self._entry_folder / file.name)

    def sent_keys(self) -> list[str]:
        """The agent's own letters in Sent, by their key header."""
        with self._client() as client:
            client.select_folder("Sent", readonly=True)
            uids = client.search(["HEADER", KEY_HEADER, ""])
            field = f"BODY.PEEK[HEADER.FIELDS ({KEY_HEADER.upper()})]"
            found = []
            for start in range(0, len(uids), 1000):
                for data in client.fetch(uids[start : start + 1000], [field]).values():
                    block = next(value for name, value in data.items() if name.startswith(b"BODY["))
                    found.append(str(parse(block)[KEY_HEADER]))
            return found

    def calm(self) -> None:
        """Every trouble ends."""
        for door in self.doors.values():
            if door.trouble is not Trouble.NONE:
                door.trouble = Trouble.NONE

    def _reply(self, client: IMAPClient, mail: EmailMessage, text: str, now: datetime, number: int) -> None:
        reply = EmailMessage()
        reply["From"] = reply["To"] = self.account.address
        reply["Subject"] = f"Re: {mail['Subject']}"
        reply["Message-ID"] = f"<answer-{now:%Y%m%dT%H%M%S}-{number}@example.org>"
        reply["In-Reply-To"] = str(mail["Message-ID"])
        reply["Date"] = now
        quoted = "\n".join(f"> {line}" for line in body(mail).splitlines())
        reply.set_content(f"{text}\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin a écrit :\n{quoted}\n")
        client.append("Sent", reply.as_bytes(), (SEEN,), now)

    def _client(self) -> IMAPClient:
        client = IMAPClient("127.0.0.1", self.dovecot.port, ssl=False, timeout=30)
        client.login(self.account.address, self.account.password)
        return client


def _no_append(said: bytes) -> bytes | None:
    """An IMAP server over its quota (RFC 5530)."""
    words = said.split(b" ", 2)
    return words[0] + b" NO [OVERQUOTA] mailbox is full\r\n" if len(words) > 1 and words[1] == b"APPEND" else None


def _no_data(said: bytes) -> bytes | None:
    """An SMTP server whose disk is full (RFC 5321 4.2.3)."""
    return b"452 4.3.1 disk full\r\n" if said.upper() == b"DATA\r\n" else None
