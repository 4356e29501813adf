"""Real CalDAV servers for the tests: on 127.0.0.1, on a free port, in a thread, gone when the test is over.

Both come from the package index with the other test tools, so they are always there: no test is skipped for them.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import radicale.config
import radicale.server
from aiohttp import web
from caldav.collection import Calendar
from caldav.davclient import DAVClient
from xandikos.store.git import GitStore
from xandikos.web import SingleUserFilesystemBackend, XandikosApp

from tests.servers.caldav_stores import into_radicale, into_xandikos
from tests.servers.ports import free_ports

START_SECONDS = 30.0


def wait_for_port(port: int) -> None:
    """Return once `port` accepts connections; TimeoutError after half a minute."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")


class Server(Protocol):
    """What the contract suite needs of a server: it can go away and come back with its content."""

    @property
    def home(self) -> str:
        """URL of the mentor's calendar home."""

    def start(self) -> None:
        """Serve, with whatever was there before."""

    def stop(self) -> None:
        """Stop serving; connections are refused."""


class Radicale:
    """Radicale on a folder that outlives it. With `password`, it asks for one (htpasswd, plain text).

    `hook`: a shell command that runs after each write, before the server answers.
    """

    def __init__(self, folder: Path, password: str | None = None, hook: str = "") -> None:
        self.username = "mentor"
        self.password = password or ""
        self.port = free_ports(1)[0]
        self.folder = folder / "collections"
        self._stopper: socket.socket | None = None
        self._thread: threading.Thread | None = None
        auth = {"type": "none"}
        if password is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "htpasswd").write_text(f"{self.username}:{password}\n")
            auth = {
                "type": "htpasswd",
                "htpasswd_filename": str(folder / "htpasswd"),
                "htpasswd_encryption": "plain",
                "delay": "0",
            }
        self._settings = {
            "server": {"hosts": f"127.0.0.1:{self.port}"},
            "storage": {"filesystem_folder": str(self.folder), "_filesystem_fsync": "False", "hook": hook},
            "auth": auth,
            "logging": {"level": "critical"},
        }

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.username}/"

    def fill(self, path: str, contents: Mapping[str, str]) -> None:
        """New entries of the collection at `path`."""
        into_radicale(self._configuration(), path, contents)

    def refuse_writing(self) -> None:
        """Start again, and give leave to read only: every write is answered with 403."""
        self.stop()
        rights = self.folder.parent / "rights"
        rights.write_text("[everybody]\nuser: .+\ncollection: .*\npermissions: Rr\n")
        self._settings["rights"] = {"type": "from_file", "file": str(rights)}
        self.start()

    def _configuration(self) -> radicale.config.Configuration:
        """What it runs with."""
        configuration = radicale.config.load()
        configuration.update(self._settings, "test", privileged=True)
        return configuration

    def start(self) -> None:
        self._stopper, watched = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, args=(self._configuration(), watched), daemon=True)
        self._thread.start()
        wait_for_port(self.port)

    @staticmethod
    def _serve(configuration: radicale.config.Configuration, watched: socket.socket) -> None:
        with watched:
            radicale.server.serve(configuration, watched)

    def stop(self) -> None:
        if self._stopper is not None and self._thread is not None:
            self._stopper.close()
            self._thread.join(timeout=10)
            self._stopper = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


class Xandikos:
    """Xandikos on a folder that outlives it: each collection is a git repository there."""

    def __init__(self, folder: Path) -> None:
        self.username = "mentor"
        self.password = ""
        self.port = free_ports(1)[0]
        self.folder = folder
        self._backend: Any = None  # half of it is untyped
        self._filled: list[GitStore] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.username}/"

    def fill(self, path: str, contents: Mapping[str, str]) -> None:
        """New entries of the collection at `path`, while it runs."""
        assert self._backend is not None, "it is away"
        store = self._backend.get_resource(path).store
        self._filled.append(store)
        into_xandikos(store, contents)

    def start(self) -> None:
        principal = f"/{self.username}/"
        self._backend = SingleUserFilesystemBackend(str(self.folder))
        if (self.folder / self.username).exists():
            self._backend._mark_as_principal(principal)
        else:
            self._backend.create_principal(principal, create_defaults=True)
        app: Any = XandikosApp(self._backend, current_user_principal=self.username, strict=True)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(self._loop, app), daemon=True)
        self._thread.start()
        wait_for_port(self.port)

    def _serve(self, loop: asyncio.AbstractEventLoop, app: Any) -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            found: web.StreamResponse = await app.aiohttp_handler(request, "/")
            return found

        asyncio.set_event_loop(loop)
        served = web.Application()
        served.router.add_route("*", "/{path_info:.*}", answer)
        runner = web.AppRunner(served, shutdown_timeout=1)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self.port).start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
            self._loop = self._thread = None
        while self._filled:
            self._filled.pop().repo.close()  # a pack that is open complains at the end of the interpreter

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


class RemoteCalendar:
    """A calendar on such a server, changed as the mentor's phone would change it."""

    def __init__(self, server: Radicale | Xandikos, name: str, component: str = "VEVENT", make: bool = True) -> None:
        self._client = DAVClient(
            url=server.home, username=server.username, password=server.password, timeout=30, enable_rfc6764=False
        )
        self.url = f"{server.home}{name}/"
        self._server, self._path = server, f"/{server.username}/{name}/"
        if make:
            self._client.request(server.home, "MKCOL")  # Radicale has no home before it is made; others answer 405
            made = self._client.mkcalendar(self.url, _MKCALENDAR.format(name=name, component=component))
            assert made.status == 201, made.status

    def put(self, href: str, ics: str) -> None:
        """Create or replace one resource."""
        answer = self._client.put(self.url + href, ics, {"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status in (200, 201, 204), answer.status

    def put_all(self, contents: dict[str, str]) -> None:
        """Create many new ones at once, straight in the server's store; their names are their UIDs with ".ics"."""
        self._server.fill(self._path, contents)

    def contents(self) -> list[str]:
        """The text of every entry, as any other program would read it."""
        here: Any = Calendar(client=self._client, url=self.url)
        return [str(item.data) for item in here.get_events()]

    def remove(self, href: str) -> None:
        """Delete one resource."""
        assert self._client.delete(self.url + href).status in (200, 204)

    def close(self) -> None:
        self._client.close()


_MKCALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
<C:supported-calendar-component-set><C:comp name="{component}"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""
