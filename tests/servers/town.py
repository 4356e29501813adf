"""Every real server of a mentor's world on loopback: Dovecot, SMTP before its LMTP, Radicale, a chat server.

The mentor is a person with an IMAP client: reads the inbox, answers into Sent. The agent is built from a real settings
file by `agent.bootstrap`, or run as a process.
"""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from types import TracebackType

from imapclient import SEEN, IMAPClient

from agent import config
from agent.bootstrap import build
from agent.loop import Tick, tick
from agent.world import World
from tests.servers.caldav_servers import Radicale, RemoteCalendar
from tests.servers.chat import Behaviour, ChatServer, good
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_in import SmtpIn
from tests.stage import ASSIGNMENT, body, event, parse

SUPPORT = "support@school.example"

SETTINGS = """
mode = "live"
state_dir = "state"

[mentor]
name = "Claire Martin"
address = "{address}"
timezone = "Europe/Paris"

[school]
domains = ["school.example"]
support = "{support}"

[mailbox]
url = "imap://{imap_host}:{imap_port}"
authserv_id = "mx.example.org"

[smtp]
url = "smtp://{smtp_host}:{smtp_port}"

[calendar]
url = "caldav+{calendar}"
poll_minutes = 0.05

[hours]
monday = ["00:00-23:30"]
tuesday = ["00:00-23:30"]
wednesday = ["00:00-23:30"]
thursday = ["00:00-23:30"]
friday = ["00:00-23:30"]
saturday = ["00:00-23:30"]
sunday = ["00:00-23:30"]

[writer]
url = "{writer}"
model = "{model}"
timeout_seconds = 30
"""


class Town:
    """`with Town(dovecot, folder) as town`. `script`: how the chat server behaves; None for the built-in writer."""

    def __init__(self, dovecot: Dovecot, folder: Path, *script: Behaviour, model: bool = True) -> None:
        self.dovecot, self.folder = dovecot, folder
        self.account = dovecot.account("claire")
        self.smtp = SmtpIn(dovecot)
        self.smtp.vouched |= {"school.example", "learner.example"}
        self.radicale = Radicale(folder / "radicale", password="agenda")
        self.chat = ChatServer(*(script or (good,)))
        self.settings_file = folder / "agent.toml"
        self._model = model
        self.environment = {
            "MENTOR_AGENT_MAILBOX_PASSWORD": self.account.password,
            "MENTOR_AGENT_CALENDAR_PASSWORD": "agenda",
            "MENTOR_AGENT_LLM_KEY": "key",
        }

    def __enter__(self) -> Town:
        self.smtp.__enter__()
        self.radicale.start()
        self.chat.start()
        self.calendar = RemoteCalendar(self.radicale, "sessions")
        scheme, _, rest = self.calendar.url.partition("://")
        self.settings_file.write_text(
            SETTINGS.format(
                address=self.account.address,
                support=SUPPORT,
                imap_host=self.dovecot.host,
                imap_port=self.dovecot.port,
                smtp_host=self.smtp.host,
                smtp_port=self.smtp.port,
                calendar=f"{scheme}://mentor@{rest}",
                writer=self.chat.base_url if self._model else "none",
                model="test" if self._model else "",
            ),
            encoding="utf-8",
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.calendar.close()
        self.chat.stop()
        self.radicale.stop()
        self.smtp.__exit__(kind, error, tb)

    def world(self) -> World:
        """The agent's world, as the daemon would build it."""
        return build(config.load(self.settings_file), self.environment)

    def settle(self, world: World, after: timedelta = timedelta()) -> Tick:
        """Tick until nothing more goes out; `after`: that much later than now."""
        for _ in range(10):
            done = tick(world, datetime.now(UTC) + after)
            if not done.sent and not done.performed:
                return done
        raise AssertionError("the agent does not come to rest")

    def daemon(self) -> subprocess.Popen[str]:
        """The agent as a process of its own; its log goes to standard error."""
        command = [sys.executable, "-m", "agent", "--config", str(self.settings_file), "run"]
        environment = os.environ | self.environment
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    def command(self, *words: str) -> str:
        """What `mentor-agent WORDS` prints, run as a process of its own; AssertionError when it fails."""
        line = [sys.executable, "-m", "agent", "--config", str(self.settings_file), *words]
        environment = os.environ | self.environment | {"COLUMNS": "200"}
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def school_assigns(self, name: str, address: str) -> None:
        """Through SMTP, like any mail from outside; the server vouches for the school's domain."""
        self.send(assignment(name, address, self.account.address, datetime.now(UTC)))

    def arrived(self, name: str, address: str, at: datetime) -> None:
        """The school's mail about a learner, as it lies in the inbox since `at`, vouched for by the server."""
        mail = assignment(name, address, self.account.address, at)
        mail["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=school.example"
        with self._client() as client:
            client.append("INBOX", mail.as_bytes(), (SEEN,), at)

    def learner_answers(self, address: str, text: str) -> None:
        """A learner answers the latest letter to them; their server's word for it is added on the way."""
        letter = self.letters(address)[-1]
        mail = EmailMessage()
        mail["From"] = address
        mail["To"] = self.account.address
        mail["Subject"] = f"Re: {letter['Subject']}"
        mail["Message-ID"] = make_msgid(domain="learner.example")
        mail["In-Reply-To"] = str(letter["Message-ID"])
        mail["Date"] = datetime.now(UTC)
        mail.set_content(f"{text}\n")
        self.send(mail)

    def mentor_notes(self, subject: str, text: str = "") -> None:
        """The mentor writes to themself: the mail program keeps a copy in Sent, and the mail arrives in the inbox."""
        mail = EmailMessage()
        mail["From"] = f"Claire Martin <{self.account.address}>"
        mail["To"] = self.account.address
        mail["Subject"] = subject
        mail["Message-ID"] = make_msgid(domain="example.org")
        mail["Date"] = datetime.now(UTC)
        mail.set_content(f"{text}\n")
        with self._client() as client:
            client.append("Sent", mail.as_bytes(), (SEEN,))
        self.send(mail)

    def session(self, learner: str, start: datetime, minutes: int = 45) -> None:
        """The platform puts a session into the calendar."""
        uid = f"{learner}-{start:%Y%m%dT%H%M}".replace(" ", "-")
        summary = f"Session de mentorat avec {learner}"
        self.calendar.put(f"{uid}.ics", event(uid, summary, start, start + timedelta(minutes=minutes)))

    def inbox(self, folder: str = "INBOX") -> list[EmailMessage]:
        """What lies in a folder, in order of arrival."""
        with self._client() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [parse(found[uid][b"BODY[]"]) for uid in sorted(found)]

    def question(self, containing: str) -> EmailMessage:
        """The newest mail in the inbox whose subject has these words."""
        found = [mail for mail in self.inbox() if containing in str(mail["Subject"])]
        assert found, [str(mail["Subject"]) for mail in self.inbox()]
        return found[-1]

    def answer(self, mail: EmailMessage, text: str, picture: bytes = b"") -> None:
        """The mentor answers, with a picture perhaps: the mail program keeps the answer in Sent."""
        reply = EmailMessage()
        reply["From"] = f"Claire Martin <{self.account.address}>"
        reply["To"] = self.account.address
        reply["Subject"] = f"Re: {mail['Subject']}"
        reply["Message-ID"] = make_msgid(domain="example.org")
        reply["In-Reply-To"] = str(mail["Message-ID"])
        quoted = "\n".join(f"> {line}" for line in body(mail).splitlines())
        reply.set_content(f"{text}\n\nLe mar. 3 nov. 2026 à 19:00, Claire Martin a écrit :\n{quoted}\n")
        if picture:
            reply.add_attachment(picture, "image", "jpeg", filename="tableau.jpg")
        with self._client() as client:
            client.append("Sent", reply.as_bytes(), (SEEN,))

    def letters(self, address: str) -> list[EmailMessage]:
        """What the SMTP server accepted for an address."""
        return [parse(mail.raw) for mail in self.smtp.accepted if address in mail.recipients]

    def send(self, mail: EmailMessage) -> None:
        """Through SMTP, like any mail from outside."""
        with smtplib.SMTP(self.smtp.host, self.smtp.port, timeout=30) as smtp:
            smtp.send_message(mail)

    def _client(self) -> IMAPClient:
        client = IMAPClient(self.dovecot.host, self.dovecot.port, ssl=False, timeout=30)
        client.login(self.account.address, self.account.password)
        return client


def assignment(name: str, address: str, mentor: str, at: datetime) -> EmailMessage:
    """The school's mail about a new learner, in the words of the shipped patterns."""
    mail = EmailMessage()
    mail["From"] = "École Exemple <attribution@school.example>"
    mail["To"] = mentor
    mail["Subject"] = f"Nouvel étudiant : {name}"
    mail["Message-ID"] = make_msgid(domain="school.example")
    mail["Date"] = at
    mail.set_content(ASSIGNMENT.format(name=name, address=address))
    return mail


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for what another process does; AssertionError when it does not come about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
