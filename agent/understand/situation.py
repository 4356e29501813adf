"""What a mentor reports in their own words: which matter, of whom, when. Deterministic; no model is asked, ever.

A sentence is heard as a fact only when it plainly states one. A negation, a question, a condition, a supposition, a
thing to do, the words of somebody else, or a name that fits two learners gives a `doubt`: the mentor is asked, and
nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.model import Learner, Matter
from agent.understand.date_words import DAY
from agent.understand.dates import When, when
from agent.understand.grammar import Grammar, MatterWords, Patterns
from agent.understand.text import folded, shorten
from agent.understand.who import who

MENTORS_OWN = frozenset((Matter.AWAY,))
"""What concerns no single learner."""

PERIODS = frozenset((Matter.AWAY, Matter.JUSTIFIED))
"""What means nothing without an end."""

IN_FIRST_PERSON = frozenset((Matter.AWAY, Matter.EMERGENCY))
"""What "I" says of whoever speaks: in a learner's words that the mentor passes on, it is not the mentor's."""

_MAX_TEXT = 20_000  # characters
_MAX_SENTENCES = 400
_MAX_ANSWER = 500  # characters: what is longer says something else as well, and its patterns would fill the memory
_ENDS = re.compile(r"(?<=[.!?…;])\s+|\n+")
_CUT_WRONGLY = re.compile(r"(?:\b[A-ZÀ-Ý]|\b(?:min|mn|env|ex|mr?|mme|mlle|cf|dr|st|h|n°))\.$", re.IGNORECASE)
_CLAUSES = re.compile(r"[,;:()]|\b(?:mais|but|car|because|parce que|donc|so)\b")
_MARKS = (("«", "»"), ("“", "”"))
_BULLET = re.compile(r"^\s*(?:[-*•–—>]\s*)+")


@dataclass(frozen=True, slots=True)
class Heard:
    """One matter in one sentence. `who`: ids of the learners named; `since` and `until` UTC, `until` not included.

    `doubt` says why it is not taken for a fact: negation, condition, question, hedge, todo, quoted (somebody else's
    words), several (names), words (they mean two things), until (no end was said), number.
    """

    matter: Matter
    words: str
    times: str = ""  # the part of the words that says when
    who: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    number: float | None = None
    project: str | None = None
    agreed: bool | None = None
    doubt: str | None = None


def read(
    text: str, grammar: Grammar, learners: Sequence[Learner], now: datetime, zone: ZoneInfo, title: str = ""
) -> list[Heard]:
    """Everything that a text reports, in its order; empty where no sentence has a word of any matter.

    `learners`: the mentor's own, who alone can be named. Dates are relative to `now`, days are days in `zone`. `title`:
    what stands over the text; it reports nothing here, but says whose words follow.
    """
    found: list[Heard] = []
    lead = f"{title} : " if title else ""
    before = folded(lead)
    for words in sentences(text):
        for one, at in _sentence(words, grammar, learners, now, zone):
            said_before = f"{before} {folded(words)[:at]}"
            quoted = one.doubt is None and _quoted(one, said_before, lead + words, grammar, learners)
            found.append(replace(one, doubt="quoted") if quoted else one)
        before += f" {folded(words)}"
        lead = ""
    return found


def project_in(text: str, grammar: Grammar) -> str | None:
    """The number of the one project that a text names; None where it names none, or several."""
    return _value(folded(text), grammar.values["project"])


def answered(text: str, grammar: Grammar, *matters: Matter) -> tuple[Matter, float | None] | None:
    """Which of these matters a short answer states, and nothing else, with its number; None if it is not certain."""
    if len(text) > _MAX_ANSWER:
        return None
    flat = folded(text).strip(" .!")
    for matter in matters:
        for pattern in grammar.matters[matter].answer:
            if match := pattern.fullmatch(flat):
                number = match.groupdict().get("number")
                return matter, float(number) if number else None
    return None


def heard_in_notes(grammar: Grammar, heard: Heard, learner_id: int) -> bool:
    """Whether something in the notes on a session is taken for said of that session's learner."""
    return grammar.matters[heard.matter].notes and heard.doubt is None and set(heard.who) <= {learner_id}


def sentences(text: str) -> list[str]:
    """The sentences of a text, one line each; lines that a mail program wrapped are joined."""
    found: list[str] = []
    for piece in _ENDS.split(_unwrapped(shorten(text, _MAX_TEXT))):
        words = " ".join(_BULLET.sub("", piece).split())
        if found and _CUT_WRONGLY.search(found[-1]):
            found[-1] += " " + words
        elif words:
            found.append(words)
    return found[:_MAX_SENTENCES]


def _unwrapped(text: str) -> str:
    """A line that begins in lower case goes on from the one before, unless that one was finished."""
    return re.sub(r"(?<=[^\s.!?;:])[ \t]*\n(?=[a-zà-ÿ])", " ", text)


def _sentence(
    words: str, grammar: Grammar, learners: Sequence[Learner], now: datetime, zone: ZoneInfo
) -> list[tuple[Heard, int]]:
    """What one sentence reports, each with its place in the folded words."""
    flat = folded(words)
    named = who(words, learners)
    found = _found(flat, grammar, named=bool(named.ids))
    if not found:
        return []
    heard = []
    for matter, match, unclear in found:
        times, said = _times(flat, match, now, zone)
        if matter in _hidden(found, grammar) and not (matter in PERIODS and _lasts(said)):
            continue
        numbers = match.groupdict()
        one = Heard(
            matter,
            words,
            times,
            () if matter in MENTORS_OWN else named.ids,
            said.start if said else None,
            said.end if said else None,
            _number(flat, matter, numbers.get("number"), grammar),
            numbers.get("project") or _value(flat, grammar.values["project"]),
        )
        one = replace(one, agreed=_agreed(flat, grammar) if matter is Matter.CUT_SHORT else None)
        certain = named.certain or matter in MENTORS_OWN
        doubt = _doubt(flat, match, grammar, grammar.matters[matter])
        doubt = doubt or ("words" if unclear else None) or _incomplete(one, said, certain=certain)
        heard.append((replace(one, doubt=doubt), match.start()))
    return heard


def _quoted(one: Heard, before: str, words: str, grammar: Grammar, learners: Sequence[Learner]) -> bool:
    """Whether these are somebody else's words: inside quotation marks, or an "I" behind "she writes" or "Léa:".

    `before`: all of the folded text that stands before the matter. `words`: its sentence.
    """
    if any(before.count(mark) > before.count(end) for mark, end in _MARKS) or before.count('"') % 2:
        return True
    if one.matter not in IN_FIRST_PERSON:
        return False
    speaker, colon, _ = words.partition(":")
    if one.matter in MENTORS_OWN and colon and ":" in before and who(speaker, learners).ids:
        return True
    return any(pattern.search(before) for pattern in grammar.doubt["speaks"])


def _found(flat: str, grammar: Grammar, *, named: bool) -> list[tuple[Matter, re.Match[str], bool]]:
    """The matters that a sentence has words of, each with its first match, and whether it may mean something else."""
    found: dict[Matter, tuple[re.Match[str], bool]] = {}
    for matter, words in grammar.matters.items():
        patterns = (*words.mentor, *(words.named if named else ()))
        if match := _first(flat, patterns, grammar):
            found[matter] = match, False
    for matter, words in grammar.matters.items():
        if not found and (match := _first(flat, words.unclear, grammar)):
            found[matter] = match, True
    return [(matter, *match) for matter, match in found.items()]


def _hidden(found: list[tuple[Matter, re.Match[str], bool]], grammar: Grammar) -> set[Matter]:
    """The matters that others of the same sentence stand over."""
    return {other for matter, _, _ in found for other in grammar.matters[matter].over}


def _times(flat: str, match: re.Match[str], now: datetime, zone: ZoneInfo) -> tuple[str, When | None]:
    """What is said of time in the matter's own clause; in the whole sentence where that says nothing."""
    own = _clause(flat, match.span())
    said = when(own, now, zone)
    return (own, said) if said is not None else (flat, when(flat, now, zone))


def _lasts(said: When | None) -> bool:
    return said is not None and said.end is not None and (said.start is None or said.end - said.start > DAY)


def _first(flat: str, patterns: Patterns, grammar: Grammar) -> re.Match[str] | None:
    """The first match that is not about somebody of the mentor's own: "mon fils est malade"."""
    for pattern in patterns:
        for match in pattern.finditer(flat):
            clause = _clause(flat, match.span())
            if not any(other.search(clause) for other in grammar.doubt["others"]):
                return match
    return None


def _clause(flat: str, span: tuple[int, int]) -> str:
    """The clause or clauses that a match stands in."""
    begin = max((cut.end() for cut in _CLAUSES.finditer(flat, 0, span[0])), default=0)
    after = _CLAUSES.search(flat, span[1])
    return flat[begin : after.start() if after else len(flat)]


def _doubt(flat: str, match: re.Match[str], grammar: Grammar, words: MatterWords) -> str | None:
    """Why the sentence is no plain statement. A negation inside the match is part of what is stated."""
    for name in ("question", "condition", "todo", "hedge"):
        if name == "hedge" and words.hedged:
            continue
        if any(pattern.search(flat) for pattern in grammar.doubt[name]):
            return name
    if any(pattern.search(flat) for pattern in grammar.doubt["denial"]):
        return "negation"
    outside = flat[: match.start()] + "\0" * (match.end() - match.start()) + flat[match.end() :]
    for pattern in grammar.values["not_agreed"]:
        outside = pattern.sub(lambda found: "\0" * len(found[0]), outside)
    clause = _clause(outside, match.span())
    return "negation" if any(pattern.search(clause) for pattern in grammar.doubt["negation"]) else None


def _incomplete(one: Heard, said: When | None, *, certain: bool) -> str | None:
    if not certain:
        return "several"
    if one.matter in PERIODS and (said is None or said.end is None):
        return "until"
    if one.matter is Matter.PROGRESS and not (one.number is not None and 0 <= one.number <= 100):
        return "number"
    return None


def _number(flat: str, matter: Matter, group: str | None, grammar: Grammar) -> float | None:
    if group:
        return float(group)
    if matter is not Matter.LATE_ARRIVAL:
        return None
    text = _value(flat, grammar.values["minutes"], "number")
    return float(text) if text else None


def _value(flat: str, patterns: Patterns, group: str = "project") -> str | None:
    """The one value that a sentence gives; None where it gives several."""
    found = {match[group] for pattern in patterns for match in pattern.finditer(flat)}
    return found.pop() if len(found) == 1 else None


def _agreed(flat: str, grammar: Grammar) -> bool | None:
    if any(pattern.search(flat) for pattern in grammar.values["not_agreed"]):
        return False
    return True if any(pattern.search(flat) for pattern in grammar.values["agreed"]) else None
