"""IMAP as it is out there: renumbered folders, silent lines, odd names, answers in any shape, inboxes of 200,000."""

from __future__ import annotations

import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from imapclient import IMAPClient

from agent.connectors.imap import ImapMailbox
from agent.connectors.imap_cursor import Place, dump_cursor, parse_cursor
from agent.connectors.imap_read import ranges
from agent.connectors.ports import Folder, Mailbox, MailHead
from agent.connectors.rawmail import message_id
from agent.errors import TerminalError, TransientError
from tests.connectors.mail_worlds import START, DovecotWorld, mail
from tests.connectors.test_imap import pipe  # noqa: F401 -- a fixture
from tests.servers.dovecot import Account, Dovecot
from tests.servers.fault_proxy import FaultProxy, Trouble
from tests.servers.proxy import Proxy
from tests.servers.scripted import Scripted

LONG_AGO = START - timedelta(days=60)


def everything(mailbox: Mailbox, cursor: str | None, since: datetime) -> tuple[list[MailHead], str]:
    heads: list[MailHead] = []
    more = True
    while more:
        delta = mailbox.poll(cursor, since)
        assert len(delta.heads) <= 500
        heads, cursor, more = [*heads, *delta.heads], delta.cursor, delta.more
    assert cursor is not None
    return heads, cursor


def ids(heads: list[MailHead]) -> list[str]:
    return [message_id(head.headers) for head in heads]


def renumbered(world: DovecotWorld, mails: list[tuple[bytes, datetime]]) -> None:
    """The server loses its index of Sent: the same mails, the same dates, other numbers."""
    with world.client() as client:
        client.delete_folder("Sent")
        client.create_folder("Sent")
        for raw, at in mails:
            client.append("Sent", raw, (), at)


def test_a_server_that_drips_is_left_after_a_while_and_nothing_is_lost_by_it(dovecot: Dovecot) -> None:
    """Each byte comes in time, so that no time-out is met; at this pace the look would take minutes."""
    world = DovecotWorld(dovecot)
    world.deliver(*(mail(extra=b"X-Long: " + b"y" * 900 + b"\r\n") for _ in range(200)))
    address, password = world.account.address, world.account.password
    with FaultProxy(dovecot.port, chance=Random(1)) as proxy:  # noqa: S311 -- no secret
        mailbox = ImapMailbox("127.0.0.1", proxy.port, address, password, tls=False, timeout=10, longest=1.0)
        proxy.trouble = Trouble.TRICKLE
        with pytest.raises(TransientError, match="took longer than 1 s"):
            mailbox.poll(None, LONG_AGO)
        proxy.trouble = Trouble.NONE
        assert len(everything(mailbox, None, LONG_AGO)[0]) == 200
        mailbox.close()
    world.mailbox.close()


def test_a_renumbered_folder_is_not_a_new_world(dovecot: Dovecot) -> None:
    world = DovecotWorld(dovecot)
    old = [(mail(), LONG_AGO + timedelta(days=n)) for n in range(1, 50)]
    for raw, at in old:
        world.deliver(raw, folder=Folder.SENT, at=at)
    heads, cursor = everything(world.mailbox, None, LONG_AGO)
    assert len(heads) == len(old)
    fresh = mail("Arrivé juste avant")
    renumbered(world, [*old, (fresh, datetime.now(UTC))])

    heads, cursor = everything(world.restarted(), cursor, LONG_AGO)

    assert ids(heads) == [message_id(fresh)]
    assert everything(world.mailbox, cursor, LONG_AGO)[0] == []
    world.mailbox.close()


def test_a_folder_renumbered_in_the_middle_of_the_first_look_is_read_from_its_beginning(dovecot: Dovecot) -> None:
    world = DovecotWorld(dovecot)
    old = [(mail(), LONG_AGO + timedelta(minutes=n)) for n in range(520)]
    with world.client() as client:
        for raw, at in old:
            client.append("Sent", raw, (), at)
    first = world.mailbox.poll(None, LONG_AGO)
    assert first.more
    renumbered(world, old)

    heads, _ = everything(world.restarted(), first.cursor, LONG_AGO)

    assert ids(heads) == [message_id(raw) for raw, _ in old]
    world.mailbox.close()


def test_a_server_restored_from_its_backup_shows_in_its_next_number() -> None:
    place = Place(7, 120, 100, LONG_AGO, date(2026, 11, 20))

    assert place.fits(7, 120)
    assert not place.fits(7, 119)
    assert not place.fits(8, 120)
    again = place.anew(7, 110)
    assert (again.next, again.start, again.since) == (1, 110, datetime(2026, 11, 18, tzinfo=UTC))
    assert replace(place, whole=None).anew(8, 110).since == LONG_AGO


def test_a_cursor_says_what_it_said() -> None:
    places = {Folder.INBOX: Place(1, 2, 3, LONG_AGO, None), Folder.SENT: Place(4, 5, 6, LONG_AGO, date(2026, 1, 2))}

    assert parse_cursor(dump_cursor(places)) == places


def test_thousands_of_mails_take_few_round_trips_and_come_in_their_order(dovecot: Dovecot) -> None:
    account = dovecot.account()
    raws = [mail(str(n), body=b"Bonjour.\r\n") for n in range(3_000)]
    dovecot.fill(account, ((START + timedelta(seconds=n), raw) for n, raw in enumerate(raws)))
    with Proxy(dovecot.host, dovecot.port) as proxy:
        mailbox = _mailbox(account, proxy.port)

        heads, cursor = everything(mailbox, None, START)

        assert ids(heads) == [message_id(raw) for raw in raws]
        assert proxy.take().turns < 20
        assert mailbox.poll(cursor, START).heads == ()
        assert proxy.take().turns <= 4  # pipelined commands may arrive one by one
        mailbox.close()


def _mailbox(account: Account, port: int, **more: float) -> ImapMailbox:
    return ImapMailbox("127.0.0.1", port, account.address, account.password, tls=False, **more)  # type: ignore[arg-type]


def test_bodies_are_fetched_without_opening_their_folder_again_and_again(dovecot: Dovecot) -> None:
    account = dovecot.account()
    dovecot.deliver(account.address, *(mail() for _ in range(5)))
    with Proxy(dovecot.host, dovecot.port) as proxy:
        mailbox = _mailbox(account, proxy.port)
        heads = mailbox.poll(None, START).heads
        proxy.take()
        assert all(b"Bonjour." in mailbox.fetch(head.ref) for head in heads)
        assert proxy.take().turns == 5

        other = _mailbox(account, dovecot.port)
        dovecot.deliver(account.address, mail())
        latest = other.poll(None, START).heads[-1]
        assert b"Bonjour." in mailbox.fetch(latest.ref)  # came after the folder was opened
        other.close()
        mailbox.close()


def test_what_was_read_ahead_is_given_once_though_more_arrives(dovecot: Dovecot) -> None:
    world = DovecotWorld(dovecot)
    first = [mail() for _ in range(1300)]
    dovecot.fill(world.account, ((START + timedelta(seconds=n), raw) for n, raw in enumerate(first)))
    begun = world.mailbox.poll(None, START)
    delta = world.mailbox.poll(begun.cursor, START)
    late = [mail() for _ in range(3)]
    world.deliver(*late)

    ahead = world.mailbox.poll(delta.cursor, START)  # fetched before the late ones came
    again = world.mailbox.poll(delta.cursor, START)  # the first was not stored: asked of the server anew
    rest, _ = everything(world.mailbox, ahead.cursor, START)

    assert ids(list(ahead.heads)) == [message_id(raw) for raw in first[1000:]]
    assert ids(list(again.heads)) == [message_id(raw) for raw in first[1000:] + late]
    assert ids(rest) == [message_id(raw) for raw in late]
    world.mailbox.close()


@pytest.mark.timeout(30)
def test_a_server_that_vanished_without_a_word_is_noticed_while_waiting(
    dovecot: Dovecot,
    pipe: tuple[int, int],  # noqa: F811
) -> None:
    account = dovecot.account()
    with Proxy(dovecot.host, dovecot.port) as proxy:
        mailbox = _mailbox(account, proxy.port, probe=0.2, timeout=0.5)
        cursor = mailbox.poll(None, START).cursor
        assert not mailbox.wait(1.0, pipe[0])  # five rounds of IDLE on a line that works
        proxy.take()

        proxy.silent = True
        start = time.monotonic()
        assert mailbox.wait(3600, pipe[0])
        assert time.monotonic() - start < 20
        with pytest.raises(TransientError):
            mailbox.poll(cursor, START)

        proxy.silent = False
        dovecot.deliver(account.address, mail())
        assert len(mailbox.poll(cursor, START).heads) == 1
        mailbox.close()


@pytest.mark.timeout(30)
def test_mail_that_comes_between_two_rounds_of_idle_ends_the_wait(
    dovecot: Dovecot,
    pipe: tuple[int, int],  # noqa: F811
) -> None:
    account = dovecot.account()
    mailbox = _mailbox(account, dovecot.port, probe=0.05)
    cursor = mailbox.poll(None, START).cursor
    for _ in range(5):
        courier = threading.Timer(0.12, dovecot.deliver, [account.address, mail()])
        courier.start()
        assert mailbox.wait(20, pipe[0])
        courier.join()
        delta = mailbox.poll(cursor, START)
        assert len(delta.heads) == 1
        cursor = delta.cursor
    mailbox.close()


@pytest.fixture(scope="module")
def prefixed(dovecot: Dovecot) -> Iterator[Dovecot]:
    """All folders lie under INBOX, levels are parted by dots, and none is marked."""
    with Dovecot(sent="Éléments envoyés", special_use=False, namespace="prefix = INBOX.\n  separator = .") as server:
        yield server


def test_folders_under_a_prefix_with_accents_and_dots_are_found(prefixed: Dovecot) -> None:
    account = prefixed.account()
    mailbox = _mailbox(account, prefixed.port)

    assert mailbox.check()[-1] == "INBOX.Éléments envoyés: 0 sent mails"
    letter = mail("Votre rendez-vous")
    mailbox.save_sent(letter)
    assert mailbox.sent_has(message_id(letter), "")
    assert ids(list(mailbox.poll(None, START).heads)) == [message_id(letter)]
    mailbox.close()


@pytest.mark.parametrize("name", ['Envoi "2026" & suite', "Envoyés\\vieux", "a b  c", "日本", "peter&mail"])
def test_a_folder_with_any_name_can_be_the_one_for_sent_mail(dovecot: Dovecot, name: str) -> None:
    account = dovecot.account()
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.login(account.address, account.password)
        client.create_folder(name)
    mailbox = ImapMailbox(
        dovecot.host, dovecot.port, account.address, account.password, tls=False, sent_folder=name, timeout=5
    )
    letter = mail()

    mailbox.save_sent(letter)
    (head,) = mailbox.poll(None, START).heads

    assert (head.ref.folder, message_id(head.headers)) == (Folder.SENT, message_id(letter))
    assert b"Bonjour." in mailbox.fetch(head.ref)
    mailbox.close()
    wrong = ImapMailbox(
        dovecot.host, dovecot.port, account.address, account.password, tls=False, sent_folder=f"{name}x"
    )
    with pytest.raises(TerminalError, match="no folder"):
        wrong.check()


class Huge:
    """An inbox of 200,000 mails on a server that knows IMAP4rev1 and nothing else; `recent` of them are young.

    It notes how many numbers it was asked about and gave in one answer.
    """

    def __init__(self, recent: int, shape: str = "plain") -> None:
        self.total, self.recent, self.shape = 200_000, recent, shape
        self.searches: list[tuple[int, int]] = []  # UIDs asked about, UIDs given

    def __call__(self, connection: socket.socket) -> None:
        link = connection.makefile("rwb")
        link.write(b"* OK ready\r\n")
        link.flush()
        while line := link.readline():
            tag, _, command = line.strip().partition(b" ")
            link.write(self.answer(command) + tag + b" OK done\r\n")
            link.flush()

    def answer(self, command: bytes) -> bytes:
        if command.startswith(b"CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith(b"LIST"):
            return b'* LIST () "/" INBOX\r\n* LIST () "/" Sent\r\n'
        if command.startswith(b"STATUS"):
            return b"* STATUS Sent (UIDVALIDITY 1 UIDNEXT 1)\r\n"
        if command.startswith(b"EXAMINE"):
            next_ = self.total + 1
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT %d] x\r\n" % (self.total, next_)
        if found := re.match(rb"UID SEARCH UID (\d+):(\d+|\*)( SINCE)?", command):
            low, high = int(found[1]), self.total if found[2] == b"*" else int(found[2])
            low = min(low, high)  # * is the last one, and the order does not matter
            first = max(low, self.total - self.recent + 1) if found[3] else low
            uids = range(first, min(high, self.total) + 1)
            self.searches.append((high - low + 1, len(uids)))
            return b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\n"
        if found := re.match(rb"UID FETCH (\S+)", command):
            return b"".join(self.mail(uid) for uid in _expanded(found[1].decode()))
        return b""

    def mail(self, uid: int) -> bytes:
        at = START + timedelta(hours=1)
        when = b'INTERNALDATE "%s"' % f"{at:%d-%b-%Y %H:%M:%S +0000}".encode()
        head = b"Message-ID: <%d@huge.test>\r\n\r\n" % uid
        literal = b"BODY[HEADER]<0> {%d}\r\n%s" % (len(head), head)
        return {
            "plain": b"* %d FETCH (UID %d %s RFC822.SIZE 900 %s)\r\n" % (uid, uid, when, literal),
            "uid last": b"* %d FETCH (%s RFC822.SIZE 900 %s UID %d)\r\n" % (uid, when, literal, uid),
            "header first": b"* %d FETCH (%s UID %d RFC822.SIZE 900 %s)\r\n" % (uid, literal, uid, when),
            "flags between": b"* %d FETCH (FLAGS (\\Seen) UID %d)\r\n* %d FETCH (UID %d %s RFC822.SIZE 900 %s)\r\n"
            % (uid, uid, uid, uid, when, literal),
            "quoted": b'* %d FETCH (UID %d %s RFC822.SIZE 900 BODY[HEADER]<0> "Message-ID: <%d@huge.test>")\r\n'
            % (uid, uid, when, uid),
            "nil": b"* %d FETCH (UID %d %s RFC822.SIZE 900 BODY[HEADER]<0> NIL)\r\n" % (uid, uid, when),
        }[self.shape]


def _expanded(ranges: str) -> Iterator[int]:
    for part in ranges.split(","):
        low, _, high = part.partition(":")
        yield from range(int(low), int(high or low) + 1)


def test_the_first_look_into_an_inbox_of_two_hundred_thousand_holds_no_list_of_them() -> None:
    huge = Huge(recent=1200)
    with Scripted(huge) as server:
        mailbox = ImapMailbox(server.host, server.port, "mentor", "secret", tls=False, timeout=20)
        mailbox.poll(dump_cursor(dict.fromkeys(Folder, Place(1, 200_001, 200_001, START))), START)  # what it imports
        tracemalloc.start()
        try:
            heads, cursor = everything(mailbox, None, START)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert len(heads) == 1200
        assert ids(heads[-1:]) == ["<200000@huge.test>"]
        assert peak < 5_000_000
        assert max(asked for asked, _ in huge.searches) <= 50_000
        assert max(given for _, given in huge.searches) <= 1200
        assert len(huge.searches) < 40

        huge.searches.clear()
        assert mailbox.poll(cursor, START).heads == ()
        assert huge.searches == [(1, 1)]
        mailbox.close()


@pytest.mark.parametrize("shape", ["uid last", "header first", "flags between", "quoted", "nil"])
def test_headers_are_read_in_whatever_shape_the_answer_comes(shape: str) -> None:
    huge = Huge(recent=3, shape=shape)
    huge.total = 10
    with Scripted(huge) as server:
        mailbox = ImapMailbox(server.host, server.port, "mentor", "secret", tls=False, timeout=5)

        heads = mailbox.poll(None, START).heads

        assert [head.ref.uid for head in heads] == ["1.8", "1.9", "1.10"]
        wanted = [] if shape == "nil" else ["<8@huge.test>", "<9@huge.test>", "<10@huge.test>"]
        assert [found for found in ids(list(heads)) if found] == wanted
        assert {(head.size, head.received_at) for head in heads} == {(900, START + timedelta(hours=1))}
        mailbox.close()


@pytest.mark.parametrize(
    "date", [b"31-Feb-2026 10:00:00 +0000", b"01-Foo-2026 10:00:00 +0000", b"01-Jan-0000 00:00:00 +0000"]
)
def test_a_mail_with_a_date_that_is_none_hides_no_other(date: bytes) -> None:
    huge = Huge(recent=3)
    huge.total = 3

    def dated(uid: int) -> bytes:
        line = Huge(3).mail(uid)
        return re.sub(rb'INTERNALDATE "[^"]+"', b'INTERNALDATE "%s"' % date, line) if uid == 2 else line

    huge.mail = dated  # type: ignore[method-assign]  # this server's own
    with Scripted(huge) as server:
        mailbox = ImapMailbox(server.host, server.port, "mentor", "secret", tls=False, timeout=5)
        fresh = dump_cursor(dict.fromkeys(Folder, Place(1, 1, 1, START)))

        assert [head.ref.uid for head in mailbox.poll(fresh, START).heads] == ["1.2", "1.1", "1.3"]
        mailbox.close()


def test_a_server_that_refuses_in_the_middle_of_several_answers_loses_nothing() -> None:
    huge = Huge(recent=3000)
    refuse = [True]

    def play(connection: socket.socket) -> None:
        link = connection.makefile("rwb")
        link.write(b"* OK ready\r\n")
        link.flush()
        fetches = 0
        while line := link.readline():
            tag, _, command = line.strip().partition(b" ")
            fetches += command.startswith(b"UID FETCH")
            if fetches == 2 and refuse:
                refuse.clear()
                link.write(tag + b" NO [SERVERBUG] try again\r\n")
            else:
                link.write(huge.answer(command) + tag + b" OK done\r\n")
            link.flush()

    with Scripted(play) as server:
        mailbox = ImapMailbox(server.host, server.port, "mentor", "secret", tls=False, timeout=10)
        first = mailbox.poll(None, START)
        with pytest.raises(TransientError, match="SERVERBUG"):
            everything(mailbox, first.cursor, START)

        heads, _ = everything(mailbox, first.cursor, START)

        assert ids([*first.heads, *heads]) == [f"<{uid}@huge.test>" for uid in range(197_001, 200_001)]
        mailbox.close()


def test_uids_are_asked_for_in_ranges() -> None:
    assert ranges([1]) == "1"
    assert ranges([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"


@pytest.fixture(scope="module")
def gmail(dovecot: Dovecot) -> Iterator[Dovecot]:
    """Gmail's folders in French, and its extension in the capabilities; labels are not to be had from Dovecot."""
    with Dovecot(
        sent="[Gmail]/Messages envoyés", namespace="separator = /", extra="imap_capability = +X-GM-EXT-1"
    ) as server:
        yield server


def test_gmail_saves_what_it_sends_so_that_nothing_is_saved_twice(gmail: Dovecot) -> None:
    account = gmail.account()
    now = [1_800_000_000.0]
    mailbox = ImapMailbox(
        gmail.host, gmail.port, account.address, account.password, tls=False, clock=lambda: now[0], timeout=5
    )
    slow, lost = mail("Votre rendez-vous"), mail("Parti par un autre serveur")

    with pytest.raises(TransientError, match="own copy"):
        mailbox.save_sent(slow)
    with IMAPClient(gmail.host, gmail.port, ssl=False) as client:
        client.login(account.address, account.password)
        client.append("[Gmail]/Messages envoyés", slow)
    mailbox.save_sent(slow)
    assert ids(list(mailbox.poll(None, LONG_AGO).heads)) == [message_id(slow)]

    with pytest.raises(TransientError):
        mailbox.save_sent(lost)
    now[0] += 300
    with pytest.raises(TransientError):
        mailbox.save_sent(lost)
    now[0] += 301  # by now Gmail would have: this one left through somebody else's server
    mailbox.save_sent(lost)
    mailbox.save_sent(lost)
    assert sorted(ids(list(mailbox.poll(None, LONG_AGO).heads))) == sorted([message_id(slow), message_id(lost)])
    mailbox.close()


def test_a_mail_to_oneself_lies_in_two_folders_and_is_one_mail_by_its_id(gmail: Dovecot) -> None:
    account = gmail.account()
    mailbox = _mailbox(account, gmail.port)
    note = mail("ok")
    with IMAPClient(gmail.host, gmail.port, ssl=False) as client:
        client.login(account.address, account.password)
        for folder in ("INBOX", "[Gmail]/Messages envoyés"):
            client.append(folder, note)

    heads = mailbox.poll(None, START).heads

    assert {head.ref.folder for head in heads} == set(Folder)
    assert set(ids(list(heads))) == {message_id(note)}
    mailbox.close()
