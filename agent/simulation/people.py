"""The school, its platform with the calendar, the servers, and the learners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.simulation.ledger import Appointment
from agent.simulation.post import written
from agent.simulation.scenario import AUTHSERV, MENTOR, PARIS, SCHOOL, Person
from agent.simulation.town import Town

ASSIGNMENT = """Bonjour,

Un nouvel étudiant vous est attribué.

Nom : {name}
E-mail : {address}
Parcours : Développeur d'application Python
Projet : Créez une API
Financement : {funding}

L'équipe mentorat
"""


@dataclass
class School:
    """Gives learners to the mentor, by mail: also twice, at night, without proof; and others who pretend to."""

    town: Town
    mails: int = 0

    def begin(self, person: Person) -> None:
        """Plan how one learner's assignment comes."""
        town, number = self.town, person.number
        arrives = person.arrives
        if town.happens("assigned late at night", number):
            arrives = arrives.replace(hour=23)
        proven = not town.happens("unproven assignment", number)
        town.at(arrives, partial(self._assigns, person, proven=proven))
        if town.happens("assigned twice", number):
            town.at(
                arrives + timedelta(days=town.scenario.chance("again", number).choice((0, 1, 9))),
                partial(self._assigns, person, "again"),
            )
        if town.happens("forged assignment", number):
            stranger = f"stranger{number}@learner.test"
            town.at(arrives + timedelta(hours=2), partial(self._writes, "Paul Faux", stranger, "sch00l.example", True))
        if town.happens("forwarded assignment", number):
            town.at(arrives + timedelta(days=2), partial(self._forwarded, person))

    def _assigns(self, person: Person, how: str = "", *, proven: bool = True) -> None:
        ledger = self.town.ledger
        ledger.people[person.number] = person
        if proven:
            ledger.assigned.setdefault(person.number, self.town.now)
        words = " ".join(
            part for part in ("the school assigns", person.name, how, "" if proven else "(unproven)") if part
        )
        self.town.tell(words)
        self._writes(person.name, person.address, SCHOOL, proven, person.funding)

    def _writes(self, name: str, address: str, domain: str, proven: bool, funding: str = "financé") -> None:
        self.mails += 1
        results = {"Authentication_Results": f"{AUTHSERV}; dmarc=pass header.from={domain}"} if proven else {}
        raw = written(
            f"Ecole Exemple <attribution@{domain}>",
            MENTOR,
            f"Nouvel étudiant : {name}",
            ASSIGNMENT.format(name=name, address=address, funding=funding),
            self.town.now.astimezone(PARIS),
            f"<assignment-{self.mails}@{domain}>",
            **results,
        )
        self.town.deliver(_results_first(raw))

    def _forwarded(self, person: Person) -> None:
        """A colleague quotes the school's mail: it assigns nobody."""
        text = ASSIGNMENT.format(name=person.name, address=person.address, funding="")
        quoted = "\n".join(f"> {line}" for line in text.split("\n"))
        raw = written(
            "Un Collegue <collegue@learner.test>",
            MENTOR,
            f"TR: Nouvel étudiant : {person.name}",
            f"Pour info.\n\n{quoted}",
            self.town.now,
            f"<forward-{person.number}@learner.test>",
        )
        self.town.deliver(raw)


def _results_first(raw: bytes) -> bytes:
    """The receiving server writes its header above all others."""
    lines = raw.split(b"\r\n")
    top = [line for line in lines[:8] if line.startswith(b"Authentication-Results")]
    return b"\r\n".join([*top, *(line for line in lines if line not in top)])


@dataclass
class Platform:
    """Books sessions, moves and cancels them; keeps the mentor's calendar, which may be away, or seem empty."""

    town: Town
    planned: Callable[[Appointment], None]  # told of each session that is planned or moved
    entries: dict[str, str] = field(default_factory=dict)
    empty: bool = False
    away: list[tuple[datetime, datetime]] = field(default_factory=list)  # the mentor is

    def books(self, person: Person, start: datetime, number: int) -> None:
        """A session is planned, and what becomes of it is drawn."""
        town = self.town
        planned = Appointment(person, number, start, town.now)
        town.ledger.appointments.setdefault(person.number, []).append(planned)
        self._writes(planned)
        occasion = (person.number, number)
        if any(begin <= start < end for begin, end in self.away):
            town.at(start - timedelta(days=2), partial(self._cancels, planned, "because the mentor is away"))
        elif town.happens("session moves", *occasion):
            hours = town.scenario.chance("moved", *occasion).choice((2, 20, 44))
            town.at(start - timedelta(hours=hours), partial(self._moves, planned))
        elif town.happens("session is cancelled", *occasion):
            town.at(start - timedelta(hours=40), partial(self._cancels, planned, "40 hours before"))
        elif town.happens("entry is deleted", *occasion):
            town.at(start - timedelta(hours=30), partial(self._deletes, planned))
        self._plan(planned)

    def _plan(self, planned: Appointment) -> None:
        self.planned(planned)
        self.town.at(planned.end, partial(self._over, planned, planned.end))

    def _over(self, planned: Appointment, end: datetime) -> None:
        if planned.end != end:
            return  # it was moved: its new end is planned
        person, town = planned.person, self.town
        occasion = (person.number, planned.number)
        if not planned.gone:
            planned.outcome = self._outcome(planned)
            town.tell(f"session {planned.number} of {person.name} is over: {planned.outcome}")
        weeks = (
            town.scenario.chance("gap", *occasion).choice((2, 3))
            if town.happens("week without a session", *occasion)
            else 1
        )
        here = planned.start.astimezone(PARIS).date() + timedelta(weeks=weeks)
        here += timedelta(days=person.weekday - here.weekday())
        start = datetime(here.year, here.month, here.day, int(person.hour), tzinfo=PARIS).astimezone(UTC)
        self.books(person, start, planned.number + 1)

    def _outcome(self, planned: Appointment) -> str:
        town, occasion = self.town, (planned.person.number, planned.number)
        careless = 6 if planned.person.temper == "careless" else 1
        before = self.town.ledger.appointments[planned.person.number][-2:-1]
        again = 3 if before and before[0].outcome == "absent" else 1  # who was absent once is more likely to be again
        if town.happens("illness", *occasion):
            return "ill"
        if town.happens("absence", *occasion, odds=min(0.05 * careless * again, 0.6)):
            return "absent"
        return "cancelled late" if town.happens("late cancellation", *occasion) else "completed"

    def _moves(self, planned: Appointment) -> None:
        if planned.gone or planned.start <= self.town.now:
            return
        planned.start += timedelta(days=1, hours=1)
        planned.changed = self.town.now
        self.town.tell(f"session {planned.number} of {planned.person.name} moves to {planned.label}")
        self._writes(planned)
        self._plan(planned)

    def _cancels(self, planned: Appointment, how: str) -> None:
        if planned.start > self.town.now:
            planned.gone, planned.changed = True, self.town.now
            self.town.tell(f"session {planned.number} of {planned.person.name} is cancelled {how}")
            self._writes(planned)

    def _deletes(self, planned: Appointment) -> None:
        if planned.start > self.town.now and len(self.entries) > 4:
            planned.gone, planned.changed = True, self.town.now
            self.town.tell(f"the entry of session {planned.number} of {planned.person.name} is deleted")
            href = _href(planned)
            del self.entries[href]
            if not self.empty:
                self.town.calendar.remove(href)

    def _writes(self, planned: Appointment) -> None:
        if planned.changed == self.town.now and not planned.gone:
            self.town.tell(f"the platform has session {planned.number} of {planned.person.name}: {planned.label}")
        href = _href(planned)
        self.entries[href] = _entry(planned)
        if not self.empty:
            self.town.calendar.put(href, self.entries[href])

    def turns_empty(self) -> None:
        """Every entry seems to be gone."""
        self.empty = True
        for href in self.entries:
            self.town.calendar.remove(href)

    def is_back(self) -> None:
        """Everything is there again."""
        self.empty = False
        for href, ics in self.entries.items():
            self.town.calendar.put(href, ics)


def _href(planned: Appointment) -> str:
    return f"{planned.person.number}-{planned.number}.ics"


def _entry(planned: Appointment) -> str:
    """One VEVENT (RFC 5545), worded in the ways that the shipped recognisers know."""
    words = ("Session de mentorat avec {}", "Mentorat - {}", "Session de mentorat : {}")[planned.person.number % 3]
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ecole Exemple//Plateforme//FR",
        "BEGIN:VEVENT",
        f"UID:{_href(planned)}@school.example",
        f"DTSTAMP:{planned.changed:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{planned.start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{planned.end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{words.format(planned.person.name)}",
        f"STATUS:{'CANCELLED' if planned.gone else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)
