"""The school's clauses, and what follows from them for one learner at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from agent.model.people import Learner, Offer, SeenLetter, Session, Situation, Slot
from agent.model.requests import Request
from agent.model.words import Act, Audience, Matter, Party, RequestKind

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Responsibility:
    """A row of the responsibility matrix: who contacts support, and which rule sees to it."""

    contact: Party
    rule: str
    text: Mapping[str, str] = field(default_factory=dict)  # by language, for the letters


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of the school, as data: `numbers` are named in guidelines.toml (hours, days, counts)."""

    id: str
    section: str
    text: Mapping[str, str]  # by language
    numbers: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def hours(self, name: str) -> timedelta:
        """The number `name`, in hours. KeyError if the guidelines lack it."""
        return _length(hours=self.numbers[name])

    def days(self, name: str) -> timedelta:
        """The number `name`, in days. KeyError if the guidelines lack it."""
        return _length(days=self.numbers[name])


@lru_cache(maxsize=256)  # the rules ask for the same few numbers, session by session
def _length(hours: float = 0, days: float = 0) -> timedelta:
    return timedelta(hours=hours, days=days)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All a policy may know of one learner, of the last months. Sessions and situations are in time order."""

    learner: Learner
    sessions: tuple[Session, ...] = ()
    requests: tuple[Request, ...] = ()
    letters: tuple[SeenLetter, ...] = ()
    done: frozenset[str] = frozenset()  # outbox keys that exist, whatever their state
    watch_since: datetime | None = None  # the agent's first look: older debts are not its own
    situations: tuple[Situation, ...] = ()  # the learner's, and the mentor's own
    queued: Mapping[str, datetime] = field(default_factory=dict)  # outbox key -> when its letter was queued
    offers: tuple[Offer, ...] = ()  # slots offered and not taken back, in time order
    programme: tuple[tuple[str, float], ...] = ()  # the path's projects in order, each with its planned hours (R26)
    # What follows is the law, which `decide` adds.
    law: Mapping[str, Clause] = field(default_factory=dict)  # the clauses that hold now, but for rules set to off
    matrix: Mapping[Matter, Responsibility] = field(default_factory=dict)
    zone: ZoneInfo = UTC  # the mentor's
    _by_key: dict[str, Request] = field(init=False, repr=False, compare=False, default_factory=dict)
    _said: dict[tuple[Matter, ...], tuple[Situation, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _by_rule: dict[str, dict[str, datetime]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def request(self, key: str) -> Request | None:
        """The request with this key, open or not."""
        if not self._by_key:
            self._by_key.update((r.key, r) for r in reversed(self.requests))
        return self._by_key.get(key)

    def said(self, *matters: Matter) -> tuple[Situation, ...]:
        """The situations of these matters, oldest first."""
        found = self._said.get(matters)  # the rules ask for the same few, session by session
        if found is None:
            found = self._said[matters] = tuple([s for s in self.situations if s.matter in matters])
        return found

    def of_rule(self, rule: str) -> Mapping[str, datetime]:
        """The outbox keys of one rule's letters, each with when it was queued."""
        if self.queued and not self._by_rule:
            for key, at in self.queued.items():
                self._by_rule.setdefault(key.partition("/")[0], {})[key] = at
        return self._by_rule.get(rule, {})

    def entrusted(self, rule: str) -> tuple[Situation, ...]:
        """What was reported of this learner and is this rule's by the responsibility matrix, oldest first."""
        return tuple(
            s
            for s in self.situations
            if s.learner_id == self.learner.id and s.matter in self.matrix and self.matrix[s.matter].rule == rule
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """What concerns the mentor and no single learner.

    `sessions` are those to come, or begun, inside the mentor's own absences; `names` their learners'.
    """

    watch_since: datetime
    zone: ZoneInfo
    situations: tuple[Situation, ...] = ()
    requests: tuple[Request, ...] = ()
    done: frozenset[str] = frozenset()
    queued: Mapping[str, datetime] = field(default_factory=dict)
    sessions: tuple[Session, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    calendar_failing_since: datetime | None = None
    calendar_halted: bool = False
    learner: None = None
    _by_key: dict[str, Request] = field(init=False, repr=False, compare=False, default_factory=dict)

    def request(self, key: str) -> Request | None:
        """The request with this key, open or not."""
        if not self._by_key:
            self._by_key.update((r.key, r) for r in reversed(self.requests))
        return self._by_key.get(key)


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something owed now. `key` names it for ever: what has a key is performed at most once.

    `detail` carries what the template says, by name; ids in it ("sessions", "situations") are joined by spaces.
    `offer`: slots within these bounds (UTC) are looked for and offered. `word`: key of the approved request that this
    letter carries out, where it needs no word of its own.
    """

    key: str
    rule: str
    act: Act
    learner_id: int | None  # None: the mentor's own
    reason: str  # English, for `explain`; facts and dates
    audience: Audience = Audience.MENTOR
    session_id: int | None = None
    due: datetime | None = None
    not_before: datetime | None = None  # even approved, it leaves no sooner
    template: str = ""
    offer: Slot | None = None
    question: RequestKind | None = None  # with Act.QUESTION
    word: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that asks nothing now, and why (P10)."""

    rule: str
    reason: str
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one policy says of one learner at one instant."""

    hits: tuple[Obligation, ...] = ()
    misses: tuple[Miss, ...] = ()
    look_again: datetime | None = None  # UTC; None: only a new fact can change the answer
    standing: frozenset[str] = frozenset()  # keys still justified though nothing is owed: requests not to withdraw
