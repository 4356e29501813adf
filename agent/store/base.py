"""One SQLite connection: WAL, foreign keys, immediate transactions, and the way times are written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar, cast, overload

from sqlite_utils import Database

from agent.store.migrations import migrations

Row = Mapping[str, Any]
T = TypeVar("T")

SPARE = timedelta(days=15)
"""So much more of a history is read than was asked for: the weekly digest looks two weeks further back."""

KEPT = SPARE + timedelta(days=21)
"""So far the beginning of a kept history may lie behind the one asked for, before it is read anew."""

STATEMENTS = 400
"""So many prepared statements are kept: more than this project has, so that none is prepared twice."""

_PART = nullcontext()
"""A transaction inside another: part of the outer one."""


@overload
def iso(moment: datetime) -> str: ...
@overload
def iso(moment: datetime | None) -> str | None: ...
def iso(moment: datetime | None) -> str | None:
    """UTC, whole seconds: equal instants are equal texts, and texts sort as instants do."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a naive datetime reached the store")
    return _written(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=256)  # every statement of a tick has the same few
def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


@overload
def moment(text: str) -> datetime: ...
@overload
def moment(text: str | None) -> datetime | None: ...
def moment(text: str | None) -> datetime | None:
    """The inverse of `iso`."""
    return None if text is None else datetime.fromisoformat(text)


class Connection:
    """A database file (or ":memory:") with this project's habits. One per thread."""

    def __init__(self, path: Path | str) -> None:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT, 0o600))  # SQLite gives its side files the same permissions
        raw = sqlite3.connect(str(path), timeout=30.0, cached_statements=STATEMENTS)
        raw.row_factory = sqlite3.Row
        self._raw = raw
        self._undone = 0
        self._others: int | None = None  # as `pragma data_version` told last
        self._alone = str(path) == ":memory:"
        self.db = Database(raw)
        self.db.execute("pragma foreign_keys = on")
        if not self._alone:
            self.db.enable_wal()
            self.db.execute("pragma synchronous = full")  # a settled send must survive a power cut (P5)
        migrations.apply(self.db)
        raw.isolation_level = None  # a statement by itself is a transaction, and takes the write lock at once

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing. Takes the write lock at once: reading first and writing later would fail under a writer."""
        return _PART if self._raw.in_transaction else _Transaction(self)

    def begin(self) -> None:
        """Take the write lock."""
        self._raw.execute("begin immediate")
        self._others = None  # others may have committed until now, and none does from now on

    def end(self, *, undo: bool) -> None:
        """Keep or undo all that was done since the beginning."""
        if undo:
            self._undone += 1
            self._raw.rollback()
        else:
            self._raw.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All or nothing within a transaction: what fails in here is undone, what came before it stays."""
        with self.transaction():
            self._raw.execute("savepoint item")
            try:
                yield
            except BaseException:
                self._undone += 1
                self._raw.execute("rollback to item")
                raise
            finally:
                self._raw.execute("release item")

    def version(self) -> tuple[int | None, int]:
        """Changes when another connection has committed, or something was undone here: what was read may be no more."""
        if not self._alone and (self._others is None or not self._raw.in_transaction):
            self._others = int(self._raw.execute("pragma data_version").fetchone()[0])
        return self._others, self._undone

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query."""
        return cast("list[Row]", self._raw.execute(sql, values).fetchall())

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row, or None."""
        return cast("Row | None", self._raw.execute(sql, values).fetchone())

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self._raw.execute(sql, values).fetchone()
        return None if found is None else found[0]

    def execute(self, sql: str, *values: Any) -> int:
        """Run a statement; the number of rows it changed."""
        return self._raw.execute(sql, values).rowcount

    def insert(self, table: str, row: Mapping[str, Any], *, ignore: bool = False) -> int | None:
        """Insert one row; its id, or None when `ignore` met an existing one."""
        # Written out: sqlite-utils would first ask the schema for the table and its keys, which costs a millisecond.
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        verb = "insert or ignore" if ignore else "insert"
        done = self._raw.execute(f"{verb} into {table} ({names}) values ({marks})", tuple(row.values()))
        return done.lastrowid if done.rowcount else None

    def upsert(self, table: str, row: Mapping[str, Any], key: str) -> None:
        """Insert one row, or change these columns of the one that has the same `key`."""
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        changes = ", ".join(f"{name} = excluded.{name}" for name in row if name != key)
        sql = f"insert into {table} ({names}) values ({marks}) on conflict({key}) do update set {changes}"  # noqa: S608 -- ours alone
        self._raw.execute(sql, tuple(row.values()))

    def update(self, table: str, row_id: int, row: Mapping[str, Any]) -> None:
        """Change these columns of the row with this id."""
        changes = ", ".join(f"{name} = ?" for name in row)
        self.execute(f"update {table} set {changes} where id = ?", *row.values(), row_id)  # noqa: S608 -- ours alone

    def copy_to(self, other: Connection) -> None:
        """Everything that is committed here, into another connection, whose content it replaces."""
        self.db.conn.backup(other.db.conn)

    def close(self) -> None:
        """Close the file."""
        self.db.close()


class _Transaction(AbstractContextManager[None]):
    """The outermost transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def __enter__(self) -> None:
        self._c.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._c.end(undo=kind is not None)


class Memo(Generic[T]):
    """What every tick asks many times, kept until it changes. Whoever writes it here must `forget` it."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._version: tuple[int | None, int] | None = None
        self._known: dict[str, T] = {}

    def get(self, key: str, read: Callable[[str], T]) -> T:
        """What is known of `key`, read if need be."""
        version = self._c.version()
        if version != self._version:
            self._version = version
            self._known.clear()
        try:
            return self._known[key]
        except KeyError:
            return self._known.setdefault(key, read(key))

    def known(self, key: str) -> T | None:
        """What is kept of `key` and still holds."""
        return self._known.get(key) if self._c.version() == self._version else None

    def keep(self, key: str, value: T) -> None:
        """What was read anew of `key`, just now."""
        self._known[key] = value

    def forget(self, key: str | None = None) -> None:
        """Something was written: of `key`, or of anything."""
        if key is None:
            self._known.clear()
        else:
            self._known.pop(key, None)


class Recent(Generic[T]):
    """What is known of each learner (None: of nobody) since some instant, kept until it changes.

    `read` gives what happened from an instant on; what is given back may begin up to `KEPT` before the one asked for.
    """

    def __init__(self, connection: Connection, read: Callable[[int | None, datetime], T]) -> None:
        self._memo: Memo[tuple[datetime, T]] = Memo(connection)
        self._read = read

    def of(self, learner_id: int | None, since: datetime) -> T:
        """What happened since then, and perhaps some of what came before."""
        since = since.replace(microsecond=0)
        begun, found = self._memo.get(str(learner_id), lambda _: self._anew(learner_id, since))
        if not timedelta() <= since - begun <= KEPT:
            begun, found = self._anew(learner_id, since)
            self._memo.keep(str(learner_id), (begun, found))
        return found

    def _anew(self, learner_id: int | None, since: datetime) -> tuple[datetime, T]:
        begin = since - SPARE
        return begin, self._read(learner_id, begin)

    def known(self, learner_id: int | None) -> T | None:
        """What is kept and still holds, for those who keep it up to date."""
        kept = self._memo.known(str(learner_id))
        return None if kept is None else kept[1]

    def forget(self, learner_id: int | None) -> None:
        """Something was written of this learner."""
        self._memo.forget(str(learner_id))

    def forget_all(self) -> None:
        """Something was written that concerns everybody."""
        self._memo.forget()
