"""The calendar on the wire, beside vdirsyncer, on one Radicale in one run: first sync, and nothing new.

Ours is timed inside a process that runs already, as the daemon does; vdirsyncer is a process each time, as cron starts
it. Processor time is the client's, with whatever it starts; Radicale runs elsewhere.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.connectors.ics_link import IcsLink
from bench.figures import say
from bench.processes import Run, beside, middle, run_of
from bench.processes import ratio as ratio_of
from tests.connectors.conftest import event
from tests.servers.caldav_servers import Radicale, RemoteCalendar
from tests.servers.proxy import Counts, Proxy
from tests.servers.published import Published

SIZES = (500, 2_000)
"""Weekly sessions of a year: with ten learners, and with forty. Our poll asks for the collection's mark alone, and
Radicale goes through all entries for it: the more there are, the more of it is Radicale's own time.
"""

ROUNDS = 5
POLLS = 11
PASSWORD = "bench"
VDIRSYNCER = """
[general]
status_path = "{folder}/status"

[pair bench]
a = "near"
b = "far"
collections = null

[storage near]
type = "filesystem"
path = "{folder}/near"
fileext = ".ics"

[storage far]
type = "caldav"
url = "{url}"
username = "mentor"
password = "{password}"
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runs take place."""

    server: Radicale
    proxy: Proxy
    folder: Path
    entries: int

    def url(self, *, counted: bool = False) -> str:
        """The calendar's, through the proxy where it is counted."""
        return f"http://127.0.0.1:{self.proxy.port if counted else self.server.port}/mentor/sessions/"


def run() -> None:
    """All of it on one calendar, rounds interleaved."""
    if shutil.which("vdirsyncer") is None:
        say("vdirsyncer beside us", "not measured: vdirsyncer is missing (Debian: vdirsyncer)")
    for entries in SIZES:
        _both(entries)
    _subscription(_events(SIZES[-1]))


def _both(entries: int) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Radicale(Path(folder) / "radicale", password=PASSWORD) as server,
        Proxy("127.0.0.1", server.port) as proxy,
    ):
        RemoteCalendar(server, "sessions").put_all(_events(entries))
        place = Place(server, proxy, Path(folder), entries)
        ours("first", place)  # what is made once, such as compiled modules, is made by whoever comes first
        cursor = _first_sync(place)
        _nothing_new(place, cursor)


def _events(entries: int) -> dict[str, str]:
    start = datetime(2026, 1, 5, 9, tzinfo=UTC)
    return {
        f"session-{n:05}.ics": event(f"session-{n:05}", start + timedelta(hours=n), f"Session avec Camille {n}")
        for n in range(entries)
    }


def _first_sync(place: Place) -> str:
    what = f"first sync of {place.entries} entries"
    pairs = [(ours("first", place)[0], vdirsyncer(place, f"first{number}")) for number in range(3)]
    mine = middle([mine for mine, _ in pairs])
    theirs = _compare(what, pairs, "")
    place.proxy.take()
    _, cursor = ours("first", place, counted=True)
    counts = place.proxy.take()
    vdirsyncer(place, "counted", counted=True)
    beside(what, "vdirsyncer", mine, counts, theirs, place.proxy.take())
    return json.dumps({**json.loads(cursor), "configured": place.url(), "calendar": place.url()})


def _nothing_new(place: Place, cursor: str) -> None:
    what = f"a poll of {place.entries} with nothing new"
    pairs = [(ours("quiet", place, cursor)[0], vdirsyncer(place, "first0")) for _ in range(ROUNDS)]
    mine = middle([mine for mine, _ in pairs])
    theirs = _compare(what, pairs, "goal: over 10 x")
    whole = ours("whole", place, cursor, polls=3)[0]
    say(
        f"... {what}, where the library has to look",
        f"{whole.wall * 1000:.0f} ms, {whole.cpu * 1000:.0f} ms of processor",
    )
    elsewhere = json.dumps({**json.loads(cursor), **dict.fromkeys(("configured", "calendar"), place.url(counted=True))})
    ours("quiet", place, elsewhere, polls=1, counted=True)
    one = place.proxy.take()
    ours("quiet", place, elsewhere, polls=2, counted=True)
    two = place.proxy.take()
    vdirsyncer(place, "counted", counted=True)
    counts = Counts(two.up - one.up, two.down - one.down, two.turns - one.turns)
    beside(what, "vdirsyncer", mine, counts, theirs, place.proxy.take())


def _subscription(events: dict[str, str]) -> None:
    """A published calendar, read in this process."""
    with Published(contents=events) as published, Proxy("127.0.0.1", published.port) as proxy:
        calendar = IcsLink(published.link.replace(str(published.port), str(proxy.port)))
        start = time.perf_counter()
        cursor = calendar.poll(None).cursor
        first, counts = time.perf_counter() - start, proxy.take()
        say(f"subscription: first look at {len(events)} entries", f"{first * 1000:.0f} ms, {counts}")
        start = time.perf_counter()
        calendar.poll(cursor)
        say("... and when nothing is new", f"{(time.perf_counter() - start) * 1000:.1f} ms, {proxy.take()}")


def ours(mode: str, place: Place, cursor: str = "", *, polls: int = POLLS, counted: bool = False) -> tuple[Run, str]:
    """A run of bench.calendar_child, and the cursor at its end. Memory: of the process and what it starts."""
    number = place.entries if mode == "first" else polls
    arguments = [mode, place.url(counted=counted), "mentor", PASSWORD, cursor, str(number)]
    done = subprocess.run([sys.executable, "-m", "bench.calendar_child", *arguments], check=True, capture_output=True)
    said = json.loads(done.stdout)
    return Run(said["wall"], said["cpu"], said["memory"] + said["child"]), str(said["cursor"])


def vdirsyncer(place: Place, name: str, *, counted: bool = False) -> Run | None:
    """vdirsyncer as it comes, into a folder of that name; None where it is missing."""
    if shutil.which("vdirsyncer") is None:
        return None
    folder = place.folder / name
    config = folder / "config"
    if not folder.exists():
        (folder / "near").mkdir(parents=True)
        url = place.url(counted=counted)
        config.write_text(VDIRSYNCER.format(folder=folder, url=url, password=PASSWORD))
        discover = ["vdirsyncer", "-c", str(config), "discover", "bench"]
        subprocess.run(discover, input=b"y\n" * 5, check=True, capture_output=True)
        place.proxy.take()
    found = run_of(["vdirsyncer", "-v", "ERROR", "-c", str(config), "sync", "bench"])
    if len(list((folder / "near").iterdir())) != place.entries:
        raise RuntimeError("vdirsyncer did not bring all events")
    return found


def _compare(what: str, pairs: list[tuple[Run, Run | None]], goal: str) -> Run | None:
    """Say the ratios, of wall and of processor; the middle of vdirsyncer's runs."""
    both = [(mine, theirs) for mine, theirs in pairs if theirs]
    mine = middle([mine for mine, _ in pairs])
    if not both:
        say(what, f"{mine.wall * 1000:.1f} ms, {mine.cpu * 1000:.1f} ms of processor")
        return None
    theirs = middle([theirs for _, theirs in both])
    wall, cpu = (statistics.median(getattr(t, of) / getattr(o, of) for o, t in both) for of in ("wall", "cpu"))
    say(f"vdirsyncer / {what}: wall time", ratio_of(wall, theirs.wall, mine.wall), goal)
    say(f"vdirsyncer / {what}: processor time", ratio_of(cpu, theirs.cpu, mine.cpu), goal)
    return theirs


if __name__ == "__main__":
    run()
