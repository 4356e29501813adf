"""The learners of a simulation: they choose a slot or stay silent, and write when it pleases them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.simulation.people import Platform
from agent.simulation.post import Letter, written
from agent.simulation.scenario import MENTOR, PARIS, Person
from agent.simulation.town import Town

FIRST_CONTACT = "un premier rendez-vous"
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_SLOT = re.compile(r"^(\d)\. \w+ (\d+)(?:er)? (\w+) à (\d+)\sh\s(\d+)\s*$", re.MULTILINE)

ODD = (
    "Bonjour, est-ce que je peux utiliser Flask au lieu de Django ?",
    "ok",
    "Bonjour, je serai en congés la semaine prochaine, à qui dois-je m'adresser ?",
    "Merci !!!",
    "J'ai besoin d'une attestation pour mon employeur, pouvez-vous me l'envoyer ?",
    "Je suis perdu, rien ne marche, je pense à tout arrêter…",
)


@dataclass
class Learners:
    """They read what is written to them, choose a slot or stay silent, and write when it pleases them."""

    town: Town
    platform: Platform
    written: int = 0

    def gets(self, letter: Letter) -> None:
        """A mail came to somebody."""
        person = next((p for p in self.town.ledger.people.values() if p.address == letter.recipient), None)
        if person is None:
            return
        if FIRST_CONTACT in letter.subject and not self.town.ledger.appointments.get(person.number):
            wait = self.town.scenario.chance("answers", person.number).uniform(
                0.5, 60 if person.temper == "slow" else 10
            )
            self.town.later(partial(self._begins, person, letter), hours=wait)

    def _begins(self, person: Person, letter: Letter) -> None:
        if self.town.ledger.appointments.get(person.number):
            return
        slots = _SLOT.findall(letter.text) if person.temper != "silent" else []
        if slots and self.town.happens("learner chooses a slot", person.number):
            number, day, month, hour, minute = self.town.scenario.chance("slot", person.number).choice(slots)
            self._writes(person, f"Bonjour,\n\nLe créneau {number} me convient.\n\n{person.first_name}", letter)
            year = self.town.now.astimezone(PARIS).year
            start = datetime(year, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=PARIS)
            if start < self.town.now - timedelta(days=90):
                start = start.replace(year=year + 1)
        else:
            here = self.town.now.astimezone(PARIS).date() + timedelta(days=3)
            here += timedelta(days=(person.weekday - here.weekday()) % 7)
            start = datetime(here.year, here.month, here.day, int(person.hour), tzinfo=PARIS)
        soonest = self.town.now + timedelta(hours=1)
        self.platform.books(person, max(start.astimezone(UTC), soonest).replace(microsecond=0), 1)

    def chat(self, week: int) -> None:
        """What comes in without anybody having asked for it."""
        for person in list(self.town.ledger.people.values()):
            if self.town.happens("learner writes", person.number, week):
                draw = self.town.scenario.chance("chat", person.number, week)
                letters = self.town.inboxes.get(person.address)
                words = draw.choice(ODD)
                wait = draw.uniform(0, 160)
                self.town.later(partial(self._writes, person, words, letters[-1] if letters else None), hours=wait)

    def _writes(self, person: Person, text: str, answered: Letter | None) -> None:
        self.written += 1
        self.town.tell(f"{person.name} writes: {' '.join(text.split())[:60]}")
        more = {"In_Reply_To": answered.message_id} if answered else {}
        raw = written(
            f"{person.address.partition('@')[0]} <{person.address}>",
            MENTOR,
            f"Re: {answered.subject}" if answered else "Bonjour",
            text,
            self.town.now.astimezone(person.zone),
            f"<learner-{self.written}@learner.example>",
            **more,
        )
        self.town.deliver(raw)
