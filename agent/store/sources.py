"""How each server is doing, the items that could not be understood, and the facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.model import Proof, SeenLetter
from agent.store.base import Connection, Memo, Row, iso, moment

LETTER = "letter"
"""The kind of fact that discharges a contact: a mail to a learner was met in Sent."""


@dataclass(frozen=True, slots=True)
class Source:
    """A server or folder as last met. `halted` says why no conclusion is drawn from it (P8)."""

    name: str
    cursor: str | None = None
    last_success: datetime | None = None
    failing_since: datetime | None = None
    last_error: str | None = None
    failures: int = 0
    next_try: datetime | None = None
    halted: str | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """One item that was put aside: what, why, and what to do about it."""

    key: str
    what: str
    reason: str
    advice: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened. `key` makes it happen once."""

    key: str
    kind: str
    at: datetime
    recorded_at: datetime
    learner_id: int | None
    proof: str
    detail: Mapping[str, Any]


class Sources:
    """The sources' table."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._memo: Memo[dict[str, Source]] = Memo(connection)

    def get(self, name: str) -> Source:
        """The state of one source; a blank one if it was never met."""
        return self._known().get(name) or Source(name)

    def all(self) -> list[Source]:
        """Every source met so far."""
        return list(self._known().values())

    def _known(self) -> dict[str, Source]:
        return self._memo.get("all", self._read)

    def _read(self, _: str) -> dict[str, Source]:
        return {row["name"]: _source(row) for row in self._c.rows("select * from sources order by name")}

    def succeeded(self, name: str, cursor: str | None, now: datetime) -> None:
        """Store the cursor. Call it in the transaction that stores what was learnt."""
        well = {"failing_since": None, "last_error": None, "failures": 0, "next_try": None, "halted": None}
        row = {"name": name, "cursor": cursor, "last_success": iso(now), **well}
        known, found = self._known(), _source(row)
        if known.get(name) == found:  # several letters left in one second
            return
        self._c.upsert("sources", row, "name")
        if name in known:
            known[name] = found  # every tick writes it, and asks for it many times
        else:
            self._memo.forget()

    def failed(self, name: str, error: str, next_try: datetime, now: datetime, halted: str | None = None) -> None:
        """Keep the cursor and the last success; say since when it fails and when to try again."""
        old = self.get(name)
        self._put(
            name,
            failing_since=iso(old.failing_since or now),
            last_error=error,
            failures=old.failures + 1,
            next_try=iso(next_try),
            halted=halted,
        )

    def retry_now(self) -> None:
        """Forget every wait: the mentor changed something."""
        self._c.execute("update sources set next_try = null")
        self._memo.forget()

    def forget_cursor(self, name: str) -> None:
        """Read this source from the beginning next time."""
        self._c.execute("update sources set cursor = null, next_try = null where name = ?", name)
        self._memo.forget()

    def forget(self, name: str) -> None:
        """This source is no more."""
        self._c.execute("delete from sources where name = ?", name)
        self._memo.forget()

    def _put(self, name: str, **values: Any) -> None:
        self._c.upsert("sources", {"name": name, **values}, "name")
        self._memo.forget()


class Parking:
    """The parked items' table."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._keys: Memo[set[str]] = Memo(connection)

    def park(self, key: str, what: str, reason: str, advice: str, now: datetime) -> None:
        """Put an item aside where `status` shows it; the same key is shown once."""
        row = {"key": key, "what": what, "reason": reason, "advice": advice, "at": iso(now)}
        self._c.insert("parked", row, ignore=True)
        self._keys.forget()

    def release(self, key: str) -> None:
        """The item is understood now, or gone."""
        if key in self._keys.get("all", self._read_keys):  # it hardly ever is, and all that goes well is released
            self._c.execute("delete from parked where key = ?", key)
            self._keys.forget()

    def _read_keys(self, _: str) -> set[str]:
        return {row["key"] for row in self._c.rows("select key from parked")}

    def all(self) -> list[Parked]:
        """Everything put aside, oldest first."""
        rows = self._c.rows("select * from parked order by at, id")
        return [Parked(r["key"], r["what"], r["reason"], r["advice"], moment(r["at"])) for r in rows]


class Facts:
    """The record: what is in it stays in it."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._letters: Memo[list[SeenLetter]] = Memo(connection)
        self._last: Memo[str] = Memo(connection)  # when the latest fact of a kind was learnt

    def add(
        self,
        key: str,
        kind: str,
        *,
        at: datetime,
        now: datetime,
        learner_id: int | None = None,
        proof: Proof | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> bool:
        """Record a fact once; False if it is already known. `at`: when it happened, `now`: when we learnt it."""
        row: dict[str, Any] = {
            "key": key,
            "kind": kind,
            "learner_id": learner_id,
            "at": iso(at),
            "recorded_at": iso(now),
            "proof": proof.value if proof else "",
            "detail": json.dumps(dict(detail or {}), ensure_ascii=False),
        }
        if kind == LETTER:
            self._letters.forget(str(learner_id))
        added = self._c.insert("facts", row, ignore=True) is not None
        if added and (last := self._last.known(kind)) is not None:
            self._last.keep(kind, max(last, row["recorded_at"]))
        return added

    def retract_letters(self, outbox_key: str) -> None:
        """That learners were written to with this letter is not so: it came back. The record keeps it as that."""
        self._c.execute(
            "update facts set kind = 'letter_returned' where kind = 'letter'"
            " and json_extract(detail, '$.outbox_key') = ?",
            outbox_key,
        )
        self._letters.forget()

    def has(self, key: str) -> bool:
        """Whether this fact is known."""
        return self._c.value("select 1 from facts where key = ?", key) is not None

    def get(self, key: str) -> Fact | None:
        """The fact with this key."""
        row = self._c.row("select * from facts where key = ?", key)
        return None if row is None else _fact(row)

    def of_kind(self, kind: str, learner_id: int | None = None) -> list[Fact]:
        """Facts of one kind, oldest first; of one learner when given."""
        rows = self._c.rows(
            "select * from facts where kind = ?1 and (?2 is null or learner_id = ?2) order by at, id", kind, learner_id
        )
        return [_fact(row) for row in rows]

    def letters(self, learner_id: int, since: datetime, assigned_at: datetime) -> list[SeenLetter]:
        """The letters to a learner that were seen in Sent: from `since` on, and the first after the assignment."""
        found = self._letters.get(str(learner_id), self._read_letters)
        first = next((one.at for one in found if one.at >= assigned_at.replace(microsecond=0)), None)
        return [one for one in found if one.at >= since or one.at == first]

    def _read_letters(self, learner_id: str) -> list[SeenLetter]:
        rows = self._c.rows(
            "select at, json_extract(detail, '$.outbox_key') as key from facts where learner_id = ? and kind = ?"
            " order by at, id",
            int(learner_id),
            LETTER,
        )
        return [SeenLetter(moment(row["at"]), row["key"]) for row in rows]

    def _read_last(self, kind: str) -> str:
        last: str | None = self._c.value("select max(recorded_at) from facts where kind = ?", kind)
        return last or ""

    def learnt(self, kind: str, since: datetime) -> list[Fact]:
        """Facts of one kind that were learnt since then, oldest first."""
        sql = "select * from facts where kind = ? and recorded_at >= ? order by at, id"
        return [_fact(row) for row in self._c.rows(sql, kind, iso(since))]

    def unproven(self, since: datetime) -> list[Fact]:
        """Answers without proof, learnt since then, that no proven copy followed and nobody was asked about yet."""
        if self._last.get("unproven", self._read_last) < iso(since):
            return []  # as nearly always: every tick asks
        rows = self._c.rows(
            "select * from facts f where kind = 'unproven' and recorded_at >= ? and not exists"
            " (select 1 from facts where key in"
            " ('answer:' || json_extract(f.detail, '$.mail'), 'asked:' || json_extract(f.detail, '$.mail')))"
            " order by recorded_at, id",
            iso(since),
        )
        return [_fact(row) for row in rows]


def _fact(row: Row) -> Fact:
    detail = json.loads(row["detail"])
    at, recorded_at = moment(row["at"]), moment(row["recorded_at"])
    return Fact(row["key"], row["kind"], at, recorded_at, row["learner_id"], row["proof"], detail)


def _source(row: Row) -> Source:
    return Source(
        name=row["name"],
        cursor=row["cursor"],
        last_success=moment(row["last_success"]),
        failing_since=moment(row["failing_since"]),
        last_error=row["last_error"],
        failures=row["failures"],
        next_try=moment(row["next_try"]),
        halted=row["halted"],
    )
