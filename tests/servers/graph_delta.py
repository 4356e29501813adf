"""Collections that are followed: what both halves of the Graph stand-in share. Every change has a number."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """A request that Graph answers with an error object."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message = status, code, message


@dataclass
class Log:
    """What happened to the items of one collection, and the tokens given out. Old tokens hold until they are lost."""

    changes: list[tuple[int, str, str]] = field(default_factory=list)  # number, "created"/"updated"/"deleted", id
    tokens: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _names: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def number(self) -> int:
        return len(self.changes)

    def record(self, kind: str, identity: str) -> None:
        self.changes.append((self.number + 1, kind, identity))

    def since(self, number: int) -> dict[str, list[str]]:
        """Kinds of change by id, in the order of their last change."""
        found: dict[str, list[str]] = {}
        for _, kind, identity in self.changes[number:]:
            kinds = found.pop(identity, [])
            found[identity] = [*kinds, kind]
        return found

    def lose(self) -> None:
        """Every token is expired."""
        self.tokens.clear()

    def token(self, *state: Any) -> str:
        name = f"R0usmc{next(self._names):06}"
        self.tokens[name] = state
        return name

    def state(self, token: str) -> tuple[Any, ...]:
        if not token.startswith("R0usmc"):
            raise Refused(400, "BadRequest", "Badly formed token.")
        if token not in self.tokens:
            raise Refused(410, "SyncStateNotFound", "The sync state generation is not found; synchronize again.")
        return self.tokens[token]


def page(log: Log, link: Callable[[str, str], str], items: list[Json], number: int, size: int, *context: Any) -> Json:
    """One page of a round: what is left waits behind a $skiptoken, and the last page ends with a $deltatoken."""
    answer: Json = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection", "value": items[:size]}
    if len(items) > size:
        answer["@odata.nextLink"] = link("$skiptoken", log.token("skip", items[size:], number, *context))
    else:
        answer["@odata.deltaLink"] = link("$deltatoken", log.token("delta", number, *context))
    return answer
