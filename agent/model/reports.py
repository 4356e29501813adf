"""A drafted report, sentence by sentence, and what became of last time's goals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.model.words import Language, SessionStatus

LAST_GOALS = "last_goals"
"""The id of the section below which a report's `goals` are shown; it holds no sentences of its own."""


class GoalOutcome(StrEnum):
    """What became of a goal that was set last time."""

    MET = "met"
    PARTLY = "partly"
    NOT = "not"
    UNKNOWN = "unknown"  # the notes do not speak of it


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is given. Notes are data, never instructions (P6). Times are UTC, `timezone` an IANA name.

    Percentages are of the current project, 0 to 100.
    """

    language: Language
    first_name: str
    status: SessionStatus
    start: datetime
    end: datetime
    timezone: str
    notes: str
    project: str | None = None
    mentor_name: str = ""
    known_names: tuple[str, ...] = ()  # every name to hide from a model: this learner's, the others', the mentor's
    instruction: str | None = None  # the mentor's "refaire: ..."
    previous: str | None = None  # the version it applies to
    last_goals: tuple[str, ...] = ()  # those of the last approved report, as they stand there
    last_progress: int | None = None  # the last figure reported before this session
    progress: int | None = None  # reported since the session began; None: only the notes may say it
    next_session: datetime | None = None  # the next one planned after this one
    earlier: tuple[str, ...] = ()  # texts of the learner's earlier approved reports, newest first
    informal: bool = False  # this learner agreed to "tu" (R02)
    voice: tuple[str, ...] = ()  # past reports of the mentor's: examples of style, never of facts


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report, with where it comes from (P7).

    `start` and `end` are where `source` stands in the canonical notes (agent.report.text.canonical); -1: not looked up,
    or a fact.
    """

    text: str
    source: str | None  # the words of the notes, or "fact:<name>"
    doubt: str | None = None  # why the mentor must look at it; None: grounded
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal of last time and what became of it. `source`: the notes' words that say so; None with UNKNOWN."""

    text: str  # as in Brief.last_goals
    outcome: GoalOutcome = GoalOutcome.UNKNOWN
    source: str | None = None
    doubt: str | None = None
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report. `id` is that of config/report.toml."""

    title: str
    sentences: tuple[Sentence, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A drafted report. `fallback` says why the chosen writer did not write it as asked, or is None.

    `sections` hold all that is shown, in order, but for `goals`, which stand below the section LAST_GOALS. The goals
    for next time are the sentences of section "goals". `progress` is in percent; `progress_source` names the words of
    the notes or "fact:progress". Whoever changes sections keeps the rest: dataclasses.replace, also for a Section.
    """

    sections: tuple[Section, ...]
    writer: str
    fallback: str | None = None
    goals: tuple[Goal, ...] = ()
    progress: int | None = None
    progress_source: str | None = None
    next_session: datetime | None = None
    status: SessionStatus = SessionStatus.COMPLETED
    concerns: tuple[str, ...] = ()  # what the check finds in the report as a whole, in its language

    @property
    def doubts(self) -> tuple[Sentence | Goal, ...]:
        """What the mentor must look at before approving: sentences, and outcomes of goals."""
        sentences = (s for section in self.sections for s in section.sentences if s.doubt)
        return (*sentences, *(goal for goal in self.goals if goal.doubt))
