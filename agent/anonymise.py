"""A copy of a sample that can be shared: no person, no address, no link, no number of anybody's.

What a recogniser needs stays: the words around the values, the lines, the subject. Names and addresses become invented
ones under reserved domains; what is in no rule here goes with the headers, which are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP

from agent.report.text import fold
from agent.understand.mail import Mail
from agent.understand.text import one_line

INVENTED = ("Camille Exemple", "Dominique Exemple", "Claude Exemple", "Sacha Exemple")
_SHORT = 2  # letters: "de", "Le"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LINK = re.compile(r"\b(?:https?|webcal|zoommtg)://[^\s<>\"]+", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w/.-])\+?\d(?:[ .\-]?\d){8,14}(?![\w/])")
_LONG_NUMBER = re.compile(r"\b(?=[\w-]*\d)[A-Za-z0-9_-]{16,}\b")
_AS_THEY_ARE = ("BEGIN:", "END:", "VERSION:", "DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "EXDATE", "TZ")
_WORDS = ("STATUS:", "TRANSP:", "SUMMARY", "DESCRIPTION", "LOCATION")


def anonymous_text(text: str, names: Mapping[str, str]) -> str:
    """Text without names (`names`: real one to invented one), addresses, links, phone numbers and long ids."""
    for real, invented in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = _renamed(text, real, invented)
    text = _LINK.sub("https://link.example/", text)
    text = _ADDRESS.sub("personne@learner.example", text)
    text = _PHONE.sub("01 00 00 00 00", text)
    return _LONG_NUMBER.sub("0000", text)


def _renamed(text: str, real: str, invented: str) -> str:
    """Every "Léa" is another one, and every "LEA"; a name of two letters only as it is written ("Bo", not "bo")."""
    short = len(real) <= _SHORT
    flat, name = (text, real) if short else (fold(text), fold(real))  # of one length: positions hold in both
    found = list(re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", flat))
    for match in reversed(found):
        text = text[: match.start()] + invented + text[match.end() :]
    return text


def replacements(people: list[str]) -> dict[str, str]:
    """An invented name for each person, whole and in its parts: a first name alone gives somebody away as well."""
    found: dict[str, str] = {}
    for number, person in enumerate(dict.fromkeys(one_line(name) for name in people if name.strip())):
        invented = INVENTED[number % len(INVENTED)]
        found[person] = invented
        first, *others = person.split()
        for part in (first, *(piece for piece in first.split("-") if len(piece) > _SHORT)):
            found.setdefault(part, invented.split()[0])
        for part in (piece for name in others for piece in (name, *name.split("-")) if len(piece) > _SHORT):
            found.setdefault(part, invented.split()[1])
    return found


def anonymous_mail(mail: Mail, body: str, names: Mapping[str, str]) -> bytes:
    """A new mail of the same subject and text; nothing of the old headers is in it but what was invented for it."""
    new = EmailMessage(policy=SMTP)
    new["From"] = "École Exemple <attribution@school.example>"
    new["To"] = "mentor@mentor.example"
    new["Subject"] = one_line(anonymous_text(mail.head.subject, names))
    new["Message-ID"] = "<sample@school.example>"
    new.set_content(anonymous_text(body, names))
    return new.as_bytes()


def anonymous_event(ics: str, names: Mapping[str, str]) -> str:
    """A calendar file with only the lines that tell when and what, the words in them without persons."""
    unfolded = re.sub(r"\r?\n[ \t]", "", ics).replace("\r\n", "\n")
    kept = []
    for line in unfolded.split("\n"):
        if line.upper().startswith(_AS_THEY_ARE):
            kept.append(line)
        elif line.upper().startswith(_WORDS):
            kept.append(_words(line, names))
    at = next((n for n, line in enumerate(kept) if line.upper() == "BEGIN:VEVENT"), len(kept) - 1) + 1
    kept[at:at] = ["UID:sample@school.example"]
    return "\r\n".join(kept) + "\r\n"


def _words(line: str, names: Mapping[str, str]) -> str:
    head, colon, value = line.partition(":")
    return f"{head.split(';')[0]}{colon}{anonymous_text(value, names)}"
