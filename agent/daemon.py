"""The daemon: ticks when something is due or mail arrives, stops within seconds, reloads on SIGHUP.

One process at a time holds the state directory's lock; it alone delivers.
"""

from __future__ import annotations

import fcntl
import logging
import os
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

from agent.errors import AgentError, TerminalError
from agent.loop import Tick, tick
from agent.observe import mail
from agent.world import World

log = logging.getLogger("agent")

LAST_CALL = 4.0
"""Seconds that a stop leaves to whatever is in hand. A letter cut off then is looked for in Sent at the next start."""

LONGEST_SLEEP = 600.0  # seconds


class Stopped(BaseException):
    """Time is up after SIGTERM. Not an Exception: nothing that handles errors may swallow it."""


@contextmanager
def lock(state_dir: Path) -> Iterator[None]:
    """Hold the state directory; TerminalError when another process does."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(state_dir / "lock", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TerminalError(f"another mentor-agent is running on {state_dir}") from None
        yield


def notify(message: str, environment: dict[str, str] | None = None) -> None:
    """sd_notify(3): tell systemd, when it started us, that we are ready, alive or stopping."""
    address = (environment if environment is not None else os.environ).get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.connect(address)
            channel.send(message.encode())
        except OSError as error:
            log.warning("systemd could not be told: %s", error)


class Signals:
    """SIGTERM and SIGINT stop, SIGHUP reloads; each makes `interrupt` readable, so that no wait outlives it."""

    def __init__(self) -> None:
        self.interrupt, self._bell = os.pipe()
        os.set_blocking(self.interrupt, False)
        os.set_blocking(self._bell, False)
        self.stop = False
        self.reload = False

    def install(self) -> None:
        """Take over the process's signals."""
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        signal.signal(signal.SIGALRM, self._last_call)

    def drain(self) -> None:
        """Forget the rings that have been heard."""
        try:
            while os.read(self.interrupt, 512):
                pass
        except BlockingIOError:
            pass

    def stopping(self) -> bool:
        """Whether a stop was asked for. Asked between learners and between letters: a long tick is alive."""
        notify("WATCHDOG=1")
        return self.stop

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self.stop = True
        signal.setitimer(signal.ITIMER_REAL, LAST_CALL)

    def _reload(self, signum: int, frame: FrameType | None) -> None:
        self.reload = True

    def _last_call(self, signum: int, frame: FrameType | None) -> None:
        raise Stopped


def run(build: Callable[[], World], clock: Callable[[], datetime], signals: Signals) -> None:
    """Until stopped. `build` makes the world, again at each SIGHUP; a bad new config is said and the old one kept."""
    world = build()
    try:
        with lock(world.settings.state_dir):
            log.info("started mode=%s", world.settings.mode)
            notify("READY=1")
            while not signals.stop:
                world = _reloaded(world, build, signals)
                done = tick(world, clock(), signals.stopping, force=False)
                _log(done)
                notify("WATCHDOG=1")
                if not signals.stop:
                    _sleep(world, done, clock, signals)
    except Stopped:
        log.warning("stopped in the middle; what was in hand is settled at the next start")
    finally:
        notify("STOPPING=1")
        signal.setitimer(signal.ITIMER_REAL, 0)
        world.mailbox.close()
        world.store.close()
        log.info("stopped")


def _reloaded(world: World, build: Callable[[], World], signals: Signals) -> World:
    if not signals.reload:
        return world
    signals.reload = False
    try:
        new = build()
    except AgentError as error:
        log.error("the new config is not used: %s", error)  # noqa: TRY400 -- a mentor's mistake needs no traceback
        return world
    if new.settings.state_dir != world.settings.state_dir:  # the lock, and what is on its way, lie in the old one
        new.store.close()
        log.error("the new config is not used: another state_dir needs a restart")
        return world
    world.mailbox.close()
    world.store.close()
    new.store.sources.retry_now()
    log.info("reloaded mode=%s", new.settings.mode)
    return new


def _sleep(world: World, done: Tick, clock: Callable[[], datetime], signals: Signals) -> None:
    """Until something is due, mail arrives or a signal rings. A mailbox that cannot wait is waited for without it."""
    signals.drain()
    if signals.stop or signals.reload:
        return
    seconds = min(max((done.next_look - clock()).total_seconds(), 0.0), LONGEST_SLEEP)
    if world.store.sources.get(mail.SOURCE).next_try is not None:
        select.select([signals.interrupt], [], [], seconds)  # it is away: waiting on it would return at once, for ever
    elif seconds:
        world.mailbox.wait(seconds, signals.interrupt)


def _log(done: Tick) -> None:
    for obligation in done.performed:
        log.info("performed rule=%s key=%s", obligation.rule, obligation.key)
    for row in done.sent:
        log.info(
            "sent rule=%s letter=%d audience=%s", row.rule, row.id, row.audience.value
        )  # its key may name a person
