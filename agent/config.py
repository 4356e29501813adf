"""The settings: TOML in, frozen values out, every problem reported at once with the path of its key.

Secrets are never here. `agent.secrets` finds them in the keyring, the environment or a file that the settings name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from agent.errors import ConfigError
from agent.model import Funding, Language, RuleMode
from agent.understand.text import ADDRESS
from agent.urls import is_here, parse_url

RULES = frozenset(f"R{n:02}" for n in range(1, 30))
SUPPORT_ALERTS = frozenset({"R04", "R06", "R10", "R13", "R14", "R15", "R17", "R18", "R19"})


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is not an IANA time zone; for instance Europe/Paris") from None


def _range(value: Any) -> Any:
    """ "09:00-12:30" -> (time, time)."""
    if not isinstance(value, str):
        return value
    try:
        start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        raise ValueError(f"{value!r} is not a range of hours such as 09:00-12:30") from None
    if start >= end:
        raise ValueError(f"{value!r} ends before it starts")
    return (start, end)


def mail_address(value: str) -> str:
    """A plain ASCII address, its domain in lower case. ValueError when it is not one."""
    local, _, domain = value.strip().rpartition("@")
    if not ADDRESS.fullmatch(value.strip().lower()):
        raise ValueError(f"{value!r} is not an e-mail address")
    return f"{local}@{domain.lower()}"


def _rule(value: str) -> str:
    if value not in RULES:
        raise ValueError(f"{value!r} is no rule; R01 to R29")
    return value


def _url(*schemes: str) -> AfterValidator:
    def validate(value: str) -> str:
        parse_url(value, schemes)
        return value

    return AfterValidator(validate)


def _programme(value: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    if any(not name.strip() or not hours > 0 for name, hours in value):
        raise ValueError('every project needs a name and its hours, such as ["Project 1", 20]')
    return value


MailAddress = Annotated[str, AfterValidator(mail_address)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
RuleId = Annotated[str, AfterValidator(_rule)]
Hours = Annotated[tuple[time, time], BeforeValidator(_range)]
Programme = Annotated[tuple[tuple[str, float], ...], AfterValidator(_programme)]


class Part(BaseModel):
    """A table of the settings file: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class MentorSettings(Part):
    """Who we work for. `questions_to` is where questions go when not to `address` itself.

    `requests`: each request as a mail of its own, or several in one digest at the times `digest_at`, in their zone;
    what is due within `digest_margin_hours` of the next digest leaves at once, by itself.
    """

    name: str = Field(min_length=1, max_length=80)
    address: MailAddress
    also: tuple[MailAddress, ...] = ()
    questions_to: MailAddress | None = None
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)]
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


class MailboxSettings(Part):
    """`trust = "local"` says that whatever lies in this mailbox is genuine: only for a private Maildir.

    `dkim = "when_needed"` looks signatures up in the DNS where the mailbox's server says nothing of a mail.
    `oldest_answer_days`: a mail that was written earlier than that before it came proves nothing; it may be a replay.
    """

    url: Annotated[str, _url("maildir", "imap", "imaps")]
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

    url: Annotated[str, _url("maildir", "smtp", "smtps", "smtp+starttls")]
    password_file: Path | None = None


class CalendarSettings(Part):
    """Where sessions are read from (R29)."""

    url: Annotated[str, _url("dir", "caldav+http", "caldav+https")]
    password_file: Path | None = None
    poll_minutes: float = Field(default=10, gt=0, le=120)


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

    url: Annotated[str, _url("none", "http", "https")] = "none"
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


class Settings(Part):
    """The whole file. `state_dir` holds the database and the kept reports."""

    mode: Literal["shadow", "live"] = "shadow"
    state_dir: Path
    mentor: MentorSettings
    school: SchoolSettings
    mailbox: MailboxSettings
    smtp: SmtpSettings
    calendar: CalendarSettings
    writer: WriterSettings = WriterSettings()
    report: ReportSettings = ReportSettings()
    slots: SlotSettings = SlotSettings()
    hours: Mapping[Weekday, tuple[Hours, ...]] = {}
    limits: LimitSettings = LimitSettings()
    later: LaterSettings = LaterSettings()
    corrections: CorrectionSettings = CorrectionSettings()
    rules: Mapping[RuleId, RuleMode] = {}
    allow_automatic_alerts: bool = False
    recognisers: Path | None = None
    guidelines: Path | None = None
    responsibility_matrix: Path | None = None
    learner_words: Path | None = None
    situations: Path | None = None  # how the mentor reports something
    minutes: Mapping[Funding, int] = {}  # session length by funding, where it differs from the guidelines
    programmes: Mapping[str, Programme] = {}  # by path: its projects in order, with their planned hours (R26)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.state_dir / "agent.sqlite3"

    @property
    def working_hours(self) -> dict[int, tuple[tuple[time, time], ...]]:
        """Hours by weekday, Monday 0; office hours on weekdays where none are set."""
        if not self.hours:
            usual = ((time(9), time(12)), (time(14), time(18)))
            return dict.fromkeys(range(5), usual)
        return {get_args(Weekday).index(day): ranges for day, ranges in self.hours.items()}


def load(path: Path) -> Settings:
    """Read and check a settings file. ConfigError lists every problem; relative paths are relative to the file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; `mentor-agent init` writes one"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from None
    return parse(data, path.parent)


def parse(data: Mapping[str, Any], base: Path) -> Settings:
    """Check settings already read. Paths in them are taken from `base`."""
    found = _automatic_alerts(data)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigError(problems(error) + found) from None
    if found:
        raise ConfigError(found)
    return _anchored(settings, base)


def _automatic_alerts(data: Mapping[str, Any]) -> list[str]:
    """Alerts set to leave by themselves without the opt-in; read from the raw data, to be said with the rest."""
    rules = data.get("rules")
    if data.get("allow_automatic_alerts") is True or not isinstance(rules, Mapping):
        return []
    return [
        f"rules.{rule}: an alert to support is never automatic unless allow_automatic_alerts = true"
        for rule, mode in rules.items()
        if rule in SUPPORT_ALERTS and mode == RuleMode.AUTO
    ]


def problems(error: ValidationError) -> list[str]:
    """One line a problem: the key's path as written in TOML, then what is wrong."""
    lines: list[str] = []
    for item in error.errors(include_url=False, include_context=False):
        where = ".".join(str(part) for part in item["loc"])
        text = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            text = "is missing"
        elif item["type"] == "extra_forbidden":
            text = "is not a setting"
        lines += [f"{where}: {line}" if where else line for line in text.split("\n")]
    return lines


def _anchored(settings: Settings, base: Path) -> Settings:
    """Relative paths in a settings file are relative to that file, wherever the daemon was started."""

    def at(path: Path | None) -> Path | None:
        return None if path is None else (base / path.expanduser()).resolve()

    return settings.model_copy(
        update={
            "state_dir": at(settings.state_dir),
            "recognisers": at(settings.recognisers),
            "guidelines": at(settings.guidelines),
            "responsibility_matrix": at(settings.responsibility_matrix),
            "learner_words": at(settings.learner_words),
            "situations": at(settings.situations),
            "mailbox": settings.mailbox.model_copy(update={"password_file": at(settings.mailbox.password_file)}),
            "smtp": settings.smtp.model_copy(update={"password_file": at(settings.smtp.password_file)}),
            "calendar": settings.calendar.model_copy(update={"password_file": at(settings.calendar.password_file)}),
            "writer": settings.writer.model_copy(update={"key_file": at(settings.writer.key_file)}),
            "report": settings.report.model_copy(
                update={
                    "voice": tuple((base / path.expanduser()).resolve() for path in settings.report.voice),
                    "words": at(settings.report.words),
                }
            ),
        }
    )
