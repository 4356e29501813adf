"""Our side of bench.calendar_sync, in a process of its own: MODE URL USER PASSWORD CURSOR NUMBER; prints JSON."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path

from agent.connectors.caldav_child import ChildCalendar
from agent.connectors.ports import Calendar, CalendarDelta


def main(mode: str, url: str, user: str, password: str, cursor: str, number: str) -> None:
    """ "first": everything, NUMBER entries. "quiet", "whole": NUMBER polls that bring nothing; with "whole" each starts
    the library, as when the token has changed."""
    calendar = ChildCalendar(url, user, password)
    rounds, delta = [], CalendarDelta((), (), cursor)
    if mode == "quiet":
        calendar.poll(cursor)  # what is imported at the first request stays
    for _ in range(1 if mode == "first" else int(number)):
        one: Calendar = ChildCalendar(url, user, password) if mode == "whole" else calendar
        start, used = time.perf_counter(), _processor()
        delta = one.poll(None if mode == "first" else _odd(cursor) if mode == "whole" else cursor)
        rounds.append((time.perf_counter() - start, _processor() - used))
    if len(delta.changed) != (int(number) if mode == "first" else 0):
        raise RuntimeError(f"{len(delta.changed)} entries came")
    walls, cpus = zip(*rounds, strict=True)
    lines = Path("/proc/self/status").read_text().splitlines()
    memory = next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    said = {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "cursor": delta.cursor}
    sys.stdout.write(json.dumps({**said, "memory": memory, "child": child}))


def _odd(cursor: str) -> str:
    """The same cursor, from a server whose login is not glanced at."""
    return json.dumps({**json.loads(cursor), "login": "other"})


def _processor() -> float:
    """Seconds of this process and of those it started and waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(*sys.argv[1:])
