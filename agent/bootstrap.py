"""The composition root: with `agent.accounts`, the only place that builds connectors from settings."""

from __future__ import annotations

import os
import secrets as random_source
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from agent import accounts, secrets
from agent.config import Settings
from agent.connectors import child
from agent.connectors.dns_text import DnsText
from agent.connectors.ports import Writer
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
from agent.world import World


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
    found = accounts.connect(settings, environment)
    return World(
        settings=settings,
        rules=Rules(guidelines, settings.rules, settings.mentor.timezone, matrix),
        recognisers=recognisers,
        learner_words=learner_words,
        situations=load_situations(settings.situations or shipped("situations.toml")),
        letters=Letters(),
        phrases=Phrases(),
        store=memory(settings),
        mailbox=found.mailbox,
        transport=found.transport,
        calendar=found.calendar,
        also_read=accounts.also_read(settings, environment),
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
