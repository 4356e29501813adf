"""What a simulation is made of: a seed, people, days, and the kinds of things that may happen.

Chance is drawn by name: the same seed and name give the same draw, whatever else happens or is left out. So a story can
be shortened without becoming another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MENTOR_NAME = "Claire Martin"
MENTOR = "claire.martin@mentor.example"
SUPPORT = "support@school.example"
SCHOOL = "school.example"
AUTHSERV = "mx.mentor.example"
START = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)  # a Monday, 8:00 in Paris

ODDS: Mapping[str, float] = MappingProxyType(
    {
        # the school, per learner
        "assigned twice": 0.3,
        "assigned late at night": 0.2,
        "unproven assignment": 0.1,
        "forged assignment": 0.1,
        "forwarded assignment": 0.15,
        "same first name": 0.15,
        "learner leaves": 0.15,
        "learner comes back": 0.5,
        # a session, per session
        "session moves": 0.08,
        "session is cancelled": 0.05,
        "entry is deleted": 0.02,
        "entry links elsewhere": 0.02,
        "late cancellation": 0.03,
        "absence": 0.05,
        "illness": 0.03,
        "week without a session": 0.06,
        "public holiday": 0.9,
        "extra session": 0.03,
        "extra session is approved": 0.6,
        "advisor justifies": 0.3,
        "advisor repeats": 0.2,
        # the learners, per session
        "learner writes": 0.1,
        "learner chooses a slot": 0.7,
        "learner declines": 0.15,
        "learner chooses by words": 0.4,
        "learner announces an absence": 0.04,
        "learner asks to move": 0.03,
        "learner asks for something": 0.04,
        "unproven learner mail": 0.1,
        "learner is out of office": 0.08,
        "letter comes back": 0.03,
        # what the mentor reports, per session
        "plagiarism": 0.01,
        "disrespect": 0.01,
        "exceptional": 0.008,
        "dropout": 0.012,
        "delay": 0.02,
        "disengagement": 0.02,
        "resources": 0.01,
        "late arrival": 0.03,
        "progress": 0.1,
        "cut short": 0.03,
        "tu is agreed": 0.03,
        "emergency": 0.02,
        "mentor justifies": 0.1,
        "mentor reports leave": 0.8,
        "mentor says the first name alone": 0.5,
        "mentor takes back": 0.03,
        "mentor mistakes an absence": 0.3,
        # the mentor, per mail
        "mentor forgets": 0.06,
        "mentor hesitates": 0.04,
        "mentor corrects": 0.03,
        "mentor refuses": 0.04,
        "mentor edits": 0.06,
        "mentor wants another version": 0.06,
        "mentor is slow": 0.2,
        "forged approval": 0.03,
        # per week
        "mentor is away": 0.06,
        "mentor's out of office": 0.3,
        "forged report": 0.05,
        "mailbox is away": 0.25,
        "way out is shut": 0.2,
        "sending breaks off": 0.3,
        "calendar is away": 0.2,
        "calendar turns empty": 0.04,
        "agent restarts": 0.1,
    }
)
"""What may happen, and how often: a probability for each occasion."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One simulation. `learners` are numbers; `without` names single happenings that are left out.

    `rules`: settings of rules that are not at their defaults, as (rule, mode) pairs. `odds`: other odds than ODDS.
    """

    seed: int
    learners: tuple[int, ...]
    days: int
    kinds: frozenset[str] = frozenset(ODDS)
    without: frozenset[str] = frozenset()
    rules: tuple[tuple[str, str], ...] = ()
    odds: tuple[tuple[str, float], ...] = ()

    @property
    def until(self) -> datetime:
        """When it ends, UTC."""
        return START + timedelta(days=self.days)

    def chance(self, *name: object) -> Random:
        """The chance that goes by this name."""
        return Random("/".join(map(str, (self.seed, *name))))  # noqa: S311 -- a game, no secret

    def happens(self, kind: str, *occasion: object, odds: float | None = None) -> bool:
        """Whether this kind of thing happens on this occasion."""
        if kind not in self.kinds or "/".join(map(str, (kind, *occasion))) in self.without:
            return False
        usual = ODDS[kind] if odds is None else odds
        return self.chance(kind, *occasion).random() < dict(self.odds).get(kind, usual)


FIRST = ("Léa", "Tom", "Inès", "Hugo", "Zoé", "Anne-Sophie", "Malik", "Noé", "Éva", "Paul")
LAST = ("Moreau", "Petit", "Lambert", "Fontaine", "Girard", "Leroy", "Dufour")
OTHERS = ("Roussel", "Perrin", "Garnier", "Faure", "Blanchet", "Rolland", "Mercier")
TEMPERS = ("punctual", "punctual", "slow", "silent", "careless")
ABROAD = ("America/Martinique", "Indian/Reunion", "America/Montreal")


@dataclass(frozen=True, slots=True)
class Person:
    """An invented learner. `day` and `hour` (Paris) are when their weekly session is; `arrives` is the assignment."""

    number: int
    name: str
    address: str
    temper: str
    arrives: datetime
    weekday: int
    hour: float
    minutes: int
    funding: str
    zone: ZoneInfo = field(default=PARIS)

    @property
    def first_name(self) -> str:
        """How others call them."""
        return self.name.split()[0]


def cast(scenario: Scenario) -> list[Person]:
    """The learners: some share a first name, some live elsewhere; half of them come in the first two weeks."""
    return [_person(scenario, number) for number in scenario.learners]


def _person(scenario: Scenario, number: int) -> Person:
    draw = scenario.chance("person", number)
    alike = number - 1 if number and scenario.happens("same first name", number) else number
    names = LAST if alike == number else OTHERS
    first, last = FIRST[alike % len(FIRST)], names[(number // len(FIRST)) % len(names)]
    name = f"{first} {last}" if number < len(FIRST) * len(LAST) else f"{first} {last}-{_letters(number)}"
    arrives = START + timedelta(days=draw.randrange(1, 14 if number % 2 == 0 else 250), hours=draw.uniform(0.5, 9))
    funding, minutes = draw.choice((("financé", 45), ("autofinancé", 30), ("alternance", 45), ("France Travail", 45)))
    return Person(
        number=number,
        name=name,
        address=f"learner{number}@learner.example",
        temper=draw.choice(TEMPERS),
        arrives=arrives.replace(microsecond=0),
        weekday=number % 5,
        hour=9 + (number // 5) % 10,
        minutes=minutes,
        funding=funding,
        zone=ZoneInfo(draw.choice(ABROAD)) if draw.random() < 0.15 else PARIS,
    )


def _letters(number: int) -> str:
    """A number as capital letters, for a second part of a name."""
    text = ""
    while number:
        number, rest = divmod(number, 26)
        text = chr(ord("A") + rest) + text
    return text.capitalize()
