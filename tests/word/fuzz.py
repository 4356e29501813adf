"""A fuzzer over everything that reads a raw mail: `make fuzz`, or python -m tests.word.fuzz --inputs 100000 --seed 1.

Half of the inputs are mails of the corpora (programs, machines, samples) that were damaged, the rest are built of
hostile pieces. An input is an offender when a reader raises, when one takes more than a second, or when all of them
together need more than ten times its size and more than 10 MB, which any mail may cost: it is saved.

Seconds are of the processor, of this process alone, and what took too long is tried twice more and its best time
counts: a machine that others use only ever adds. What does not come back in 30 such seconds hangs.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import signal
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.understand.material import HERE
from tests.word import machines
from tests.word.every_reader import READERS, Given
from tests.word.fuzz_pieces import built, damaged
from tests.word.machine_parts import Sample

SECOND = 1.0
MOST_GROWTH = 10.0
SMALL = 10_000_000
"""Bytes that any mail may cost, however short."""

_TRACED_FROM = 50_000  # bytes: from there on the memory of every input is traced, which takes most of the time,
_TRACED_SHARE = 200  # and of shorter ones, that reach 10 MB hardly ever, of one in so many
_PATIENCE = 30  # seconds


class HangError(BaseException):
    """Raised inside a reader that does not come back; no reader may swallow it."""


@dataclass
class Found:
    """What a run found. Times in milliseconds, sizes in bytes."""

    inputs: int = 0
    crashes: int = 0
    slow: int = 0
    grown: int = 0
    traced: int = 0
    slowest: tuple[float, int, str] = (0.0, 0, "")  # of one reader: how long, the mail's size, its name
    largest: tuple[float, int] = (0.0, 0)  # peak over size, of mails that need more than `SMALL`, and the size
    peak: int = 0
    offenders: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The figures."""
        ms, size, reader = self.slowest
        return [
            f"inputs {self.inputs}, crashes {self.crashes}, over a second {self.slow}, grown too much {self.grown}",
            f"slowest reader: {reader}, {ms:.0f} ms over {size} bytes",
            f"memory traced for {self.traced}: highest peak {self.peak / 1e6:.1f} MB; over {SMALL / 1e6:.0f} MB the "
            f"most is {self.largest[0]:.1f} times {self.largest[1]} bytes",
            f"process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB",
            *self.offenders,
        ]


def corpus() -> list[bytes]:
    """The mails that are damaged."""
    from tests.word.messages import MESSAGES, raw  # noqa: PLC0415 - making them takes seconds

    made = [raw(sample) for sample in MESSAGES]
    lists = (value for value in vars(machines).values() if isinstance(value, list | tuple))
    reports = [one.raw for several in lists for one in several if isinstance(one, Sample)]
    return [*made, *reports, *(path.read_bytes() for path in sorted((HERE / "samples").glob("*.eml")))]


def run(inputs: int, seed: int, mails: Sequence[bytes], keep: Path | None = None) -> Found:
    """So many inputs, the same ones for the same seed."""
    rng, found = Random(seed), Found()  # noqa: S311 - not for secrets
    for _ in range(inputs):
        raw = damaged(rng, mails) if rng.random() < 0.5 else built(rng)
        drawn = rng.random() * _TRACED_SHARE < 1
        try_one(raw, found, keep, traced=drawn or len(raw) >= _TRACED_FROM)
    return found


def try_one(raw: bytes, found: Found, keep: Path | None, *, traced: bool) -> None:
    """One input through every reader."""
    found.inputs += 1
    if signal.getsignal(signal.SIGPROF) is _alarm:
        signal.setitimer(signal.ITIMER_PROF, _PATIENCE)
    given = Given(raw)
    for name, reader in READERS.items():
        started = time.process_time()
        try:
            reader(given)
        except HangError:
            _offends(raw, found, keep, f"{name} did not come back")
        except Exception as error:  # noqa: BLE001 - that none is raised is what is tried
            found.crashes += 1
            _offends(raw, found, keep, f"{name}: {error!r}")
        took = time.process_time() - started
        if took > SECOND:
            took = min(took, _again(name, raw), _again(name, raw))
        found.slowest = max(found.slowest, (took * 1000, len(raw), name))
        if took > SECOND:
            found.slow += 1
            _offends(raw, found, keep, f"{name} took {took:.1f} s over {len(raw)} bytes")
    if traced:
        _weigh(raw, found, keep)


def _again(name: str, raw: bytes) -> float:
    """How long one reader takes (seconds), what it builds on made anew."""
    given = Given(raw)
    started = time.process_time()
    try:
        READERS[name](given)
    except Exception:  # noqa: BLE001 - was counted before
        return time.process_time() - started
    return time.process_time() - started


def _weigh(raw: bytes, found: Found, keep: Path | None) -> None:
    found.traced += 1
    try:
        peak = peak_of(lambda: _quietly(raw))
    except HangError:  # was found before, or is slow only where every allocation is traced
        return
    found.peak = max(found.peak, peak)
    if peak <= SMALL:
        return
    found.largest = max(found.largest, (peak / len(raw), len(raw)))
    if peak > MOST_GROWTH * len(raw):
        found.grown += 1
        _offends(raw, found, keep, f"peak {peak} bytes over {len(raw)}")


def peak_of(action: Callable[[], object]) -> int:
    """How much memory an action needs at most (bytes), beyond what was there before."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _quietly(raw: bytes) -> None:
    given = Given(raw)
    for reader in READERS.values():
        try:
            reader(given)
        except Exception:  # noqa: BLE001, S112 - was counted before
            continue


def _offends(raw: bytes, found: Found, keep: Path | None, why: str) -> None:
    name = hashlib.sha256(raw).hexdigest()[:12]
    found.offenders.append(f"{name}: {why}"[:300])
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{name}.eml").write_bytes(raw)


def _alarm(_signal: int, _frame: object) -> None:
    raise HangError


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 1 where there are offenders."""
    parser = argparse.ArgumentParser(description="fuzz every reader of raw mails")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where offenders are saved")
    parser.add_argument("--files", type=Path, nargs="*", help="try these mails instead")
    options = parser.parse_args(arguments)
    found = Found()
    if options.files:
        for path in options.files:
            try_one(path.read_bytes(), found, None, traced=True)
    else:
        signal.signal(signal.SIGPROF, _alarm)
        mails, done, began = corpus(), 0, time.monotonic()
        while done < options.inputs:
            some = min(1_000, options.inputs - done)
            found = _together(found, run(some, options.seed * 1_000_003 + done, mails, options.keep))
            done += some
            sys.stderr.write(f"\r{done} in {time.monotonic() - began:.0f} s, {len(found.offenders)} offenders ")
    sys.stdout.write("\n".join(found.lines()) + "\n")
    return 1 if found.offenders else 0


def _together(one: Found, other: Found) -> Found:
    return Found(
        one.inputs + other.inputs,
        one.crashes + other.crashes,
        one.slow + other.slow,
        one.grown + other.grown,
        one.traced + other.traced,
        max(one.slowest, other.slowest),
        max(one.largest, other.largest),
        max(one.peak, other.peak),
        one.offenders + other.offenders,
    )


if __name__ == "__main__":
    sys.exit(main())
