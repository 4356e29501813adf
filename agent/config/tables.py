"""The other tables of the settings: who we work for and with, how reports are written, when what happens."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.config.values import MailAddress, Part, Zone, url_of
from agent.model import Language
from agent.urls import is_here, parse_url


class MentorSettings(Part):
    """Who we work for. `questions_to` is where questions go when not to `address` itself.

    `requests`: each request as a mail of its own, or several in one digest at the times `digest_at`, in their zone;
    what is due within `digest_margin_hours` of the next digest leaves at once, by itself.
    """

    name: str = Field(min_length=1, max_length=80)
    address: MailAddress
    also: tuple[MailAddress, ...] = ()
    questions_to: MailAddress | None = None
    timezone: Zone
    language: Language = Language.FR
    notice: Literal["copy", "notice", "none"] = "copy"
    changes: Literal["show", "send"] = "show"  # what becomes of an "ok" with corrections in the quoted draft
    requests: Literal["each", "digest"] = "each"
    digest_at: tuple[time, ...] = Field(default=(time(8), time(13), time(18)), min_length=1)
    digest_margin_hours: float = Field(default=3, ge=0, le=48)

    @property
    def addresses(self) -> frozenset[str]:
        """Every address whose word is the mentor's, lower case."""
        given = (self.address, *self.also, *([self.questions_to] if self.questions_to else []))
        return frozenset(a.lower() for a in given)

    @property
    def inbox_address(self) -> str:
        """Where questions to the mentor are sent."""
        return self.questions_to or self.address


class SchoolSettings(Part):
    """The school: whose mails assign learners, and where alerts go."""

    domains: tuple[str, ...] = Field(min_length=1)
    support: MailAddress


class PriceSettings(Part):
    """What a model's tokens cost, per million, in any one currency."""

    input: Decimal = Field(default=Decimal(0), ge=0)
    output: Decimal = Field(default=Decimal(0), ge=0)

    @property
    def known(self) -> bool:
        """Whether any price is set."""
        return self.input > 0 or self.output > 0


class WriterSettings(Part):
    """Who drafts reports: "none" is the built-in writer; otherwise an OpenAI-compatible base URL."""

    url: Annotated[str, url_of("none", "http", "https")] = "none"
    model: str = ""
    key_file: Path | None = None
    allow_remote: bool = False
    timeout_seconds: float = Field(default=120, gt=0, le=900)  # for one draft, with all its calls
    margin_minutes: float = Field(default=60, ge=0, le=1440)  # so long before a report is due no model is waited for
    context_tokens: int = Field(default=4096, ge=2048)  # what the model reads and writes at once
    characters_per_token: float = Field(default=3, ge=1, le=6)
    relearn_days: float = Field(default=30, gt=0)  # after which a server is tried with a strict schema again
    pause_minutes: float = Field(default=15, ge=0)  # without a call after two drafts that got no answer
    monthly_tokens: int | None = Field(default=None, ge=1)  # a calendar month in the mentor's zone; None: no limit
    monthly_cost: Decimal | None = Field(default=None, ge=0)
    prices: PriceSettings = PriceSettings()

    @model_validator(mode="after")
    def _priced(self) -> WriterSettings:
        if self.monthly_cost is not None and not self.prices.known:
            raise ValueError("monthly_cost needs [writer.prices]: what a million tokens costs")
        return self

    @model_validator(mode="after")
    def _complete(self) -> WriterSettings:
        if self.url == "none":
            return self
        if not self.model:
            raise ValueError("a writer with a URL needs a model's name")
        if not self.local and not self.allow_remote:
            host = parse_url(self.url, ("http", "https")).host
            raise ValueError(
                f"notes would leave this machine for {host}: write allow_remote = true in [writer] if that is meant, or"
                " the address of a model on this machine, such as http://127.0.0.1:11434/v1"
            )
        return self

    @property
    def local(self) -> bool:
        """Whether the model runs on this machine."""
        return self.url == "none" or is_here(parse_url(self.url, ("http", "https")).host)


class ReportSettings(Part):
    """How reports look and sound: up to three past reports of the mentor's own, as text files, for their style."""

    voice: Annotated[tuple[Path, ...], Field(max_length=3)] = ()
    words: Path | None = None  # a report.toml of the mentor's own: sections, titles, abbreviations


class SlotSettings(Part):
    """How appointments are proposed."""

    country: str | None = "FR"  # public holidays
    subdivision: str | None = None
    notice_hours: float = Field(default=24, ge=0)
    horizon_days: int = Field(default=14, ge=1, le=60)


class LimitSettings(Part):
    """Ceilings (P4): beyond them everything to others stops and the mentor is asked."""

    learner_per_day: int = Field(default=4, ge=1)
    per_hour: int = Field(default=20, ge=1)


class LaterSettings(Part):
    """When a request is shown again whose answer was put off, in the mentor's zone.

    `hours`: after "later" without a time. `margin_hours`: so long before its deadline at the latest.
    """

    hours: float = Field(default=4, gt=0, le=168)
    margin_hours: float = Field(default=3, ge=0, le=48)
    morning: time = time(8)
    afternoon: time = time(14)
    evening: time = time(18)


class CorrectionSettings(Part):
    """What counts as corrections in a quoted draft: at most this share (0 to 1) of its words."""

    most: float = Field(default=0.4, gt=0, lt=1)
