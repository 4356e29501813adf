"""The writer that needs no model: the mentor's own lines, sorted and cleanly set. It invents nothing (P7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent.errors import UnreadableError
from agent.model import Brief, Goal, Report, Sentence, SessionStatus
from agent.report.assembly import REMARKS, Told, assemble, located
from agent.report.notes import Fragment, fragments
from agent.report.outcomes import is_past, outcomes, progress
from agent.report.rewrite import Placed, follow, most_important
from agent.report.sentence_words import Words
from agent.report.sentence_words import shipped as shipped_words
from agent.report.text import canonical, flat, fold, guess_language
from agent.report.whole import Sentences
from agent.report.wording import SectionWords, Wording, shipped

_SHORT = 10  # words
MOST_JOINED = 3
"""Lines told in one sentence, at most."""


class BuiltinWriter:
    """Implements ports.Writer with config/report.toml and config/sentences.toml alone. Deterministic."""

    name = "builtin"

    def __init__(self, wording: Wording | None = None, words: Words | None = None) -> None:
        self._wording = wording or shipped()
        self._words = words or shipped_words()

    def check(self) -> list[str]:
        """It is always there."""
        return ["the built-in writer needs no model and nothing leaves this machine"]

    def write(self, brief: Brief) -> Report:
        """The notes' lines in their sections, between the facts of the session.

        UnreadableError if the session took place and the notes say nothing about it. `fallback` tells what the writer
        could not do as asked: an instruction it cannot follow, another language than the notes', notes too long.
        """
        wording, notes = self._wording, canonical(brief.notes)
        found = list({(f.text, f.section): f for f in fragments(notes, wording)}.values())  # nothing is said twice
        completed = brief.status is SessionStatus.COMPLETED
        if completed and not found:
            raise UnreadableError(wording.say(brief.language, "empty"))
        work = _Work(brief, notes, wording, self._words)
        goals = outcomes(work.spelled(found), brief, self._words.goals, wording) if brief.last_goals else ()
        placed = work.placed(found, goals)
        chosen, reasons = self._choose(placed, brief, foreign=work.foreign)
        told: dict[str, list[Sentence]] = {}
        for p in chosen:
            told.setdefault(p.section if completed else REMARKS, []).append(p.sentence)
        whole = Told(told if completed else {REMARKS: told.get(REMARKS, [])}, goals, progress(found, self._words.goals))
        return located(assemble(whole, brief, wording, self.name, " ; ".join(reasons) or None), notes)

    def _choose(self, placed: list[Placed], brief: Brief, *, foreign: bool) -> tuple[list[Placed], list[str]]:
        """What is kept of it, in the notes' order, and what the mentor must know about that."""
        wording, language, reasons = self._wording, brief.language, []
        if foreign:
            reasons.append(wording.say(language, "not_translated"))
        kept = most_important(placed, wording.longest)
        if len(kept) < len(placed):
            reasons.append(wording.say(language, "too_long", kept=len(kept), all=len(placed)))
        if brief.instruction and brief.instruction.strip():
            kept, reason = follow(kept, brief, wording, self._words.rewrite)
            reasons += [reason] if reason else []
        return kept, reasons


@dataclass(frozen=True, slots=True)
class _Line:
    fragment: Fragment
    section: str
    weight: int
    text: str
    predicate: str


class _Work:
    """One brief's notes on their way into sentences."""

    def __init__(self, brief: Brief, notes: str, wording: Wording, words: Words) -> None:
        self._brief, self._notes, self._wording, self._words = brief, notes, wording, words
        guessed = guess_language(notes, dict(wording.check.common))
        self.foreign = guessed not in {brief.language, None}
        own = replace(brief, language=guessed) if self.foreign and guessed else brief
        self._sentences, self._own = Sentences(brief, wording, words), Sentences(own, wording, words)

    def spelled(self, found: Sequence[Fragment]) -> list[tuple[Fragment, str]]:
        """The fragments, each beside its words with abbreviations in full."""
        return [(fragment, self._own.spelled(fragment.text)) for fragment in found]

    def placed(self, found: Sequence[Fragment], goals: Sequence[Goal]) -> list[Placed]:
        """Each line in its section, once; but for a line that says no more than what became of last time's goals."""
        placed: dict[str, Placed] = {}
        lines = [line for f in found if not self._is_told(f, goals) for line in self._lines(f)]
        for order, group in enumerate(self._grouped(lines)):
            first, last = group[0], group[-1]
            text = first.text if len(group) == 1 else self._sentences.joined([line.predicate for line in group])
            source = first.fragment.source if len(group) == 1 else self._between(first, last) or first.fragment.source
            weight = sum(line.weight for line in group)
            placed.setdefault(flat(text), Placed(first.section, order, weight, Sentence(text, source)))
        return list(placed.values())

    def _is_told(self, fragment: Fragment, goals: Sequence[Goal]) -> bool:
        """ "Les objectifs de la dernière fois sont atteints" """
        text, words = fold(fragment.text), self._words.goals
        short = len(text.split()) <= _SHORT
        return short and any(g.source == fragment.source for g in goals) and words.earlier.search(text) is not None

    def _lines(self, fragment: Fragment) -> Iterator[_Line]:
        for part in self._own.split(fragment.text):
            person = self._own.about_a_person(part)
            section, weight = sort(replace(fragment, text=part), self._wording, self._words, person=person)
            if self.foreign:
                yield _Line(fragment, section, weight, self._sentences.quoted(part), "")
            else:
                made = self._sentences.whole(part)
                yield _Line(fragment, section, weight, made.text, made.predicate)

    def _grouped(self, lines: Sequence[_Line]) -> Iterator[list[_Line]]:
        """Lines that follow each other in the notes and tell what both did, together; every other line alone."""
        group: list[_Line] = []
        for line in lines:
            joins = group and line.predicate and group[-1].predicate and line.section == group[-1].section
            if joins and len(group) < MOST_JOINED and self._between(group[0], line):
                group.append(line)
                continue
            if group:
                yield group
            group = [line]
        if group:
            yield group

    def _between(self, first: _Line, last: _Line) -> str | None:
        """The notes from one line to another, unless something else is said between them."""
        start = self._notes.find(first.fragment.source)
        end = self._notes.find(last.fragment.source, start + len(first.fragment.source)) if start >= 0 else -1
        if end < 0:
            return None
        source = self._notes[start : end + len(last.fragment.source)]
        lines = [re.sub(r"^\W*(?:\d+[.)/])?\W*", "", line) for line in source.splitlines()]
        return source if len([line for line in lines if line]) <= MOST_JOINED else None


def sort(fragment: Fragment, wording: Wording, words: Words, *, person: bool) -> tuple[str, int]:
    """The section that the notes announce for it, else the first by rank with a cue in it; and its weight.

    `person`: the line tells of a person, so that a "video" in it is no advice.
    """
    folded = fold(fragment.text)
    hits = {s.id: _cues(folded, s, person=person) for s in wording.sections}
    weight = sum(hits.values()) + any(c.isdigit() for c in folded) + ("http" in folded)
    ids = set(hits)
    if fragment.section in ids:
        return str(fragment.section), weight
    ranked = sorted(wording.sections, key=_rank)
    if is_past(fragment, words.goals):
        ranked = [s for s in ranked if s.id != "goals"] or ranked
    return next((s.id for s in ranked if hits[s.id] or not s.cue), wording.sections[0].id), weight


def _cues(folded: str, section: SectionWords, *, person: bool) -> int:
    left = section.no_cue.sub(" ", folded)
    strong = len(section.cue.findall(left)) if section.cue else 0
    return strong + (0 if person else len(section.weak.findall(left)))


def _rank(section: SectionWords) -> int:
    return section.rank
