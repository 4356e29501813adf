"""The composition root: the only place that builds connectors from settings."""

from __future__ import annotations

import os
import secrets as random_source
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from agent import secrets
from agent.config import Settings
from agent.connectors import child
from agent.connectors.dns_text import DnsText
from agent.connectors.ports import Calendar, Mailbox, Transport, Writer
from agent.decide import Rules
from agent.errors import ConfigError, TerminalError
from agent.guidelines import load as load_guidelines
from agent.matrix import load as load_matrix
from agent.phrases import Phrases
from agent.render import Letters
from agent.report.wording import Wording
from agent.report.wording import load as load_wording
from agent.report.wording import shipped as shipped_wording
from agent.shipped import shipped
from agent.store import DatabaseError, Store
from agent.understand.grammar import load as load_situations
from agent.understand.learner_words import load as load_learner_words
from agent.understand.recognisers import load_recognisers
from agent.urls import Address, parse_url
from agent.world import World

MAIL = ("maildir", "imap", "imaps")
OUT = ("maildir", "smtp", "smtps", "smtp+starttls")
SMTP_TLS: Mapping[str, Literal["implicit", "starttls", "none"]] = {
    "smtps": "implicit",
    "smtp+starttls": "starttls",
    "smtp": "none",
}
CALENDARS = ("dir", "caldav+http", "caldav+https")


def build(settings: Settings, environment: Mapping[str, str] = os.environ) -> World:
    """Everything an agent needs, from its settings. ConfigError lists every problem; no server is talked to yet.

    TerminalError when the state directory cannot be used.
    """
    recognisers_file = settings.recognisers or shipped("recognisers.toml")
    try:
        text = recognisers_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{recognisers_file}: cannot be read: {error}"]) from None
    recognisers = load_recognisers(text, recognisers_file.name)
    guidelines = load_guidelines(settings.guidelines or shipped("guidelines.toml"))
    matrix = load_matrix(settings.responsibility_matrix or shipped("responsibility_matrix.toml"))
    learner_words = load_learner_words(settings.learner_words or shipped("learner.toml"))
    words = report_words(settings)
    builtin = builtin_writer(words)
    return World(
        settings=settings,
        rules=Rules(guidelines, settings.rules, settings.mentor.timezone, matrix),
        recognisers=recognisers,
        learner_words=learner_words,
        situations=load_situations(settings.situations or shipped("situations.toml")),
        letters=Letters(),
        phrases=Phrases(),
        store=memory(settings),
        mailbox=mailbox(settings, environment),
        transport=transport(settings, environment),
        calendar=calendar(settings, environment),
        writer=writer(settings, environment) or builtin,
        builtin=builtin,
        holidays=holidays(settings),
        random_bytes=random_source.token_bytes,
        text_records=DnsText(),
        report_words=words,
        voice=voice(settings),
    )


def memory(settings: Settings) -> Store:
    """The store that the settings name. TerminalError when its file or folder cannot be used."""
    try:
        return Store(settings.database)
    except (OSError, DatabaseError) as error:
        raise TerminalError(f"state_dir: {settings.database} cannot be opened: {error}") from None


def mailbox(settings: Settings, environment: Mapping[str, str]) -> Mailbox:
    """The mailbox that the settings name."""
    address = parse_url(settings.mailbox.url, MAIL)
    if address.scheme == "maildir":
        from agent.connectors.maildir import MaildirMailbox  # noqa: PLC0415 -- each connector only where it is used

        return MaildirMailbox(address.directory)
    from agent.connectors.imap import ImapMailbox  # noqa: PLC0415

    user, password = login("mailbox", settings.mentor.address, address, settings.mailbox.password_file, environment)
    return ImapMailbox(
        address.host,
        address.port,
        user,
        password,
        tls=address.scheme == "imaps",
        sent_folder=settings.mailbox.sent_folder,
    )


def transport(settings: Settings, environment: Mapping[str, str]) -> Transport:
    """The way out that the settings name. A server without a user name is spoken to without a login."""
    address = parse_url(settings.smtp.url, OUT)
    if address.scheme == "maildir":
        from agent.connectors.maildir import MaildirTransport  # noqa: PLC0415

        inbox = parse_url(settings.mailbox.url, MAIL)
        if inbox.scheme != "maildir":
            return MaildirTransport(address.directory)
        return MaildirTransport(address.directory, inbox.directory, settings.mentor.address.lower())
    from agent.connectors.smtp import SmtpTransport  # noqa: PLC0415

    user = password = None
    if address.user is not None:
        user, password = login("smtp", address.user, address, settings.smtp.password_file, environment)
    tls = SMTP_TLS[address.scheme]
    return SmtpTransport(address.host, address.port, user, password, tls=tls)


def calendar(settings: Settings, environment: Mapping[str, str]) -> Calendar:
    """The calendar that the settings name."""
    address = parse_url(settings.calendar.url, CALENDARS)
    if address.scheme == "dir":
        from agent.connectors.ics_dir import IcsDirectory  # noqa: PLC0415

        return IcsDirectory(address.directory)
    from agent.connectors.caldav import ChildCalendar  # noqa: PLC0415

    file = settings.calendar.password_file
    user, password = login("calendar", settings.mentor.address, address, file, environment)
    scheme = address.scheme.removeprefix("caldav+")
    return ChildCalendar(f"{scheme}://{address.host}:{address.port}{address.path}", user, password)


def writer(settings: Settings, environment: Mapping[str, str]) -> Writer | None:
    """The model that the settings name; None for the built-in writer."""
    chosen = settings.writer
    if chosen.url == "none":
        return None
    from agent.connectors.openai_writer import ChildWriter, Window  # noqa: PLC0415

    key = secrets.find("llm", f"llm@{chosen.url}", chosen.key_file, environment) or ""
    window = Window(chosen.context_tokens, chosen.characters_per_token)
    return ChildWriter(chosen.url, chosen.model, key, chosen.timeout_seconds, window, settings.report.words)


def voice(settings: Settings) -> tuple[str, ...]:
    """The past reports that the settings name as examples of style. ConfigError names each that cannot be read."""
    texts, problems = [], []
    for path in settings.report.voice:
        try:
            texts.append(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"report.voice: {path} cannot be read: {error}")
    if problems:
        raise ConfigError(problems)
    return tuple(texts)


def holidays(settings: Settings) -> Callable[[int], frozenset[date]]:
    """The public holidays of a year where the mentor lives: asked of a child once, for the library is heavy."""
    country, subdivision = settings.slots.country, settings.slots.subdivision

    @cache
    def of(year: int) -> frozenset[date]:
        if country is None:
            return frozenset()
        request = {"country": country, "subdivision": subdivision, "year": year}
        return frozenset(date.fromisoformat(day) for day in child.call("holidays.list", request, timeout=30))

    return of


def report_words(settings: Settings) -> Wording:
    """The sections and words of reports: the mentor's own file, or the shipped one. ConfigError if it is unusable."""
    file = settings.report.words
    if file is None:
        return shipped_wording()
    try:
        return load_wording(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"report.words: {file} cannot be read: {error}"]) from None


def builtin_writer(words: Wording | None = None) -> Writer:
    """The writer that needs no model."""
    from agent.report.builtin import BuiltinWriter  # noqa: PLC0415

    return BuiltinWriter(words)


def login(
    name: str, default_user: str, address: Address, file: Path | None, environment: Mapping[str, str]
) -> tuple[str, str]:
    """User name and password for a server. ConfigError says where the password may be put."""
    user = address.user or default_user
    account = f"{user}@{address.host}"
    password = secrets.find(name, account, file, environment)
    if password is None:
        raise ConfigError(
            [
                f"{name}: no password for {account}: put it into the keyring (mentor-agent init does), into the "
                f"variable {secrets.VARIABLES[name]}, or name a file with {name}.password_file"
            ]
        )
    return user, password
