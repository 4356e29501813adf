"""The soak itself: phases of calm and of trouble, the clock moved from look to look, and what must hold after each."""

from __future__ import annotations

import gc
import os
import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.loop import Tick, tick
from agent.observe import FIRST_WAIT, LONGEST_WAIT, longest_wait
from agent.store import Outgoing
from agent.world import World
from tests.servers.fault_proxy import Trouble
from tests.soak.figures import Figures
from tests.soak.servers import QUESTION, SoakTown

RESTART = "restarted"
EMPTIED = "empty though it is not"
CALM, TROUBLED, SLOW = 10, 14, 4  # ticks in a phase
SECOND = timedelta(seconds=1)  # the store keeps whole ones
WAKE = timedelta(seconds=20)  # mail that arrives wakes the agent

KINDS = [
    *(("mailbox", kind) for kind in (RESTART, *Trouble) if kind != Trouble.NONE),
    *(("smtp", kind) for kind in Trouble if kind is not Trouble.NONE),
    *(("calendar", kind) for kind in (EMPTIED, *Trouble) if kind not in (Trouble.NONE, Trouble.FULL)),
]


class Soak:
    """Runs `ticks` ticks in phases; AssertionError at the first thing that does not hold."""

    def __init__(self, town: SoakTown, world: World, chance: random.Random) -> None:
        self.town, self.world, self.chance = town, world, chance
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.figures = Figures()
        self._interrupt = os.pipe()
        self._bare = 0  # ticks in a row that did nothing and wanted another at once

    def run(self, ticks: int) -> Figures:
        """Phases until that many ticks are done, whole ones."""
        began, start = time.monotonic(), self.now
        self._calm(CALM)
        self._settle()
        self.figures.descriptors = (_descriptors(), 0)
        self.figures.threads = (threading.active_count(), 0)
        kinds: list[tuple[str, str]] = []
        self.figures.warm = min(len(KINDS), max(1, ticks // (3 * (CALM + TROUBLED))))
        while self.figures.ticks < ticks:
            if not kinds:
                kinds = self.chance.sample(KINDS, len(KINDS))
            self._phase(*kinds.pop())
        self._check_sent()
        self.figures.days = (self.now - start) / timedelta(days=1)
        self.figures.seconds = time.monotonic() - began
        for end in self._interrupt:
            os.close(end)
        return self.figures

    # -- phases

    def _phase(self, source: str, kind: str) -> None:
        self.figures.troubles[f"{source} {kind}"] += 1
        self._calm(CALM)
        if kind == RESTART:
            self.town.restart()
            self._calm(2)
        elif kind == EMPTIED:
            self._emptied()
        else:
            self._trouble(source, Trouble(kind))
        self._settle()
        self._check()

    def _calm(self, count: int) -> None:
        for _ in range(count):
            self._people()
            self._tick()
            self._idle()

    def _trouble(self, source: str, kind: Trouble) -> None:
        self.town.doors[source].trouble = kind
        waits: list[tuple[int, float]] = []
        for _ in range(SLOW if kind is Trouble.TRICKLE else TROUBLED):
            self._people()
            self._troubled_tick(source, waits)
        self.town.doors[source].trouble = Trouble.NONE
        self._growing(source, waits)
        self._recovers(source)

    def _emptied(self) -> None:
        """The calendar says that everything is gone. Nothing is planned meanwhile: one entry would be an answer."""
        if not self.town.empty_calendar():
            return  # so few entries that their going would be believed, rightly
        waits: list[tuple[int, float]] = []
        for _ in range(TROUBLED):
            self._troubled_tick("calendar", waits)
        self.town.fill_calendar()
        self._growing("calendar", waits)
        self._recovers("calendar")

    def _troubled_tick(self, source: str, waits: list[tuple[int, float]]) -> None:
        """A tick; where it failed once more, the failures so far and the seconds until the next try are noted."""
        before = self.world.store.sources.get(source).failures
        self._tick()
        state = self.world.store.sources.get(source)
        if state.failures > before and state.next_try is not None:
            waits.append((state.failures, (state.next_try - self._ticked).total_seconds()))

    def _growing(self, source: str, waits: list[tuple[int, float]]) -> None:
        """Each wait is twice the one before, but for chance and whole seconds, up to the limit."""
        limit = longest_wait(self.world, source).total_seconds()
        assert limit <= LONGEST_WAIT.total_seconds()
        for failures, wait in waits:
            usual = min(FIRST_WAIT.total_seconds() * 2 ** (failures - 1), limit)
            steps = (usual, limit)  # at once at the limit: what a person has to mend
            assert any(0.75 * step - 1 <= wait <= step for step in steps), (source, waits)
        self.figures.waits += [wait for _, wait in waits if wait >= 0.7 * limit]

    def _recovers(self, source: str) -> None:
        """Within one poll of the trouble's end the source is met again; for the way out: nothing waits any more.

        A server that is well may still be too late for the soak's short time-outs, where the machine is busy: such a
        try is counted, and the poll is counted from it.
        """
        ended, poll = self._ticked, longest_wait(self.world, source)  # the worst moment: right after a try
        late = 0
        while self._away(source):
            failures = self.world.store.sources.get(source).failures
            self._tick()
            state = self.world.store.sources.get(source)
            if state.failures > failures and "timed out" in str(state.last_error) and late < 3:
                late, ended = late + 1, self._ticked
            assert self._ticked <= ended + poll + SECOND, f"{source} is not back in time: {self._state(source)}"
        self.figures.late += late
        self.figures.recoveries[source] = max(self.figures.recoveries.get(source, 0.0), (self._ticked - ended) / poll)

    def _away(self, source: str) -> bool:
        failing = self.world.store.sources.get(source).failing_since is not None
        return failing or (source == "smtp" and bool(self.world.store.outbox.in_state(Outgoing.READY)))

    def _state(self, source: str) -> str:
        waiting = [(row.key, row.next_try, row.last_error) for row in self.world.store.outbox.in_state(Outgoing.READY)]
        return f"{self.world.store.sources.get(source)} {waiting}"

    def _settle(self) -> None:
        """The mentor answers everything, and the agent comes to rest."""
        self.town.calm()
        for _ in range(4):
            self.town.answer_all(self.world, self.now)
            quiet = 0
            for _ in range(40):
                done = self._tick()
                quiet = quiet + 1 if not (done.sent or done.performed) else 0
                if quiet >= 3 and not self._open():
                    break
        self.town.tidy(self.now)

    def _open(self) -> bool:
        """Whether anything is still on its way, or a session is about to be asked about."""
        rows = self.world.store.outbox.in_state(Outgoing.READY, Outgoing.SENDING, Outgoing.UNCERTAIN, Outgoing.CLAIMED)
        ends = [end for learner in self.town.learners for end in learner.sessions]
        failing = any(one.failing_since is not None for one in self.world.store.sources.all())  # a late answer
        return bool(rows) or failing or max(ends, default=self.now) > self.now - timedelta(minutes=30)

    # -- one tick, as the daemon does it

    def _tick(self) -> Tick:
        self._ticked = self.now
        began = time.monotonic()
        done = tick(self.world, self.now, force=False)
        self.figures.slowest = max(self.figures.slowest, time.monotonic() - began)
        self.figures.ticks += 1
        came = self.town.carry()
        worked = done.sent or done.performed or came
        self._bare = 0 if worked or done.next_look > self.now else self._bare + 1
        assert self._bare < 2, f"a tick that did nothing wants another at once: {done}"
        # What IDLE would do: mail that came wakes the agent, where it can hear.
        hears = self.world.store.sources.get("mailbox").next_try is None
        awake = self.now + WAKE if came and hears else done.next_look
        self.now = max(self.now + timedelta(seconds=1), min(awake, done.next_look) if came else done.next_look)
        return done

    def _idle(self) -> None:
        """Now and then it really waits, as the daemon does between two ticks."""
        if self.chance.random() < 0.1 and self.world.store.sources.get("mailbox").next_try is None:
            self.world.mailbox.wait(0.02, self._interrupt[0])

    def _people(self) -> None:
        """The school assigns, sessions are planned: before, during and after troubles alike."""
        if len(self.town.learners) < 100 and self.chance.random() < 0.04:
            self.town.assign(self.now)
        known = [one for one in self.town.learners if self._written_to(one.address)]
        if known and self.chance.random() < 0.1:
            self.town.meet(self.chance.choice(known), self.now + timedelta(minutes=self.chance.randint(5, 90)))

    def _written_to(self, address: str) -> bool:
        return any(one.recipient == address for one in self.town.received)

    # -- what must hold

    def _check(self) -> None:
        figures, town = self.figures, self.town
        letters = Counter(one.recipient for one in town.received if one.recipient != town.account.address)
        questions = Counter({one.key: one.asked_about for one in town.received if QUESTION in one.subject}.values())
        sessions = {one.name: len([end for end in one.sessions if end <= self.now]) for one in town.learners}
        figures.assignments, figures.letters = len(town.learners), letters.total()
        figures.sessions, figures.questions = sum(sessions.values()), questions.total()
        figures.lost = sum(letters[one.address] < 1 for one in town.learners)
        figures.lost += sum(max(0, count - questions[name]) for name, count in sessions.items())
        figures.doubled = sum(count - 1 for count in letters.values())
        figures.doubled += sum(max(0, questions[name] - count) for name, count in sessions.items())
        copies = Counter((one.key, one.message_id) for one in town.received)
        figures.doubled += len(copies) - len({key for key, _ in copies})
        figures.repeated = sum(count - 1 for count in copies.values())
        wanted = {name: (count, questions[name]) for name, count in sessions.items() if count != questions[name]}
        parked = [one.what + one.reason for one in self.world.store.parking.all()]
        assert figures.lost == figures.doubled == 0, (letters, wanted, parked)
        failing = [one.name for one in self.world.store.sources.all() if one.failing_since is not None]
        assert failing == [], failing
        figures.descriptors = (figures.descriptors[0], _at_most(_descriptors, figures.descriptors[0]))
        figures.threads = (figures.threads[0], _at_most(threading.active_count, figures.threads[0]))
        gc.collect()
        figures.memory.append(_resident())

    def _check_sent(self) -> None:
        """Every letter that left lies in Sent, once."""
        copies = Counter(self.town.sent_keys())
        left = {one.key for one in self.town.received}
        assert set(copies) == left, (left - set(copies), set(copies) - left)
        assert copies.total() == len(copies), [key for key, count in copies.items() if count > 1]


def soak(folder: Path, ticks: int, seed: int) -> Figures:
    """A whole run, with servers of its own."""
    chance = random.Random(seed)  # noqa: S311 -- the same seed is the same troubles
    with SoakTown(folder, chance) as town:
        world = town.world()
        try:
            return Soak(town, world, chance).run(ticks)
        finally:
            world.mailbox.close()
            world.store.close()


def _at_most(count: Callable[[], int], limit: int) -> int:
    """A count, given a moment to come down: servers close their side of a connection a little later."""
    end = time.monotonic() + 5
    while (found := count()) > limit and time.monotonic() < end:
        time.sleep(0.05)
    assert found <= limit, f"{getattr(count, '__name__', count)}: {found} where {limit} were"
    return found


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _resident() -> int:
    """kB of this process: agent, CalDAV client, proxies, SMTP and CalDAV servers together."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024
