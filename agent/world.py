"""What one agent works with: its settings, its memory, the doors to the world. Built in bootstrap, passed on."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from agent.config import Settings
from agent.connectors.ports import Calendar, Mailbox, TextRecords, Transport, Writer
from agent.decide import Rules
from agent.model import Clause, Desk, Language, Learner, Snapshot
from agent.phrases import Phrases
from agent.render import Letters
from agent.report.wording import Wording
from agent.report.wording import shipped as shipped_wording
from agent.store import Store
from agent.understand.grammar import Grammar
from agent.understand.learner_words import LearnerWords
from agent.understand.lexicon import Lexicon
from agent.understand.recognisers import Recognisers

CALENDAR = "calendar"
"""The source that the mentor's own calendar is; a further one is "calendar:NAME"."""


def no_records(name: str) -> tuple[bytes, ...]:
    """A DNS that holds nothing: where nothing is to be looked up."""
    return ()


@dataclass(frozen=True, slots=True)
class World:
    """Everything a tick needs but the instant.

    `holidays` gives the public holidays of a year; `random_bytes` feeds the unguessable ids (secrets.token_bytes).
    """

    settings: Settings
    rules: Rules
    recognisers: Recognisers
    learner_words: LearnerWords
    situations: Grammar  # the words in which the mentor reports something
    letters: Letters
    phrases: Phrases
    store: Store
    mailbox: Mailbox
    transport: Transport
    calendar: Calendar
    writer: Writer
    builtin: Writer
    holidays: Callable[[int], frozenset[date]]
    random_bytes: Callable[[int], bytes] = field(repr=False)
    text_records: TextRecords = no_records
    report_words: Wording = field(default_factory=shipped_wording)
    also_read: Mapping[str, Calendar] = field(default_factory=dict)  # further calendars by name; nothing is added there
    voice: tuple[str, ...] = ()  # past reports of the mentor's, as examples of style
    looked_at: dict[str, datetime] = field(init=False, repr=False, compare=False, default_factory=dict)
    """When this process last looked through something to its end: what is older need not be read again."""
    _remembered: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The mentor's time zone."""
        return self.settings.mentor.timezone

    @property
    def calendars(self) -> dict[str, Calendar]:
        """Every calendar that is read, by its source's name; the one that entries are added to comes first."""
        return {CALENDAR: self.calendar, **{f"{CALENDAR}:{name}": one for name, one in self.also_read.items()}}

    def source_words(self, source: str) -> str:
        """What the mentor calls a source."""
        kind, _, which = source.partition(":")
        words = self.phrases.say(self.language, f"source.{kind}")
        return f"{words} ({which})" if which else words

    @property
    def lexicon(self) -> Lexicon:
        """The words answers are read by."""
        return self.recognisers.words

    @property
    def language(self) -> Language:
        """The language the mentor is written to in."""
        return self.settings.mentor.language

    @property
    def fingerprint(self) -> str:
        """Changes when the settings or the school's rules do: then every learner is judged anew."""
        if "fingerprint" not in self._remembered:  # a millisecond, which every tick would spend
            self._remembered["fingerprint"] = sha256(repr((self.settings, self.rules)).encode()).hexdigest()
        return self._remembered["fingerprint"]

    @property
    def reading(self) -> str:
        """Changes when the words do by which sessions are recognised, or the mentor's zone."""
        if "reading" not in self._remembered:  # as above, each day
            self._remembered["reading"] = sha256(repr((self.recognisers, self.zone)).encode()).hexdigest()
        return self._remembered["reading"]

    @property
    def shadow(self) -> bool:
        """Whether nothing may leave to others (P12)."""
        return self.settings.mode == "shadow"

    def snapshot(self, learner: Learner, now: datetime) -> Snapshot:
        """What the policies may know of one learner; reads only."""
        watched = self.store.watched_since() or now
        return self.store.people.snapshot(learner, now, watched, self.programme(learner))

    def programme(self, learner: Learner) -> tuple[tuple[str, float], ...]:
        """The projects of a learner's path, each with its planned hours; empty where the settings have none."""
        path = (learner.path or "").strip().casefold()
        return next((found for name, found in self.settings.programmes.items() if name.casefold() == path), ())

    def desk(self, now: datetime) -> Desk:
        """What concerns the mentor and no single learner; reads only."""
        return self.store.desk(now, self.store.watched_since() or now, self.zone)

    def clause(self, rule: str, now: datetime) -> Clause:
        """The clause of a rule as it holds now."""
        return self.rules.guidelines.clause(rule, now.astimezone(self.zone).date())

    def new_token(self) -> str:
        """An unguessable id of 80 bits: 16 characters of a-z and 2-7."""
        return base64.b32encode(self.random_bytes(10)).decode().lower()
