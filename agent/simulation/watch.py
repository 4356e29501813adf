"""What is owed, by when, and whether it was done: the oracle's book of duties."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from agent.simulation.post import Letter
from agent.simulation.scenario import MENTOR, SUPPORT, Person
from agent.simulation.town import Town

STRETCH = timedelta(hours=2)
"""Whoever had all its servers for so long could act: waits between tries are a quarter or half of an hour."""

AT_ONCE = timedelta(hours=6)
"""What is owed at once is done by then, whatever the agent waits for between two looks at its servers."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something owed under a rule from `since` until `until`. `kept` is asked then; None: it is owed no more.

    `despite`: a source whose being away does not excuse it.
    """

    rule: str
    since: datetime
    until: datetime
    what: str
    kept: Callable[[], bool | None]
    despite: str = ""


@dataclass
class Watch:
    """Duties, each judged when it is due, and the mails to the mentor, by the learner whom they name ("": nobody)."""

    town: Town
    kept: Counter[str] = field(default_factory=Counter)  # by rule
    excused: int = 0  # what no agent could have done
    mails: dict[str, list[Letter]] = field(default_factory=dict)
    _due: list[tuple[datetime, int, Duty]] = field(default_factory=list)
    _count: int = 0

    def owe(self, duty: Duty) -> None:
        """Judge this when its time has come; a rule that the mentor's settings have off owes nothing."""
        if (duty.rule[:3], "off") in self.town.scenario.rules:
            return
        self._count += 1
        heapq.heappush(self._due, (duty.until, self._count, duty))

    def missed(self) -> list[Duty]:
        """What fell due by now, and was not done though it could have been."""
        found = []
        while self._due and self._due[0][0] <= self.town.now:
            duty = heapq.heappop(self._due)[2]
            kept = duty.kept()
            if kept:
                self.kept[duty.rule] += 1
            elif kept is False and self.town.ledger.able(duty.since, duty.until, STRETCH, duty.despite):
                found.append(duty)
            elif kept is False:
                self.excused += 1
        return found

    def gets(self, letter: Letter) -> None:
        """A mail to the mentor is remembered."""
        if letter.recipient == MENTOR:
            person = self.town.ledger.person_in(letter.subject)
            self.mails.setdefault(person.name if person else "", []).append(letter)

    def about(self, person: Person | None, since: datetime, *words: str) -> list[Letter]:
        """The mails to the mentor that name a learner (None: nobody) and have one of these words in their subject."""
        mails = self.mails.get(person.name if person else "", [])
        return _since(mails, since, words)

    def got(self, person: Person | None, since: datetime, *words: str) -> list[Letter]:
        """The letters to a learner (None: to support), likewise."""
        letters = self.town.inboxes.get(person.address if person else SUPPORT, [])
        return _since(letters, since, words)

    def in_the_dark(self, recipient: str, subject: str = "") -> bool:
        """Whether a letter's sending broke off: nobody knows if it went, and the mentor is asked."""
        return any(one.recipient == recipient and subject in one.subject for one in self.town.post.broken)


def _since(letters: Sequence[Letter], since: datetime, words: Iterable[str]) -> list[Letter]:
    """Those, of letters in time order, that came since then and have one of these words in their subject."""
    late = letters[bisect_left(letters, since, key=attrgetter("at")) :]
    return [one for one in late if any(word in one.subject for word in words)]
