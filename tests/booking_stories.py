"""How stories about slots begin: a learner is written to with slots, and answers from their own address."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from agent.model import Offer
from tests.stage import AUTHSERV, MENTOR, QUIET, Stage
from tests.stories import LEA

FIRST = "R01/first-contact/1"
BOOKED = "R01/book/1"
WROTE = "Léa Moreau vous a écrit"
TO_BOOK = "À réserver sur la plateforme"
TAKEN = "Léa Moreau a choisi un créneau qui n"
CONFIRMED = "Confirm"


def contacted(folder: Path, **changes: object) -> Stage:
    """Léa was written to, with three slots."""
    stage = Stage(folder, {"rules": QUIET} | changes)
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    return stage


def writes(stage: Stage, text: str, *, to: EmailMessage | None = None, sender: str = LEA, **more: str) -> EmailMessage:
    """A learner's mail arrives, authenticated unless `results` says otherwise; it answers `to` where that is given."""
    stage.written += 1
    mail = EmailMessage()
    mail["From"] = f"Léa Moreau <{sender}>"
    mail["To"] = MENTOR
    mail["Subject"] = f"Re: {to['Subject']}" if to else "Bonjour"
    mail["Message-ID"] = f"<learner-{stage.written}@learner.example>"
    if to is not None:
        mail["In-Reply-To"] = str(to["Message-ID"])
    domain = sender.rpartition("@")[2]
    results = more.pop("results", f"{AUTHSERV}; dmarc=pass header.from={domain}")
    for header, value in more.items():
        mail[header.replace("_", "-")] = value
    mail.set_content(text + "\n")
    stage.arrives(mail, None, results)
    return mail


def offers(stage: Stage, letter: str = FIRST) -> list[Offer]:
    """What a letter offers still."""
    return stage.world.store.offers.of_letter(letter)


def entries(stage: Stage) -> list[str]:
    """The calendar's entries of our own making."""
    return [item.ics for item in stage.calendar.poll(None).changed if item.href.startswith("ma-")]
