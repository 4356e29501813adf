"""The responsibility matrix as data: for each matter, whether the mentor or the learner contacts support."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from agent.errors import ConfigError
from agent.guidelines import either
from agent.model import MATRIX, Language, Matter, Party, Responsibility

RULES = frozenset(f"R{n:02}" for n in range(1, 30))


def load(path: Path) -> Mapping[Matter, Responsibility]:
    """Read a matrix file. ConfigError lists every problem at once."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path.name}: cannot be read: {error}"]) from None
    problems = [f"{name}: is no matter; {', '.join(MATRIX)}" for name in data if name not in list(MATRIX)]
    found = {}
    for matter in MATRIX:
        row = data.get(matter)
        if not isinstance(row, Mapping):
            problems.append(f"{matter}: is missing")
            continue
        text = either({language.value: str(row.get(language, "")) for language in Language})
        if not any(text.values()):
            problems.append(f"{matter}: its words are missing, in French (fr) or English (en)")
        if row.get("contact") not in {Party.MENTOR, Party.LEARNER}:
            problems.append(f'{matter}.contact: must be "mentor" or "learner"')
        elif row.get("rule") not in RULES:
            problems.append(f"{matter}.rule: must be a rule, R01 to R29")
        else:
            found[matter] = Responsibility(Party(row["contact"]), row["rule"], text)
    if problems:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    return found
