"""Learners, their sessions, and the snapshot that policies judge."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.model import Learner, Session, SessionStatus, Snapshot
from agent.store.base import Connection, Memo, Recent, iso, moment
from agent.store.looks import NOW, Looks
from agent.store.offers import Offers
from agent.store.outbox import Outbox
from agent.store.requests import Requests
from agent.store.rows import columns_of, learner_of, session_of
from agent.store.situations import Situations
from agent.store.sources import Facts

HISTORY = timedelta(days=120)
"""How far back the policies look: longer than any streak, period or reminder of theirs."""

AHEAD = timedelta(days=30)
"""So long before a session something may be said of it (an absence announced, a move, an approval): that is known for
as long as the session is, or a rule that holds it back would let it go on the day on which its reason is forgotten.
"""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as read from the calendar. Times UTC."""

    key: str
    href: str
    learner_id: int | None
    written_name: str
    start: datetime
    end: datetime
    summary: str
    gone: bool
    hosts: tuple[str, ...] = ()


class People:
    """The learners' table, the sessions' table, and what is read from both together."""

    def __init__(
        self,
        connection: Connection,
        facts: Facts,
        requests: Requests,
        outbox: Outbox,
        situations: Situations,
        offers: Offers,
        looks: Looks,
    ) -> None:
        self._c = connection
        self._learners: Memo[dict[int, Learner]] = Memo(connection)
        self._addresses: Memo[dict[str, Learner]] = Memo(connection)
        self._sessions = Recent(connection, self._read_sessions)
        self._unmatched = Recent(connection, self._read_unmatched)
        self._facts = facts
        self._requests = requests
        self._outbox = outbox
        self._situations = situations
        self._offers = offers
        self._looks = looks

    def all(self) -> list[Learner]:
        """Every learner, oldest first."""
        return list(self._known().values())

    def _known(self) -> dict[int, Learner]:
        return self._learners.get("all", self._read_learners)

    def _read_learners(self, _: str) -> dict[int, Learner]:
        return {row["id"]: learner_of(row) for row in self._c.rows("select * from learners order by id")}

    def get(self, learner_id: int) -> Learner:
        """One learner. KeyError if unknown."""
        return self._known()[learner_id]

    def by_address(self, address: str) -> Learner | None:
        """The learner with this address, whatever its case."""
        return self._addresses.get("all", self._read_addresses).get(address.lower())

    def _read_addresses(self, _: str) -> dict[str, Learner]:
        return {one.address: one for one in self._known().values() if one.address is not None}

    def add(self, learner: Learner) -> Learner:
        """Store a new learner (its id is ignored) and look at it at the next tick."""
        learner_id = self._c.insert("learners", {**columns_of(learner), "look_at": NOW})
        self._changed()
        self._looks.forget()
        assert learner_id is not None  # noqa: S101 -- without `ignore`, insert gives an id or raises
        return self.get(learner_id)

    def change(self, learner: Learner) -> None:
        """What is known of a learner is now this."""
        with self._c.transaction():
            self._c.update("learners", learner.id, columns_of(learner))
            self._changed()
            self.touch(learner.id)

    def _changed(self) -> None:
        self._learners.forget()
        self._addresses.forget()

    def touch(self, learner_id: int) -> None:
        """Something was learnt of this learner: look at the next tick."""
        self._looks.touch(learner_id)

    def _session_changed(self, learner_id: int | None) -> None:
        """A session of this learner is not what it was."""
        if learner_id is None:
            self._unmatched.forget(None)
        else:
            self._sessions.forget(learner_id)
            self.touch(learner_id)

    def touch_all(self) -> None:
        """The rules or the settings changed: look at everybody."""
        self._looks.touch_all()

    def look_again(self, learner_id: int, at: datetime | None) -> None:
        """Nothing can change for this learner before `at` unless a fact arrives."""
        self._looks.put(learner_id, at)

    def due(self, now: datetime) -> list[Learner]:
        """The learners to be looked at now."""
        known = self._known()
        return [known[learner_id] for learner_id in self._looks.due(now)]

    def next_look(self) -> datetime | None:
        """The earliest instant at which some learner is to be looked at; None if there is none."""
        return self._looks.next()

    def snapshot(
        self, learner: Learner, now: datetime, watch_since: datetime, programme: tuple[tuple[str, float], ...] = ()
    ) -> Snapshot:
        """What the policies may know of one learner: the last months, so that a tick's cost does not grow by years."""
        begun = now - HISTORY
        since = begun - AHEAD
        queued = self._outbox.queued(learner.id, since)
        return Snapshot(
            learner=learner,
            sessions=tuple(s for s in self._sessions.of(learner.id, begun) if s.start >= begun),
            requests=tuple(self._requests.of_learner(learner.id, since)),
            letters=tuple(self._facts.letters(learner.id, since, learner.assigned_at)),
            done=frozenset(queued),
            watch_since=watch_since,
            situations=tuple(self._situations.of_learner(learner.id, since)),
            queued=queued,
            offers=tuple(self._offers.of_learner(learner.id, now)),
            programme=programme,
        )

    def named(self, learner_ids: Collection[int]) -> list[Learner]:
        """Some learners, by number."""
        return [one for one in self._known().values() if one.id in learner_ids]

    def between(self, start: datetime, end: datetime) -> list[Session]:
        """The sessions of known learners that begin from `start` on and before `end`."""
        rows = self._c.rows(
            "select * from sessions where start >= ? and start < ? and gone = 0 and learner_id is not null"
            " order by start",
            iso(start),
            iso(end),
        )
        return [session_of(row) for row in rows]

    def sessions(self, learner_id: int, since: datetime | None = None) -> list[Session]:
        """A learner's sessions in time order: all, or those from `since` on."""
        rows = self._c.rows(
            "select * from sessions where learner_id = ? and start >= ? order by start, id",
            learner_id,
            iso(since) or "",
        )
        return [session_of(row) for row in rows]

    def _read_sessions(self, learner_id: int | None, since: datetime) -> list[Session]:
        return self.sessions(learner_id or 0, since)

    def session(self, session_id: int) -> Session:
        """One session. KeyError if unknown."""
        row = self._c.row("select * from sessions where id = ?", session_id)
        if row is None:
            raise KeyError(session_id)
        return session_of(row)

    def upcoming(self, now: datetime, limit: int = 10) -> list[Session]:
        """The next sessions of known learners."""
        rows = self._c.rows(
            "select * from sessions where start >= ? and gone = 0 and learner_id is not null order by start limit ?",
            iso(now),
            limit,
        )
        return [session_of(row) for row in rows]

    def put_session(self, new: SessionRow, now: datetime) -> int | None:
        """Insert or update what the calendar says of one session; whose it is.

        Status and notes are the mentor's and stay. An entry cancelled after its time is not gone: what became of the
        session is for the mentor to say. An entry moved into the future after that was said is another session. Whose
        a session is, once known, stays as long as the entry's words do, though a namesake may have come.
        """
        old = self._c.row("select * from sessions where key = ?", new.key)
        if old is not None and old["status"] is not None and moment(old["end"]) <= now < new.start:
            self._c.execute("update sessions set key = key || '/was/' || id where id = ?", old["id"])
            self._session_changed(old["learner_id"])
            old = None
        learner_id = new.learner_id
        if learner_id is None and old is not None and old["written_name"] == new.written_name:
            learner_id = old["learner_id"]
        values = {
            "href": new.href,
            "learner_id": learner_id,
            "written_name": new.written_name,
            "start": iso(new.start),
            "end": iso(new.end),
            "summary": new.summary,
            "gone": int(new.gone),
            "hosts": " ".join(new.hosts),
        }
        if old is None:
            self._c.insert("sessions", {"key": new.key, "planned": iso(new.start), **values})
        else:
            values["gone"] = int(new.gone and (bool(old["gone"]) or new.start > now))
            if all(old[name] == value for name, value in values.items()):
                return learner_id
            self._c.update("sessions", old["id"], values)
            self._session_changed(old["learner_id"])
        self._session_changed(learner_id)
        return learner_id

    def unmatched_hrefs(self, since: datetime) -> set[str]:
        """Calendar objects with sessions of nobody we know, not older than `since`."""
        earliest = iso(since)
        return {href for end, href in self._unmatched.of(None, since) if end >= earliest}

    def _read_unmatched(self, _: int | None, since: datetime) -> list[tuple[str, str]]:
        rows = self._c.rows("select end, href from sessions where learner_id is null and end >= ?", iso(since))
        return [(row["end"], row["href"]) for row in rows]

    def unmatched_keys(self, since: datetime, before: datetime) -> list[str]:
        """Sessions of nobody we know that ended from `since` on and before `before`."""
        sql = "select key from sessions where learner_id is null and end >= ? and end < ?"
        return [row["key"] for row in self._c.rows(sql, iso(since), iso(before))]

    def href_of(self, session: Session) -> str:
        """The calendar object that a session stands in."""
        return str(self._c.value("select href from sessions where id = ?", session.id))

    def sessions_of(self, href: str) -> list[tuple[str, Session]]:
        """The sessions read from one calendar object, each with the name written in it."""
        rows = self._c.rows("select * from sessions where href = ? order by start", href)
        return [(row["written_name"], session_of(row)) for row in rows]

    def vanish(self, session: Session) -> None:
        """The calendar no longer has this session, and it had not begun."""
        if not session.gone:
            self._c.execute("update sessions set gone = 1 where id = ?", session.id)
            self._session_changed(session.learner_id)

    def set_status(self, session: Session, status: SessionStatus, notes: str | None, at: datetime) -> None:
        """The mentor's word on a session. None leaves earlier notes as they are."""
        self._c.execute(
            "update sessions set status = ?, status_at = ?, notes = coalesce(?, notes),"
            " notes_at = case when ? is null then notes_at else ? end where id = ?",
            status.value,
            iso(at),
            notes,
            notes,
            iso(at),
            session.id,
        )
        self._session_changed(session.learner_id)

    def set_notes(self, session: Session, notes: str, at: datetime) -> None:
        """The notes on a session with more in them; its status stays."""
        self._c.execute("update sessions set notes = ?, notes_at = ? where id = ?", notes, iso(at), session.id)
        self._session_changed(session.learner_id)

    def unmark(self, session: Session) -> None:
        """What was said of a session's status is taken back; its notes stay."""
        self._c.execute("update sessions set status = null, status_at = null where id = ?", session.id)
        self._session_changed(session.learner_id)

    def replace_busy(self, href: str, intervals: Iterable[tuple[datetime, datetime]]) -> None:
        """The busy times of one calendar object."""
        with self._c.transaction():
            self._c.execute("delete from busy where href = ?", href)
            for start, end in intervals:
                self._c.insert("busy", {"href": href, "start": iso(start), "end": iso(end)})

    def forget_busy(self, before: datetime) -> None:
        """Nobody asks what was busy so long ago."""
        self._c.execute("delete from busy where end < ?", iso(before))

    def busy(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Busy intervals that touch the window, held slots of unanswered proposals included."""
        rows = self._c.rows(
            "select start, end from busy where end > ?1 and start < ?2"
            " union all select start, end from held_slots where taken_back = 0 and end > ?1 and start < ?2",
            iso(start),
            iso(end),
        )
        return [(moment(row["start"]), moment(row["end"])) for row in rows]

    def overlapping(self, learner_id: int, start: datetime, end: datetime) -> list[Session]:
        """A learner's sessions that touch this time, those that are gone left out."""
        rows = self._c.rows(
            "select * from sessions where learner_id = ? and gone = 0 and end > ? and start < ? order by start, id",
            learner_id,
            iso(start),
            iso(end),
        )
        return [session_of(row) for row in rows]

    def by_key(self, key: str) -> Session | None:
        """The session with this key."""
        row = self._c.row("select * from sessions where key = ?", key)
        return None if row is None else session_of(row)

    def rekey(self, session: Session, key: str, start: datetime) -> bool:
        """Another calendar entry is this session from now on, planned for `start` unless it was moved from elsewhere;
        False if that entry is known.
        """
        if self._c.value("select 1 from sessions where key = ?", key) is not None:
            return False
        planned = session.planned if session.planned not in (None, session.start) else start
        self._c.execute("update sessions set key = ?, planned = ? where id = ?", key, iso(planned), session.id)
        self._session_changed(session.learner_id)
        return True
