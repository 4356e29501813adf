"""The calendars that the contract suite is run against, each with the hand that changes it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from agent.connectors.caldav import CaldavCalendar
from agent.connectors.ews import Connection, EwsAccount, Login
from agent.connectors.ics_dir import IcsDirectory
from agent.connectors.ics_link import IcsLink
from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.ports import Calendar
from agent.errors import TransientError
from tests.connectors.graph_worlds import GraphCalendarWorld
from tests.servers.caldav_servers import Radicale, RemoteCalendar, Xandikos
from tests.servers.ews import PASSWORD, EwsServer
from tests.servers.ews_events import item_of
from tests.servers.graph import graph_server
from tests.servers.poor_caldav import CTAG, ETAGS, TOKENS, PoorCaldav
from tests.servers.published import Published


def event(uid: str, start: datetime = datetime(2026, 11, 16, 9, tzinfo=UTC), summary: str = "Session") -> str:
    """One 45-minute session as a calendar resource."""
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n"
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:{summary}\r\n"
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDURATION:PT45M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


class World(Protocol):
    """A calendar under test, and what happens to it out there."""

    @property
    def calendar(self) -> Calendar:
        """The connector under test."""

    def put(self, name: str, ics: str) -> None:
        """Create or replace a resource."""

    def put_all(self, contents: dict[str, str]) -> None:
        """Create many new resources at once, by the shortest way."""

    def remove(self, name: str) -> None:
        """Delete a resource."""

    def away(self) -> None:
        """From now on the source cannot be reached."""

    def back(self) -> None:
        """It can be reached again, with its content."""


class MemoryWorld:
    def __init__(self) -> None:
        self.calendar = MemoryCalendar()
        self.put = self.calendar.put
        self.remove = self.calendar.remove

    def put_all(self, contents: dict[str, str]) -> None:
        for name, ics in contents.items():
            self.put(name, ics)

    def away(self) -> None:
        self.calendar.fail(TransientError("away"))

    def back(self) -> None:
        self.calendar.fail(None)


class DirectoryWorld:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._elsewhere = root.with_name("unmounted")
        root.mkdir()
        self.calendar = IcsDirectory(root)

    def put(self, name: str, ics: str) -> None:
        (self._root / name).write_text(ics, encoding="utf-8", newline="")

    def put_all(self, contents: dict[str, str]) -> None:
        for name, ics in contents.items():
            self.put(name, ics)

    def remove(self, name: str) -> None:
        (self._root / name).unlink()

    def away(self) -> None:
        self._root.rename(self._elsewhere)

    def back(self) -> None:
        self._elsewhere.rename(self._root)


class ServerWorld:
    def __init__(self, server: Radicale | Xandikos) -> None:
        remote = RemoteCalendar(server, "sessions")
        self.calendar = CaldavCalendar(remote.url, server.username, server.password)
        self.put = remote.put
        self.put_all = remote.put_all
        self.remove = remote.remove
        self.away = server.stop
        self.back = server.start


class PublishedWorld:
    """A subscription: what the school publishes is read, and nothing can be entered."""

    def __init__(self, published: Published) -> None:
        self.calendar = IcsLink(published.link)
        self.put = published.put
        self.put_all = published.put_all
        self.remove = published.remove
        self.away = published.stop
        self.back = published.start


class ReadOnlyServerWorld:
    """A calendar that was shared with the mentor to be read: its owner's hands are on the server's disk."""

    def __init__(self, server: Radicale) -> None:
        remote = RemoteCalendar(server, "shared")
        folder = server.folder / "collection-root" / server.username / "shared"
        server.refuse_writing()
        self.calendar = CaldavCalendar(remote.url, server.username, server.password)
        self.put = lambda name, ics: (folder / name).write_text(ics, encoding="utf-8", newline="")
        self.put_all = remote.put_all
        self.remove = lambda name: (folder / name).unlink()
        self.away = server.stop
        self.back = server.start


class EwsWorld:
    """A calendar folder of an Exchange server. It knows no names: its ids are made to end with the name here."""

    def __init__(self, server: EwsServer) -> None:
        self._folder = server.mailbox("mentor@example.org").folders["calendar"]
        login = Login("mentor@example.org", PASSWORD)
        self.calendar = EwsAccount(Connection(server.endpoint, login, "mentor@example.org", timeout=10)).calendar
        self.away = server.stop
        self.back = server.start

    def put(self, name: str, ics: str) -> None:
        there = next((item for item in self._folder.items.values() if item.id.endswith(f"/{name}")), None)
        if there is None:
            self.put_all({name: ics})
            return
        made = item_of(ics)
        there.elements, there.occurrences = made.elements, made.occurrences
        self._folder.touch(there)

    def put_all(self, contents: dict[str, str]) -> None:
        for name, ics in contents.items():
            made = item_of(ics)
            made.id += f"/{name}"
            self._folder.add(made)

    def remove(self, name: str) -> None:
        self._folder.remove(next(one for one in self._folder.items if one.endswith(f"/{name}")))


@contextmanager
def _memory(_: Path) -> Iterator[World]:
    yield MemoryWorld()


@contextmanager
def _directory(folder: Path) -> Iterator[World]:
    yield DirectoryWorld(folder / "calendar")


@contextmanager
def _radicale(folder: Path) -> Iterator[World]:
    with Radicale(folder / "radicale") as server:
        yield ServerWorld(server)


@contextmanager
def _xandikos(folder: Path) -> Iterator[World]:
    with Xandikos(folder / "xandikos") as server:
        yield ServerWorld(server)


@contextmanager
def _poor(folder: Path, *lacks: str) -> Iterator[World]:
    with Radicale(folder / "radicale") as server, PoorCaldav(server.port, lacks) as poor:
        world = ServerWorld(server)
        world.calendar = CaldavCalendar(f"http://127.0.0.1:{poor.port}/mentor/sessions/", "mentor", "")
        yield world


@contextmanager
def _shared(folder: Path) -> Iterator[World]:
    with Radicale(folder / "radicale", password="correct-horse") as server:
        yield ReadOnlyServerWorld(server)


@contextmanager
def _published(_: Path) -> Iterator[World]:
    with Published() as published:
        yield PublishedWorld(published)


@contextmanager
def _graph(folder: Path) -> Iterator[World]:
    with graph_server() as server:
        yield GraphCalendarWorld(server, folder)


@contextmanager
def _ews(_: Path) -> Iterator[World]:
    with EwsServer() as server:
        yield EwsWorld(server)


WORLDS: dict[str, Callable[[Path], AbstractContextManager[World]]] = {
    "memory": _memory,
    "directory": _directory,
    "ews": _ews,
    "radicale": _radicale,
    "xandikos": _xandikos,
    "without tokens": lambda folder: _poor(folder, TOKENS),
    "without tokens and ctag": lambda folder: _poor(folder, TOKENS, CTAG),
    "without tokens and etags": lambda folder: _poor(folder, TOKENS, CTAG, ETAGS),
    "shared to be read": _shared,
    "subscription": _published,
    "graph": _graph,
}

READ_ONLY = {"shared to be read", "subscription"}
"""The worlds whose calendar takes no entries from us."""

ALIKE = {"without tokens and ctag", "without tokens and etags", "shared to be read"}
"""The same server as another, with less: what costs many seconds is tried on the other alone."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a server's files, in memory where there is some: tens of thousands of small ones go through it."""
    memory = Path("/dev/shm")  # noqa: S108 - for a folder of its own that nobody else can name or read
    room = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    with tempfile.TemporaryDirectory(dir=memory if room else None) as name:
        yield Path(name)


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    """Each calendar in turn, empty."""
    with WORLDS[request.param](folder) as found:
        yield found


@pytest.fixture(params=sorted(set(WORLDS) - ALIKE))
def unlike(request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    """Each calendar in turn that is not one of the others with less, empty."""
    with WORLDS[request.param](folder) as found:
        yield found


@pytest.fixture(params=sorted(set(WORLDS) - READ_ONLY))
def writable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Each calendar in turn that takes entries, empty."""
    with WORLDS[request.param](tmp_path) as found:
        yield found


@pytest.fixture(params=sorted(READ_ONLY))
def read_only(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Each calendar in turn that can only be read, empty."""
    with WORLDS[request.param](tmp_path) as found:
        yield found
