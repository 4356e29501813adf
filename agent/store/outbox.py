"""Letters on their way out: stored before they are sent, claimed in one transaction, settled once (P5).

ready -> claimed -> sending -> sent. A row found `claimed` after a crash was not transmitted; one found `sending` may
have been, and is `uncertain` until the Sent folder or the mentor says. `failed`: a refusal that repeating cannot help.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.model import Audience
from agent.store.base import Connection, Recent, Row, iso, moment


class Outgoing(StrEnum):
    """State of an outbox row."""

    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    GATHERED = "gathered"  # it did not leave by itself: a digest of requests shows it, or nothing is asked any more


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One letter. `ref` is its opaque id in our key header; `raw` are the very bytes that are sent."""

    key: str
    ref: str
    rule: str
    audience: Audience
    recipient: str
    subject: str
    text: str
    message_id: str
    raw: bytes
    learner_id: int | None = None
    request_id: int | None = None
    id: int = 0
    state: Outgoing = Outgoing.READY
    next_try: datetime | None = None
    attempts: int = 0
    last_error: str | None = None
    created_at: datetime | None = None
    settled_at: datetime | None = None
    seen_at: datetime | None = None

    @property
    def doubt(self) -> str:
        """Key of the question whether this try has gone: each try that ends in the dark is asked about."""
        return f"uncertain/{self.key}/{self.attempts}"


class Outbox:
    """The outbox table."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._queued = Recent(connection, self._read_queued)

    def add(self, row: OutboxRow, now: datetime) -> bool:
        """Store a letter that is ready; False if its key is already there, in whatever state."""
        inserted = self._c.insert(
            "outbox",
            {
                "key": row.key,
                "ref": row.ref,
                "rule": row.rule,
                "audience": row.audience.value,
                "recipient": row.recipient,
                "learner_id": row.learner_id,
                "request_id": row.request_id,
                "subject": row.subject,
                "text": row.text,
                "message_id": row.message_id,
                "raw": row.raw,
                "state": Outgoing.READY.value,
                "created_at": iso(now),
                "next_try": iso(row.next_try or now),
            },
            ignore=True,
        )
        if inserted is not None and (known := self._queued.known(row.learner_id)) is not None:
            known[row.key] = moment(iso(now))
        return inserted is not None

    def has(self, key: str) -> bool:
        """Whether a letter with this key exists, in whatever state."""
        return self._c.value("select 1 from outbox where key = ?", key) is not None

    def get(self, key: str) -> OutboxRow | None:
        """The letter with this key."""
        row = self._c.row("select * from outbox where key = ?", key)
        return None if row is None else _row(row)

    def by_ref(self, ref: str) -> OutboxRow | None:
        """The letter that carries this reference in its key header."""
        row = self._c.row("select * from outbox where ref = ?", ref)
        return None if row is None else _row(row)

    def by_message_id(self, message_id: str) -> OutboxRow | None:
        """The letter with this Message-ID, angle brackets included."""
        row = self._c.row("select * from outbox where message_id = ?", message_id)
        return None if row is None else _row(row)

    def in_state(self, *states: Outgoing) -> list[OutboxRow]:
        """Letters in these states, oldest first."""
        marks = ", ".join("?" * len(states))
        return [_row(r) for r in self._c.rows(f"select * from outbox where state in ({marks}) order by id", *states)]  # noqa: S608 -- marks only

    def among(self, keys: Iterable[str]) -> OutboxRow | None:
        """The first letter with one of these keys."""
        row = self._c.row(
            "select o.* from json_each(?) k join outbox o on o.key = k.value order by k.key", json.dumps(list(keys))
        )
        return None if row is None else _row(row)

    def ready(self, now: datetime) -> list[OutboxRow]:
        """Letters whose time has come, oldest first."""
        rows = self._c.rows("select * from outbox where state = 'ready' and next_try <= ? order by id", iso(now))
        return [_row(row) for row in rows]

    def in_hand(self, now: datetime | None) -> list[OutboxRow]:
        """Letters for which something is to be done, oldest first: left in the middle; went, but their copy is not yet
        known to lie in Sent; and ready, their time having come by `now` (None: nothing can leave).
        """
        rows = self._c.rows(
            "select * from outbox where state in ('claimed', 'sending') or (state = 'ready' and next_try <= ?)"
            " or (state = 'sent' and copied = 0)",
            iso(now) or "",
        )
        return sorted([_row(row) for row in rows], key=_age)  # sorted there, all their bytes would be moved about

    def next_try(self, after: datetime) -> datetime | None:
        """When the next ready letter may leave; those whose time has come wait for something else than time."""
        sql = "select min(next_try) from outbox where state = 'ready' and next_try > ?"
        earliest: str | None = self._c.value(sql, iso(after))
        return moment(earliest)

    def move(self, row: OutboxRow, old: Outgoing, new: Outgoing, now: datetime) -> bool:
        """One step of a letter's life; False when somebody else took it first."""
        settled = iso(now) if new in {Outgoing.SENT, Outgoing.FAILED} else None
        return bool(
            self._c.execute(
                "update outbox set state = ?, settled_at = ?, attempts = attempts + ? where id = ? and state = ?",
                new,
                settled,
                int(new is Outgoing.CLAIMED),
                row.id,
                old,
            )
        )

    def note_error(self, row: OutboxRow, error: str, next_try: datetime | None = None) -> None:
        """Keep the reason of a failure, and when to try again."""
        self._c.execute(
            "update outbox set last_error = ?, next_try = coalesce(?, next_try) where id = ?",
            error,
            iso(next_try),
            row.id,
        )

    def copied(self, row: OutboxRow) -> None:
        """The copy lies in Sent."""
        self._c.execute("update outbox set copied = 1 where id = ?", row.id)

    def seen(self, row: OutboxRow, at: datetime) -> None:
        """The letter was met in Sent: whatever we believed, it has gone."""
        self._c.execute(
            "update outbox set seen_at = coalesce(seen_at, ?1), copied = 1, state = 'sent',"
            " settled_at = coalesce(settled_at, ?1) where id = ?2",
            iso(at),
            row.id,
        )

    def queued(self, learner_id: int | None, since: datetime) -> dict[str, datetime]:
        """The keys of a learner's letters stored since then (None: of those about nobody), each with when."""
        since = since.replace(microsecond=0)
        return {key: at for key, at in self._queued.of(learner_id, since).items() if at >= since}

    def _read_queued(self, learner_id: int | None, since: datetime) -> dict[str, datetime]:
        rows = self._c.rows(
            "select key, created_at from outbox where learner_id is ? and created_at >= ?", learner_id, iso(since)
        )
        return {row["key"]: moment(row["created_at"]) for row in rows}

    def sent_as(self, names: Iterable[str]) -> list[OutboxRow]:
        """Letters to learners and to support that went, by key; "%" in a name is anything."""
        sql = "select * from outbox where key like ? and audience != 'mentor' and state = 'sent' order by id"
        return [_row(row) for name in names for row in self._c.rows(sql, name)]

    def has_ready(self) -> bool:
        """Whether any letter waits to leave, whenever it may."""
        return self._c.value("select 1 from outbox where state = 'ready'") is not None

    def retire(self, key: str) -> None:
        """What this letter did is to be done anew: it stays on record under another key. Nothing if there is none."""
        if self._c.execute("update outbox set key = key || '/' || id where key = ?", key):
            self._queued.forget_all()

    def to_support(self, start: datetime, end: datetime) -> list[tuple[datetime, int | None]]:
        """When letters to support left, from `start` on and before `end`, and about which learner; in order."""
        rows = self._c.rows(
            "select settled_at, learner_id from outbox where audience = 'support' and state = 'sent'"
            " and settled_at >= ? and settled_at < ? order by settled_at",
            iso(start),
            iso(end),
        )
        return [(moment(row["settled_at"]), row["learner_id"]) for row in rows]

    def sent_since(self, since: datetime, learner_id: int | None = None) -> int:
        """How many letters went (or may have gone) to learners and support since then: to one learner, or in all."""
        sql = (  # "+state": by time, for nearly all letters ever sent are in these states
            "select count(*) from outbox where audience != 'mentor' and +state in ('sent', 'sending', 'uncertain')"
            " and coalesce(settled_at, created_at) >= ?"
        )
        if learner_id is None:
            return int(self._c.value(sql, iso(since)))
        return int(self._c.value(f"{sql} and learner_id = ? and audience = 'learner'", iso(since), learner_id))


def _age(row: OutboxRow) -> int:
    return row.id


def _row(row: Row) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        key=row["key"],
        ref=row["ref"],
        rule=row["rule"],
        audience=Audience(row["audience"]),
        recipient=row["recipient"],
        learner_id=row["learner_id"],
        request_id=row["request_id"],
        subject=row["subject"],
        text=row["text"],
        message_id=row["message_id"],
        raw=bytes(row["raw"]),
        state=Outgoing(row["state"]),
        next_try=moment(row["next_try"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        created_at=moment(row["created_at"]),
        settled_at=moment(row["settled_at"]),
        seen_at=moment(row["seen_at"]),
    )
