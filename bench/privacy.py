"""How well private details are kept from a model, on the sentences of tests/report/private.toml: tuned and held out."""

from __future__ import annotations

import sys

from bench.figures import say
from tests.report.private_set import SENTENCES, Sentence, seen


def run() -> None:
    """Recall, false removals, and each sentence that went wrong."""
    wrong: list[str] = []
    for what, held in (("tuned", False), ("held out", True)):
        part = [(one, seen(one.text)) for one in SENTENCES if one.held is held]
        private = [(one, out) for one, out in part if one.hidden]
        alike = [(one, out) for one, out in part if not one.hidden]
        leaks = [_said(one, out) for one, out in private if one.left_in(out)]
        false = [_said(one, out) for one, out in alike if out != one.text]
        say(f"private sentences, {what}: nothing private left", f"{len(private) - len(leaks)} of {len(private)}")
        say(f"sentences that look alike, {what}: changed", f"{len(false)} of {len(alike)}")
        wrong += leaks + false
    sys.stdout.writelines(f"  {line}\n" for line in wrong)


def _said(one: Sentence, out: str) -> str:
    return f"{one.text} -> {out or '(nothing)'}"


if __name__ == "__main__":
    run()
