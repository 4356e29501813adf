"""The servers of a simulation, and when they fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from agent.connectors.memory_mail import Failure
from agent.errors import TransientError
from agent.simulation.ledger import Outage
from agent.simulation.platform import Platform
from agent.simulation.scenario import START
from agent.simulation.town import Town

WEEK = timedelta(weeks=1)


@dataclass
class Servers:
    """Outages, drawn week by week."""

    town: Town
    platform: Platform
    silent: list[Callable[[Outage], None]] = field(default_factory=list)  # told when the calendar goes away

    def plan(self, week: int) -> None:
        """What fails in this week."""
        begin = START + week * WEEK
        for kind, switch in (
            ("mailbox is away", self._mailbox),
            ("way out is shut", self._way_out),
            ("calendar is away", self._calendar),
            ("calendar turns empty", self._empty),
        ):
            if self.town.happens(kind, week):
                draw = self.town.scenario.chance("outage", kind, week)
                start = begin + timedelta(hours=draw.uniform(0, 160))
                lasting = draw.choice((0.3, 1, 3, 9, 30))
                self.town.at(start, partial(self._goes, kind, switch))
                self.town.at(start + timedelta(hours=lasting), partial(self._comes, kind, switch))
        if self.town.happens("sending breaks off", week):
            draw = self.town.scenario.chance("break", week)
            how = draw.choice((Failure.DELIVERED, Failure.LOST, Failure.TRANSIENT))
            self.town.at(begin + timedelta(hours=draw.uniform(0, 160)), partial(self._breaks, how))
        if self.town.happens("agent restarts", week):
            wait = self.town.scenario.chance("restart", week).uniform(0, 160)
            self.town.at(begin + timedelta(hours=wait), self._restarts)

    def _goes(self, kind: str, switch: Callable[[bool], None]) -> None:
        self.town.tell(kind)
        outage = self.town.ledger.begins(kind, self.town.now)
        switch(True)
        for listener in self.silent if switch == self._calendar else ():
            listener(outage)

    def _comes(self, kind: str, switch: Callable[[bool], None]) -> None:
        self.town.tell(f"no longer: {kind}")
        self.town.ledger.ends(kind, self.town.now)
        switch(False)

    def _mailbox(self, away: bool) -> None:
        self.town.mailbox.away = away

    def _way_out(self, away: bool) -> None:
        self.town.post.shut = away

    def _calendar(self, away: bool) -> None:
        self.town.calendar.fail(TransientError("the calendar is away") if away else None)

    def _empty(self, empty: bool) -> None:
        if empty:
            self.platform.turns_empty()
        elif self.platform.empty:
            self.platform.is_back()

    def _breaks(self, how: Failure) -> None:
        self.town.tell(f"the next sending breaks off ({how.value})")
        self.town.post.breaks = how

    def _restarts(self) -> None:
        self.town.tell("the agent restarts")
        self.town.restart()
