"""One account that is mailbox, way out and calendar: its settings, and what happens on the road whatever the server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from agent.loop import tick
from agent.world import World
from tests.servers.town import assignment
from tests.stage import parse

LEA = "lea.moreau@learner.example"
NOTES = "Revue des jointures SQL\nElle bloque sur les index"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def settings(folder: Path, address: str, url: str, ca_file: Path, more: str = "") -> Path:
    """The settings file: the mentor works at all hours, so that there are slots whenever the test runs."""
    hours = "\n".join(f'{day} = ["00:00-23:30"]' for day in _DAYS)
    file = folder / "agent.toml"
    file.write_text(
        f"""
mode = "live"
state_dir = "state"
ca_file = "{ca_file}"

[mentor]
name = "Claire Martin"
address = "{address}"
timezone = "Europe/Paris"

[school]
domains = ["school.example"]
support = "support@school.example"

[mailbox]
url = "{url}"
authserv_id = "mx.example.org"

{more}

[calendar]
poll_minutes = 0.05

[hours]
{hours}
""",
        encoding="utf-8",
    )
    return file


def settle(world: World, after: timedelta = timedelta()) -> None:
    """Tick until nothing more follows; `after` from now."""
    for _ in range(10):
        done = tick(world, datetime.now(UTC) + after)
        if not done.sent and not done.performed:
            return
    raise AssertionError("the agent does not come to rest")


def assigned(mentor: str) -> bytes:
    """The school's mail about Léa, for which the mentor's server vouches."""
    mail = assignment("Léa Moreau", LEA, mentor, datetime.now(UTC))
    mail["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=school.example"
    return mail.as_bytes()


def newest(inbox: Iterable[bytes], containing: str) -> EmailMessage:
    """The newest mail whose subject has these words."""
    mails = [parse(raw) for raw in inbox]
    found = [mail for mail in mails if containing in str(mail["Subject"])]
    assert found, [str(mail["Subject"]) for mail in mails]
    return found[-1]


def answer(mail: EmailMessage, mentor: str, text: str) -> bytes:
    """The mentor's answer to a mail to themself, quoting nothing."""
    reply = EmailMessage()
    reply["From"] = reply["To"] = mentor
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Message-ID"] = make_msgid(domain=mentor.rpartition("@")[2])
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply["Date"] = datetime.now(UTC)
    reply.set_content(f"{text}\n")
    return reply.as_bytes()
