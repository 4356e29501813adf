"""How figures are taken and printed: medians of interleaved runs, so that a slower minute slows both sides."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def side_by_side(one: Callable[[], object], other: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """Medians of both in seconds, and the median of the ratios one/other of neighbouring runs."""
    pairs = [(seconds(one), seconds(other)) for _ in range(runs)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second), statistics.median(a / b for a, b in pairs)


def say(what: str, figure: str, goal: str = "") -> None:
    """One line."""
    sys.stdout.write(f"{what:<66} {figure:<34} {goal}\n")
    sys.stdout.flush()
