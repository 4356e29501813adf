"""What is really so in a simulation, as its people know it: appointments, outages, what the mentor said and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.simulation.post import Letter
from agent.simulation.scenario import PARIS, Person

MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


@dataclass
class Appointment:
    """A session that somebody planned. `told` is what the mentor said of it, each time; `changed` the calendar's."""

    person: Person
    number: int
    start: datetime
    changed: datetime
    gone: bool = False
    outcome: str = "completed"
    told: list[tuple[datetime, str]] = field(default_factory=list)
    approved: datetime | None = None
    dropped: bool = False

    @property
    def end(self) -> datetime:
        """When it ends, UTC."""
        return self.start + timedelta(minutes=self.person.minutes)

    @property
    def said(self) -> str:
        """The mentor's last word on it; empty while there is none."""
        return self.told[-1][1] if self.told else ""

    @property
    def label(self) -> str:
        """How the subjects of mails name its time: "3 nov., 18 h 00"."""
        here = self.start.astimezone(PARIS)
        day = "1er" if here.day == 1 else str(here.day)
        return f"{day} {MONTHS[here.month - 1]}, {here.hour} h {here.minute:02}"


@dataclass(frozen=True, slots=True)
class Word:
    """The mentor's answer to a letter that she was shown: approve, drop, edit, again, yes or no."""

    at: datetime
    shown: Letter
    verdict: str


@dataclass
class Outage:
    """A source that is away, or is not to be believed."""

    source: str
    start: datetime
    end: datetime | None = None


@dataclass
class Ledger:
    """Everything that the oracle may know."""

    people: dict[int, Person] = field(default_factory=dict)
    assigned: dict[int, datetime] = field(default_factory=dict)  # when the agent could first believe it
    appointments: dict[int, list[Appointment]] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    broken_off: set[str] = field(default_factory=set)  # Message-IDs whose sending ended in the dark

    def person_in(self, text: str) -> Person | None:
        """The learner whose full name stands in a text: the longest, where one name is part of another."""
        found = [person for person in self.people.values() if person.name in text]
        return max(found, key=lambda person: len(person.name), default=None)

    def appointment(self, subject: str) -> Appointment | None:
        """The session that a subject names by learner and time."""
        person = self.person_in(subject)
        if person is None:
            return None
        fitting = [one for one in self.appointments.get(person.number, []) if f"({one.label})" in subject]
        return fitting[-1] if fitting else None

    def begins(self, source: str, now: datetime) -> None:
        """A source goes away."""
        self.outages.append(Outage(source, now))

    def ends(self, source: str, now: datetime) -> None:
        """A source is back."""
        for outage in self.outages:
            if outage.source == source and outage.end is None:
                outage.end = now

    def able(self, start: datetime, end: datetime, stretch: timedelta) -> bool:
        """Whether all sources worked through some stretch of this time."""
        begin = start
        far = datetime.max.replace(tzinfo=UTC)
        for outage in sorted(self.outages, key=lambda one: one.start):
            if (outage.end or far) <= begin or outage.start >= end:
                continue
            if outage.start - begin >= stretch:
                return True
            begin = max(begin, outage.end or far)
        return end - begin >= stretch
