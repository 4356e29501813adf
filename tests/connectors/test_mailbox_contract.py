"""What every mailbox promises, whichever way the mail is reached: in memory, in directories, over IMAP, over Graph."""

from __future__ import annotations

import os
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.connectors.ports import KEY_HEADER, Folder, Mailbox, MailDelta, MailHead
from agent.connectors.rawmail import message_id
from agent.errors import TransientError, UnreadableError
from tests.connectors.graph_worlds import GraphMailWorld
from tests.connectors.mail_worlds import START, DovecotWorld, EwsWorld, MaildirWorld, MemoryWorld, World, mail
from tests.servers.ews import EwsServer
from tests.servers.graph import graph_server


@pytest.fixture(params=["memory", "maildir", "dovecot", "ews", "graph"])
def world(request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    """Each mailbox in turn, empty."""
    made: World
    if request.param == "graph":
        with graph_server() as server:
            made = GraphMailWorld(server, folder)
            yield made
            made.mailbox.close()
        return
    if request.param == "memory":
        made = MemoryWorld()
    elif request.param == "maildir":
        made = MaildirWorld(folder / "mail")
    elif request.param == "ews":
        made = EwsWorld(request.getfixturevalue("ews_server"))
    else:
        made = DovecotWorld(request.getfixturevalue("dovecot"))
    yield made
    made.mailbox.close()


@pytest.fixture
def ews_server() -> Iterator[EwsServer]:
    """A running Exchange server, empty."""
    with EwsServer() as server:
        yield server


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The interrupt: what is written to the second end wakes whoever waits on the first."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def everything(mailbox: Mailbox, cursor: str | None = None) -> tuple[list[MailHead], str]:
    """All batches from `cursor` on."""
    heads: list[MailHead] = []
    more = True
    while more:
        delta = mailbox.poll(cursor, START)
        assert len(delta.heads) <= 500
        heads += delta.heads
        cursor, more = delta.cursor, delta.more
    assert cursor is not None
    return heads, cursor


def ids(heads: list[MailHead] | tuple[MailHead, ...]) -> list[str]:
    return [message_id(head.headers) for head in heads]


def keep(world: World, letter: bytes) -> None:
    """A copy of a letter of ours comes to lie in Sent: where the server keeps what it sends, by sending it."""
    if isinstance(world, GraphMailWorld):
        world.send(letter)
    else:
        world.mailbox.save_sent(letter)


def first_look(world: World) -> MailDelta:
    return world.mailbox.poll(None, START)


def test_mail_that_arrives_and_mail_that_the_mentor_sends_are_both_seen(world: World) -> None:
    cursor = first_look(world).cursor
    came, went = mail("Question"), mail("Réponse")
    world.deliver(came)
    world.deliver(went, folder=Folder.SENT)

    heads, _ = everything(world.mailbox, cursor)

    assert {(head.ref.folder, message_id(head.headers)) for head in heads} == {
        (Folder.INBOX, message_id(came)),
        (Folder.SENT, message_id(went)),
    }
    by_folder = {head.ref.folder: head for head in heads}
    assert world.mailbox.fetch(by_folder[Folder.SENT].ref).replace(b"\r\n", b"\n") == went.replace(b"\r\n", b"\n")


def test_a_head_is_the_header_block_alone_with_the_size_of_the_whole_mail(world: World) -> None:
    raw = mail(body=b"Je serai absente.\r\n" * 50)
    world.deliver(raw, folder=Folder.SENT)

    (head,) = first_look(world).heads

    assert head.headers.replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"
    assert len(raw.replace(b"\r\n", b"\n")) <= head.size <= len(raw)


def test_a_mail_is_seen_once_across_polls_and_across_a_restart(world: World) -> None:
    world.deliver(mail(), mail())
    world.deliver(mail(), folder=Folder.SENT)
    heads, cursor = everything(world.mailbox)
    assert len(heads) == 3

    again = world.mailbox.poll(cursor, START)
    restarted = world.restarted()
    after = restarted.poll(again.cursor, START)
    restarted.close()

    assert again.heads == after.heads == ()
    assert not again.more


def test_a_poll_that_was_not_stored_gives_the_same_mails_again(world: World) -> None:
    cursor = first_look(world).cursor
    world.deliver(mail(), mail())

    assert ids(world.mailbox.poll(cursor, START).heads) == ids(world.mailbox.poll(cursor, START).heads) != []


def test_the_first_look_goes_back_to_the_given_day_and_no_further(world: World) -> None:
    before, after = mail("Ancien"), mail("Récent")
    world.deliver(before, at=START - timedelta(minutes=1))
    world.deliver(after, at=START + timedelta(minutes=1))

    heads, cursor = everything(world.mailbox)

    assert ids(heads) == [message_id(after)]
    assert heads[0].received_at == START + timedelta(minutes=1)
    assert everything(world.mailbox, cursor)[0] == []


@pytest.mark.parametrize("cursor", ["", "rubbish", "{}", "[1]", '{"inbox": 3, "sent": 4}', '"x"', "null", "[9, 9, 9]"])
def test_a_cursor_that_is_lost_or_garbled_means_everything_since_the_start(world: World, cursor: str) -> None:
    old, new = mail(), mail()
    world.deliver(old, at=START - timedelta(days=3))
    world.deliver(new, at=START + timedelta(hours=1))

    assert ids(everything(world.mailbox, cursor)[0]) == [message_id(new)]


def test_mails_come_oldest_first_whatever_their_folder(world: World) -> None:
    mails = [mail(str(n)) for n in range(4)]
    for n in (2, 0):
        world.deliver(mails[n], at=START + timedelta(hours=n))
    for n in (3, 1):
        world.deliver(mails[n], folder=Folder.SENT, at=START + timedelta(hours=n))

    assert ids(first_look(world).heads) == [message_id(raw) for raw in mails]


def test_a_mail_that_is_filed_late_with_an_older_date_is_not_skipped(world: World) -> None:
    world.deliver(mail(), at=START + timedelta(hours=20))
    _, cursor = everything(world.mailbox)
    late = mail("Synchronisé après coup")
    world.deliver(late, at=START + timedelta(hours=1))

    assert ids(everything(world.mailbox, cursor)[0]) == [message_id(late)]


def test_six_hundred_mails_come_in_two_batches_and_none_is_lost(world: World) -> None:
    inbox, sent = [mail() for _ in range(590)], [mail() for _ in range(10)]
    world.deliver(*inbox)
    world.deliver(*sent, folder=Folder.SENT)

    first = first_look(world)
    heads, cursor = everything(world.mailbox, first.cursor)

    assert (len(first.heads), first.more) == (500, True)
    assert sorted(ids([*first.heads, *heads])) == sorted(message_id(raw) for raw in inbox + sent)
    assert everything(world.mailbox, cursor)[0] == []


def test_ten_thousand_mails_at_once_all_come_each_once(world: World) -> None:
    _, cursor = everything(world.mailbox)
    raws = [mail() for _ in range(10_000)]
    world.pour(raws)

    heads, cursor = everything(world.mailbox, cursor)

    assert sorted(ids(heads)) == sorted(message_id(raw) for raw in raws)
    assert everything(world.mailbox, cursor)[0] == []


def test_a_mailbox_that_is_emptied_brings_nothing_and_goes_on(world: World) -> None:
    world.deliver(mail(), mail())
    heads, cursor = everything(world.mailbox)
    for head in heads:
        world.remove(head.ref)

    gone, cursor = everything(world.mailbox, cursor)
    after = mail()
    world.deliver(after)

    assert gone == []
    assert ids(everything(world.mailbox, cursor)[0]) == [message_id(after)]


def test_a_mail_that_is_filed_away_and_put_back_is_the_same_mail_and_can_be_read(world: World) -> None:
    raw = mail()
    world.deliver(raw)
    (before,), cursor = everything(world.mailbox)
    world.remove(before.ref)
    world.deliver(raw)

    heads, _ = everything(world.mailbox, cursor)

    assert ids(heads) == [message_id(raw)]
    assert message_id(world.mailbox.fetch(heads[0].ref)) == message_id(raw)


def test_reading_changes_nothing_in_the_mailbox(world: World) -> None:
    world.deliver(mail(), mail())
    world.deliver(mail(), folder=Folder.SENT)
    before = world.state()

    heads, cursor = everything(world.mailbox)
    unread = world.unread()
    for head in heads:
        world.mailbox.fetch(head.ref)
    world.mailbox.sent_has("<nobody@example.org>", "none")
    world.mailbox.poll(cursor, START)

    assert len(heads) == 3
    assert world.state() == before
    assert world.unread() == unread > 0


def test_a_mail_that_the_mentor_opens_stays_the_same_mail(world: World) -> None:
    raw = mail()
    world.deliver(raw)
    (head,), cursor = everything(world.mailbox)

    world.read(head.ref)

    assert everything(world.mailbox, cursor)[0] == []
    assert message_id(world.mailbox.fetch(head.ref)) == message_id(raw)


def test_the_head_of_a_thirty_megabyte_mail_costs_only_its_headers(world: World) -> None:
    cursor = first_look(world).cursor
    world.deliver(mail(body=(b"x" * 76 + b"\r\n") * 400_000), folder=Folder.SENT)

    tracemalloc.start()
    try:
        (head,) = world.mailbox.poll(cursor, START).heads
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert head.size > 30_000_000
    assert len(head.headers) < 2000
    assert peak < 3_000_000


def test_undecodable_header_bytes_come_through_as_they_are(world: World) -> None:
    world.deliver(mail(extra=b"X-Note: \xe9t\xe9 \xff\xfe\r\n"), folder=Folder.SENT)

    (head,) = first_look(world).heads

    assert b"X-Note: \xe9t\xe9 \xff\xfe" in head.headers
    assert b"X-Note: \xe9t\xe9 \xff\xfe" in world.mailbox.fetch(head.ref)


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"no header at all\r\n", b"\r\nbody only\r\n", b"Subject: no end"])
def test_a_mail_without_proper_headers_hides_no_other_mail(world: World, raw: bytes) -> None:
    if not raw and isinstance(world, DovecotWorld):
        raw = b"\r\n"  # an IMAP server takes no empty literal
    good = mail()
    world.deliver(raw, folder=Folder.SENT, at=START + timedelta(hours=1))
    world.deliver(good, at=START + timedelta(hours=2))

    heads = first_look(world).heads

    assert len(heads) == 2
    assert ids(heads)[1] == message_id(good)


def test_a_letter_saved_twice_lies_in_sent_once_and_read(world: World) -> None:
    letter = mail("Votre rendez-vous")

    keep(world, letter)
    world.mailbox.save_sent(letter)

    (head,) = first_look(world).heads
    assert head.ref.folder is Folder.SENT
    assert head.received_at == START + timedelta(hours=2)  # its own date
    assert world.unread() == 0


def test_sent_is_searched_by_message_id_and_by_key(world: World) -> None:
    letter = mail(extra=f"{KEY_HEADER}: letter-12\r\n".encode())
    world.deliver(mail(extra=f"{KEY_HEADER}: letter-99\r\n".encode()))  # in the inbox: not sent
    assert not world.mailbox.sent_has(message_id(letter), "letter-12")

    keep(world, letter)

    assert world.mailbox.sent_has(message_id(letter), "")
    assert world.mailbox.sent_has("", "letter-12")
    assert world.mailbox.sent_has("<other@example.org>", "letter-12")
    assert not world.mailbox.sent_has("", "letter-1")
    assert not world.mailbox.sent_has("<other@example.org>", "letter-99")
    assert not world.mailbox.sent_has("", "")


def test_a_mail_that_was_deleted_meanwhile_is_said_to_be_gone(world: World) -> None:
    world.deliver(mail(), mail())
    heads, cursor = everything(world.mailbox)
    world.remove(heads[0].ref)

    with pytest.raises(UnreadableError):
        world.mailbox.fetch(heads[0].ref)
    assert b"Bonjour." in world.mailbox.fetch(heads[1].ref)
    assert everything(world.mailbox, cursor)[0] == []


def test_a_mail_that_came_and_went_between_two_polls_brings_nothing_back(world: World) -> None:
    world.deliver(mail())
    heads, cursor = everything(world.mailbox)
    world.deliver(mail())
    (passing,), _ = everything(world.mailbox, cursor)
    world.remove(passing.ref)

    assert len(heads) == 1
    assert everything(world.mailbox, cursor)[0] == []


def test_an_outage_is_said_and_loses_nothing(world: World) -> None:
    world.deliver(mail())
    heads, cursor = everything(world.mailbox)
    unseen = mail("Arrivé avant la panne")
    world.deliver(unseen)

    world.away()
    try:
        for call in (
            lambda: world.mailbox.poll(cursor, START),
            lambda: world.mailbox.poll(None, START),
            lambda: world.mailbox.fetch(heads[0].ref),
            lambda: world.mailbox.sent_has("<a@example.org>", ""),
            lambda: world.mailbox.save_sent(mail()),
            world.mailbox.check,
        ):
            with pytest.raises(TransientError):
                call()
    finally:
        world.back()

    assert ids(everything(world.mailbox, cursor)[0]) == [message_id(unseen)]


@pytest.mark.timeout(30)
def test_a_new_mail_ends_the_wait(world: World, pipe: tuple[int, int]) -> None:
    _, cursor = everything(world.mailbox)
    raw = mail()
    courier = threading.Timer(0.3, world.deliver, [raw])
    courier.start()

    heads: list[MailHead] = []
    while not heads:
        assert world.mailbox.wait(3600, pipe[0])
        heads, cursor = everything(world.mailbox, cursor)

    courier.join()
    assert ids(heads) == [message_id(raw)]


def deliver(world: World, mails: list[bytes]) -> None:
    for one in mails:
        world.deliver(one)


@pytest.mark.timeout(30)
def test_every_wait_hears_the_mail_that_came_since_the_last(world: World, pipe: tuple[int, int]) -> None:
    _, cursor = everything(world.mailbox)
    for _ in range(2):
        raws = [mail(), mail()]
        courier = threading.Timer(0.1, deliver, [world, raws])
        courier.start()
        found: list[MailHead] = []
        while len(found) < len(raws):
            assert world.mailbox.wait(3600, pipe[0])
            heads, cursor = everything(world.mailbox, cursor)
            found += heads
        courier.join()


@pytest.mark.timeout(30)
def test_mail_that_came_between_poll_and_wait_is_not_waited_for(world: World, pipe: tuple[int, int]) -> None:
    _, cursor = everything(world.mailbox)
    world.deliver(mail())

    assert world.mailbox.wait(3600, pipe[0])
    assert len(everything(world.mailbox, cursor)[0]) == 1


@pytest.mark.timeout(30)
def test_an_interrupt_ends_the_wait_and_the_mailbox_works_on(world: World, pipe: tuple[int, int]) -> None:
    _, cursor = everything(world.mailbox)
    signal = threading.Timer(0.3, os.write, [pipe[1], b"."])
    signal.start()

    assert not world.mailbox.wait(3600, pipe[0])

    signal.join()
    world.deliver(mail())
    assert len(everything(world.mailbox, cursor)[0]) == 1


def test_a_wait_in_which_nothing_comes_ends_with_its_time(world: World, pipe: tuple[int, int]) -> None:
    everything(world.mailbox)

    assert not world.mailbox.wait(0.1, pipe[0])


def test_the_check_says_where_it_looked(world: World) -> None:
    world.deliver(mail())

    assert any("1 mails" in finding for finding in world.mailbox.check())
