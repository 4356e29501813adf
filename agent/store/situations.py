"""What was reported, by whom, and how it was proven: append-only, but that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.model import Matter, Party, Proof, Situation
from agent.store.base import Connection, Recent, Row, iso, moment
from agent.store.looks import Looks
from agent.store.meta import DESK, Meta


@dataclass(frozen=True, slots=True)
class NewSituation:
    """A situation about to be stored. `source` names the sentence it comes from: the same one is stored once."""

    source: str
    matter: Matter
    at: datetime
    by: Party
    words: str
    proof: Proof
    learner_id: int | None = None
    session_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    project: str | None = None
    number: float | None = None
    agreed: bool | None = None


class Situations:
    """The situations' table."""

    def __init__(self, connection: Connection, meta: Meta, looks: Looks) -> None:
        self._c = connection
        self._meta = meta
        self._looks = looks
        self._recent = Recent(connection, self._of_learner)

    def add(self, new: NewSituation) -> int | None:
        """Store a situation and have those it concerns looked at; its id, or None where its source is known."""
        with self._c.transaction():
            found = self._c.insert(
                "situations",
                {
                    "source": new.source,
                    "matter": new.matter.value,
                    "at": iso(new.at),
                    "by": new.by.value,
                    "words": new.words,
                    "proof": new.proof.value,
                    "learner_id": new.learner_id,
                    "session_id": new.session_id,
                    "since": iso(new.since),
                    "until": iso(new.until),
                    "project": new.project,
                    "number": new.number,
                    "agreed": None if new.agreed is None else int(new.agreed),
                },
                ignore=True,
            )
            if found is not None:
                self._touch(new.learner_id)
        return found

    def take_back(self, situation_id: int, now: datetime) -> None:
        """It was not so, or was misunderstood."""
        with self._c.transaction():
            self._c.execute("update situations set taken_back_at = ? where id = ?", iso(now), situation_id)
            self._touch(self._c.value("select learner_id from situations where id = ?", situation_id))

    def agree(self, situation_id: int, *, agreed: bool) -> None:
        """Whether the learner agreed to what was reported (R22)."""
        with self._c.transaction():
            self._c.execute("update situations set agreed = ? where id = ?", int(agreed), situation_id)
            self._touch(self._c.value("select learner_id from situations where id = ?", situation_id))

    def get(self, situation_id: int) -> Situation:
        """One situation, taken back or not. KeyError if unknown."""
        row = self._c.row("select * from situations where id = ?", situation_id)
        if row is None:
            raise KeyError(situation_id)
        return _situation(row)

    def of_learner(self, learner_id: int | None, since: datetime) -> list[Situation]:
        """What was reported of one learner (None: of nobody) and of the mentor, since then or still holding then; in
        order.
        """
        since = since.replace(microsecond=0)
        known = self._recent.of(learner_id, since)
        return [s for s in known if s.at >= since or (s.until is not None and s.until >= since)]

    def _of_learner(self, learner_id: int | None, since: datetime) -> list[Situation]:
        return self._read(
            "(learner_id = ?1 or learner_id is null) and (at >= ?2 or until >= ?2)", learner_id, iso(since)
        )

    def between(self, start: datetime, end: datetime) -> list[Situation]:
        """Everything reported from `start` on and before `end`, in order."""
        return self._read("at >= ? and at < ?", iso(start), iso(end))

    def _read(self, where: str, *values: object) -> list[Situation]:
        sql = f"select * from situations where taken_back_at is null and {where} order by at, id"  # noqa: S608 -- ours alone
        return [_situation(row) for row in self._c.rows(sql, *values)]

    def _touch(self, learner_id: int | None) -> None:
        """Whom it concerns is looked at next; the mentor's own matters concern everybody."""
        if learner_id is None:
            self._looks.touch_all()
            self._meta.drop(DESK)
            self._recent.forget_all()
        else:
            self._looks.touch(learner_id)
            self._recent.forget(learner_id)


def _situation(row: Row) -> Situation:
    return Situation(
        id=row["id"],
        matter=Matter(row["matter"]),
        at=moment(row["at"]),
        by=Party(row["by"]),
        words=row["words"],
        learner_id=row["learner_id"],
        session_id=row["session_id"],
        since=moment(row["since"]),
        until=moment(row["until"]),
        project=row["project"],
        number=row["number"],
        agreed=None if row["agreed"] is None else bool(row["agreed"]),
    )
