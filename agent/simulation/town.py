"""The place of a simulation: a mailbox, a post office and a calendar in memory, a clock that jumps, and a record."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.memory_mail import Failure, MemoryMailbox, MemoryTransport
from agent.connectors.ports import Folder
from agent.errors import AgentError, TransientError
from agent.loop import tick
from agent.simulation.ledger import Ledger, Report
from agent.simulation.place import build_world, counting_bytes, settings_data
from agent.simulation.post import Letter
from agent.simulation.scenario import AUTHSERV, MENTOR, PARIS, START, Scenario
from agent.world import World

KEPT = timedelta(days=30)
"""The mentor archives older mail, which nobody in a simulation reads again."""


class Post(MemoryTransport):
    """The way out, which can be shut. What breaks off is remembered by its subject's Message-ID."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.shut = False
        self.breaks: Failure | None = None
        self.broken: list[Letter] = []  # what was on its way then
        self._ledger = ledger

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        """See `Transport.send`."""
        if self.shut:
            raise TransientError("the way out is shut")
        if self.breaks is not None:
            self.fail_next(self.breaks)
            self.breaks = None
        try:
            super().send(raw, sender, recipients, before_data)
        except AgentError:
            self.broken += [Letter(START, recipient, raw) for recipient in recipients]
            self._ledger.broken_off.add(self.broken[-1].message_id)
            raise


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story."""

    at: datetime
    text: str


@dataclass
class Town:
    """Everything that goes on. `tamper` may put broken collaborators in: the oracle must notice."""

    scenario: Scenario
    folder: Path
    tamper: Callable[[World], World] = field(default=lambda world: world)
    now: datetime = START
    ledger: Ledger = field(default_factory=Ledger)
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    calendar: MemoryCalendar = field(default_factory=MemoryCalendar)
    record: list[Line] = field(default_factory=list)
    ticks: int = 0
    letters: int = 0
    happenings: set[str] = field(default_factory=set)
    readers: list[Callable[[Letter], None]] = field(default_factory=list)
    reported: list[Callable[[Report], None]] = field(default_factory=list)
    inboxes: dict[str, list[Letter]] = field(default_factory=dict)  # learners' and support's letterboxes
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0
    _rung: bool = True

    def __post_init__(self) -> None:
        self.post = Post(self.ledger)
        mail = {"url": "imap://mail.mentor.example", "authserv_id": AUTHSERV, "poll_minutes": 60}
        calendar = {"url": "caldav+https://mail.mentor.example/", "poll_minutes": 60}
        self.world = self.tamper(
            build_world(
                ":memory:",
                mailbox=self.mailbox,
                transport=self.post,
                calendar=self.calendar,
                base=self.folder,
                data=settings_data(mailbox=mail, calendar=calendar, rules=dict(self.scenario.rules)),
                random_bytes=counting_bytes(f"{self.scenario.seed}/"),
            )
        )

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Something that somebody will do; at once, where its time has passed."""
        self._count += 1
        heapq.heappush(self._agenda, (max(when, self.now).replace(microsecond=0), self._count, act))

    def later(self, act: Callable[[], None], **wait: float) -> None:
        """Something that somebody will do after a while."""
        self.at(self.now + timedelta(**wait), act)

    def play(self, step: Callable[[], bool]) -> None:
        """Let time pass from one moment at which anything happens to the next; `step` may end it by False."""
        look = self.now
        while (moment := min([look, *(when for when, _, _ in self._agenda[:1])])) < self.scenario.until:
            self.now = moment
            while self._agenda and self._agenda[0][0] <= moment:
                heapq.heappop(self._agenda)[2]()
            if self._rung or look <= moment:
                look = self._agent_works()
            if not step():
                return

    def _agent_works(self) -> datetime:
        """Ticks as the daemon's would be: mail that comes wakes it again. When it wants to look next."""
        while True:
            self._rung = False
            done = tick(self.world, self.now, force=False)
            self.ticks += 1
            self._carry()
            if not self._rung:
                return max(done.next_look, self.now + timedelta(seconds=1))

    def _carry(self) -> None:
        for sent in self.post.sent:
            for recipient in sent.recipients:
                letter = Letter(self.now, recipient, sent.raw)
                self.letters += 1
                if recipient == MENTOR:
                    self.deliver(sent.raw, own=True)
                else:
                    self.inboxes.setdefault(recipient, []).append(letter)
                    self.tell(f"the agent writes to {recipient}: {letter.subject}")
                for reader in self.readers:
                    reader(letter)
        self.post.sent.clear()

    def reports(self, report: Report) -> None:
        """Something was said that the agent can know from now on."""
        self.ledger.reports.append(report)
        for listener in self.reported:
            listener(report)

    def deliver(self, raw: bytes, *, sent: bool = False, own: bool = False) -> None:
        """A mail comes into the mentor's inbox and wakes the agent; or lies in Sent.

        The agent's own mail lies there until it next looks: nothing follows from it, and half the ticks would be its.
        """
        self.mailbox.deliver(raw, Folder.SENT if sent else Folder.INBOX, self.now)
        self._rung = self._rung or not (sent or own or self.mailbox.away)

    def restart(self) -> None:
        """The computer is switched off and on again: the agent has what it stored, and nothing else."""
        old = self.world.store
        self.world = replace(self.world, store=old.copy())
        old.close()

    def archive(self) -> None:
        """Old mail leaves the mailbox."""
        for mail in list(self.mailbox.mails.values()):
            if mail.at < self.now - KEPT:
                self.mailbox.remove(mail.ref)

    def happens(self, kind: str, *occasion: object, odds: float | None = None) -> bool:
        """Whether chance has it; then it is noted, so that a shorter story can leave it out."""
        if not self.scenario.happens(kind, *occasion, odds=odds):
            return False
        self.happenings.add("/".join(map(str, (kind, *occasion))))
        return True

    def tell(self, text: str) -> None:
        """Put a line into the record."""
        self.record.append(Line(self.now, text))

    def story(self) -> list[str]:
        """The record as dated lines, in the mentor's zone."""
        return [f"{line.at.astimezone(PARIS):%a %Y-%m-%d %H:%M}  {line.text}" for line in self.record]
