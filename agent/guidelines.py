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
class Guidelines:
    """Every clause, by id, each with the first day it holds; in the order of those days."""

    dated: Mapping[str, tuple[tuple[date, Clause], ...]]

    def clause(self, rule: str, on: date) -> Clause:
        """The clause of `rule` that holds on that day. KeyError when none does."""
        holding = [clause for start, clause in self.dated[rule] if start <= on]
        if not holding:
            raise KeyError(f"{rule} does not hold yet on {on}")
        return holding[-1]

    def session_minutes(self, funding: Funding, on: date) -> int:
        """Length of a session for this funding, in minutes."""
        return int(self.clause("session", on).numbers[f"{funding.value}_minutes"])


REQUIRED = {
    "R01": ("contact_hours", "slots"),
    "R02": (),
    "R07": ("report_hours", "reminder_hours"),
    "R10": ("absences", "grace_hours"),
    "session": tuple(f"{funding.value}_minutes" for funding in Funding),
}
"""The numbers that the policies read, by clause: a file that lacks one is refused when it is loaded, not at night."""


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
        for start, clause in clauses:
            known = clause.numbers.keys() | clause.series.keys()
            problems += [f"{rule} (from {start}).numbers.{name}: is missing" for name in names if name not in known]
    if problems:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    return Guidelines(dated)


def _entries(rule: str, value: Any, problems: list[str]) -> tuple[tuple[date, Clause], ...]:
    found = []
    for entry in value if isinstance(value, list) else [value]:
        clause = _clause(rule, entry, problems)
        if clause is not None:
            found.append((entry["from"], clause))
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _clause(rule: str, entry: Any, problems: list[str]) -> Clause | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("from"), date):
        problems.append(f"{rule}.from: a day such as 2024-01-01 is missing")
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
    text = {language.value: entry.get(language.value, "") for language in Language}
    problems += [f"{rule}.{key}: is missing" for key in (*text, "section") if not entry.get(key)]
    return Clause(rule, str(entry.get("section", "")), text, numbers, series)
