"""Waiting for mail on an Exchange server: streaming notifications (MS-OXWSNTIF), or a look every minute without them.

The library reads a stream by blocking, so a thread of its own does, for one wait; it ends with it. What happens between
two streams may be told to the first one, which nobody reads any more: so once a stream is open, the folders are asked.
"""

from __future__ import annotations

import logging
import math
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from exchangelib.account import Account
from exchangelib.services import GetStreamingEvents, SubscribeToStreaming, Unsubscribe

from agent.connectors import ews_requests as ews
from agent.connectors.ews_connection import Connection
from agent.connectors.ews_errors import FOREIGN, NONSENSE
from agent.errors import AgentError

POLL_EVERY = 60.0  # seconds between looks without a stream; also how long a stream that broke is left alone
SILENCE = 75.0  # seconds: servers say that a stream lives every 45 or so
_LONGEST = 29  # minutes of one stream; 30 is what servers give
_SHORTEST = 30.0  # seconds: a minute is the least that is asked for
_OPENING = 10.0  # seconds that a server gets to begin its answer
_EVENTS = ("NewMailEvent", "CreatedEvent", "MovedEvent", "CopiedEvent")
_END = 1.0  # seconds that a reader gets to notice that its connection was closed
_GOODBYE = 2.0  # seconds that a server gets to take a subscription back
_OPENED, _RANG, _ENDED, _BROKEN, _INTERRUPTED = "orexi"  # how far a stream is

log = logging.getLogger("agent.ews")


class Stream:
    """Notifications of some folders. `silence`: seconds without a sign of life after which a stream is dead."""

    def __init__(self, connection: Connection, folders: tuple[str, ...], silence: float = SILENCE) -> None:
        self._connection, self._folders, self._silence = connection, folders, silence
        self._subscription: str | None = None
        self._rest_until = 0.0  # monotonic: streams do not work before

    def wait(self, seconds: float, interrupt: int, has_news: Callable[[Account], bool]) -> bool:
        """As `Mailbox.wait`. `has_news` says whether there is what no poll has given."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if time.monotonic() < self._rest_until:
                pause = min(left, POLL_EVERY)
                return not select.select([interrupt], [], [], pause)[0] and pause == POLL_EVERY
            try:
                with self._connection.guard() as account:
                    if self._subscription is None:
                        self._subscription = _subscribe(account, self._folders)
                    rang = self._listen(account, left, interrupt, has_news)
            except AgentError:  # refused, or away: the next poll meets what there is to meet
                self._rest()
                return True
            if rang is not None:
                return rang
        return False

    def close(self) -> None:
        """Take the subscription back."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None and self._connection.is_open:
            with suppress(AgentError), self._connection.guard() as account:
                list(Unsubscribe(account=account, timeout=_GOODBYE).call(subscription_id=subscription))

    def _listen(
        self, account: Account, seconds: float, interrupt: int, has_news: Callable[[Account], bool]
    ) -> bool | None:
        """One stream. True for news or a broken stream, False when the wait is over, None when it ended in order."""
        reader = _Reader(account, str(self._subscription), math.ceil(seconds / 60), self._silence)
        try:
            state = reader.rings(interrupt, min(seconds, _OPENING))
            if state == _OPENED:
                if has_news(account):
                    return True
                state = reader.rings(interrupt, seconds)
            elif not state and seconds > _OPENING:
                state = _BROKEN  # it does not even begin
        finally:
            if not reader.stop():
                self._connection.close()  # its session is stuck with it, until its time is out
        if state == _BROKEN:
            self._subscription = None  # expired, or of a server that is gone
            self._rest()
        return {_RANG: True, _BROKEN: True, _ENDED: None}.get(state, False)

    def _rest(self) -> None:
        self._rest_until = time.monotonic() + POLL_EVERY


class _Notifications(GetStreamingEvents):  # type: ignore[misc]  # the library ships no types
    """Calls `opened` once the server has begun to answer."""

    def __init__(self, account: Account, opened: Callable[[], None]) -> None:
        self._opened = opened
        super().__init__(account=account)

    def _get_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super()._get_response(*args, **kwargs)
        self._opened()
        return response


class _Reader:
    """Reads one stream until it rings, ends or breaks, and tells how far it is."""

    def __init__(self, account: Account, subscription: str, minutes: int, silence: float) -> None:
        self._bell, self._rope = socket.socketpair()
        self._service = _Notifications(account, lambda: self._tell(_OPENED))
        self._began = time.monotonic()
        timeout = max(1, min(minutes, _LONGEST))
        self._events = self._service.call(subscription_ids=[subscription], connection_timeout=timeout)
        self._service.timeout = silence  # the library would wait for the whole connection's time
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name="ews-stream", daemon=True)
        self._thread.start()

    def rings(self, interrupt: int, seconds: float) -> str:
        """Wait for the next state, or until `interrupt` is readable; empty when time is up."""
        watched: list[Any] = [self._bell, interrupt]
        ready = select.select(watched, [], [], seconds)[0]
        if interrupt in ready:
            return _INTERRUPTED
        return self._bell.recv(1).decode() if ready else ""

    def stop(self) -> bool:
        """End it, and say whether it has. The connection is closed under it, for nothing else ends a read; a server
        that has not begun to answer leaves none to close, and the thread lives until the silence is too long.
        """
        self._stopping.set()
        end = time.monotonic() + _END
        while self._thread.is_alive() and time.monotonic() < end:
            self._hang_up()
            self._thread.join(0.05)
        self._bell.close()
        self._rope.close()
        return not self._thread.is_alive()

    def _read(self) -> None:
        outcome = _BROKEN
        try:
            outcome = self._outcome()
        except (*FOREIGN, *NONSENSE) as error:
            log.info("a stream of notifications broke: %s %s", type(error).__name__, error)
        finally:
            self._events.close()
            self._tell(outcome)

    def _outcome(self) -> str:
        """A stream ends when its time is up, and says so: a web page in its place ends at once, and would for ever."""
        for notification in self._events:
            if self._stopping.is_set() or any(type(event).__name__ != "StatusEvent" for event in notification.events):
                return _RANG
        closed = self._service.connection_status == GetStreamingEvents.CLOSED
        return _ENDED if closed and time.monotonic() - self._began > _SHORTEST else _BROKEN

    def _tell(self, state: str) -> None:
        with suppress(OSError):  # nobody waits any more
            self._rope.send(state.encode())

    def _hang_up(self) -> None:
        connection: Any = getattr(getattr(self._service._streaming_response, "raw", None), "_connection", None)
        sock = getattr(connection, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _subscribe(account: Account, folders: tuple[str, ...]) -> str:
    service = SubscribeToStreaming(account=account)
    (subscription,) = service.call(folders=[ews.folder(account, name) for name in folders], event_types=_EVENTS)
    return str(subscription)
