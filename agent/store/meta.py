"""Values of the agent's own, by name (not the mentor's settings)."""

from __future__ import annotations

from agent.store.base import Connection, Memo

DESK = "desk_look_at"
"""When what concerns the mentor alone is looked at next; nothing: now."""


class Meta:
    """The meta table."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._memo: Memo[str | None] = Memo(connection)

    def get(self, key: str) -> str | None:
        """The value; None if there is none."""
        return self._memo.get(key, self._read)

    def _read(self, key: str) -> str | None:
        value: str | None = self._c.value("select value from meta where key = ?", key)
        return value

    def put(self, key: str, value: str) -> None:
        """Keep a value."""
        if self.get(key) != value:
            self._c.upsert("meta", {"key": key, "value": value}, "key")
            self._memo.forget(key)

    def drop(self, key: str) -> None:
        """Keep it no longer."""
        if self.get(key) is not None:
            self._c.execute("delete from meta where key = ?", key)
            self._memo.forget(key)
