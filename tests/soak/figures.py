"""What a soak counts, and the table that it prints."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What is printed at the end."""

    ticks: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)  # seconds of backoff, at a source's limit
    recoveries: dict[str, float] = field(default_factory=dict)  # by source, the longest, in its own polls
    memory: list[int] = field(default_factory=list)  # kB resident, after each phase
    descriptors: tuple[int, int] = (0, 0)
    threads: tuple[int, int] = (0, 0)
    letters: int = 0
    questions: int = 0
    assignments: int = 0
    sessions: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    late: int = 0  # tries at servers that were well, and slower than the soak's time-outs
    slowest: float = 0.0  # seconds of one tick
    days: float = 0.0  # on the soak's clock
    seconds: float = 0.0
    warm: int = 0  # phases before memory is compared

    def growth(self) -> float:
        """Memory at the end against that after the warm-up, as a ratio."""
        early, late = self.memory[self.warm : self.warm + 5], self.memory[-5:]
        return statistics.median(late) / statistics.median(early)

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"ticks                       {self.ticks} ({self.days:.0f} days on its clock, {self.seconds:.0f} s)"
        for kind, count in sorted(self.troubles.items()):
            yield f"  phases of {kind:<42} {count}"
        yield f"assignments / first letters {self.assignments} / {self.letters}"
        yield f"sessions / questions        {self.sessions} / {self.questions}"
        yield f"lost                        {self.lost}"
        yield f"doubled                     {self.doubled}"
        yield f"to the mentor twice         {self.repeated} (same Message-ID: the server's answer was lost)"
        yield f"memory                      {self.memory[self.warm]} kB -> {self.memory[-1]} kB ({self.growth():.3f} x)"
        yield f"descriptors                 {self.descriptors[0]} -> {self.descriptors[1]}"
        yield f"threads                     {self.threads[0]} -> {self.threads[1]}"
        for source, polls in sorted(self.recoveries.items()):
            yield f"longest recovery, {source:<10} {polls:.2f} polls"
        yield f"answers late on this machine {self.late}"
        if self.waits:
            yield f"backoff at its limit        {min(self.waits):.0f} to {max(self.waits):.0f} s"
        yield f"slowest tick                {self.slowest:.1f} s"
