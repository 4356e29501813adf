"""The mentor's accounts in the settings: the mailbox, the way out, the calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.config.values import Part, url_of
from agent.urls import WHOLE_ACCOUNTS


class MailboxSettings(Part):
    """`trust = "local"` says that whatever lies in this mailbox is genuine: only for a private Maildir.

    `dkim = "when_needed"` looks signatures up in the DNS where the mailbox's server says nothing of a mail.
    `oldest_answer_days`: a mail that was written earlier than that before it came proves nothing; it may be a replay.
    """

    url: Annotated[str, url_of("maildir", "imap", "imaps", *WHOLE_ACCOUNTS)]
    password_file: Path | None = None
    sent_folder: str | None = None
    trust: Literal["authentication-results", "local"] = "authentication-results"
    authserv_id: str | None = None
    dkim: Literal["when_needed", "off"] = "when_needed"
    oldest_answer_days: float = Field(default=7, gt=0, le=90)
    poll_minutes: float = Field(default=5, gt=0, le=60)
    largest_mail_mb: float = Field(default=10, gt=0, le=50)

    @model_validator(mode="after")
    def _private(self) -> MailboxSettings:
        if self.trust == "local" and not self.url.startswith("maildir:"):
            raise ValueError("trust = \"local\" is only for a maildir; a server's mailbox receives anybody's mail")
        return self


class SmtpSettings(Part):
    """The way out."""

    url: Annotated[str, url_of("maildir", "smtp", "smtps", "smtp+starttls", *WHOLE_ACCOUNTS)]
    password_file: Path | None = None


class CalendarSettings(Part):
    """Where sessions are read from (R29)."""

    url: Annotated[str, url_of("dir", "caldav+http", "caldav+https", *WHOLE_ACCOUNTS)]
    password_file: Path | None = None
    poll_minutes: float = Field(default=10, gt=0, le=120)
