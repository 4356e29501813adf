"""The learners of a simulation: they choose slots or stay silent, announce absences, ask for things, leave, return."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.simulation.ledger import Appointment, Report
from agent.simulation.platform import Platform
from agent.simulation.post import Letter, plain, written
from agent.simulation.scenario import MENTOR, PARIS, Person
from agent.simulation.town import Town

FIRST_CONTACT = "un premier rendez-vous"
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_SLOT = re.compile(r"^(\d)\. (\w+ (\d+)(?:er)? (\w+) à (\d+)\sh\s(\d+))\s*$", re.MULTILINE)

ASKS = {
    "resources": "Bonjour, j'aurais besoin de ressources supplémentaires pour avancer.",
    "two sessions": "Bonjour, est-il possible d'avoir deux sessions par semaine ?",
    "administration": "Bonjour, où puis-je obtenir mon attestation de formation ?",
    "disability": "Bonjour, j'ai une RQTH. Quels aménagements sont possibles ?",
    "illness": "Bonjour, je suis malade depuis hier.",
    "leave": "Bonjour, puis-je poser des congés le mois prochain ?",
}
"""What is for a learner to take to support, by its matter."""

LEAVING = "Bonjour, je serai en congés la semaine prochaine, à qui dois-je m'adresser ?"
ODD = (
    "Bonjour, est-ce que je peux utiliser Flask au lieu de Django ?",
    "ok",
    LEAVING,
    "Merci !!!",
    "J'ai besoin d'une attestation pour mon employeur, pouvez-vous me l'envoyer ?",
    "Je suis perdu, rien ne marche, je pense à tout arrêter…",
)
OUT_OF_OFFICE = "Je suis absent jusqu'à lundi. Le créneau 1 me convient, je suis malade, je ne pourrai pas venir."
BOUNCE = """This is the mail system.

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.2.2

Message-ID: {message_id}
"""


@dataclass
class Learners:
    """They read what is written to them, and write when it pleases them."""

    town: Town
    platform: Platform
    written: int = 0

    def plan(self, person: Person) -> None:
        """Whether somebody leaves one day, and comes back."""
        if self.town.happens("learner leaves", person.number):
            draw = self.town.scenario.chance("leaves", person.number)
            begin = person.arrives + timedelta(days=draw.uniform(20, 200))
            self.town.at(begin, partial(self.platform.leaves, person))
            if self.town.happens("learner comes back", person.number):
                back = begin + timedelta(days=draw.uniform(16, 40))
                self.town.at(back, partial(self.platform.returns, person))

    def planned(self, session: Appointment) -> None:
        """A session stands in the platform: perhaps it does not suit."""
        occasion, draw = (session.person.number, session.number), self.town.scenario
        if session.first is not None or session.start < self.town.now + timedelta(hours=4):
            return
        if self.town.happens("learner announces an absence", *occasion):
            hours = draw.chance("announces", *occasion).choice((3, 10, 30))
            self.town.at(session.start - timedelta(hours=hours), partial(self._announces, session, session.start))
        elif self.town.happens("learner asks to move", *occasion):
            ahead = draw.chance("asks to move", *occasion).uniform(26, 60)
            self.town.at(session.start - timedelta(hours=ahead), partial(self._asks_to_move, session, session.start))

    def gets(self, letter: Letter) -> None:
        """A mail came to somebody."""
        town = self.town
        person = next((p for p in town.ledger.people.values() if p.address == letter.recipient), None)
        if person is None:
            return
        occasion = (person.number, f"{letter.at:%m%dT%H%M}", letter.subject)
        if town.happens("letter comes back", *occasion):
            town.later(partial(self._comes_back, letter), minutes=2)
            return
        if town.happens("learner is out of office", *occasion):
            town.later(partial(self._out_of_office, person, letter), minutes=1)
        slots = [found.groups() for found in _SLOT.finditer(letter.text)]
        if slots or FIRST_CONTACT in letter.subject:
            longest = 60.0 if person.temper == "slow" else 10
            wait = town.scenario.chance("answers", *occasion).uniform(0.5, longest)
            town.later(partial(self._answers, person, letter, slots, occasion), hours=wait)

    def _answers(
        self, person: Person, letter: Letter, slots: list[tuple[str, ...]], occasion: tuple[object, ...]
    ) -> None:
        town, new = self.town, not self.town.ledger.appointments.get(person.number)
        wait = timedelta(0)
        if slots and person.temper != "silent" and town.happens("learner chooses a slot", *occasion):
            wait = timedelta(days=3)
            if town.happens("learner declines", *occasion):
                self._writes(person, "Bonjour, aucun de ces créneaux ne me convient.", letter)
            else:
                self._chooses(person, letter, slots, occasion)
        if new:
            town.at(town.now + wait, partial(self._begins, person))

    def _chooses(
        self, person: Person, letter: Letter, slots: list[tuple[str, ...]], occasion: tuple[object, ...]
    ) -> None:
        number, said, day, month, hour, minute = self.town.scenario.chance("slot", *occasion).choice(slots)
        by_words = self.town.happens("learner chooses by words", *occasion)
        words = f"Le {plain(said)} me convient." if by_words else f"Le créneau {number} me convient."
        year = self.town.now.astimezone(PARIS).year
        start = datetime(year, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=PARIS)
        if start < self.town.now - timedelta(days=90):
            start = start.replace(year=year + 1)
        if self._writes(person, f"Bonjour,\n\n{words}\n\n{person.first_name}", letter):
            self.town.ledger.chosen.setdefault(person.number, []).append(start.astimezone(UTC))

    def _begins(self, person: Person) -> None:
        """Nothing came of any letter: a first session is agreed on by telephone."""
        if self.town.ledger.appointments.get(person.number):
            return
        here = self.town.now.astimezone(PARIS).date() + timedelta(days=3)
        here += timedelta(days=(person.weekday - here.weekday()) % 7)
        self.platform.books(
            person, datetime(here.year, here.month, here.day, int(person.hour), tzinfo=PARIS).astimezone(UTC)
        )

    def chat(self, week: int) -> None:
        """What comes in without anybody having asked for it."""
        for person in list(self.town.ledger.people.values()):
            if self.town.happens("learner writes", person.number, week):
                draw = self.town.scenario.chance("chat", person.number, week)
                letters = self.town.inboxes.get(person.address)
                words = draw.choice(ODD)
                wait = draw.uniform(0, 160)
                self.town.later(partial(self._says, person, words, letters[-1] if letters else None), hours=wait)
            if self.town.happens("learner asks for something", person.number, week):
                draw = self.town.scenario.chance("asks", person.number, week)
                matter = draw.choice(sorted(ASKS))
                self.town.later(partial(self._asks, person, matter), hours=draw.uniform(0, 160))

    def _asks(self, person: Person, matter: str) -> None:
        if self._writes(person, ASKS[matter], None):
            self.town.reports(Report(self.town.now, matter, person, "learner", ASKS[matter]))

    def _announces(self, session: Appointment, start: datetime) -> None:
        if session.gone or session.start != start or session.person.number in self.platform.gone:
            return
        hour = f"{start.astimezone(PARIS):%-H h %M}"  # there may be two that day
        text = f"Bonjour, je ne pourrai pas être présent à notre session du {_day(start)} à {hour}."
        if self._writes(session.person, text, None):
            session.announced = self.town.now
            self.town.reports(Report(self.town.now, "announced", session.person, "learner", text, session))

    def _asks_to_move(self, session: Appointment, start: datetime) -> None:
        if session.gone or session.start != start or session.person.number in self.platform.gone:
            return
        self._writes(session.person, f"Bonjour, peut-on décaler notre session du {_day(start)} ?", None)
        self.town.later(partial(self.platform.moves, session), hours=5)

    def _says(self, person: Person, text: str, answered: Letter | None) -> None:
        if self._writes(person, text, answered) and text == LEAVING:
            self.town.reports(Report(self.town.now, "leave", person, "learner", text))

    def _writes(self, person: Person, text: str, answered: Letter | None) -> bool:
        """Whether the mail proves who wrote it."""
        self.written += 1
        proven = not self.town.happens("unproven learner mail", person.number, f"{self.town.now:%m%dT%H%M}")
        self.town.tell(f"{person.name} writes{'' if proven else ' (unproven)'}: {' '.join(text.split())[:60]}")
        self.town.ledger.wrote.setdefault(person.number, []).append(self.town.now)
        more = {"In-Reply-To": answered.message_id} if answered else {}
        subject = f"Re: {answered.subject}" if answered else "Bonjour"
        self._sends(person, subject, text, more, proven=proven)
        return proven

    def _out_of_office(self, person: Person, letter: Letter) -> None:
        """A machine answers, with words that would mean much from a person (RFC 3834)."""
        self.written += 1
        self.town.tell(f"the out-of-office reply of {person.name}")
        more = {"In-Reply-To": letter.message_id, "Auto-Submitted": "auto-replied"}
        self._sends(person, f"Réponse automatique : {letter.subject}", OUT_OF_OFFICE, more, proven=True)

    def _sends(self, person: Person, subject: str, text: str, more: dict[str, str], *, proven: bool) -> None:
        number = f"<learner-{self.written}@learner.example>"
        sender = f"{person.address.partition('@')[0]} <{person.address}>"
        now = self.town.now.astimezone(person.zone)
        self.town.deliver(written(sender, MENTOR, subject, text, now, number, more, proven=proven))

    def _comes_back(self, letter: Letter) -> None:
        """A delivery report (RFC 3464) of a full mailbox, as plain as the poorest servers write it."""
        self.written += 1
        self.town.tell(f"the letter to {letter.recipient} comes back: {letter.subject}")
        self.town.ledger.came_back.add(letter.told)
        text = BOUNCE.format(address=letter.recipient, message_id=letter.message_id)
        number, sender = (
            f"<bounce-{self.written}@mail.mentor.example>",
            "MAILER-DAEMON <MAILER-DAEMON@mail.mentor.example>",
        )
        more = {"X-Failed-Recipients": letter.recipient, "Auto-Submitted": "auto-replied"}
        self.town.deliver(
            written(sender, MENTOR, "Undelivered Mail Returned to Sender", text, self.town.now, number, more)
        )


def _day(start: datetime) -> str:
    here = start.astimezone(PARIS)
    return f"{'1er' if here.day == 1 else here.day} {_MONTHS[here.month - 1]}"
