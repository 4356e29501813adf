"""Compares what the agent did with what was really so, after every step. It shares no line with the policies.

What it knows comes from the ledger and from the letterboxes. Two things alone are read from the agent's own record: the
rule that a letter names, for the question is whether it names one, and the guidelines' clauses.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.simulation.causes import absences_in_a_row, unfounded
from agent.simulation.learners import FIRST_CONTACT
from agent.simulation.ledger import Appointment
from agent.simulation.mentor import ASKED, DRAFT, NOTES, TO_APPROVE
from agent.simulation.post import Letter, plain
from agent.simulation.scenario import MENTOR, SUPPORT, Person
from agent.simulation.town import Town

HOURS_48 = timedelta(hours=48)
STRETCH = timedelta(hours=2)
"""Whoever had all its servers for so long could act: waits between tries are a quarter or half of an hour."""

BY_ITSELF = frozenset({"R01"})
"""Rules whose letters to others leave by themselves, as long as the mentor has not set them otherwise."""

LIMITS = ("missed", "twice", "unfounded letters", "alerts against R09, R16, R20")
"""What must stay at nought."""


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
    kept: Counter[str] = field(default_factory=Counter)  # obligations that were met, by rule
    excused: int = 0  # those that no agent could have met
    _due: list[tuple[datetime, int, str, object]] = field(default_factory=list)
    _mentor: dict[str, list[Letter]] = field(default_factory=dict)  # her mails, by the learner's name in them
    _seen: set[str] = field(default_factory=set)
    _told: set[tuple[int, int, int]] = field(default_factory=set)
    _known: set[tuple[int, int, datetime]] = field(default_factory=set)
    _assigned: set[int] = field(default_factory=set)
    _count: int = 0

    def gets(self, letter: Letter) -> None:
        """A letter lies in somebody's letterbox."""
        self._twice(letter)
        if letter.recipient == MENTOR:
            person = self.town.ledger.person_in(letter.subject)
            if person is not None:
                self._mentor.setdefault(person.name, []).append(letter)
        else:
            self._founded(letter)

    def step(self) -> bool:
        """After a step: note what is owed from now on, judge what is due; False to stop."""
        for number, at in self.town.ledger.assigned.items():
            if number not in self._assigned:
                self._assigned.add(number)
                self._owe(at + HOURS_48, "contact", (self.town.ledger.people[number], at))
        while self._due and self._due[0][0] <= self.town.now:
            _, _, what, about = heapq.heappop(self._due)
            if what == "contact":
                self._contacted(*about)  # type: ignore[misc]
            elif what == "asked":
                self._asked(*about)  # type: ignore[misc]
            elif what == "drafted":
                self._drafted(*about)  # type: ignore[misc]
            else:
                self._alerted(*about)  # type: ignore[misc]
        return not self.violations

    # -- what is owed

    def planned(self, session: Appointment) -> None:
        """A session was put, or moved, into the calendar."""
        self._owe(session.end + HOURS_48, "asked", (session, session.end))

    def told(self, session: Appointment) -> None:
        """The mentor said how a session went."""
        at, outcome = session.told[-1]
        if outcome in {"completed", "absent"} and len(session.told) == 1:
            self._owe(max(session.end + HOURS_48, at + STRETCH), "drafted", (session, at))
        self._owe(at + timedelta(hours=6), "alerted", (session, at))

    def _owe(self, due: datetime, what: str, about: object) -> None:
        self._count += 1
        heapq.heappush(self._due, (due, self._count, what, about))

    def _contacted(self, person: Person, at: datetime) -> None:
        letters = self.town.inboxes.get(person.address, [])
        self._judge("R01", bool(letters), at, at + HOURS_48, f"{person.name} was not written to within 48 hours")

    def _asked(self, session: Appointment, end: datetime) -> None:
        if session.gone or session.end != end or session.told:
            return
        since = max(end, session.changed)
        mails = self._about(session, end, ASKED, NOTES)
        self._judge("R07", bool(mails), since, end + HOURS_48, f"nobody asked about {_name(session)}")

    def _drafted(self, session: Appointment, at: datetime) -> None:
        until = max(session.end + HOURS_48, at + STRETCH)
        mails = self._about(session, at, DRAFT)
        self._judge("R07", bool(mails), at, until, f"no report was drafted on {_name(session)}")

    def _alerted(self, session: Appointment, at: datetime) -> None:
        run = absences_in_a_row(self.town.ledger.appointments[session.person.number], self.town.now)
        if run is None or session not in run[:2] or session.said != "absent":
            return
        since = run[1].end - timedelta(hours=1)
        found = [one for one in self._about(session, since, TO_APPROVE) if "absences" in one.subject]
        self._judge(
            "R10", bool(found), at, at + timedelta(hours=6), f"no alert was drafted about {session.person.name}"
        )

    def _about(self, session: Appointment, since: datetime, *words: str) -> list[Letter]:
        mails = self._mentor.get(session.person.name, [])
        return [one for one in mails if one.at >= since and any(word in one.subject for word in words)]

    def _judge(self, rule: str, met: bool, since: datetime, until: datetime, what: str) -> None:
        if met:
            self.kept[rule] += 1
        elif self.town.ledger.able(since, until, STRETCH):
            self._violated("missed", f"{rule}: {what}")
        else:
            self.excused += 1

    # -- what must not be

    def _twice(self, letter: Letter) -> None:
        if letter.recipient == MENTOR:
            same = f"id/{letter.message_id}"
            if same in self._seen and letter.message_id not in self.town.ledger.broken_off:
                self._violated("twice", f"the mentor got “{letter.subject}” twice")
            self._seen.add(same)
            return
        purposes = [f"{letter.recipient}/{letter.subject}/{plain(letter.text)}"]
        if FIRST_CONTACT in letter.subject:
            purposes.append(f"{letter.recipient}/first contact")
        if letter.recipient == SUPPORT:
            dates = [line for line in letter.text.split("\n") if line.startswith("Absence ")]
            purposes.append(f"{letter.subject}/{dates}" if dates else purposes[0])
        if not self._seen.isdisjoint(purposes):
            self._violated("twice", f"{letter.recipient} got “{letter.subject}” twice")
        self._seen.update(purposes)

    def _founded(self, letter: Letter) -> None:
        """A rule, a clause that holds, and the mentor's own word where the rule needs it."""
        row = self.town.world.store.outbox.by_message_id(letter.message_id)
        rule = row.rule if row else ""
        rules = self.town.world.rules
        if rule not in rules.guidelines.dated or rules.guidelines.holding(rule, self.town.now.date()) is None:
            self._violated("unfounded letters", f"“{letter.subject}” to {letter.recipient} names no clause ({rule})")
        if rule not in BY_ITSELF and not self._approved(letter):
            self._violated("unfounded letters", f"{rule}: nobody approved “{letter.subject}” to {letter.recipient}")
        known = {SUPPORT, *(person.address for person in self.town.ledger.people.values())}
        if letter.recipient not in known:
            self._violated("unfounded letters", f"{letter.recipient} is nobody's address")
        if letter.recipient == SUPPORT and (why := unfounded(rule, letter, self.town.ledger, self.town.now)):
            self._violated("alerts against R09, R16, R20", f"{rule}: “{letter.subject}”: {why}")

    def _approved(self, letter: Letter) -> bool:
        text = plain(letter.text)
        return any(
            word.verdict in {"approve", "button"} and word.at <= self.town.now and text in plain(word.shown.text)
            for word in reversed(self.town.ledger.words)
        )

    def _violated(self, kind: str, what: str) -> None:
        self.violations.append(Violation(self.town.now, kind, what))
        self.town.tell(f"VIOLATION ({kind}): {what}")


def _name(session: Appointment) -> str:
    return f"session {session.number} of {session.person.name}, {session.label}"
