"""Other programs beside ours: what one run of each takes, from outside, and how two are set side by side."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import say
from tests.servers.proxy import Counts


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of wall and processor, and the most memory the process held, in MB (10^6 bytes)."""

    wall: float
    cpu: float
    memory: float


def run_of(command: Sequence[str]) -> Run:
    """A program, run to its end; RuntimeError where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most, status = 0.0, None
    while status is None:
        pid, code, used = os.wait4(process.pid, os.WNOHANG)
        status = code if pid else None
        if status is None:
            most = max(most, memory_of(process.pid))
            time.sleep(0.002)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed with {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime, most)


def memory_of(pid: int | str) -> float:
    """The most that a process has held so far, in MB; Linux only. ru_maxrss would count who started it as well."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0  # it has just ended
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")), 0.0)


def middle(runs: Sequence[Run]) -> Run:
    """The median of each figure."""
    columns = zip(*((one.wall, one.cpu, one.memory) for one in runs), strict=True)
    return Run(*(statistics.median(column) for column in columns))


def ratio(found: float, above: float, below: float) -> str:
    """A ratio with the two times it is of (seconds)."""
    return f"{found:.1f} x ({above * 1000:.3g} ms / {below * 1000:.3g} ms)"


def beside(what: str, program: str, ours: Run, counts: Counts, theirs: Run | None, their_counts: Counts) -> None:
    """What went over the wire, and the memory, of both."""
    say(f"... {what}: ours", f"{counts}, {ours.memory:.0f} MB of memory")
    if theirs:
        say(f"... {what}: {program}'s", f"{their_counts}, {theirs.memory:.0f} MB of memory")
