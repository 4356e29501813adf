"""How well the check of reports finds what is wrong in them, and how often it doubts what is right.

The set is tests/report/pairs: notes, a faithful report, and mutations of it by hand and by rule.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.model import Language, Report
from agent.report.grounding import check
from bench.figures import say, seconds
from tests.report.mutations import KINDS, mutations, without_blocker
from tests.report.pair_set import FREELY, Pair, Said, pairs
from tests.report.samples import brief, report

_GOALS = "goal: at least 95 %", "goal: at most 5 %"


@dataclass(frozen=True)
class Judged:
    """A mutation, by kind, and whether it was marked."""

    pair: Pair
    kind: str
    text: str
    caught: bool


def judged(of: Sequence[Pair]) -> Iterator[Judged]:
    """Every mutation of these pairs."""
    for pair in of:
        for wrong in mutations(pair, pairs()):
            told = (wrong, *(said for said in pair.says if said.line != wrong.line))
            doubts = {s.text for s in _checked(pair, told).doubts}
            yield Judged(pair, wrong.kind, wrong.text, wrong.text in doubts)
        for rest in without_blocker(pair):
            yield Judged(pair, "blocker", "", bool(_checked(pair, rest).concerns))


def alarms(of: Sequence[Pair]) -> Iterator[tuple[Pair, str, str]]:
    """Faithful sentences that are marked, and faithful reports that are doubted as a whole: pair, text and doubt."""
    for pair in of:
        report = _checked(pair, pair.says)
        yield from ((pair, sentence.text, sentence.doubt or "") for sentence in report.doubts)
        yield from ((pair, "", concern) for concern in report.concerns)


def _checked(pair: Pair, says: tuple[Said, ...]) -> Report:
    return check(pair.report(says), pair.brief)


def run() -> None:
    """Both parts of the set, by kind, and how long a report takes."""
    for what, held_out in (("tuned", False), ("held out", True)):
        part = [pair for pair in pairs() if pair.held_out is held_out]
        _score(what, part)
    _free()
    pair = pairs()[0]
    took = min(seconds(lambda: _checked(pair, pair.says)) for _ in range(20))
    say("report check: one report of five sentences", f"{1000 * took:.1f} ms")


def _free() -> None:
    """What agent/prompts asks models not to do: to reword as freely as language allows."""
    table = tomllib.loads(FREELY.read_text(encoding="utf-8"))
    rows = [(language, *row) for language in Language for row in table[language]]
    marked = sum(
        bool(check(report((said, line)), brief(line, language=language, project=None)).doubts)
        for language, line, said in rows
    )
    say("report check: freely reworded sentences marked", f"{100 * marked / len(rows):.1f} % of {len(rows)}")


def _score(what: str, part: Sequence[Pair]) -> None:
    found = list(judged(part))
    caught, all_of = Counter(j.kind for j in found if j.caught), Counter(j.kind for j in found)
    share = 100 * sum(caught.values()) / len(found)
    say(f"report check, {what}: mutations marked", f"{share:.1f} % of {len(found)}", _GOALS[0])
    for kind in KINDS:
        sys.stdout.write(f"    {kind:<10} {caught[kind]:>4} of {all_of[kind]:>4}\n")
    marked = list(alarms(part))
    sentences = sum(len(pair.says) for pair in part)
    wrong = sum(bool(text) for _, text, _ in marked)
    say(
        f"report check, {what}: faithful sentences marked", f"{100 * wrong / sentences:.1f} % of {sentences}", _GOALS[1]
    )
    say(f"report check, {what}: faithful reports doubted as a whole", f"{len(marked) - wrong} of {len(part)}")


if __name__ == "__main__":
    run()
