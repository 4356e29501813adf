"""What the notes say of last time's goals, and of progress. Told only where the words leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.model import Brief, Goal, GoalOutcome
from agent.report.notes import Fragment
from agent.report.sentence_words import GoalWords
from agent.report.text import fold
from agent.report.wording import Wording

NEXT = "goals"
"""The id of the section with the goals for next time."""
_SHARE = 0.6
"""Least share of a goal's own words in a line that speaks of it; its numbers must all be there."""


def outcomes(
    spelled: Sequence[tuple[Fragment, str]], brief: Brief, words: GoalWords, wording: Wording
) -> tuple[Goal, ...]:
    """Each goal of last time with what became of it, UNKNOWN where the notes do not say it or contradict themselves.

    `spelled`: the notes' fragments, each beside its words with abbreviations in full.
    """
    lines = [(fragment, fold(text)) for fragment, text in spelled if fragment.section != NEXT]
    judged = [(fragment, text, outcome) for fragment, text in lines if (outcome := _outcome(text, words, wording))]
    everything = [
        (fragment, outcome)
        for fragment, text, outcome in judged
        if words.all_of_them.search(text) or (len(brief.last_goals) == 1 and words.earlier.search(text))
    ]
    found = []
    for goal in brief.last_goals:
        content = _content(goal, words)
        said = [(f, outcome) for f, text, outcome in judged if _speaks_of(text, content)] or everything
        decided = len({outcome for _, outcome in said}) == 1
        found.append(Goal(goal, said[0][1], said[0][0].source) if decided else Goal(goal))
    return tuple(found)


def is_past(fragment: Fragment, words: GoalWords) -> bool:
    """Whether a line tells of last time's goals, so that it sets none for next time."""
    return fragment.section is None and words.earlier.search(fold(fragment.text)) is not None


def progress(fragments: Sequence[Fragment], words: GoalWords) -> tuple[int, str] | None:
    """The one figure (percent) that the notes give for the progress in the project, with their words."""
    found: dict[int, str] = {}
    for fragment in fragments:
        text = fold(fragment.text)
        if fragment.section == NEXT or words.not_progress.search(text):
            continue
        for match in words.progress.finditer(text):
            value = int(next(group for group in match.groups() if group))
            if value <= 100:
                found.setdefault(value, fragment.source)
    return next(iter(found.items())) if len(found) == 1 else None


def _outcome(text: str, words: GoalWords, wording: Wording) -> GoalOutcome | None:
    """What a line says of the goal it speaks of, if it says one thing only."""
    if words.undecided.search(text):
        return None
    if words.partly.search(words.missed.sub(" ", text)):  # "pas encore commencé" is no beginning
        return GoalOutcome.PARTLY
    if words.missed.search(text):
        return GoalOutcome.NOT
    if words.met.search(text) and not wording.check.negation.search(text):
        return GoalOutcome.MET
    return None


def _content(goal: str, words: GoalWords) -> set[str]:
    """The words that tell a goal from others, cut to what inflection leaves alone; and its numbers."""
    known = re.findall(r"[^\W\d_]{3,}|\d+", fold(goal))
    return {word if word.isdigit() else word[:5] for word in known if word not in words.common}


def _speaks_of(text: str, content: set[str]) -> bool:
    said = {word if word.isdigit() else word[:5] for word in re.findall(r"[^\W\d_]{3,}|\d+", text)}
    numbers = {word for word in content if word.isdigit()}
    return bool(content - numbers) and numbers <= said and len(content & said) >= _SHARE * len(content)
