"""What is really so in a simulation, as its people know it: appointments, outages, what the mentor said and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.simulation.post import Letter
from agent.simulation.scenario import PARIS, Person

MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def label(start: datetime) -> str:
    """How the subjects of mails name a time: "3 nov., 18 h 00"."""
    here = start.astimezone(PARIS)
    day = "1er" if here.day == 1 else str(here.day)
    return f"{day} {MONTHS[here.month - 1]}, {here.hour} h {here.minute:02}"


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
    weekly: bool = True  # the next one follows from it
    announced: datetime | None = None  # when the learner said that they would be absent
    urgent: bool = False  # the mentor's emergency prevents it
    first: datetime | None = None  # the start it was first planned with
    elsewhere: bool = False  # its entry links to another video tool

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
        return label(self.start)


@dataclass(frozen=True, slots=True)
class Word:
    """The mentor's answer to a letter that she was shown: approve, drop, edit, again, yes or no."""

    at: datetime
    shown: Letter
    verdict: str


@dataclass
class Report:
    """What was reported: by the mentor, a learner or the school. `at`: when the agent could first know it.

    `person` None: the mentor's own. `struck`: when it was taken back.
    """

    at: datetime
    matter: str
    person: Person | None
    by: str = "mentor"
    words: str = ""
    session: Appointment | None = None
    since: datetime | None = None
    until: datetime | None = None
    struck: bool = False


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
    reports: list[Report] = field(default_factory=list)
    chosen: dict[int, list[datetime]] = field(default_factory=dict)  # slots, by the learner's number
    wrote: dict[int, list[datetime]] = field(default_factory=dict)  # when a learner did, whatever it was
    broken_off: set[str] = field(default_factory=set)  # Message-IDs whose sending ended in the dark
    came_back: set[str] = field(default_factory=set)  # the words of letters that reached nobody

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

    def said(self, person: Person | None, *matters: str, since: datetime, until: datetime) -> list[Report]:
        """What was reported of a person (None: of the mentor) in this time, oldest first."""
        return [
            one
            for one in self.reports
            if one.person is person and one.matter in matters and since <= one.at <= until and not one.struck
        ]

    def justified(self, person: Person, moment: datetime, known: datetime) -> bool:
        """Whether an absence at this moment was justified, as far as it could be known by then."""
        return any(
            one.since <= moment < one.until
            for one in self.reports
            if one.matter == "justified" and one.person is person and one.at <= known and not one.struck
            if one.since and one.until
        )

    def left(self, person: Person, now: datetime) -> bool:
        """Whether the learner was reported to have left, and not to be back."""
        told = self.said(person, "left", "back", since=datetime.min.replace(tzinfo=UTC), until=now)
        return bool(told) and told[-1].matter == "left"

    def rests(self, person: Person, start: datetime, end: datetime) -> bool:
        """Whether any day of this time is excused, or the mentor away, or the learner not with us."""
        return any(
            one.since < end and start < one.until
            for one in self.reports
            if one.matter in {"justified", "away"} and one.person in {person, None} and one.since and one.until
        )

    def begins(self, source: str, now: datetime) -> Outage:
        """A source goes away."""
        self.outages.append(Outage(source, now))
        return self.outages[-1]

    def ends(self, source: str, now: datetime) -> None:
        """A source is back."""
        for outage in self.outages:
            if outage.source == source and outage.end is None:
                outage.end = now

    def able(self, start: datetime, end: datetime, stretch: timedelta, despite: str = "") -> bool:
        """Whether all sources, but for one that is no excuse, worked through some stretch of this time."""
        begin = start
        far = datetime.max.replace(tzinfo=UTC)
        for outage in sorted(self.outages, key=lambda one: one.start):
            if outage.source == despite or (outage.end or far) <= begin or outage.start >= end:
                continue
            if outage.start - begin >= stretch:
                return True
            begin = max(begin, outage.end or far)
        return end - begin >= stretch
