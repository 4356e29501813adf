"""What comes and goes on the stage: the school's mail, a calendar entry, and how a raw mail is read back."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

ASSIGNMENT = """Bonjour,

Un nouvel étudiant vous est attribué.

Nom : {name}
E-mail : {address}
Parcours : Développeur d'application Python
Projet : Créez une API
Financement : financé

L'équipe mentorat
"""


def event(uid: str, summary: str, start: datetime, end: datetime, status: str = "CONFIRMED") -> str:
    """One VEVENT in UTC."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example//stories//FR",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{start:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{summary}",
        f"STATUS:{status}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join(lines) + "\r\n"


def parse(raw: bytes) -> EmailMessage:
    """A raw mail as the standard library reads it."""
    message = BytesParser(policy=default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: EmailMessage) -> str:
    """Its plain text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def reference(mail: EmailMessage) -> str:
    """The request's id in a mail to the mentor, without "ma-"."""
    found = re.search(r"ma-([a-z2-7]{16})", str(mail["Subject"]))
    assert found
    return found[1]
