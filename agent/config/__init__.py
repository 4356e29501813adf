"""The settings: TOML in, frozen values out, every problem reported at once with the path of its key.

Secrets are never here. `agent.secrets` finds them in the keyring, the environment or a file that the settings name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError, model_validator

from agent.config.accounts import CalendarSettings, ExchangeSettings, MailboxSettings, OAuth2Settings, SmtpSettings
from agent.config.graph import GraphSettings
from agent.config.tables import (
    CorrectionSettings,
    LaterSettings,
    LimitSettings,
    MentorSettings,
    ReportSettings,
    SchoolSettings,
    SlotSettings,
    WriterSettings,
)
from agent.config.values import Hours, Part, Programme, RuleId, Weekday
from agent.errors import ConfigError
from agent.model import Funding, RuleMode
from agent.urls import DEFAULT_PORTS, is_whole, parse_url

SUPPORT_ALERTS = frozenset({"R04", "R06", "R10", "R13", "R14", "R15", "R17", "R18", "R19"})


class Settings(Part):
    """The whole file. `state_dir` holds the database and the kept reports.

    `ca_file`: PEM certificates that every connection trusts besides the system's own; verifying is never off.
    """

    mode: Literal["shadow", "live"] = "shadow"
    state_dir: Path
    ca_file: Path | None = None
    mentor: MentorSettings
    school: SchoolSettings
    mailbox: MailboxSettings
    exchange: ExchangeSettings = ExchangeSettings()
    smtp: SmtpSettings
    calendar: CalendarSettings
    graph: GraphSettings | None = None
    oauth2: OAuth2Settings | None = None
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

    @model_validator(mode="before")
    @classmethod
    def _one_account(cls, data: Any) -> Any:
        """A whole account sends and keeps the calendar too, where the settings name nothing else for that."""
        mailbox = data.get("mailbox") if isinstance(data, Mapping) else None
        url = mailbox.get("url") if isinstance(mailbox, Mapping) else None
        if not (isinstance(url, str) and is_whole(url)):
            return data
        parts = {name: data.get(name, {}) for name in ("smtp", "calendar")}
        return {**data, **{name: {"url": url, **part} for name, part in parts.items() if isinstance(part, Mapping)}}

    @model_validator(mode="after")
    def _the_same_account(self) -> Settings:
        """One login, one connection: a whole account is named once, as the mailbox."""
        wrong = [
            f"{name}.url: {part.url!r} can only be the mailbox's own account: write it in mailbox.url, and leave"
            f" {name}.url out"
            for name, part in (("smtp", self.smtp), ("calendar", self.calendar))
            if is_whole(part.url) and part.url != self.mailbox.url
        ]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    @model_validator(mode="after")
    def _microsoft_365(self) -> Settings:
        """Whose mailbox it is stands in the URL, which app reads it in a table of its own."""
        if not self.mailbox.url.startswith("graph:"):
            return self
        address = parse_url(self.mailbox.url, ("graph",))
        wrong = []
        if not address.user or address.path.strip("/") or address.port != DEFAULT_PORTS["graph"]:
            wrong.append(f"mailbox.url: {self.mailbox.url!r} must name one mailbox, as in graph://claire@example.org")
        if self.graph is None:
            wrong.append("graph.client_id: a mailbox in Microsoft 365 needs the ID of the app that reads it")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    @model_validator(mode="after")
    def _signed_in(self) -> Settings:
        signing = [
            (n, part.url) for n, part in (("mailbox", self.mailbox), ("smtp", self.smtp)) if part.auth == "oauth2"
        ]
        wrong = [
            f'{name}.auth: "oauth2" is for imap and smtp'
            for name, url in signing
            if not url.startswith(("imap", "smtp"))
        ]
        if signing and self.oauth2 is None:
            wrong.append(f'{signing[0][0]}.auth: "oauth2" needs the table [oauth2]')
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

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
            "ca_file": at(settings.ca_file),
            "recognisers": at(settings.recognisers),
            "guidelines": at(settings.guidelines),
            "responsibility_matrix": at(settings.responsibility_matrix),
            "learner_words": at(settings.learner_words),
            "situations": at(settings.situations),
            "mailbox": settings.mailbox.model_copy(update={"password_file": at(settings.mailbox.password_file)}),
            "smtp": settings.smtp.model_copy(update={"password_file": at(settings.smtp.password_file)}),
            "oauth2": settings.oauth2
            and settings.oauth2.model_copy(update={"client_secret_file": at(settings.oauth2.client_secret_file)}),
            "calendar": settings.calendar.model_copy(
                update={
                    "password_file": at(settings.calendar.password_file),
                    "subscriptions": {
                        name: one.model_copy(update={"link_file": at(one.link_file)})
                        for name, one in settings.calendar.subscriptions.items()
                    },
                }
            ),
            "writer": settings.writer.model_copy(update={"key_file": at(settings.writer.key_file)}),
            "report": settings.report.model_copy(
                update={
                    "voice": tuple((base / path.expanduser()).resolve() for path in settings.report.voice),
                    "words": at(settings.report.words),
                }
            ),
        }
    )
