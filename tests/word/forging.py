"""What somebody does who wants a letter to leave: mails made byte by byte, and what must have come of them."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from agent.connectors.ports import Folder
from agent.model import RequestState
from tests.stage import AUTHSERV, MENTOR, SUPPORT, Stage, reference
from tests.stories import GIVEN_BACK, TO_APPROVE, missed

ALERT = "R10/alert/2"
EVIL = "evil.test"
FROM = f"From: Claire Martin <{MENTOR}>"
PASS = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=mentor.example"
FAIL = f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from=mentor.example"

Line = str | bytes


class Forger:
    """Knows the id of an alert that waits for the mentor, from a mail that was passed on."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        missed(stage)
        self.question: EmailMessage = stage.last(containing=TO_APPROVE)
        self.written = 0

    def compose(
        self,
        *lines: Line,
        author: Line = FROM,
        text: Line = "ok",
        to: str = MENTOR,
        age: timedelta = timedelta(),
        message_id: str = "",
        subject: str = "",
        refers: bool = True,
    ) -> bytes:
        """A mail of these lines on top, an author, and what an answer has. `author` may be several lines, or none."""
        self.written += 1
        fields = [
            *lines,
            author,
            f"To: {to}",
            f"Subject: {subject or f'Re: [ma-{reference(self.question)}]'}",
            f"Date: {format_datetime(self.stage.now - age)}",
            f"Message-ID: {message_id or f'<forged-{self.written}@{EVIL}>'}",
            f"In-Reply-To: {self.question['Message-ID']}" if refers else "",
        ]
        head = [line.encode() if isinstance(line, str) else line for line in fields if line]
        return b"\r\n".join([*head, b"", text.encode() if isinstance(text, str) else text, b""])

    def sends(self, raw: bytes, folder: Folder = Folder.INBOX) -> None:
        """It arrives, and two weeks go by in which the agent looks again and again."""
        self.stage.mailbox.deliver(raw, folder, self.stage.now)
        for hours in (0, 1, 24, 72, 240):
            self.stage.pass_time(hours=hours, minutes=5)

    @property
    def state(self) -> RequestState:
        """What became of the alert."""
        return self.stage.request(ALERT).state

    def asked_not_done(self) -> None:
        """Nothing was approved, nothing was sent to anybody but the mentor, who was asked once at most."""
        assert self.state is RequestState.WAITING
        assert self.stage.mails(SUPPORT) == []
        assert self.stage.count(GIVEN_BACK) <= 1
