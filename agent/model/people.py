"""Learners, their sessions, and what is known or said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from agent.model.words import Funding, Language, Matter, Party, SessionStatus


@dataclass(frozen=True, slots=True)
class Learner:
    """A person who is mentored. `assigned_at` is when the school's assignment was received.

    `zone`: the learner's own, where it is not the mentor's. `funded_from` and `funded_until`: first and last day.
    """

    id: int
    name: str
    address: str | None
    assigned_at: datetime
    path: str | None = None
    project: str | None = None
    funding: Funding = Funding.UNKNOWN
    language: Language = Language.FR
    informal: bool = False  # "tu" was agreed (R02)
    evenings: bool = False  # evenings and weekends were agreed (R25)
    zone: ZoneInfo | None = None
    funded_from: date | None = None
    funded_until: date | None = None
    left_at: datetime | None = None  # finished, gone or excluded: nothing is owed any more

    @property
    def first_name(self) -> str:
        """The first word of the name: "Anne-Sophie" for "Anne-Sophie Petit"."""
        return self.name.split()[0] if self.name.split() else self.name


@dataclass(frozen=True, slots=True)
class Session:
    """One occurrence in the calendar. `key` survives a move (uid and RECURRENCE-ID, RFC 5545 3.8.4.4).

    `planned` is the start it was first known with (None: the same), `hosts` the servers that its links lead to.
    """

    id: int
    key: str
    learner_id: int | None
    start: datetime
    end: datetime
    summary: str
    gone: bool = False  # cancelled or deleted before it took place
    status: SessionStatus | None = None
    notes: str | None = None
    notes_at: datetime | None = None
    planned: datetime | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenLetter:
    """A mail found in the mentor's Sent folder, addressed to the learner."""

    at: datetime
    key: str | None  # the outbox key when it is one of ours


@dataclass(frozen=True, slots=True)
class Assignment:
    """The school gave a learner to the mentor."""

    name: str
    address: str
    path: str | None = None
    project: str | None = None
    funding: Funding = Funding.UNKNOWN
    language: Language = Language.FR


@dataclass(frozen=True, slots=True)
class Slot:
    """A proposed appointment, UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that was reported. `words` are the reporter's own; `learner_id` None: it is the mentor's own matter.

    `since` and `until` (UTC, `until` not included) bound a period or a chosen slot; `number` is minutes (CUT_SHORT,
    LATE_ARRIVAL) or percent (PROGRESS); `agreed` only with CUT_SHORT, None while nobody knows.
    """

    id: int
    matter: Matter
    at: datetime
    by: Party
    words: str
    learner_id: int | None = None
    session_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    project: str | None = None
    number: float | None = None
    agreed: bool | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that a letter of ours offered, UTC. `letter` is that letter's outbox key."""

    letter: str
    start: datetime
    end: datetime
