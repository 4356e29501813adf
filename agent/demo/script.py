"""What happens in the demo, as appointments that lead to others; `story` says how each session goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.demo.mail import body, same_signs
from agent.demo.people import Learner, Mentor, Platform, School, at, chooses
from agent.demo.place import PARIS, START, SUPPORT
from agent.demo.story import CAMILLE, HUGO, INES, LOOKALIKE, PAUL, PROSE, TABLE, THOMAS, TURNS, USUAL, Turn
from agent.demo.town import StoryError, Town


@dataclass
class Script:
    """The story, as appointments in the town's agenda that lead to others."""

    town: Town
    until: datetime

    def __post_init__(self) -> None:
        self.school, self.platform, self.claire = School(self.town), Platform(self.town), Mentor(self.town)

    def begin(self) -> None:
        """Put in the agenda what happens whatever anybody does."""
        assigns, tell = self.school.assigns, self.town.tell
        self._on(1, "09:10", partial(assigns, CAMILLE, TABLE))
        self._on(
            1,
            "09:45",
            partial(assigns, CAMILLE, TABLE, "Rappel : nouvel étudiant, {name}", "the same once more: nothing is sent"),
        )
        self._on(
            1, "12:30", partial(self._chooses, CAMILLE, 1, "Bonjour,\n\nLe créneau 1 me convient, merci !\n\nCamille")
        )
        self._on(1, "14:00", partial(assigns, THOMAS, PROSE, "Attribution : {name}"))
        self._on(1, "19:20", partial(self._chooses, THOMAS, 3, "Bonjour, le 3 me va. Thomas Girard"))
        self._on(2, "11:00", partial(self._forges))
        self._on(2, "15:00", partial(assigns, INES, TABLE))
        self._on(
            2, "18:05", partial(self._chooses, INES, 1, "Bonjour Madame,\n\nLe numéro 1 est parfait.\n\nInès Lambert")
        )
        self._on(3, "11:00", self._not_fooled)
        self._on(8, "09:00", self.platform.goes_away)
        self._on(8, "10:10", partial(assigns, HUGO, PROSE, "Attribution : {name}"))
        self._on(8, "10:25", self._told_of_the_outage)
        self._on(8, "10:30", self.platform.comes_back)
        self._on(8, "12:40", partial(self._chooses, HUGO, 1, "Bonjour Claire,\n\nVa pour le 1.\n\nHugo"))
        self._on(10, "07:30", self.town.restart)
        self._on(14, "03:00", partial(tell, "The clocks go back one hour; 48 hours stay 48 hours"))

    def _on(self, day: int, clock: str, act: Callable[[], None]) -> None:
        hour, minute = (int(part) for part in clock.split(":"))
        date = (START + timedelta(days=day - 1)).date()
        self.town.at(datetime(date.year, date.month, date.day, hour, minute, tzinfo=PARIS), act)

    def _chooses(self, learner: Learner, slot: int, words: str) -> None:
        self._plan(learner, chooses(self.town, learner, slot, words), 1)

    def _plan(self, learner: Learner, start: datetime, number: int) -> None:
        """The platform has a session; the next one is planned when this one is over."""
        turn = self._turn(learner, number)
        self.platform.books(learner, start, number)
        if turn.moved:
            self.town.later(timedelta(hours=4), partial(self._moves, learner, start, number))
            return
        end = _end(learner, start)
        if turn.cancelled:
            self.town.at(start - timedelta(days=2), partial(self._cancels, learner, start, number))
            self.town.at(end + timedelta(hours=1), partial(self.claire.finds_nothing, turn.asked, learner.name))
        else:
            self.town.at(end + turn.after, partial(self._told, learner, turn, end))
        self.town.at(end, partial(self._plan, learner, start + turn.again, number + 1))

    def _turn(self, learner: Learner, number: int) -> Turn:
        return TURNS.get((learner.name, number), Turn(USUAL[number % len(USUAL)]))

    def _moves(self, learner: Learner, start: datetime, number: int) -> None:
        later = start + timedelta(days=1)
        self.town.tell(f"{learner.name}'s session moves from {start:%A %H:%M} to {later:%A %H:%M} in the calendar")
        self.platform.books(learner, later, number)
        turn, end = self._turn(learner, number), _end(learner, later)
        self.town.at(
            _end(learner, start) + timedelta(minutes=30), partial(self.claire.finds_nothing, turn.asked, learner.name)
        )
        self.town.at(end + turn.after, partial(self._told, learner, turn, end))
        self.town.at(end, partial(self._plan, learner, later + turn.again, number + 1))

    def _cancels(self, learner: Learner, start: datetime, number: int) -> None:
        self.town.tell(f"{learner.name} cancels the session of {start:%A %d %B} on the platform, 48 hours before")
        self.platform.books(learner, start, number, cancelled=True)

    def _told(self, learner: Learner, turn: Turn, end: datetime) -> None:
        """The mentor answers the question about a session, and waits for the draft."""
        if turn.asked.startswith("Rappel"):
            for hours in (24, 12):
                self.claire.finds(f"Rappel ({hours} heures)", learner.name)
        question = self.claire.finds(turn.asked, learner.name)
        if turn.button:
            self.claire.presses(question, turn.button, turn.says)
        else:
            self.claire.replies(question, turn.says, turn.file)
        self._soon(partial(self._judges, learner, turn, turn.verdicts, "À relire : compte rendu", ""))
        if turn.alert:
            self.town.later(timedelta(minutes=40), partial(self._allows_alert, learner, end))

    def _judges(self, learner: Learner, turn: Turn, verdicts: tuple[str, ...], expected: str, before: str) -> None:
        """She reads a draft, or what came back, and says the next thing she has to say."""
        found = self.claire.finds(expected, learner.name)
        text, verdict, rest = same_signs(body(found)), verdicts[0], verdicts[1:]
        if before and len(text) >= len(before):
            raise StoryError(f"{at(self.town)}: the report on {learner.name} was to be shorter, and is not")
        self.claire.replies(found, verdict)
        if rest:
            back = "Je n'ai rien fait de votre message" if verdict.startswith("ok ") else "À relire : compte rendu"
            shorter_than = text if verdict.endswith("plus court") else ""
            self._soon(partial(self._judges, learner, turn, rest, back, shorter_than))
        elif verdict == "ok":
            self._soon(partial(self._pastes, learner, turn))

    def _pastes(self, learner: Learner, turn: Turn) -> None:
        """She takes the finished report to the platform."""
        ready = self.claire.finds("Compte rendu prêt", learner.name)
        if turn.kept not in same_signs(body(ready)):
            raise StoryError(f"{at(self.town)}: the report on {learner.name} has lost “{turn.kept}”")
        self.claire.answered.add(str(ready["Message-ID"]))

    def _allows_alert(self, learner: Learner, second_end: datetime) -> None:
        """She approves the alert at once; it may leave only when the learner's 48 hours have run out."""
        self.claire.replies(self.claire.finds("À approuver", f"{learner.name} : deux absences"), "ok")
        grace = second_end + timedelta(hours=48)
        self.town.at(grace - timedelta(minutes=5), self._support_knows_nothing)
        self.town.at(grace + timedelta(minutes=5), partial(self._support_knows, learner))

    def _support_knows_nothing(self) -> None:
        if self.town.letterboxes.get(SUPPORT):
            raise StoryError(f"{at(self.town)}: support was told before the learner's 48 hours had run out")

    def _support_knows(self, learner: Learner) -> None:
        if not any(learner.name in str(letter.message["Subject"]) for letter in self.town.letterboxes.get(SUPPORT, [])):
            raise StoryError(f"{at(self.town)}: support expected to hear of {learner.name}; nothing came")

    def _forges(self) -> None:
        School(self.town, LOOKALIKE).assigns(
            PAUL, TABLE, remark="forged: ec0le.example is not the school, nothing is sent"
        )

    def _not_fooled(self) -> None:
        """A day later: a stranger's mail has made the agent write to nobody."""
        if self.town.letterboxes.get(PAUL.address) or self.town.world.store.people.by_address(PAUL.address):
            raise StoryError(f"{at(self.town)}: the forged assignment of {PAUL.name} was believed")
        self.town.tell(f"The forged assignment had no effect: nobody wrote to {PAUL.name}")

    def _told_of_the_outage(self) -> None:
        """An hour without the calendar: the mentor knows, and the new learner's letter waits for real free slots."""
        self.claire.finds("Je ne peux plus joindre", "l'agenda")
        if self.town.letterboxes.get(HUGO.address):
            raise StoryError(f"{at(self.town)}: {HUGO.name} was offered slots from a calendar that nobody could read")

    def _soon(self, act: Callable[[], None]) -> None:
        self.town.later(timedelta(minutes=20), act)


def _end(learner: Learner, start: datetime) -> datetime:
    """UTC, because hours are added to it: in the mentor's zone, 48 hours over a clock change would be 47 or 49."""
    return start.astimezone(UTC) + timedelta(minutes=learner.minutes)
