"""Loads and checks recognisers.toml. Every mistake is reported, each with its path, in one ConfigError."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent.errors import ConfigError
from agent.model import Funding, Language, SessionStatus
from agent.shipped import shipped
from agent.understand.lexicon import PHRASE_FIELDS, Lexicon, Phrase, filled, phrases, plain


class NoticeKind(StrEnum):
    """What else the school writes about a learner, by the name of its entries."""

    ABSENCE = "absence"  # the learner will be, or was, absent
    JUSTIFICATION = "justification"  # an advisor: an absence is justified, for a period (R11)
    EXTRA_SESSION = "extra_session"  # an advisor: a second session in a week is approved (R21)


_MAX_PATTERN = 500  # characters: patterns are a user's own, a slip must stay readable
_ASSIGNMENT = frozenset(("name", "address", "path", "project", "funding"))
_NOTICE = frozenset(("learner", "date", "since", "until"))
_NOTHING = re.compile(r"(?!)")
_UNDOING = ("drop", "negation", "condition", "question", "later", "edit", "corrected")  # what no yes is plain beside
_TOP = frozenset(("assignment", "session_event", "not_a_session", "funding_words", "words", *NoticeKind))


@dataclass(frozen=True, slots=True)
class MailPattern:
    """One entry for a mail of the school: [[assignment]], or one of `NoticeKind`."""

    name: str
    language: Language
    invented: bool
    from_domains: tuple[str, ...]
    subject: re.Pattern[str]
    body: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Recognisers:
    """The whole file. `funding_words` are comparable texts, in the order in which they are tried."""

    assignments: tuple[MailPattern, ...]
    notices: Mapping[NoticeKind, tuple[MailPattern, ...]]
    sessions: tuple[re.Pattern[str], ...]
    not_sessions: tuple[re.Pattern[str], ...]
    funding_words: tuple[tuple[str, Funding], ...]
    words: Lexicon


def load_recognisers(text: str, file_name: str = "recognisers.toml") -> Recognisers:
    """Read the file's text. ConfigError with every problem as "file: path: what is wrong"."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file_name}: {error}"]) from error
    reader = _Reader()
    for key in data.keys() - _TOP:
        reader.problem(key, "unknown key")
    found = Recognisers(
        assignments=reader.mails(data, "assignment", needed={"name", "address"}, known=_ASSIGNMENT),
        notices={kind: reader.mails(data, kind, needed={"learner"}, known=_NOTICE) for kind in NoticeKind},
        sessions=tuple(
            reader.pattern(f"{path}.summary", entry.get("summary"), needs={"learner"})
            for path, entry in reader.entries(data, "session_event")
        ),
        not_sessions=tuple(
            reader.pattern(f"{path}.summary", entry.get("summary"))
            for path, entry in reader.entries(data, "not_a_session")
        ),
        funding_words=reader.funding(data.get("funding_words", {})),
        words=reader.lexicon(data.get("words", {})),
    )
    if reader.problems:
        raise ConfigError([f"{file_name}: {problem}" for problem in reader.problems])
    return found


class _Reader:
    """Takes the data apart and collects what is wrong with it, going on with something harmless."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, path: str, what: str) -> None:
        self.problems.append(f"{path}: {what}")

    def entries(self, data: Mapping[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
        found = data.get(key, [])
        if not isinstance(found, list):
            self.problem(key, f"write [[{key}]], with double brackets")
            return []
        entries = []
        for number, entry in enumerate(found):
            if isinstance(entry, dict):
                entries.append((f"{key}[{number}]", entry))
            else:
                self.problem(f"{key}[{number}]", "must be a table")
        return entries

    def mails(
        self, data: Mapping[str, Any], key: str, needed: Collection[str], known: Collection[str]
    ) -> tuple[MailPattern, ...]:
        found = []
        for path, entry in self.entries(data, key):
            before = len(self.problems)
            found.append(self.mail(path, entry))
            if len(self.problems) == before:
                self._check_groups(path, found[-1], needed, known)
        return tuple(found)

    def mail(self, path: str, entry: Mapping[str, Any]) -> MailPattern:
        for key in sorted(entry.keys() - {"name", "language", "invented", "from_domains", "subject", "body"}):
            self.problem(f"{path}.{key}", "unknown key")
        name, language = entry.get("name"), entry.get("language")
        if not isinstance(name, str) or not name:
            self.problem(f"{path}.name", "must be a text")
        if language not in list(Language):
            self.problem(f"{path}.language", "must be one of " + ", ".join(Language))
        if not isinstance(invented := entry.get("invented", False), bool):
            self.problem(f"{path}.invented", "must be true or false")
        body = entry.get("body")
        if not isinstance(body, list) or not body:
            self.problem(f"{path}.body", "must be a list of patterns")
            body = []
        subject = self.pattern(f"{path}.subject", entry.get("subject"))
        patterns = tuple(self.pattern(f"{path}.body[{n}]", pattern) for n, pattern in enumerate(body))
        return MailPattern(
            name=str(name),
            language=Language(language) if language in list(Language) else Language.FR,
            invented=bool(invented),
            from_domains=self.texts(f"{path}.from_domains", entry.get("from_domains", [])),
            subject=subject,
            body=patterns,
        )

    def _check_groups(self, path: str, found: MailPattern, needed: Collection[str], known: Collection[str]) -> None:
        groups = set(found.subject.groupindex).union(*(pattern.groupindex for pattern in found.body))
        for group in sorted(set(needed) - groups):
            self.problem(path, f"no pattern has the group (?P<{group}>...)")
        for group in sorted(groups - set(known)):
            self.problem(path, f"unknown group {group}; known are " + ", ".join(sorted(known)))

    def pattern(self, path: str, value: object, needs: Collection[str] = ()) -> re.Pattern[str]:
        if not isinstance(value, str) or not value:
            self.problem(path, "must be a pattern (a text)")
            return _NOTHING
        if len(value) > _MAX_PATTERN:
            self.problem(path, f"longer than {_MAX_PATTERN} characters")
            return _NOTHING
        try:
            pattern = re.compile(value, re.IGNORECASE | re.MULTILINE)
        except (re.error, OverflowError, RecursionError) as error:
            self.problem(path, f"not a regular expression: {error}")
            return _NOTHING
        for group in sorted(set(needs) - set(pattern.groupindex)):
            self.problem(path, f"has no group (?P<{group}>...)")
        return pattern

    def texts(self, path: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.problem(path, "must be a list of texts")
            return ()
        return tuple(value)

    def funding(self, value: object) -> tuple[tuple[str, Funding], ...]:
        if not isinstance(value, dict):
            self.problem("funding_words", "must be a table")
            return ()
        found = []
        for words, name in value.items():
            if name in list(Funding):
                found.append((" ".join(plain(words)), Funding(name)))
            else:
                self.problem(f"funding_words.{words}", "must be one of " + ", ".join(Funding))
        return tuple(found)

    def lexicon(self, value: object) -> Lexicon:
        """The words of answers; a list that the file lacks is the shipped one."""
        usual = tomllib.loads(shipped("recognisers.toml").read_text(encoding="utf-8"))["words"]
        own = value if isinstance(value, dict) else {}
        statuses = own.get("status", {})
        if not isinstance(statuses, dict):
            self.problem("words.status", "must be a table")
            statuses = {}
        table, statuses = {**usual, **own}, {**usual["status"], **statuses}
        slots = self._slots(table.get("slots", {}))
        for key in sorted(table.keys() - {*PHRASE_FIELDS, "slots", "status"}):
            self.problem(f"words.{key}", "unknown key")
        for key in sorted(statuses.keys() - set(SessionStatus)):
            self.problem(f"words.status.{key}", "unknown status; known are " + ", ".join(SessionStatus))
        sets = {name: self._phrases(f"words.{name}", table.get(name), slots) for name in PHRASE_FIELDS}
        for phrase in sorted(sets["approve"] & (sets["drop"] | sets["negation"] | sets["condition"])):
            self.problem("words.approve", f'"{" ".join(phrase)}" stands in drop, negation or condition as well')
        undoing = {phrase for name in _UNDOING for phrase in sets[name]}
        for phrase in sorted(phrase for phrase in undoing if all((word,) in sets["neutral"] for word in phrase)):
            self.problem("words.neutral", f'has all words of "{" ".join(phrase)}", which undoes an approval')
        status = {name: self._phrases(f"words.status.{name}", statuses.get(name), slots) for name in SessionStatus}
        return Lexicon(**sets, status=status)

    def _slots(self, value: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            self.problem("words.slots", "must be a table")
            return {}
        return {name: self.texts(f"words.slots.{name}", texts) for name, texts in value.items()}

    def _phrases(self, path: str, value: object, slots: Mapping[str, tuple[str, ...]]) -> frozenset[Phrase]:
        found: list[str] = []
        for text in self.texts(path, value):
            try:
                found += filled(text, slots)
            except ValueError as error:
                self.problem(path, str(error))
        return phrases(found)
