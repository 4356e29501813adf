"""The request that every message answers: a report's draft, as the agent really asks about it, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stage import MENTOR, PARIS, Stage, body
from tests.stories import NOTES, REPORT, START, met
from tests.word.programs.writing import Original

NAME = "Claire Martin"
NOTES_EN = "We went through SQL joins. She struggles with indexes. For the next session: finish exercise 3."


@dataclass(frozen=True)
class Asked:
    """A request's mail as it is answered, the draft it shows, its text part, and the whole mail raw."""

    original: Original
    draft: str
    text: str
    raw: bytes


@cache
def asked(language: str = "fr") -> Asked:
    """The request in one of the two languages."""
    with TemporaryDirectory() as folder:
        mentor = {"name": NAME, "address": MENTOR, "timezone": "Europe/Paris", "language": language}
        stage = met(Stage(Path(folder), {"mentor": mentor}))
        stage.now = START
        stage.pass_time(minutes=46)
        stage.answer(stage.last(), NOTES if language == "fr" else NOTES_EN)
        stage.pass_time(minutes=5)
        request = stage.request(REPORT)
        mail = next(one for one in stage.mails(MENTOR) if request.version.token in str(one["Subject"]))
        stage.world.store.close()
    return Asked(_original(mail), request.version.text, body(mail), mail.as_bytes())


def _original(mail: EmailMessage) -> Original:
    page = mail.get_body(("html",))
    assert page is not None
    sent = datetime.strptime(str(mail["Date"]), "%a, %d %b %Y %H:%M:%S %z").astimezone(PARIS)
    return Original(
        NAME, MENTOR, str(mail["Subject"]), str(mail["Message-ID"]), body(mail), str(page.get_content()), sent
    )
