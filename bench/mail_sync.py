"""The mailbox on the wire, beside mbsync and a bare FETCH, on one Dovecot in one run: first sync, and nothing new.

Ours is timed inside a process that runs already, as the daemon does; mbsync is a process each time, as cron starts it.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from agent.connectors.rawmail import HEADER_LIMIT
from bench.figures import say
from bench.processes import Run, beside, middle, run_of
from bench.processes import ratio as ratio_of
from tests.servers.dovecot import Account, Dovecot, available
from tests.servers.proxy import Counts, Proxy

MESSAGES = 20_000
ROUNDS = 5
POLLS = 21
BODY = b"Nous avons revu les jointures, les index et les transactions du projet 6.\r\n" * 68
HEADERS = (
    "Return-Path: <camille{n}@learner.test>\r\nDelivered-To: mentor@example.org\r\n"
    "Received: from mx.learner.test (mx.learner.test [192.0.2.7])\r\n"
    "\tby mx.example.org (Postfix) with ESMTPS id 4F{n}\r\n\tfor <mentor@example.org>; {date}\r\n"
    "Authentication-Results: mx.example.org; dkim=pass header.d=learner.test;\r\n"
    "\tdmarc=pass header.from=learner.test\r\n"
    "Message-ID: <{n}.1129@learner.test>\r\nDate: {date}\r\nFrom: Camille Roy <camille{n}@learner.test>\r\n"
    "To: Claire Martin <mentor@example.org>\r\nSubject: =?utf-8?q?Projet_6_=3A_question?= {n}\r\nMIME-Version: 1.0\r\n"
    "User-Agent: Mozilla Thunderbird\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n"
)
MBSYNC = """
IMAPAccount bench
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bench

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX

Channel bench
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runs take place."""

    dovecot: Dovecot
    account: Account
    proxy: Proxy
    folder: Path


def run() -> None:
    """All of it on one mailbox, rounds interleaved."""
    if not available():
        say("first sync of a mailbox, poll with nothing new", "not measured: Dovecot is missing")
        return
    if shutil.which("mbsync") is None:
        say("mbsync beside us", "not measured: mbsync is missing (Debian: isync)")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Dovecot() as dovecot:
        account = dovecot.account()
        dovecot.fill(account, _messages())
        with Proxy(dovecot.host, dovecot.port) as proxy:
            place = Place(dovecot, account, proxy, Path(folder))
            bare(place)  # Dovecot's index is made once, by whoever comes first
            cursor = _first_sync(place)
            _nothing_new(place, cursor)


def _messages() -> Iterator[tuple[datetime, bytes]]:
    """Of about 6 kB, over the last 80 days: a first look takes them all."""
    start = datetime.now(UTC) - timedelta(days=80)
    for n in range(MESSAGES):
        at = start + timedelta(minutes=5 * n)
        yield at, HEADERS.format(n=n, date=format_datetime(at)).encode() + BODY


def _first_sync(place: Place) -> str:
    what = f"first sync of {MESSAGES} messages"
    rounds = []
    cursor = ""
    for number in range(ROUNDS):
        pipelined = bare(place)
        ours, cursor = first_sync(place, place.dovecot.port)
        rounds.append((pipelined, ours, mbsync(place, f"memory{number}", place.dovecot.port, in_memory=True)))
    ours = middle([ours for _, ours, _ in rounds])
    base = statistics.median(pipelined for pipelined, _, _ in rounds)
    ratio = statistics.median(ours.wall / pipelined for pipelined, ours, _ in rounds)
    say(f"{what} / a bare pipelined FETCH of the same headers", ratio_of(ratio, ours.wall, base), "goal: under 3 x")
    disk = mbsync(place, "disk", place.dovecot.port)
    if disk:
        figure = ratio_of(disk.wall / ours.wall, disk.wall, ours.wall)
        say(f"mbsync's full pull, as it comes, on this disk / {what}", figure, "goal: over 5 x")
    pulls = [(pulled, ours) for _, ours, pulled in rounds if pulled]
    if pulls:
        faster = statistics.median(pulled.wall / ours.wall for pulled, ours in pulls)
        memory = middle([pulled for pulled, _ in pulls])
        say("... where its disk is memory (tmpfs)", ratio_of(faster, memory.wall, ours.wall))
    place.proxy.take()
    first_sync(place, place.proxy.port)
    counts = place.proxy.take()
    mbsync(place, "counted", place.proxy.port, in_memory=True)
    beside(what, "mbsync", ours, counts, disk, place.proxy.take())
    return cursor


def _nothing_new(place: Place, cursor: str) -> None:
    what = "a poll with nothing new"
    port, counted = place.dovecot.port, place.proxy.port
    rounds = [(quiet(place, cursor, port), mbsync(place, "disk", port)) for _ in range(ROUNDS)]
    ours = middle([ours for ours, _ in rounds])
    pairs = [(ours, theirs) for ours, theirs in rounds if theirs]
    theirs = middle([theirs for _, theirs in pairs]) if pairs else None
    if theirs:
        wall, cpu = (statistics.median(getattr(t, of) / getattr(o, of) for o, t in pairs) for of in ("wall", "cpu"))
        say(f"mbsync / {what}: wall time", ratio_of(wall, theirs.wall, ours.wall), "goal: over 10 x")
        say(f"mbsync / {what}: processor time", ratio_of(cpu, theirs.cpu, ours.cpu), "goal: over 10 x")
    else:
        say(what, f"{ours.wall * 1000:.1f} ms, {ours.cpu * 1000:.1f} ms of processor")
    place.proxy.take()
    quiet(place, cursor, counted, 1)
    one = place.proxy.take()
    quiet(place, cursor, counted, 2)
    two = place.proxy.take()
    mbsync(place, "disk", counted)
    # Connecting and leaving are in both: what is left is one poll.
    beside(
        what,
        "mbsync",
        ours,
        Counts(two.up - one.up, two.down - one.down, two.turns - one.turns),
        theirs,
        place.proxy.take(),
    )


def bare(place: Place) -> float:
    """Seconds for LOGIN, EXAMINE and one FETCH of all headers, sent in one breath, the answer read and thrown away."""
    commands = (
        f'a LOGIN "{place.account.address}" "{place.account.password}"\r\nb EXAMINE INBOX\r\n'
        f"c FETCH 1:* (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>)\r\n"
    )
    start = time.perf_counter()
    with closing(socket.create_connection((place.dovecot.host, place.dovecot.port), 60)) as link:
        link.sendall(commands.encode())
        end = b""
        while b"\r\nc OK" not in end:
            chunk = link.recv(262144)
            if not chunk:
                raise RuntimeError(f"the bare FETCH was cut off: {end!r}")
            end = (end + chunk)[-200:]
    return time.perf_counter() - start


def first_sync(place: Place, port: int) -> tuple[Run, str]:
    """Ours, from connecting to the last header; and the cursor then."""
    return _ours("first", place, port, "", MESSAGES)


def quiet(place: Place, cursor: str, port: int, polls: int = POLLS) -> Run:
    """Ours: a poll on an open connection when nothing has come; the median of `polls`."""
    return _ours("quiet", place, port, cursor, polls)[0]


def _ours(mode: str, place: Place, port: int, cursor: str, number: int) -> tuple[Run, str]:
    arguments = [mode, str(port), place.account.address, place.account.password, cursor, str(number)]
    done = subprocess.run([sys.executable, "-m", "bench.mail_child", *arguments], check=True, capture_output=True)
    said = json.loads(done.stdout)
    return Run(said["wall"], said["cpu"], said["memory"]), str(said["cursor"])


def mbsync(place: Place, name: str, port: int, *, in_memory: bool = False) -> Run | None:
    """mbsync as it comes, into a folder of that name; None where it, or the memory to write to, is missing."""
    shared = Path("/dev/shm")  # noqa: S108 -- memory, which is the point
    if shutil.which("mbsync") is None or (in_memory and not shared.is_dir()):
        return None
    folder = Path(tempfile.mkdtemp(dir=shared)) if in_memory else place.folder / name
    folder.mkdir(exist_ok=True)
    config = place.folder / f"{name}.mbsyncrc"
    user, password = place.account.address, place.account.password
    config.write_text(MBSYNC.format(port=port, user=user, password=password, folder=folder))
    found = run_of(["mbsync", "-q", "-c", str(config), "bench"])
    if in_memory:
        shutil.rmtree(folder)
    return found


if __name__ == "__main__":
    run()
