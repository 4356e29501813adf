"""The school of a simulation: it gives learners to the mentor; its advisor justifies absences, approves sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from agent.simulation.ledger import Appointment, Report
from agent.simulation.post import written
from agent.simulation.scenario import MENTOR, PARIS, SCHOOL, Person
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
        raw = written(
            f"Ecole Exemple <attribution@{domain}>",
            MENTOR,
            f"Nouvel étudiant : {name}",
            ASSIGNMENT.format(name=name, address=address, funding=funding),
            self.town.now.astimezone(PARIS),
            f"<assignment-{self.mails}@{domain}>",
            proven=proven,
        )
        self.town.deliver(raw)

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


@dataclass
class Advisor:
    """The pedagogical advisor: excuses absences, sometimes late, sometimes twice; approves extra sessions."""

    town: Town
    mails: int = 0

    def over(self, session: Appointment) -> None:
        """A session is over: was there a good reason not to come?"""
        occasion, missed = (session.person.number, session.number), session.outcome in {"absent", "ill"}
        odds = 0.7 if session.outcome == "ill" else None
        if session.gone or not missed or not self.town.happens("advisor justifies", *occasion, odds=odds):
            return
        draw = self.town.scenario.chance("justifies", *occasion)
        begin = session.start.astimezone(PARIS).date()
        last = begin + timedelta(days=draw.choice((0, 0, 2, 9)))
        wait = draw.choice((3, 20, 44, 70, 130))
        self.town.later(partial(self.justifies, session.person, begin, last), hours=wait)
        if self.town.happens("advisor repeats", *occasion):
            self.town.later(partial(self.justifies, session.person, begin, last), hours=wait + 20)

    def justifies(self, person: Person, begin: date, last: date) -> None:
        """An absence is excused from one day to another."""
        self.town.tell(f"the advisor justifies the absence of {person.name} from {begin} to {last}")
        days = f"du {begin:%d/%m/%Y} au {last:%d/%m/%Y}"
        self._writes("Absence justifiée", f"L'absence de {person.name} est justifiée.\n\nPériode : {days}.")
        self.town.reports(
            Report(
                self.town.now,
                "justified",
                person,
                "school",
                since=datetime.combine(begin, time(), PARIS).astimezone(UTC),
                until=datetime.combine(last + timedelta(days=1), time(), PARIS).astimezone(UTC),
            )
        )

    def approves(self, person: Person, start: datetime) -> None:
        """A second session in the week of this instant is allowed."""
        self.town.tell(f"the advisor approves an extra session of {person.name}")
        text = (
            f"Une session supplémentaire avec {person.name} est approuvée, semaine du {start.astimezone(PARIS):%d/%m}."
        )
        self._writes("Session supplémentaire", text)

    def _writes(self, subject: str, text: str) -> None:
        self.mails += 1
        sender, number = f"Conseil pedagogique <conseil@{SCHOOL}>", f"<advisor-{self.mails}@{SCHOOL}>"
        self.town.deliver(written(sender, MENTOR, subject, f"Bonjour,\n\n{text}\n", self.town.now, number, proven=True))
