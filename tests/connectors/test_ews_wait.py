"""Waiting for mail on Exchange: streams that ring, break, fall silent or are refused, and nothing left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from agent.connectors.ews import Connection, EwsAccount, Login
from agent.connectors.ews_stream import Stream
from tests.connectors.ews_letters import MENTOR, open_account
from tests.connectors.mail_worlds import START, mail
from tests.servers.ews import PASSWORD, EwsServer, Fault


@pytest.fixture
def server() -> Iterator[EwsServer]:
    """An Exchange server with the mentor's mailbox."""
    with EwsServer() as running:
        running.mailbox(MENTOR)
        yield running


@pytest.fixture
def account(server: EwsServer) -> Iterator[EwsAccount]:
    """The mentor's account."""
    made = open_account(server)
    yield made
    made.mailbox.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """What interrupts a wait."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def waited(account: EwsAccount, seconds: float, interrupt: int) -> tuple[bool, float]:
    begin = time.monotonic()
    return account.mailbox.wait(seconds, interrupt), time.monotonic() - begin


def test_what_the_mentor_sends_ends_the_wait_too(server: EwsServer, account: EwsAccount, pipe: tuple[int, int]) -> None:
    account.mailbox.poll(None, START)
    assert not account.mailbox.wait(0.1, pipe[0])
    threading.Timer(0.2, server.mailboxes[MENTOR].deliver, [mail(), "sentitems"]).start()

    assert waited(account, 30, pipe[0])[0]


def test_mail_that_comes_between_two_waits_rings_in_the_second(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int]
) -> None:
    account.mailbox.poll(None, START)
    assert not account.mailbox.wait(0.1, pipe[0])
    server.mailboxes[MENTOR].deliver(mail())

    rang, seconds = waited(account, 30, pipe[0])

    assert rang
    assert seconds < 10
    assert server.requests.count("Subscribe") == 1


def test_mail_that_is_read_or_deleted_wakes_nobody(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int]
) -> None:
    box = server.mailboxes[MENTOR]
    item = box.deliver(mail())
    account.mailbox.poll(None, START)
    assert not account.mailbox.wait(0.1, pipe[0])
    box.folders["inbox"].touch(item, only_read=True)
    box.folders["inbox"].remove(item.id)

    assert not account.mailbox.wait(0.5, pipe[0])


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.DROP_BEFORE, Fault.BUSY, Fault.PAGE])
def test_a_stream_that_breaks_ends_the_wait_once_and_is_then_left_alone_for_a_minute(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int], fault: Fault
) -> None:
    account.mailbox.poll(None, START)
    server.fail_next("GetStreamingEvents", fault)

    assert waited(account, 30, pipe[0])[0]  # the poll that follows meets what there is to meet
    assert not waited(account, 0.3, pipe[0])[0]
    assert not waited(account, 0.3, pipe[0])[0]
    assert server.requests.count("GetStreamingEvents") == 1


def test_where_streams_are_refused_the_wait_is_a_pause(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int]
) -> None:
    server.refuses_streams = True
    account.mailbox.poll(None, START)
    assert waited(account, 30, pipe[0])[0]
    threading.Timer(0.2, os.write, [pipe[1], b"."]).start()

    rang, seconds = waited(account, 30, pipe[0])

    assert not rang
    assert seconds < 10


def test_a_subscription_that_the_server_forgot_is_made_again_and_loses_nothing(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int]
) -> None:
    box = server.mailboxes[MENTOR]
    cursor = account.mailbox.poll(None, START).cursor
    assert not account.mailbox.wait(0.1, pipe[0])
    box.expire_subscriptions()
    box.deliver(mail())

    assert waited(account, 30, pipe[0])[0]
    assert len(account.mailbox.poll(cursor, START).heads) == 1


def test_a_stream_that_falls_silent_is_given_up(server: EwsServer, pipe: tuple[int, int]) -> None:
    connection = Connection(server.endpoint, Login(MENTOR, PASSWORD), MENTOR, timeout=5)
    stream = Stream(connection, ("inbox",), silence=0.5)
    server.fail_next("GetStreamingEvents", Fault.MUTE)
    begin = time.monotonic()

    assert stream.wait(30, pipe[0], lambda account: False)

    assert time.monotonic() - begin < 10
    stream.close()
    connection.close()


def test_a_stream_that_says_now_and_then_that_it_lives_is_kept(server: EwsServer, pipe: tuple[int, int]) -> None:
    connection = Connection(server.endpoint, Login(MENTOR, PASSWORD), MENTOR, timeout=5)
    stream = Stream(connection, ("inbox",), silence=0.8)
    server.heartbeat = 0.1

    assert not stream.wait(2.0, pipe[0], lambda account: False)

    assert server.requests.count("GetStreamingEvents") == 1
    stream.close()
    connection.close()


def test_an_interrupt_that_rang_before_ends_the_wait_at_once_also_with_a_server_that_does_not_answer(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int]
) -> None:
    account.mailbox.poll(None, START)
    assert not account.mailbox.wait(0.1, pipe[0])
    server.slowness = 25.0
    server.fail_next("GetStreamingEvents", Fault.SLOW)
    server.fail_next("Unsubscribe", Fault.SLOW)
    os.write(pipe[1], b".")

    rang, seconds = waited(account, 30, pipe[0])
    begin = time.monotonic()
    account.mailbox.close()

    assert not rang
    assert seconds < 15
    assert time.monotonic() - begin < 15


def test_many_waits_leave_no_thread_and_no_stream_behind(
    server: EwsServer, account: EwsAccount, pipe: tuple[int, int]
) -> None:
    account.mailbox.poll(None, START)
    os.write(pipe[1], b".")
    account.mailbox.wait(30, pipe[0])
    before, files = threading.active_count(), len(os.listdir("/proc/self/fd"))

    for _ in range(30):
        assert not account.mailbox.wait(30, pipe[0])

    eventually(lambda: server.streams == 0)
    assert [thread.name for thread in threading.enumerate() if thread.name == "ews-stream"] == []
    eventually(lambda: threading.active_count() <= before + 2)
    eventually(lambda: len(os.listdir("/proc/self/fd")) <= files + 4)


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
