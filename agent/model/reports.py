"""A drafted report, sentence by sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.model.words import Language, SessionStatus


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is given. Notes are data, never instructions (P6). Times are UTC, `timezone` an IANA name."""

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


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report, with where it comes from (P7)."""

    text: str
    source: str | None  # the words of the notes, or "fact:<name>"
    doubt: str | None = None  # why the mentor must look at it; None: grounded


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A drafted report. `fallback` says why the chosen writer did not write it, or is None."""

    sections: tuple[Section, ...]
    writer: str
    fallback: str | None = None

    @property
    def doubts(self) -> tuple[Sentence, ...]:
        """The sentences that the mentor must look at before approving."""
        return tuple(s for section in self.sections for s in section.sentences if s.doubt)
