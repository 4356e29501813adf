"""When each learner is to be looked at next: kept in order, because every tick asks and most letters change it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import datetime

from agent.store.base import Connection, Memo, iso, moment

NOW = "0"
"""Sorts before every instant: look at the next tick, whenever it is."""


@dataclass(slots=True)
class _Agenda:
    """What the column holds: by learner, and in the order in which they are due."""

    at: dict[int, str | None] = field(default_factory=dict)
    order: list[tuple[str, int]] = field(default_factory=list)

    def put(self, learner_id: int, at: str | None) -> None:
        """The learner's moment is now this one."""
        old = self.at.get(learner_id)
        if old is not None:
            del self.order[bisect_left(self.order, (old, learner_id))]
        self.at[learner_id] = at
        if at is not None:
            insort(self.order, (at, learner_id))


class Looks:
    """The column look_at of the learners' table."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._memo: Memo[_Agenda] = Memo(connection)

    def forget(self) -> None:
        """A learner came or left, with a moment of their own."""
        self._memo.forget()

    def put(self, learner_id: int, at: datetime | None) -> None:
        """Nothing can change for this learner before `at` unless a fact arrives."""
        self._put(learner_id, iso(at))

    def touch(self, learner_id: int) -> None:
        """Something was learnt of this learner: look at the next tick."""
        self._put(learner_id, NOW)

    def touch_all(self) -> None:
        """Something was learnt that concerns everybody."""
        self._c.execute("update learners set look_at = ?", NOW)
        self._memo.forget()

    def due(self, now: datetime) -> list[int]:
        """The learners to be looked at now: whoever has waited longest, first."""
        order = self._agenda().order
        return [learner_id for _, learner_id in order[: bisect_right(order, iso(now), key=_moment)]]

    def next(self) -> datetime | None:
        """The earliest instant at which some learner is to be looked at, but for those who are at the next tick."""
        order = self._agenda().order
        first = bisect_right(order, NOW, key=_moment)
        return moment(order[first][0]) if first < len(order) else None

    def _put(self, learner_id: int, at: str | None) -> None:
        agenda = self._agenda()
        if learner_id in agenda.at and agenda.at[learner_id] != at:
            self._c.execute("update learners set look_at = ? where id = ?", at, learner_id)
            agenda.put(learner_id, at)

    def _agenda(self) -> _Agenda:
        return self._memo.get("all", self._read)

    def _read(self, _: str) -> _Agenda:
        rows = self._c.rows("select id, look_at from learners order by look_at, id")
        order = [(row["look_at"], row["id"]) for row in rows if row["look_at"] is not None]
        return _Agenda({row["id"]: row["look_at"] for row in rows}, order)


def _moment(entry: tuple[str, int]) -> str:
    return entry[0]
