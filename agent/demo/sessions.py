"""How sessions go: planned on the platform, held, moved or cancelled, told of, and their reports judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from agent.demo.mail import body, same_signs
from agent.demo.mentor import Mentor
from agent.demo.people import Learner, Platform, at, support_heard
from agent.demo.story import TURNS, USUAL, Turn
from agent.demo.town import StoryError, Town


@dataclass
class Sessions:
    """Every learner's sessions, one after the other; `story` says how each one goes.

    `on_emergency` is told of the session that the mentor will not be able to hold.
    """

    town: Town
    platform: Platform
    claire: Mentor
    on_emergency: Callable[[Learner, datetime, int], None]

    def plan(self, learner: Learner, start: datetime, number: int) -> None:
        """The platform has a session; the next one is planned when this one is over."""
        turn = self._turn(learner, number)
        self.platform.books(learner, start, number, link=turn.link)
        if turn.link:
            self.town.later(timedelta(hours=3), partial(self._mends_link, learner, start, number))
        if turn.moved:
            self.town.later(timedelta(hours=4), partial(self._moves, learner, start, number))
        elif turn.urgent:
            self.town.at(start - timedelta(hours=20), partial(self.on_emergency, learner, start, number))
        elif turn.cancelled:
            self.town.at(start - timedelta(days=2), partial(self._cancels, learner, start, number))
            self._not_asked(learner, turn, _end(learner, start) + timedelta(hours=1))
        elif turn.excused:
            self._next(learner, turn, start, number)
        else:
            self._takes_place(learner, turn, start, number)

    def moved(self, learner: Learner, start: datetime, number: int) -> None:
        """The platform has the session at another time, and there it takes place."""
        self.platform.books(learner, start, number)
        self._takes_place(learner, self._turn(learner, number), start, number)

    def _takes_place(self, learner: Learner, turn: Turn, start: datetime, number: int) -> None:
        end = _end(learner, start)
        self.town.at(end + turn.after, partial(self._told, learner, turn, end))
        self._next(learner, turn, start, number)

    def _next(self, learner: Learner, turn: Turn, start: datetime, number: int) -> None:
        if turn.again is not None:
            self.town.at(_end(learner, start), partial(self.plan, learner, start + turn.again, number + 1))

    def _turn(self, learner: Learner, number: int) -> Turn:
        return TURNS.get((learner.name, number), Turn(USUAL[number % len(USUAL)]))

    def _moves(self, learner: Learner, start: datetime, number: int) -> None:
        later = start + timedelta(days=1)
        self.town.tell(f"{learner.name}'s session moves from {start:%A %H:%M} to {later:%A %H:%M} in the calendar")
        self._not_asked(learner, self._turn(learner, number), _end(learner, start) + timedelta(minutes=30))
        self.moved(learner, later, number)

    def _cancels(self, learner: Learner, start: datetime, number: int) -> None:
        self.town.tell(f"{learner.name} cancels the session of {start:%A %d %B} on the platform, 48 hours before")
        self.platform.books(learner, start, number, cancelled=True)

    def _mends_link(self, learner: Learner, start: datetime, number: int) -> None:
        self.claire.reads(learner.name, "un autre outil de visioconférence")
        self.town.tell(f"Claire puts the school's own link into {learner.name}'s session of {start:%A %d %B}")
        self.platform.books(learner, start, number)

    def _not_asked(self, learner: Learner, turn: Turn, when: datetime) -> None:
        """Nobody may be asked about a session that did not take place."""
        self.town.at(when, partial(self.claire.finds_nothing, turn.asked, learner.name))

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
            back = "Je n'ai rien fait" if verdict.startswith("ok ") else "À relire : compte rendu"
            shorter_than = text if verdict.endswith("plus court") else ""
            self._soon(partial(self._judges, learner, turn, rest, back, shorter_than))
        elif verdict == "ok":
            self._soon(partial(self._pastes, learner, turn))

    def _pastes(self, learner: Learner, turn: Turn) -> None:
        """She takes the finished report to the platform."""
        if turn.kept not in self.claire.reads("Compte rendu prêt", learner.name):
            raise StoryError(f"{at(self.town)}: the report on {learner.name} has lost “{turn.kept}”")

    def _allows_alert(self, learner: Learner, second_end: datetime) -> None:
        """She approves the alert at once; it may leave only when the learner's 48 hours have run out."""
        about = f"{learner.name} : deux absences"
        self.claire.replies(self.claire.finds("À approuver", about), "ok")
        grace = second_end + timedelta(hours=48)
        self.town.at(grace - timedelta(minutes=5), partial(self._support_knows, about, False))
        self.town.at(grace + timedelta(minutes=5), partial(self._support_knows, about, True))

    def _support_knows(self, about: str, expected: bool) -> None:
        if support_heard(self.town, about) is not expected:
            what = "nothing came" if expected else "it came before the learner's 48 hours had run out"
            raise StoryError(f"{at(self.town)}: support and “{about}”: {what}")

    def _soon(self, act: Callable[[], None]) -> None:
        self.town.later(timedelta(minutes=20), act)


def _end(learner: Learner, start: datetime) -> datetime:
    """UTC, because hours are added to it: in the mentor's zone, 48 hours over a clock change would be 47 or 49."""
    return start.astimezone(UTC) + timedelta(minutes=learner.minutes)
