"""What a text says of time: what was done, what is still to do. Neither is told as the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.model import Language
from agent.report.check_words import Lexicon
from agent.report.text import canonical, flat
from agent.report.wording import CheckWords

_PART = re.compile(r"[,;:.+]\s+|->\s?|\s-\s")
_AT = re.compile(r"(?<!\w)[àÀ](?!\w)")


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a text says of time: plans and deeds, by its words."""

    planned: bool
    firm: bool  # planned, and no more than wished, asked for or expected
    labelled: bool  # "Next: ..."
    done: bool
    short: bool  # denied, or not all of it


def planned_told_as_done(said: Deeds, evidence: Deeds, *, announced: bool) -> bool:
    """Whether a plan of the notes became a deed. `announced`: the source stands below a heading such as "Next time"."""
    if said.planned or not said.done:
        return False
    return announced or evidence.labelled or (evidence.planned and not evidence.done)


def done_told_as_planned(said: Deeds, evidence: Deeds, *, announced: bool, task: bool) -> bool:
    """Whether a deed of the notes is told as still to do. `task`: the sentence stands among the goals for next time."""
    if announced or evidence.labelled or evidence.planned or not evidence.done or evidence.short:
        return False
    return (task or said.planned) and not said.done


def read_deeds(text: str, language: Language, words: CheckWords, lexicon: Lexicon, *, report: bool) -> Deeds:
    """What `text` says of time, in a language. In notes, a word such as "ok" is a deed; a report has verbs."""
    said = flat(text)
    accented = flat(_AT.sub("@", canonical(text)))
    if report:
        accented = lexicon.speech.sub(" ", accented)
    done = lexicon.done[language].search(accented) is not None
    due = not report and lexicon.deadlines.search(accented) is not None
    parts = [said] if report else _PART.split(said)
    task = any(lexicon.tasks[language].match(part) for part in parts)
    firm = lexicon.wished.sub(" ", said)
    return Deeds(
        planned=task or due or lexicon.planned.search(said) is not None,
        firm=task or any(found.search(firm) for found in (lexicon.planned, lexicon.deadlines)),
        labelled=lexicon.labels.match(said) is not None,
        done=done or (not report and lexicon.having.search(said) is not None),
        short=words.negation.search(said) is not None or lexicon.lacking.search(said) is not None,
    )
