"""A calendar in memory: for tests and rehearsals, held to the same contract as the real ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

from agent import invitation
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import AgentError


class MemoryCalendar:
    """Holds resources by href. Every change has a number; the cursor is the last number seen."""

    def __init__(self) -> None:
        self._id = uuid.uuid4().hex  # another calendar's cursor must not be taken for ours
        self._revision = 0
        self._changes: dict[str, tuple[int, str | None]] = {}
        self._failure: AgentError | None = None
        self._no_writing: AgentError | None = None

    def put(self, href: str, ics: str) -> None:
        """Create or replace a resource."""
        self._record(href, ics)

    def remove(self, href: str) -> None:
        """Delete a resource; KeyError if there is none."""
        if self._changes[href][1] is None:
            raise KeyError(href)
        self._record(href, None)

    def fail(self, error: AgentError | None) -> None:
        """Raise `error` from now on; None: work again."""
        self._failure = error

    def fail_writing(self, error: AgentError | None) -> None:
        """Raise `error` from now on for what would be added or moved; reading goes on. None: work again."""
        self._no_writing = error

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`."""
        self._raise_failure()
        seen = self._parse(cursor)
        if seen == self._revision:
            return CalendarDelta((), (), f"{self._id}:{self._revision}")
        changed = []
        removed = []
        for href, (revision, ics) in sorted(self._since(seen or 0)):
            if ics is not None:
                changed.append(CalendarObject(href, str(revision), ics))
            elif seen is not None:
                removed.append(href)
        return CalendarDelta(tuple(changed), tuple(removed), f"{self._id}:{self._revision}", complete=seen is None)

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`."""
        self._raise_failure()
        if self._no_writing is not None:
            raise self._no_writing
        if self._changes.get(href, (0, None))[1] is None:
            self._record(href, ics)

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """See `ports.Calendar`."""
        self._raise_failure()
        if self._no_writing is not None:
            raise self._no_writing
        before = self._changes.get(href, (0, None))[1]
        after = None if before is None else invitation.moved(href, before, start, end, at)
        if after is not None and after != before:
            self._record(href, after)
        return after is not None

    def check(self) -> list[str]:
        """See `ports.Calendar`."""
        self._raise_failure()
        count = sum(ics is not None for _, ics in self._changes.values())
        return [f"calendar in memory: {count} entries"]

    def _since(self, seen: int) -> Iterator[tuple[str, tuple[int, str | None]]]:
        """The resources changed after this revision, the latest first."""
        return takewhile(lambda change: change[1][0] > seen, reversed(self._changes.items()))

    def _record(self, href: str, ics: str | None) -> None:
        self._revision += 1
        self._changes.pop(href, None)  # so that they stand in the order of their revisions
        self._changes[href] = (self._revision, ics)

    def _parse(self, cursor: str | None) -> int | None:
        owner, _, revision = (cursor or "").partition(":")
        return int(revision) if owner == self._id and revision.isdecimal() else None

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
