"""Loads and checks situations.toml: the words by which a mentor reports a situation. Every mistake is said at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import ConfigError
from agent.model import Matter

Patterns = tuple[re.Pattern[str], ...]

_MAX_PATTERN = 1_000  # characters: a slip must stay readable
_GROUPS = frozenset(("number", "project"))
_LISTS = ("mentor", "named", "unclear", "answer")
_FLAGS = ("hedged", "notes")
DOUBTS = ("negation", "condition", "question", "hedge", "todo", "others", "speaks", "denial")
VALUES = ("cancel", "minutes", "project", "agreed", "not_agreed")


@dataclass(frozen=True, slots=True)
class MatterWords:
    """By what one matter is told. `over`: the matters that the same words do not report as well."""

    mentor: Patterns = ()
    named: Patterns = ()  # count only where a learner is named
    unclear: Patterns = ()
    answer: Patterns = ()  # whole, where the agent asked
    over: frozenset[Matter] = frozenset()
    hedged: bool = False  # a suspicion is enough
    notes: bool = False  # heard in the notes on a session, too


@dataclass(frozen=True, slots=True)
class Grammar:
    """The whole file: matters in its order, what makes them doubtful, and what is read beside them."""

    matters: Mapping[Matter, MatterWords]
    doubt: Mapping[str, Patterns]  # by the names in DOUBTS
    values: Mapping[str, Patterns]  # by the names in VALUES


def load(path: Path) -> Grammar:
    """Read the file. ConfigError with every problem as "file: path: what is wrong"."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path.name}: cannot be read: {error}"]) from None
    problems: list[str] = []
    tables = {name: _table(data, name, known, problems) for name, known in (("doubt", DOUBTS), ("values", VALUES))}
    matters = {}
    for name, entry in data.items():
        if name in tables:
            continue
        if name not in list(Matter) or not isinstance(entry, dict):
            problems.append(f"{name}: is no matter")
        else:
            matters[Matter(name)] = _matter(name, entry, problems)
    if problems:
        raise ConfigError([f"{path.name}: {problem}" for problem in problems])
    return Grammar(matters, tables["doubt"], tables["values"])


def _table(data: Mapping[str, Any], name: str, known: tuple[str, ...], problems: list[str]) -> dict[str, Patterns]:
    table = data.get(name)
    if not isinstance(table, dict):
        problems.append(f"{name}: is missing")
        return {}
    problems += [f"{name}.{key}: unknown key" for key in table if key not in known]
    return {key: _patterns(f"{name}.{key}", table.get(key), problems) for key in known}


def _matter(name: str, entry: Mapping[str, Any], problems: list[str]) -> MatterWords:
    problems += [f"{name}.{key}: unknown key" for key in entry if key not in (*_LISTS, *_FLAGS, "over")]
    problems += [
        f"{name}.{key}: must be true or false" for key in _FLAGS if not isinstance(entry.get(key, False), bool)
    ]
    over = entry.get("over", [])
    if not isinstance(over, list) or any(one not in list(Matter) for one in over):
        problems.append(f"{name}.over: must be a list of matters")
        over = []
    lists = {key: _patterns(f"{name}.{key}", entry.get(key, []), problems) for key in _LISTS}
    return MatterWords(
        **lists,
        over=frozenset(Matter(one) for one in over),
        hedged=entry.get("hedged") is True,
        notes=entry.get("notes") is True,
    )


def _patterns(path: str, texts: Any, problems: list[str]) -> Patterns:
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        problems.append(f"{path}: must be a list of patterns")
        return ()
    found = (_pattern(f"{path}[{number}]", text, problems) for number, text in enumerate(texts))
    return tuple(pattern for pattern in found if pattern is not None)


def _pattern(path: str, text: str, problems: list[str]) -> re.Pattern[str] | None:
    if len(text) > _MAX_PATTERN:
        problems.append(f"{path}: longer than {_MAX_PATTERN} characters")
        return None
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        problems.append(f"{path}: not a regular expression: {error}")
        return None
    problems += [f"{path}: unknown group {group}" for group in pattern.groupindex if group not in _GROUPS]
    return pattern
