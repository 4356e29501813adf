"""What the mentor reports, in mails to herself: of her learners, of herself, and what strangers report in her name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

from agent.simulation.ledger import Appointment, Report
from agent.simulation.platform import Platform
from agent.simulation.post import plain, written
from agent.simulation.scenario import MENTOR, MENTOR_NAME, PARIS, Person
from agent.simulation.town import Town

PHRASES = {
    "plagiarism": "Plagiat de {name}, projet 4 : son code est celui d'un dépôt public.",
    "disrespect": "{name} me manque de respect.",
    "exceptional": "Décès dans la famille de {name}.",
    "dropout": "{name} parle d'abandonner.",
    "delay": "{name} a un retard important.",
    "disengagement": "{name} a perdu sa motivation.",
    "resources": "{name} a besoin de plus de ressources.",
    "late arrival": "{name} est arrivée en retard de 15 min.",
    "progress": "{name} en est à 45 %.",
    "cut short": "Session de {name} écourtée à 20 min.",
    "tu is agreed": "On se tutoie avec {name}.",
}
"""What may be reported after a session, by the name of the happening; "cut short" sometimes says who agreed."""

SETTLED = timedelta(days=4)
"""A learner known for so long is known to the agent: a first name that two of them have is not clear to it."""


@dataclass
class Memos:
    """Claire's notes to herself. `unclear`: what she wrote of a first name that two learners have, by its words."""

    town: Town
    platform: Platform
    at_desk: Callable[[datetime, Callable[[], None]], None]
    unclear: dict[str, Report] = field(default_factory=dict)
    ambiguous: list[Callable[[Report], None]] = field(default_factory=list)  # told of each that is unclear
    count: int = 0

    def planned(self, session: Appointment) -> None:
        """A session to come: the mentor may be prevented."""
        occasion = (session.person.number, session.number)
        if session.first is None and self.town.happens("emergency", *occasion):
            hours = self.town.scenario.chance("emergency", *occasion).uniform(1.5, 6)
            when = session.start - timedelta(hours=hours)
            if when > self.town.now:
                self.at_desk(when, partial(self._emergency, session, session.start))

    def over(self, session: Appointment) -> None:
        """A session is over: what there is to say beside its report."""
        occasion, draw = (session.person.number, session.number), self.town.scenario
        if session.outcome != "completed":
            if session.outcome == "absent" and self.town.happens("mentor justifies", *occasion):
                wait = draw.chance("mentor justifies", *occasion).uniform(5, 90)
                self.at_desk(self.town.now + timedelta(hours=wait), partial(self._justified, session))
            return
        for kind, phrase in PHRASES.items():
            if self.town.happens(kind, *occasion):
                wait = draw.chance(kind, *occasion).uniform(0.2, 20)
                text, matter = phrase, kind
                if kind == "cut short" and draw.chance("agreed", *occasion).random() < 0.5:
                    text, matter = f"{phrase[:-1]}, d'accord avec elle.", "cut short as agreed"
                self.at_desk(self.town.now + timedelta(hours=wait), partial(self._of, session, matter, text))

    def changed(self, person: Person) -> None:
        """A learner left, or is back: the mentor hears of it."""
        hours = self.town.scenario.chance("hears", person.number, self.town.now).uniform(1, 70)
        self.at_desk(self.town.now + timedelta(hours=hours), partial(self._left, person))

    def _left(self, person: Person) -> None:
        gone = person.number in self.platform.gone
        text, matter = (
            (f"{person.name} a arrêté la formation.", "left") if gone else (f"{person.name} est de retour.", "back")
        )
        if gone != self.town.ledger.left(person, self.town.now) and person.number in self.town.ledger.assigned:
            self.writes(text, Report(self.town.now, matter, person, words=text))

    def leave(self, begin: datetime, end: datetime, week: int) -> None:
        """She will be away, and says so some days before."""
        if not self.town.happens("mentor reports leave", week):
            return
        wait = self.town.scenario.chance("reports leave", week).uniform(0.5, 9)
        self.at_desk(self.town.now + timedelta(days=wait), partial(self._leave, begin, end))

    def forge(self, week: int) -> None:
        """A stranger reports in her name: nothing proves it."""
        people = sorted(self.town.ledger.people)
        if people and self.town.happens("forged report", week):
            draw = self.town.scenario.chance("forged report", week)
            person = self.town.ledger.people[draw.choice(people)]
            text = draw.choice(
                [f"{person.name} a arrêté la formation.", PHRASES["plagiarism"].format(name=person.name)]
            )
            self.town.later(partial(self._forged, text), hours=draw.uniform(1, 160))

    def _of(self, session: Appointment, matter: str, phrase: str) -> None:
        person, ledger = session.person, self.town.ledger
        if person.number not in ledger.assigned or ledger.left(person, self.town.now):
            return
        if matter.startswith("cut short") and self.town.now > session.end + timedelta(hours=40):
            return  # nobody would know which session is meant
        report = Report(self.town.now, matter, person, session=session)
        alike = [p for p in ledger.people.values() if p.first_name == person.first_name and p is not person]
        known = all(self._settled(p) for p in (person, *alike))
        short = self.town.happens("mentor says the first name alone", person.number, session.number, matter)
        if not short or not known:
            text = phrase.format(name=person.name)
            self.writes(text, replace(report, words=text))
            return
        text = phrase.format(name=person.first_name)
        report = replace(report, words=text)
        if alike:
            self.unclear[plain(text)] = report
            self.writes(text, None)
            for listener in self.ambiguous:
                listener(report)
        else:
            self.writes(text, report)

    def _settled(self, person: Person) -> bool:
        at = self.town.ledger.assigned.get(person.number)
        return at is not None and at + SETTLED <= self.town.now

    def _justified(self, session: Appointment) -> None:
        person, now = session.person, self.town.now
        if person.number not in self.town.ledger.assigned or self.town.ledger.left(person, now):
            return
        begin, last = session.start.astimezone(PARIS).date(), now.astimezone(PARIS).date() + timedelta(days=2)
        text = f"Absence de {person.name} justifiée du {begin:%d/%m} au {last:%d/%m}."
        since, until = (
            datetime.combine(day, time(), PARIS).astimezone(UTC) for day in (begin, last + timedelta(days=1))
        )
        self.writes(text, Report(now, "justified", person, words=text, session=session, since=since, until=until))

    def _emergency(self, session: Appointment, start: datetime) -> None:
        here = self.town.now.astimezone(PARIS).date()
        if session.gone or session.start != start or start <= self.town.now + timedelta(minutes=20):
            return
        if start.astimezone(PARIS).date() != here or session.person.number not in self.town.ledger.assigned:
            return
        hour = f"{start.astimezone(PARIS):%-H h %M}"  # there may be two that day
        text = f"Urgence : je ne peux pas assurer la session de {session.person.name} aujourd'hui à {hour}."
        session.urgent = True
        self.writes(text, Report(self.town.now, "emergency", session.person, words=text, session=session))

    def _leave(self, begin: datetime, end: datetime) -> None:
        if self.town.now >= begin - timedelta(hours=12):
            return
        first = begin.astimezone(PARIS).date()
        last = first + timedelta(days=6)
        text = f"Je serai en congés du {first:%d/%m} au {last:%d/%m}."
        since, until = (
            datetime.combine(day, time(), PARIS).astimezone(UTC) for day in (first, last + timedelta(days=1))
        )
        self.writes(text, Report(self.town.now, "away", None, words=text, since=since, until=until))

    def writes(self, text: str, report: Report | None) -> None:
        """A mail to herself, which lies in Sent; `report`: what it says."""
        raw = self._mail(text)
        self.town.tell(f"the mentor notes: {text}")
        self.town.deliver(raw, sent=True)
        self.town.deliver(raw)
        if report is not None:
            self.town.reports(replace(report, at=self.town.now))

    def _forged(self, text: str) -> None:
        self.town.tell(f"somebody notes in the mentor's name: {text}")
        self.town.deliver(self._mail(text))

    def _mail(self, text: str) -> bytes:
        self.count += 1
        sender, number = f"{MENTOR_NAME} <{MENTOR}>", f"<memo-{self.count}@mentor.example>"
        return written(sender, MENTOR, "Pour mémoire", text, self.town.now.astimezone(PARIS), number)
