"""A directory of .ics files as a calendar (dir:///DIR): no server, no account, any calendar program can fill it."""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from agent import invitation
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import AgentError, TerminalError, TransientError

Stamp: TypeAlias = tuple[int, int]
"""When a file was last written (nanoseconds) and its size in bytes: another stamp is another content."""


class IcsDirectory:
    """The .ics files right below `root`, hidden ones left out. An href is a file's name.

    A directory that is not there is a TransientError (a disk that is not mounted is no emptied calendar), one that
    may not be read a TerminalError.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`."""
        before = _parse(cursor)
        changed: list[CalendarObject] = []
        now: dict[str, Stamp] = {}
        for name, stamp in self._stamps().items():
            if before is None or before.get(name) != stamp:
                text = self._read(name)
                if text is None:
                    continue
                changed.append(CalendarObject(name, f"{stamp[0]}-{stamp[1]}", text))
            now[name] = stamp
        removed = tuple(sorted(set(before or ()) - set(now)))
        return CalendarDelta(tuple(changed), removed, json.dumps(now, sort_keys=True), complete=before is None)

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`. The file appears whole or not at all: it is written under a hidden name and linked."""
        with self._written(href, ics) as name, suppress(FileExistsError):  # created before: it stays as it is
            os.link(name, self._root / href)

    def reschedule(self, href: str, start: datetime, end: datetime, at: datetime) -> bool:
        """See `ports.Calendar`. A file that another program writes meanwhile is read again, once."""
        for _ in range(2):
            seen = self._stamps().get(href)
            before = None if seen is None else self._read(href)
            after = None if before is None else invitation.moved(href, before, start, end, at)
            if after is None or after == before:
                return after is not None
            with self._written(href, after) as name:
                if self._stamps().get(href) == seen:
                    os.replace(name, self._root / href)
                    return True
        raise TransientError(f"{self._root / href} is being written by another program")

    def check(self) -> list[str]:
        """See `ports.Calendar`."""
        return [f"{self._root}: {len(self._stamps())} .ics files"]

    @contextmanager
    def _written(self, href: str, ics: str) -> Iterator[str]:
        """The text in a hidden file beside it, gone at the end unless it took a name."""
        try:
            with tempfile.NamedTemporaryFile(dir=self._root, prefix=".", suffix=".new", delete=False) as file:
                try:
                    os.fchmod(file.fileno(), 0o644)  # other programs fill and read this directory too
                    file.write(ics.encode())
                    file.flush()
                    os.fsync(file.fileno())
                    yield file.name
                finally:
                    Path(file.name).unlink(missing_ok=True)
        except PermissionError as error:
            raise TerminalError(f"{self._root} may not be written to: {error.strerror}") from error
        except OSError as error:
            kind: type[AgentError] = TerminalError if error.errno == errno.EROFS else TransientError
            raise kind(f"{self._root / href} cannot be written: {error.strerror}") from error

    def _stamps(self) -> dict[str, Stamp]:
        """Taken before the content is read: a file written meanwhile shows up again at the next poll."""
        stamps: dict[str, Stamp] = {}
        try:
            for path in sorted(self._root.iterdir()):
                if path.suffix.lower() == ".ics" and not path.name.startswith("."):
                    self._add(stamps, path)
        except PermissionError as error:
            raise TerminalError(f"{self._root} may not be read: {error.strerror}") from error
        except OSError as error:
            raise TransientError(f"{self._root} cannot be read: {error.strerror}") from error
        return stamps

    @staticmethod
    def _add(stamps: dict[str, Stamp], path: Path) -> None:
        try:
            found = path.stat()
        except FileNotFoundError:  # gone since it was listed
            return
        if stat.S_ISREG(found.st_mode):
            stamps[path.name] = (found.st_mtime_ns, found.st_size)

    def _read(self, name: str) -> str | None:
        """The file's text; None if it is gone. What is not UTF-8, as RFC 5545 asks, is an old Windows export."""
        try:
            raw = (self._root / name).read_bytes()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise TerminalError(f"{self._root / name} may not be read: {error.strerror}") from error
        except OSError as error:
            raise TransientError(f"{self._root / name} cannot be read: {error.strerror}") from error
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return raw.decode("cp1252", errors="replace")


def _parse(cursor: str | None) -> dict[str, Stamp] | None:
    try:
        fields = json.loads(cursor or "null")
        return {str(name): (int(mtime), int(size)) for name, (mtime, size) in fields.items()}
    except (ValueError, TypeError, AttributeError):
        return None
