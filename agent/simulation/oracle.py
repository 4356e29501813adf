"""Compares what the agent did with what was really so, after every step. It shares no line with the policies.

What it knows comes from the ledger and from the letterboxes. Two things alone are read from the agent's own record: the
rule that a letter names, for the question is whether it names one, and the guidelines' clauses.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.simulation import texts
from agent.simulation.causes import to_learner, to_support
from agent.simulation.duties import READY, Duties
from agent.simulation.learners import FIRST_CONTACT
from agent.simulation.matters import REPLY
from agent.simulation.post import Letter
from agent.simulation.scenario import MENTOR, SUPPORT
from agent.simulation.town import Town
from agent.simulation.watch import Watch

BY_ITSELF = frozenset({"R01"})
"""Rules whose letters to others leave by themselves, as long as the mentor has not set them otherwise."""

AGAINST = "alerts against R09, R16, R20"
CONTRADICTS = "reports against R08, R23"
UNFIT = "words against R02, R25"
LIMITS = ("missed", "twice", "unfounded letters", AGAINST, CONTRADICTS, UNFIT)
"""What must stay at nought."""

CONFIRMED = "Confirmé : notre session du "

NEVER = frozenset({"R09", "R16", "R20"})
"""Rules that are no matter for support."""

PURPOSES = (
    re.compile(re.escape(FIRST_CONTACT)),
    re.compile(r"session de la semaine du [\w ]+"),
    re.compile(r"Notre session du [\w ]+ (?=: (?:quand|nous nous))"),
    re.compile(r"Notre session du [\w ]+ : changement de date"),
    re.compile(r"Notre session du [\w ]+ ne peut pas avoir lieu"),
    re.compile(f"{CONFIRMED}.+"),
)
"""What a letter to a learner is for, by its subject: once each."""


LATELY = timedelta(days=3)
"""The same words to the same person may be another letter only after so long: another week, another absence."""

REPLIED = timedelta(days=28)
"""A reply to a learner's own matter covers what they ask again for so long."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be. `kind` is one of LIMITS."""

    at: datetime
    kind: str
    what: str


@dataclass
class Oracle:
    """Watches the letterboxes, and what falls due."""

    town: Town
    violations: list[Violation] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _texts: dict[str, datetime] = field(default_factory=dict)  # when somebody last got a text

    def __post_init__(self) -> None:
        self.watch = Watch(self.town)
        self.duties = Duties(self.watch)

    @property
    def kept(self) -> Counter[str]:
        """How many obligations were met, by rule."""
        return self.watch.kept

    @property
    def excused(self) -> int:
        """How many no agent could have met."""
        return self.watch.excused

    def gets(self, letter: Letter) -> None:
        """A letter lies in somebody's letterbox."""
        self.watch.gets(letter)
        self._twice(letter)
        if letter.recipient == MENTOR:
            self._true(letter)
        else:
            self._founded(letter)
            self.duties.alerted(letter)

    def step(self) -> bool:
        """After a step: note what is owed from now on, judge what is due; False to stop."""
        self.duties.step()
        for duty in self.watch.missed():
            self._violated("missed", f"{duty.rule}: {duty.what}")
        return not self.violations

    def _twice(self, letter: Letter) -> None:
        if letter.recipient == MENTOR:
            same = f"id/{letter.message_id}"
            if same in self._seen and letter.message_id not in self.town.ledger.broken_off:
                self._violated("twice", f"the mentor got “{letter.subject}” twice")
            self._seen.add(same)
            return
        purposes = []
        text = letter.told
        again = self._texts.get(text)
        self._texts[text] = letter.written
        if text in self.town.ledger.came_back:  # it reached nobody: sent again, it is the first
            self.town.ledger.came_back.remove(text)
            return
        if letter.recipient == SUPPORT:
            dates = [line for line in letter.text.split("\n") if line.startswith("Absence ")]
            purposes += [f"{letter.subject}/{dates}"] if dates else []
        else:
            found = (pattern.search(letter.subject) for pattern in PURPOSES)
            purposes += [f"{letter.recipient}/{one[0]}" for one in found if one]
        lately = REPLIED if REPLY in letter.subject else LATELY
        if not self._seen.isdisjoint(purposes) or (again is not None and letter.written - again < lately):
            self._violated("twice", f"{letter.recipient} got “{letter.subject}” twice")
        self._seen.update(purposes)

    def _true(self, letter: Letter) -> None:
        """A report that is handed over has a status that was said; completed, where no absence was announced."""
        if not letter.subject.startswith(READY):
            return
        session = self.town.ledger.appointment(letter.subject)
        completed = "Statut à indiquer : réalisée" in letter.words
        if session and session.announced and completed:
            self._violated(CONTRADICTS, f"“{letter.subject}” says completed; an absence was announced")
        if session and (why := texts.untrue_status(letter, session)):
            self._violated(CONTRADICTS, f"“{letter.subject}” says {why}")

    def _founded(self, letter: Letter) -> None:
        """A rule, a clause that holds, and the mentor's own word where the rule needs it; and a cause."""
        row = self.town.world.store.outbox.by_message_id(letter.message_id)
        rule = row.rule if row else ""
        rules = self.town.world.rules
        what = f"{rule}: “{letter.subject}” to {letter.recipient}"
        if rule not in rules.guidelines.dated or rules.guidelines.holding(rule, self.town.now.date()) is None:
            self._violated("unfounded letters", f"{what} names no clause")
        if rule not in BY_ITSELF and not self._approved(letter):
            self._violated("unfounded letters", f"{what}: nobody approved it")
        known = {SUPPORT, *(person.address for person in self.town.ledger.people.values())}
        if letter.recipient not in known:
            self._violated("unfounded letters", f"{letter.recipient} is nobody's address")
        elif letter.recipient != SUPPORT:
            self._fit(letter, what)
        elif letter.recipient == SUPPORT:
            why = f"{rule} is no matter for support" if rule in NEVER else to_support(letter, self.town.ledger)
            if why:
                self._violated(AGAINST, f"{what}: {why}")

    def _fit(self, letter: Letter, what: str) -> None:
        """A cause for a letter to a learner, and its words."""
        ledger = self.town.ledger
        if why := to_learner(letter, ledger):
            self._violated("unfounded letters", f"{what}: {why}")
        person = next(one for one in ledger.people.values() if one.address == letter.recipient)
        if why := texts.too_familiar(letter, person, ledger) or texts.at_odd_hours(letter):
            self._violated(UNFIT, f"{what} says {why}")

    def _approved(self, letter: Letter) -> bool:
        """The mentor's word on this very text; a confirmation carries out the word on the slots that it confirms."""
        if letter.subject.startswith(CONFIRMED):
            moment = letter.subject.removeprefix(CONFIRMED)
            offered = self.town.inboxes.get(letter.recipient, [])
            return any(f". {moment}" in one.words for one in offered)
        text = letter.words
        return any(
            word.verdict in {"approve", "button"} and word.at <= self.town.now and text in word.shown.words
            for word in reversed(self.town.ledger.words)
        )

    def _violated(self, kind: str, what: str) -> None:
        self.violations.append(Violation(self.town.now, kind, what))
        self.town.tell(f"VIOLATION ({kind}): {what}")
