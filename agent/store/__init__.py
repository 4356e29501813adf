"""The only room that speaks SQL: SQLite through sqlite-utils, in WAL mode, with numbered migrations."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from sqlite3 import Error as DatabaseError
from zoneinfo import ZoneInfo

from agent.connectors.ports import CalendarObject
from agent.model import Desk, Matter
from agent.store.base import Connection, iso, moment
from agent.store.calls import Calls
from agent.store.looks import Looks
from agent.store.meta import DESK, Meta
from agent.store.offers import Offers
from agent.store.outbox import Outbox, OutboxRow, Outgoing
from agent.store.people import HISTORY, People, SessionRow
from agent.store.requests import NewRequest, Requests
from agent.store.situations import NewSituation, Situations
from agent.store.sources import Fact, Facts, Parked, Parking, Source, Sources

__all__ = [
    "DatabaseError",
    "Fact",
    "NewRequest",
    "NewSituation",
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
        self._meta = Meta(self._c)
        self.facts = Facts(self._c)
        self.requests = Requests(self._c)
        self.outbox = Outbox(self._c)
        looks = Looks(self._c)
        self.situations = Situations(self._c, self._meta, looks)
        self.offers = Offers(self._c)
        self.calls = Calls(self._c)
        self.people = People(self._c, self.facts, self.requests, self.outbox, self.situations, self.offers, looks)
        self.sources = Sources(self._c)
        self.parking = Parking(self._c)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; nested use joins the outer one."""
        return self._c.transaction()

    def savepoint(self) -> AbstractContextManager[None]:
        """One item of a transaction: if it fails, it alone is undone."""
        return self._c.savepoint()

    def setting(self, key: str) -> str | None:
        """A remembered value of the agent's own (not the mentor's settings)."""
        return self._meta.get(key)

    def remember(self, key: str, value: str) -> None:
        """Keep a value."""
        self._meta.put(key, value)

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

    def forget(self, key: str) -> None:
        """Drop a remembered value."""
        self._meta.drop(key)

    def touch_desk(self) -> None:
        """Something was learnt that concerns the mentor alone: look at the next tick."""
        self.forget(DESK)

    def desk_look(self) -> datetime | None:
        """When the desk is to be looked at next; None: now."""
        return moment(self.setting(DESK))

    def desk_look_again(self, at: datetime) -> None:
        """Nothing can change at the desk before `at` unless a fact arrives."""
        self.remember(DESK, iso(at))

    def desk(self, now: datetime, watch_since: datetime, zone: ZoneInfo) -> Desk:
        """What concerns the mentor and no single learner."""
        since = now - HISTORY
        situations = tuple(self.situations.of_learner(None, since))
        periods = [(s.since or s.at, s.until) for s in situations if s.matter is Matter.AWAY and s.until]
        sessions = [session for start, end in periods if end for session in self.people.between(start, end)]
        calendar = self.sources.get("calendar")
        queued = self.outbox.queued(None, since)
        return Desk(
            watch_since=watch_since,
            zone=zone,
            situations=situations,
            requests=tuple(self.requests.of_learner(None, since)),
            done=frozenset(queued),
            queued=queued,
            sessions=tuple({session.id: session for session in sessions}.values()),
            names={one.id: one.name for one in self.people.named({s.learner_id or 0 for s in sessions})},
            calendar_failing_since=calendar.failing_since,
            calendar_halted=bool(calendar.halted),
        )

    def put_object(self, item: CalendarObject) -> None:
        """Keep a calendar object's text; it is due to be expanded."""
        row = {"href": item.href, "etag": item.etag, "ics": item.ics, "again_at": "0"}
        self._c.upsert("objects", row, "href")

    def drop_object(self, href: str) -> None:
        """The calendar no longer has this object."""
        with self._c.transaction():
            self._c.execute("delete from objects where href = ?", href)
            self._c.execute("delete from busy where href = ?", href)

    def expanded(self, href: str, again_at: datetime | None) -> None:
        """This object was expanded, and can show nothing new before `again_at` (None: never) unless it changes."""
        self._c.execute("update objects set again_at = ? where href = ?", iso(again_at), href)

    def objects(self, due: datetime | None = None, hrefs: Collection[str] | None = None) -> list[CalendarObject]:
        """Every calendar object known; with `due`, those that may show something new by then; or those of `hrefs`."""
        where: str = ""
        values: tuple[str, ...] = ()
        if due is not None:
            where, values = "where again_at <= ?", (iso(due),)
        elif hrefs is not None:
            where, values = "where href in (select value from json_each(?))", (json.dumps(list(hrefs)),)
        rows = self._c.rows(f"select href, etag, ics from objects {where} order by href", *values)  # noqa: S608 -- ours alone
        return [CalendarObject(r["href"], r["etag"], r["ics"]) for r in rows]

    def objects_naming(self, text: str) -> list[CalendarObject]:
        """The calendar objects in whose text these words stand."""
        rows = self._c.rows("select href, etag, ics from objects where instr(ics, ?) order by href", text)
        return [CalendarObject(r["href"], r["etag"], r["ics"]) for r in rows]

    def count_objects(self) -> int:
        """How many calendar objects are known."""
        return int(self._c.value("select count(*) from objects"))

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
