"""The only room that speaks SQL: SQLite through sqlite-utils, in WAL mode, with numbered migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import Error as DatabaseError

from agent.connectors.ports import CalendarObject
from agent.store.base import Connection, iso, moment
from agent.store.outbox import Outbox, OutboxRow, Outgoing
from agent.store.people import People, SessionRow
from agent.store.requests import NewRequest, Requests
from agent.store.sources import Fact, Facts, Parked, Parking, Source, Sources

__all__ = [
    "DatabaseError",
    "Fact",
    "NewRequest",
    "OutboxRow",
    "Outgoing",
    "Parked",
    "SessionRow",
    "Source",
    "Store",
]


class Store:
    """The agent's memory. `path` is a file, or ":memory:" for tests."""

    def __init__(self, path: Path | str) -> None:
        self._c = Connection(path)
        self.facts = Facts(self._c)
        self.requests = Requests(self._c)
        self.people = People(self._c, self.requests)
        self.outbox = Outbox(self._c)
        self.sources = Sources(self._c)
        self.parking = Parking(self._c)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer one."""
        with self._c.transaction():
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """One item of a transaction: if it fails, it alone is undone."""
        with self._c.savepoint():
            yield

    def setting(self, key: str) -> str | None:
        """A remembered value of the agent's own (not the mentor's settings)."""
        value: str | None = self._c.value("select value from meta where key = ?", key)
        return value

    def remember(self, key: str, value: str) -> None:
        """Keep a value."""
        with self._c.transaction():
            self._c.db.table("meta").upsert({"key": key, "value": value}, pk="key")

    def watch_since(self, now: datetime) -> datetime:
        """The agent's first look, set by the first call: what fell due before it is not the agent's debt."""
        found = self.watched_since()
        if found is None:
            self.remember("watch_since", iso(now))
            return now.replace(microsecond=0)
        return found

    def watched_since(self) -> datetime | None:
        """The agent's first look; None before it."""
        return moment(self.setting("watch_since"))

    def put_object(self, item: CalendarObject) -> None:
        """Keep a calendar object's text."""
        with self._c.transaction():
            row = {"href": item.href, "etag": item.etag, "ics": item.ics}
            self._c.db.table("objects").upsert(row, pk="href")

    def drop_object(self, href: str) -> None:
        """The calendar no longer has this object."""
        with self._c.transaction():
            self._c.execute("delete from objects where href = ?", href)
            self._c.execute("delete from busy where href = ?", href)

    def objects(self) -> list[CalendarObject]:
        """Every calendar object known."""
        rows = self._c.rows("select href, etag, ics from objects order by href")
        return [CalendarObject(r["href"], r["etag"], r["ics"]) for r in rows]

    def object_hrefs(self) -> set[str]:
        """The names of the calendar objects known."""
        return {row["href"] for row in self._c.rows("select href from objects")}

    def copy(self) -> Store:
        """The same memory in a database of its own, which is gone when it is closed."""
        twin = Store(":memory:")
        self._c.copy_to(twin._c)
        return twin

    def close(self) -> None:
        """Close the file."""
        self._c.close()
