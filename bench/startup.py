"""How long `mentor-agent --help` takes, against a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys

from bench.figures import say, side_by_side

RUNS = 15


def run() -> None:
    """Whole processes, interleaved."""

    def start(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    start("-m", "agent", "--help")  # bytecode and caches
    ours, bare, ratio = side_by_side(lambda: start("-m", "agent", "--help"), lambda: start("-c", "pass"), RUNS)
    say("mentor-agent --help / python -c pass", f"{ratio:.1f} x ({ours * 1000:.0f} ms / {bare * 1000:.0f} ms)")
