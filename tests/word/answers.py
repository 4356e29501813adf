"""The answers of answers.toml, and how many of them are understood: `python -m tests.word.answers` prints the table."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agent.understand.lexicon import Lexicon
from agent.understand.verdict import Answer, read_draft_answer
from tests.understand.material import WORDS

FILE = Path(__file__).with_name("answers.toml")
LEARNT = "learnt"
CORRECTED = {Answer.CORRECT: "corrected", Answer.EDITED: "corrected"}


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer, what it means (a table of answers.toml), and in which round it was written."""

    text: str
    meaning: str
    round: str

    @property
    def held_out(self) -> bool:
        """Whether the words were not chosen with it in sight."""
        return self.round != LEARNT


def samples() -> list[Sample]:
    """All of them, in the file's order."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [
        Sample(text, meaning, name)
        for meaning, lists in data.items()
        for name, texts in lists.items()
        for text in texts
    ]


def understood(text: str, lexicon: Lexicon = WORDS) -> str:
    """What an answer is taken for, in the words of answers.toml."""
    kind = read_draft_answer(text, lexicon).kind
    return CORRECTED.get(kind, kind.value)


def confusion(of: list[Sample]) -> Counter[tuple[str, str]]:
    """How many answers of each meaning were taken for what."""
    return Counter((sample.meaning, understood(sample.text)) for sample in of)


def main() -> None:
    """Print a table for each round, and what was misunderstood."""
    for name in dict.fromkeys(sample.round for sample in samples()):
        chosen = [sample for sample in samples() if sample.round == name]
        right = sum(sample.meaning == understood(sample.text) for sample in chosen)
        sys.stdout.write(f"\n{name}: {right} of {len(chosen)}\n")
        for (meaning, taken), count in sorted(confusion(chosen).items()):
            sys.stdout.write(f"{meaning:>10} -> {taken:<10} {count:>4}\n")
        for sample in chosen:
            if sample.meaning != (taken := understood(sample.text)):
                sys.stdout.write(f"  {sample.text!r}: {sample.meaning}, taken for {taken}\n")


if __name__ == "__main__":
    main()
