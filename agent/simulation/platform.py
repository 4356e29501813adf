"""The school's platform: it books, moves and cancels sessions, and keeps the mentor's calendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from agent.simulation.ledger import Appointment
from agent.simulation.place import HOLIDAYS
from agent.simulation.scenario import PARIS, Person
from agent.simulation.school import Advisor
from agent.simulation.town import Town

SEEN = timedelta(hours=2)
"""An entry stands so long before it is moved: the calendar is read every hour."""


@dataclass
class Platform:
    """Books sessions, moves and cancels them; keeps the mentor's calendar, which may be away, or seem empty."""

    town: Town
    advisor: Advisor
    planned: list[Callable[[Appointment], None]] = field(default_factory=list)  # told of each that is planned or moved
    unapproved: list[Callable[[Appointment], None]] = field(default_factory=list)  # told of second sessions
    linked: list[Callable[[Appointment], None]] = field(default_factory=list)  # told of entries that link elsewhere
    over: list[Callable[[Appointment], None]] = field(default_factory=list)  # told of each that is over
    changed: list[Callable[[Person], None]] = field(default_factory=list)  # told of who leaves, and who is back
    entries: dict[str, str] = field(default_factory=dict)
    empty: bool = False
    away: list[tuple[datetime, datetime]] = field(default_factory=list)  # the mentor is
    gone: set[int] = field(default_factory=set)  # learners who left: nothing more is booked

    def books(self, person: Person, start: datetime, *, weekly: bool = True) -> Appointment | None:
        """A session is planned, and what becomes of it is drawn. None for a learner who left."""
        town = self.town
        if person.number in self.gone:
            return None
        known = town.ledger.appointments.setdefault(person.number, [])
        planned = Appointment(person, len(known) + 1, start, town.now, weekly=weekly)
        known.append(planned)
        occasion = (person.number, planned.number)
        planned.elsewhere = town.happens("entry links elsewhere", *occasion)
        self._writes(planned)
        if any(begin <= start < end for begin, end in self.away):
            town.at(start - timedelta(days=2), partial(self.cancels, planned, "because the mentor is away"))
        elif town.happens("session moves", *occasion):
            hours = town.scenario.chance("moved", *occasion).choice((2, 20, 44))
            moment = start - timedelta(hours=hours)
            if moment > town.now + SEEN:
                town.at(moment, partial(self.moves, planned))
        elif town.happens("session is cancelled", *occasion):
            town.at(start - timedelta(hours=40), partial(self.cancels, planned, "40 hours before"))
        elif town.happens("entry is deleted", *occasion):
            town.at(start - timedelta(hours=30), partial(self._deletes, planned))
        self._plan(planned)
        if weekly and town.happens("extra session", *occasion) and start.astimezone(PARIS).weekday() < 4:
            town.at(start - timedelta(days=2), partial(self._extra, planned))
        return planned

    def _extra(self, planned: Appointment) -> None:
        """A second session in the same week: with the advisor's approval, or without."""
        start = planned.start + timedelta(days=1)
        if planned.gone or start <= self.town.now + timedelta(days=1):
            return
        approved = self.town.happens("extra session is approved", planned.person.number, planned.number)
        if approved:
            self.advisor.approves(planned.person, start)
        extra = self.books(planned.person, start, weekly=False)
        if extra is not None and not approved:
            for listener in self.unapproved:
                listener(extra)

    def leaves(self, person: Person) -> None:
        """A learner stops the training: what was planned is cancelled."""
        self.gone.add(person.number)
        self.town.tell(f"{person.name} leaves")
        for planned in self.town.ledger.appointments.get(person.number, []):
            planned.weekly = False
            self.cancels(planned, "because the learner left")
        self._tells(person)

    def returns(self, person: Person) -> None:
        """A learner who left goes on."""
        self.gone.discard(person.number)
        self.town.tell(f"{person.name} comes back")
        self.books(person, self._next(person, self.town.now, 1))
        self._tells(person)

    def _tells(self, person: Person) -> None:
        for listener in self.changed:
            listener(person)

    def _plan(self, planned: Appointment) -> None:
        for listener in (*self.planned, *(self.linked if planned.elsewhere else ())):
            listener(planned)
        self.town.at(planned.end, partial(self._ends, planned, planned.end))

    def _ends(self, planned: Appointment, end: datetime) -> None:
        if planned.end != end:
            return  # it was moved: its new end is planned
        person, town = planned.person, self.town
        occasion = (person.number, planned.number)
        if not planned.gone:
            planned.outcome = self._outcome(planned)
            town.tell(f"session {planned.number} of {person.name} is over: {planned.outcome}")
            for listener in self.over:
                listener(planned)
        if planned.weekly:
            weeks = town.scenario.chance("gap", *occasion).choice((2, 3))
            gap = town.happens("week without a session", *occasion)
            self._goes_on(person, self._next(person, planned.start, weeks if gap else 1))

    def _goes_on(self, person: Person, start: datetime) -> None:
        """The next weekly session; one that the learner has at that very hour already is it."""
        known = self.town.ledger.appointments[person.number]
        already = next((one for one in known if one.start == start and not one.gone), None)
        if already is None:
            self.books(person, start)
        else:
            already.weekly = True

    def _next(self, person: Person, after: datetime, weeks: int) -> datetime:
        """The learner's day and hour, so many weeks later; on a public holiday the day beside it."""
        day = after.astimezone(PARIS).date() + timedelta(weeks=weeks)
        day += timedelta(days=person.weekday - day.weekday())
        while self._closed(day):
            day += timedelta(days=-1 if day.weekday() == 4 else 1)
        return datetime(day.year, day.month, day.day, int(person.hour), tzinfo=PARIS).astimezone(UTC)

    def _closed(self, day: date) -> bool:
        return day in HOLIDAYS(day.year) and self.town.happens("public holiday", day)

    def _outcome(self, planned: Appointment) -> str:
        town, occasion = self.town, (planned.person.number, planned.number)
        if planned.urgent:
            return "cancelled"
        if planned.announced or town.ledger.justified(planned.person, planned.start, town.now):
            return "absent"
        careless = 6 if planned.person.temper == "careless" else 1
        before = self.town.ledger.appointments[planned.person.number][-2:-1]
        again = 3 if before and before[0].outcome == "absent" else 1  # who was absent once is more likely to be again
        if town.happens("illness", *occasion):
            return "ill"
        if town.happens("absence", *occasion, odds=min(0.05 * careless * again, 0.6)):
            return "absent"
        return "cancelled late" if town.happens("late cancellation", *occasion) else "completed"

    def moves(self, planned: Appointment) -> None:
        """A session to come is put off by a day."""
        if planned.gone or planned.start <= self.town.now:
            return
        planned.first = planned.first or planned.start
        planned.start += timedelta(days=1, hours=1)
        planned.changed = self.town.now
        self.town.tell(f"session {planned.number} of {planned.person.name} moves to {planned.label}")
        self._writes(planned)
        self._plan(planned)

    def cancels(self, planned: Appointment, how: str) -> None:
        """A session does not take place, and the calendar says so."""
        if planned.start > self.town.now and not planned.gone:
            planned.gone, planned.changed = True, self.town.now
            self.town.tell(f"session {planned.number} of {planned.person.name} is cancelled {how}")
            self._writes(planned)

    def _deletes(self, planned: Appointment) -> None:
        if planned.start > self.town.now and not planned.gone and len(self.entries) > 4:
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
        *(["LOCATION:https://zoom.us/j/5551234567"] if planned.elsewhere else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)
