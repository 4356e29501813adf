"""The school's rules as data: clauses with their numbers, their source's section and the days they hold.

`config/guidelines.toml` holds one table a rule, or an array of tables where a clause changed: the one that holds on a
given day is the last whose `from` is not after it. Nothing here knows what a rule means; policies do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.model import Clause, Funding, Language


@dataclass(frozen=True, slots=True)
class Dated:
    """A clause with the first and the last day on which it holds (`until` None: to this day)."""

    start: date
    until: date | None
    clause: Clause


@dataclass(frozen=True, slots=True)
class Guidelines:
    """Every clause, by id, in the order of their first days."""

    dated: Mapping[str, tuple[Dated, ...]]

    def clause(self, rule: str, on: date) -> Clause:
        """The clause of `rule` that holds on that day. KeyError when none does."""
        found = self.holding(rule, on)
        if found is None:
            raise KeyError(f"no clause of {rule} holds on {on}")
        return found

    def holding(self, rule: str, on: date) -> Clause | None:
        """The clause of `rule` that holds on that day; None when none does."""
        begun = [entry for entry in self.dated[rule] if entry.start <= on]
        if not begun or (begun[-1].until is not None and begun[-1].until < on):
            return None
        return begun[-1].clause

    def session_minutes(self, funding: Funding, on: date) -> int:
        """Length of a session for this funding, in minutes."""
        return int(self.clause("session", on).numbers[f"{funding.value}_minutes"])


REQUIRED = {
    "R01": ("contact_hours", "slots"),
    "R02": ("formal", "informal"),
    "R03": ("lead_hours", "silence_hours", "close_hours", "slots"),
    "R04": ("weeks", "lead_hours", "alert_hours", "settling_days", "window_weeks"),
    "R05": ("moved_days", "slots", "letter_hours", "same_week_hours"),
    "R06": ("short_days", "slots", "alert_hours", "offer_days", "longest_days", "fundings"),
    "R07": ("report_hours", "reminder_hours"),
    "R08": ("notice_hours",),
    "R09": ("letter_hours", "slots", "window_days", "offer_days"),
    "R10": ("absences", "grace_hours", "follow_up_hours"),
    "R11": ("excused_days", "longest_days"),
    "R12": ("follow_up_days", "answer_hours"),
    "R13": ("incidents", "window_days", "alert_hours"),
    "R14": ("window_days", "worrying_points", "alert_hours"),
    "R15": ("window_days", "signals", "alert_hours"),
    "R16": (),
    "R17": ("window_days", "alert_hours"),
    "R18": ("window_days", "alert_hours"),
    "R19": ("window_days", "alert_hours"),
    "R20": ("window_days", "reply_hours"),
    "R21": ("sessions", "window_days"),
    "R22": ("window_days",),
    "R23": (),
    "R24": ("other_hosts",),
    "R25": ("morning_from", "evening_from", "fundings"),
    "R26": ("ask_days",),
    "R27": ("weekday", "hour"),
    "R28": ("rude", "shouted_words", "acronym_letters", "exclamations"),
    "R29": ("silent_hours",),
    "session": tuple(f"{funding.value}_minutes" for funding in Funding),
}
"""What the policies read, by clause: a file that lacks one is refused when it is loaded, not at night."""


def load(path: Path) -> Guidelines:
    """Read a guidelines file. ConfigError lists every problem at once."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path.name}: cannot be read: {error}"]) from None
    problems: list[str] = []
    dated = {rule: _entries(rule, value, problems) for rule, value in data.items()}
    for rule, names in REQUIRED.items():
        clauses = dated.get(rule, ())
        if not clauses:
            problems.append(f"{rule}: is missing")
        for entry in clauses:
            known = entry.clause.numbers.keys() | entry.clause.series.keys() | entry.clause.words.keys()
            problems += [f"{rule} (from {entry.start}): {name} is missing" for name in names if name not in known]
    if problems:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    return Guidelines(dated)


def either(text: Mapping[str, str]) -> dict[str, str]:
    """By language; what is not said in one is said in the other: an English school need not write French."""
    said = next((words for words in text.values() if words), "")
    return {language: words or said for language, words in text.items()}


def _entries(rule: str, value: Any, problems: list[str]) -> tuple[Dated, ...]:
    found = []
    for entry in value if isinstance(value, list) else [value]:
        clause = _clause(rule, entry, problems)
        if clause is not None:
            found.append(Dated(entry["from"], entry.get("until"), clause))
    return tuple(sorted(found, key=lambda entry: entry.start))


def _clause(rule: str, entry: Any, problems: list[str]) -> Clause | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("from"), date):
        problems.append(f"{rule}.from: a day such as 2024-01-01 is missing")
        return None
    if not isinstance(entry.get("until", entry["from"]), date) or entry.get("until", entry["from"]) < entry["from"]:
        problems.append(f"{rule}.until: a day such as 2025-12-31, not before the first one, is expected")
        return None
    numbers: dict[str, float] = {}
    series: dict[str, tuple[float, ...]] = {}
    for name, number in entry.get("numbers", {}).items():
        if isinstance(number, list) and number and all(isinstance(n, int | float) and n > 0 for n in number):
            series[name] = tuple(float(n) for n in number)
        elif isinstance(number, int | float) and not isinstance(number, bool) and number > 0:
            numbers[name] = float(number)
        else:
            problems.append(f"{rule}.numbers.{name}: {number!r} is not a positive number")
    words = entry.get("words", {})
    for name, listed in words.items():
        if not isinstance(listed, list) or not all(isinstance(word, str) and word for word in listed):
            problems.append(f"{rule}.words.{name}: a list of words is expected")
    text = either({language.value: str(entry.get(language.value, "")) for language in Language})
    if not any(text.values()):
        problems.append(f"{rule}: its words are missing, in French (fr) or English (en)")
    if not entry.get("section"):
        problems.append(f"{rule}.section: is missing")
    return Clause(rule, str(entry.get("section", "")), text, numbers, series, {k: tuple(v) for k, v in words.items()})
