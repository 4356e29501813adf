"""Slots that letters offer: held for their learner until they are taken back, chosen or past."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from agent.model import Offer
from agent.store.base import Connection, Memo, iso, moment

NOBODY = 0
"""Whose slots are held once they are confirmed: they are on offer to nobody, and in the way of every other offer."""


class Offers:
    """The held slots' table."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._standing: Memo[list[Offer]] = Memo(connection)  # by learner, in time order

    def hold(self, letter: str, learner_id: int, start: datetime, end: datetime) -> None:
        """A slot offered in a letter is offered to nobody else."""
        row = {"outbox_key": letter, "learner_id": learner_id, "start": iso(start), "end": iso(end)}
        self._c.insert("held_slots", row)
        self._standing.forget(str(learner_id))

    def of_learner(self, learner_id: int, since: datetime) -> list[Offer]:
        """What is on offer to a learner and not over by `since`, letter by letter, in time order."""
        since = since.replace(microsecond=0)
        return [one for one in self._standing.get(str(learner_id), self._read) if one.end > since]

    def _read(self, learner_id: str) -> list[Offer]:
        sql = "select * from held_slots where learner_id = ? and taken_back = 0 order by start"
        rows = self._c.rows(sql, int(learner_id))
        return [Offer(row["outbox_key"], moment(row["start"]), moment(row["end"])) for row in rows]

    def of_letter(self, letter: str) -> list[Offer]:
        """All that a letter offers, in the order in which it lists them, past ones included; none once taken back."""
        sql = "select * from held_slots where outbox_key = ? and learner_id != ? and taken_back = 0 order by start"
        rows = self._c.rows(sql, letter, NOBODY)
        return [Offer(row["outbox_key"], moment(row["start"]), moment(row["end"])) for row in rows]

    def begins(self, letter: str) -> datetime | None:
        """When the first slot begins that a letter offers or confirms; None if there is none."""
        sql = "select min(start) from held_slots where outbox_key = ? and taken_back = 0"
        first: str | None = self._c.value(sql, letter)
        return moment(first)

    def confirm(self, booking: str, start: datetime, end: datetime) -> None:
        """A slot was promised to a learner: `booking` is the key of the letter that says so."""
        self.hold(booking, NOBODY, start, end)

    def taken(self, start: datetime, end: datetime, but: Collection[str]) -> bool:
        """Whether the calendar, or a slot that was confirmed to somebody, lies in the way. What is merely on offer does
        not; nor do the calendar objects that are called `but`, wherever they lie, and what these bookings confirmed.
        """
        rows = self._c.rows(
            "select href as name from busy where end > ?1 and start < ?2 union all"
            " select outbox_key from held_slots where learner_id = ?3 and taken_back = 0 and end > ?1 and start < ?2",
            iso(start),
            iso(end),
            NOBODY,
        )
        return any(row["name"] not in but and row["name"].rpartition("/")[2] not in but for row in rows)

    def forget_shown(self) -> None:
        """What letters offered that shadow mode only showed: no learner ever had it."""
        self._c.execute("update held_slots set taken_back = 1 where outbox_key like 'shadow/%'")
        self._standing.forget()

    def take_back(self, letter: str) -> None:
        """The letter was dropped or answered: its slots are free again."""
        if self._c.execute("update held_slots set taken_back = 1 where outbox_key = ?", letter):
            rows = self._c.rows("select distinct learner_id from held_slots where outbox_key = ?", letter)
            for row in rows:
                self._standing.forget(str(row["learner_id"]))
