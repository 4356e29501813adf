"""How well answers are read: messages and short answers of tests/word, tuned and held out, and the confusion tables.

And what it costs to read hostile and large mails.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import groupby

from bench.figures import say, seconds
from tests.word import answers
from tests.word.every_reader import READERS, Given
from tests.word.hostile import PATTERNS
from tests.word.large import LARGE, cost
from tests.word.messages import MESSAGES
from tests.word.reading import own_words, understood
from tests.word.sample import Sample

_LARGE_SIZES = (1_000_000, 10_000_000, 30_000_000)
_SIZES = (25_000, 50_000, 100_000, 200_000, 400_000)
_MEANINGS = ("approve", "drop", "redo", "replace", "later", "corrected", "question", "unclear")


def run() -> None:
    """Both parts of the set, then all of it in one table (rows: meant; columns: understood)."""
    everything = [(sample, understood(sample)) for sample in MESSAGES]
    for what, held_out in (("tuned", False), ("held out", True)):
        part = [(sample, found) for sample, found in everything if sample.held_out is held_out]
        _score(what, part)
    approvals = [found for sample, found in everything if sample.meant == "approve"]
    wrong = [sample.name for sample, found in everything if found == "approve" != sample.meant]
    say("false approvals", f"{len(wrong)} of {len(everything) - len(approvals)}", "goal: 0")
    share = 100 * approvals.count("approve") / len(approvals)
    say("genuine approvals understood", f"{share:.1f} % of {len(approvals)}", "goal: at least 98 %")
    _table(Counter((sample.meant, found) for sample, found in everything))
    _short_answers()
    _memory()
    _growth()


def _score(what: str, part: Sequence[tuple[Sample, str]]) -> None:
    exact = [own_words(sample).text == sample.text for sample, _ in part if sample.text is not None]
    say(f"answers, {what}: own words read exactly", f"{sum(exact)} of {len(exact)}")
    say(
        f"answers, {what}: meaning understood", f"{sum(found == sample.meant for sample, found in part)} of {len(part)}"
    )


def _short_answers() -> None:
    """The words alone, without a mail around them, by the round in which they were written (answers.toml)."""
    for name, several in groupby(sorted(answers.samples(), key=lambda one: one.round), lambda one: one.round):
        found = [(one.meaning, answers.understood(one.text)) for one in several]
        yes = [taken for meant, taken in found if meant == "approve"]
        false = sum(taken == "approve" != meant for meant, taken in found)
        right = sum(taken == "approve" for taken in yes)
        say(f"short answers, {name}", f"{right} of {len(yes)} approvals, {false} false of {len(found) - len(yes)}")
    _table(answers.confusion(answers.samples()))


def _table(counts: Counter[tuple[str, str]]) -> None:
    sys.stdout.write(f"{'meant, understood as':<22}" + "".join(f"{name:>10}" for name in _MEANINGS) + "\n")
    for meant in _MEANINGS:
        row = "".join(f"{counts[meant, found] or '.':>10}" for found in _MEANINGS)
        sys.stdout.write(f"{meant:<22}{row}\n")


def _memory() -> None:
    """What reading a large mail takes, beside the mail itself."""
    for what in LARGE:
        for size in _LARGE_SIZES:
            found = cost(what, size)
            say(
                f"memory over size, {what}, {size // 1_000_000} MB",
                f"resident {found.resident:.1f}, traced {found.traced:.1f}, {found.seconds:.2f} s",
                "goal: below 10",
            )


def _growth() -> None:
    """The slowest reader for each hostile pattern at doubling sizes: a linear one doubles, too."""
    sys.stdout.write(f"{'slowest reader (ms)':<42}" + "".join(f"{size // 1000:>7} kB" for size in _SIZES) + "\n")
    for name, make in PATTERNS.items():
        rows = [_timed(make(size)) for size in _SIZES]
        reader = max(rows[-1], key=lambda one: rows[-1][one])
        figures = "".join(f"{1000 * row[reader]:>10.0f}" for row in rows)
        sys.stdout.write(f"{name:<24}{reader:<18}{figures}\n")


def _timed(raw: bytes) -> dict[str, float]:
    given = Given(raw)
    return {name: seconds(partial(reader, given)) for name, reader in READERS.items()}


if __name__ == "__main__":
    run()
