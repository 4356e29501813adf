"""What happens beside the sessions: slots chosen and booked, letters approved, things reported, the digest read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from agent.demo.mentor import Mentor
from agent.demo.people import Learner, Platform, School, answers, at, chooses, got, offered, support_heard, writes
from agent.demo.sessions import Sessions
from agent.demo.story import (
    CAMILLE,
    EMERGENCY,
    FUNDED,
    HUGO,
    JUSTIFIED,
    LOOKALIKE,
    NONE_SUITS,
    PAUL,
    PLAGIARISM,
    TABLE,
    TWO_SESSIONS,
)
from agent.demo.town import StoryError, Town

SOON = timedelta(minutes=20)
PROGRESS = re.compile(r"\w+ \w+ : \d+ % \(attendu : \d+ %\)")


@dataclass
class Scenes:
    """One method is one thing that somebody does; what has to follow is looked for, or a StoryError is raised."""

    town: Town
    school: School
    platform: Platform
    claire: Mentor
    sessions: Sessions = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.town, self.platform, self.claire, self._emergency)

    def chooses(self, learner: Learner, slot: int, words: str, number: int = 1) -> None:
        """A learner answers with a slot: the agent books it, and soon the mentor does so on the platform."""
        start = chooses(self.town, learner, slot, words)
        self.town.later(SOON, partial(self._books, learner, start, partial(self.sessions.plan, learner, start, number)))

    def books_alone(self, learner: Learner, slot: int, words: str) -> None:
        """A learner books on the platform, and answers as well: one session, and it is there already."""
        start = chooses(self.town, learner, slot, words)
        self.town.tell(f"{learner.name} books the same slot on the platform, before anybody reads the mail")
        self.sessions.plan(learner, start, 1)

    def approves(self, *words: str, verdict: str = "ok") -> None:
        """The mentor answers a letter that waits for her word."""
        self.claire.replies(self.claire.finds("À approuver", *words), verdict)

    def enters_funding(self, learner: Learner) -> None:
        """The mentor tells the agent from when to when a learner is funded, at the command line."""
        first, last = FUNDED[learner]
        people = self.town.world.store.people
        known = people.by_address(learner.address)
        if known is None:
            raise StoryError(f"{at(self.town)}: nobody knows {learner.name}")
        people.change(replace(known, funded_from=first, funded_until=last))
        self.town.tell(
            f"Claire types: mentor-agent learners set {known.first_name} --funded-from {first} --funded-until {last}"
        )

    def declines(self, learner: Learner) -> None:
        """None of the slots suits: that is for the mentor to settle."""
        answers(self.town, learner, offered(self.town, learner).letter, NONE_SUITS)
        self.town.later(SOON, partial(self.claire.reads, f"{learner.name} vous a écrit"))

    def wants_more(self) -> None:
        """A matter of the learner's own: she is pointed to support, which hears nothing from the mentor."""
        writes(self.town, CAMILLE, "Deux sessions par semaine ?", TWO_SESSIONS)
        self._then(
            partial(self.approves, "Votre demande", CAMILLE.name),
            partial(got, self.town, CAMILLE, "Votre demande"),
        )

    def reports_plagiarism(self, learner: Learner) -> None:
        """A sentence to herself becomes an alert to support, which leaves by her word."""
        about = f"{learner.name} : doute de plagiat"
        self.claire.writes(*PLAGIARISM)
        self._then(
            partial(self.claire.reads, "C'est noté", learner.name),
            partial(self.approves, about),
            partial(self._support_knows, about),
        )

    def reports_justified(self, learner: Learner, start: datetime, number: int) -> None:
        """A justified absence: the mentor is told what is planned inside, and cancels it."""
        self.claire.writes(JUSTIFIED)
        self._then(partial(self._clears, learner, start, number))

    def explains_week(self, learner: Learner) -> None:
        """A week without a session: the mentor is asked why, and presses a button."""
        self.claire.presses(self.claire.finds(learner.name, "pourquoi n'y a-t-il pas de session"), "Pas de réponse")

    def reads_digest(self) -> None:
        """The week in figures, with the progress of those whose funding and figures are known."""
        found = PROGRESS.findall(self.claire.reads("Votre semaine du"))
        if len(found) != len(FUNDED):
            raise StoryError(f"{at(self.town)}: the digest was to show {len(FUNDED)} learners' progress, not {found}")
        self.town.tell(f"Claire reads the digest: {'; '.join(found)}")

    def forges(self) -> None:
        """A stranger gives the mentor a learner."""
        School(self.town, LOOKALIKE).assigns(
            PAUL, TABLE, remark="forged: ec0le.example is not the school, nothing is sent"
        )

    def not_fooled(self) -> None:
        """A day later: a stranger's mail has made the agent write to nobody."""
        if self.town.letterboxes.get(PAUL.address) or self.town.world.store.people.by_address(PAUL.address):
            raise StoryError(f"{at(self.town)}: the forged assignment of {PAUL.name} was believed")
        self.town.tell(f"The forged assignment had no effect: nobody wrote to {PAUL.name}")

    def told_of_the_outage(self) -> None:
        """An hour without the calendar: the mentor knows, and the new learner's letter waits for real free slots."""
        self.claire.finds("Je ne peux plus joindre", "l'agenda")
        if self.town.letterboxes.get(HUGO.address):
            raise StoryError(f"{at(self.town)}: {HUGO.name} was offered slots from a calendar that nobody could read")

    def _books(self, learner: Learner, start: datetime, on_platform: Callable[[], None]) -> None:
        """The learner has the confirmation with its invitation; the mentor does what the notice tells her."""
        confirmed = got(self.town, learner, "Confirmé").message
        if not any(part.get_content_type() == "text/calendar" for part in confirmed.walk()):
            raise StoryError(f"{at(self.town)}: {learner.name}'s confirmation has no invitation")
        self.claire.reads("À réserver sur la plateforme", learner.name)
        self.town.tell(f"Claire books {learner.name} on the platform, as told: {start:%A %d %B, %H:%M}")
        on_platform()

    def _emergency(self, learner: Learner, start: datetime, number: int) -> None:
        """The mentor cannot hold a session: apology and new slots leave by her word, the learner chooses one."""
        self.claire.writes(EMERGENCY)
        self._then(
            partial(self.approves, "Notre session du", "toutes mes excuses", learner.name),
            partial(self.claire.reads, learner.name, "à noter sur la plateforme"),
            partial(self._chooses_again, learner, number),
        )

    def _chooses_again(self, learner: Learner, number: int) -> None:
        start = chooses(self.town, learner, 3, "Bonjour,\n\nPas de souci. Le {slot} me convient.\n\nInès Lambert")
        move = partial(self.sessions.moved, learner, start, number)
        self.town.later(SOON, partial(self._books, learner, start, move))

    def _clears(self, learner: Learner, start: datetime, number: int) -> None:
        self.claire.reads(learner.name, "absence justifiée jusqu'au")
        self.town.tell(f"Claire cancels {learner.name}'s session of {start:%A %d %B} on the platform")
        self.platform.books(learner, start, number, cancelled=True)

    def _support_knows(self, about: str) -> None:
        if not support_heard(self.town, about):
            raise StoryError(f"{at(self.town)}: support expected to hear “{about}”; nothing came")

    def _then(self, *acts: Callable[[], object]) -> None:
        """One after the other, a while apart."""
        for number, act in enumerate(acts, 1):
            self.town.later(number * SOON, act)
