"""A report put together: what a writer told of the notes, and the known facts, in the order of config/report.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.model import LAST_GOALS, Brief, Goal, GoalOutcome, Language, Report, Section, Sentence, SessionStatus
from agent.report.facts import FACT, STATED, progress, statements
from agent.report.text import canonical, fold
from agent.report.wording import Wording

REMARKS = "remarks"
"""The id of the section with the mentor's words on a session that did not take place."""
_Sourced = TypeVar("_Sourced", Sentence, Goal)
_LONGEST_SOURCE = 5_000  # characters that are looked for in the notes


@dataclass(frozen=True, slots=True)
class Told:
    """What a writer makes of the notes: sentences by the section's id, and what they say of last time's goals.

    `progress` is a figure (percent) with the notes' words that give it.
    """

    sections: Mapping[str, Sequence[Sentence]]
    goals: tuple[Goal, ...] = ()
    progress: tuple[int, str] | None = None


def assemble(told: Told, brief: Brief, wording: Wording, writer: str, fallback: str | None = None) -> Report:
    """The whole report. A place without anything to tell is left out."""
    told = told if brief.status is SessionStatus.COMPLETED else Told({REMARKS: told.sections.get(REMARKS, ())})
    facts = statements(brief, wording)
    value, source = (brief.progress, STATED) if told.progress is None else told.progress
    if told.progress is not None:  # the notes are newer than what was known
        facts["progress"] = Sentence(progress(told.progress[0], brief, wording), told.progress[1])
    if value is None or value == brief.last_progress:
        facts.pop("last_progress", None)
    goals = tuple(goal for goal in told.goals if goal.outcome is not GoalOutcome.UNKNOWN)
    return Report(
        sections=tuple(_sections(told, facts, brief, wording, shows_goals=bool(goals))),
        writer=writer,
        fallback=fallback,
        goals=told.goals,
        progress=value,
        progress_source=source if value is not None else None,
        next_session=brief.next_session,
        status=brief.status,
    )


def _sections(
    told: Told, facts: Mapping[str, Sentence], brief: Brief, wording: Wording, *, shows_goals: bool
) -> list[Section]:
    found, remarked = [], False
    for place in wording.layout:
        if place.facts:
            sentences = tuple(facts[name] for name in place.facts if name in facts)
        elif REMARKS in told.sections:  # in place of the first section that notes are sorted into
            if not remarked and told.sections[REMARKS]:
                found.append(Section(wording.head[REMARKS][brief.language], tuple(told.sections[REMARKS]), REMARKS))
            remarked = True
            continue
        else:
            sentences = tuple(told.sections.get(place.id, ()))
        if sentences or (place.id == LAST_GOALS and shows_goals):
            found.append(Section(place.title[brief.language], sentences, place.id))
    return found


def arranged(report: Report, language: Language, wording: Wording) -> Report:
    """The report with the sections of this wording: its titles, its order, and without those that it drops.

    What the notes say is never dropped: it goes to the section that takes the rest.
    """
    rest = next((s.id for s in wording.sections if s.cue is None), wording.sections[0].id)
    places = {place.id: place for place in wording.layout}
    found: dict[str, list[Sentence]] = {}
    for section in report.sections:
        from_notes = [s for s in section.sentences if not (s.source or "").startswith(FACT)]
        if section.id in places or section.id in {"", REMARKS}:
            found.setdefault(section.id or rest, []).extend(section.sentences)
        elif from_notes:
            found.setdefault(rest, []).extend(from_notes)
    order = [*places, *(name for name in found if name not in places)]
    titles = {name: place.title[language] for name, place in places.items()}
    shown = {section.id for section in report.sections} & {LAST_GOALS} | {name for name, told in found.items() if told}
    titles[REMARKS] = wording.head[REMARKS][language]
    sections = tuple(Section(titles[name], tuple(found.get(name, ())), name) for name in order if name in shown)
    return replace(report, sections=sections)


def located(report: Report, notes: str) -> Report:
    """The report with the place of each source in the canonical notes: `start` and `end`, or -1 where it is nowhere."""
    folded = fold(canonical(notes))

    def placed(one: _Sourced) -> _Sourced:
        start, end = place_of(one.source, folded)
        return replace(one, start=start, end=end)

    sections = (replace(s, sentences=tuple(map(placed, s.sentences))) for s in report.sections)
    return replace(report, sections=tuple(sections), goals=tuple(map(placed, report.goals)))


def place_of(source: str | None, folded: str) -> tuple[int, int]:
    """Where the words of a source stand in folded notes, however they are wrapped there; (-1, -1): nowhere."""
    words = fold(canonical(source or ""))[:_LONGEST_SOURCE].split()
    if not words:
        return -1, -1
    found = re.search(r"\s+".join(map(re.escape, words)), folded)
    return found.span() if found else (-1, -1)
