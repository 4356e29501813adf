"""What only an IMAP server does: refuse logins, show certificates, renumber folders, hang up in the middle."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from agent.connectors.imap import ImapMailbox
from agent.connectors.ports import Folder
from agent.connectors.rawmail import message_id
from agent.errors import RefusedLoginError, TerminalError, TransientError
from tests.connectors.mail_worlds import START, DovecotWorld, mail
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.servers.scripted import Scripted, silent


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The interrupt: what is written to the second end wakes whoever waits on the first."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture(scope="module")
def old_server(dovecot: Dovecot) -> Iterator[Dovecot]:
    """A server without IDLE and without marked folders, on which Sent has a French name."""
    extra = "imap_capability = IMAP4rev1 UIDPLUS"
    with Dovecot(sent="Éléments envoyés", special_use=False, extra=extra) as server:
        yield server


@pytest.fixture(scope="module")
def tls_server(dovecot: Dovecot, certificate: Certificate) -> Iterator[Dovecot]:
    """A server that speaks TLS with a certificate of its own."""
    with Dovecot(certificate=certificate.path, key=certificate.key) as server:
        yield server


def scripted_imap(*answers: bytes) -> Callable[[socket.socket], None]:
    """Greets, says what it can, gives one answer to each later command ("TAG" becomes its tag), then hangs up."""

    def play(connection: socket.socket) -> None:
        connection.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        left = list(answers)
        while line := connection.recv(4096):
            tag = line.split(b" ")[0]
            if b"CAPABILITY" in line:
                connection.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
            elif left:
                connection.sendall(left.pop(0).replace(b"TAG", tag))
            else:
                return

    return play


def test_a_wrong_password_is_a_refused_login_with_the_servers_words(dovecot: Dovecot) -> None:
    account = dovecot.account()
    mailbox = ImapMailbox(dovecot.host, dovecot.port, account.address, "wrong", tls=False)

    with pytest.raises(RefusedLoginError, match="Authentication failed"):
        mailbox.poll(None, START)


def test_a_password_with_accents_is_accepted(dovecot: Dovecot) -> None:
    account = dovecot.account(password="mot de passé «1»")
    mailbox = ImapMailbox(dovecot.host, dovecot.port, account.address, account.password, tls=False)

    assert mailbox.poll(None, START).heads == ()
    mailbox.close()


@pytest.mark.parametrize(
    "answers",
    [
        (b"TAG NO [UNAVAILABLE] Temporary authentication failure\r\n",),
        (b"TAG NO [LIMIT] Too many connections\r\n",),
        (b"* BYE going down\r\n",),
        (b"TAG",),
        (b"rubbish\r\n",),
        (),
    ],
)
def test_a_login_that_fails_for_the_servers_own_reasons_is_tried_again_later(answers: tuple[bytes, ...]) -> None:
    with Scripted(scripted_imap(*answers)) as server:
        mailbox = ImapMailbox(server.host, server.port, "mentor", "secret", tls=False, timeout=2)

        with pytest.raises(TransientError):
            mailbox.poll(None, START)


def test_a_server_that_refuses_connections_or_stays_silent_is_away() -> None:
    nobody = ImapMailbox("127.0.0.1", free_ports(1)[0], "mentor", "secret", tls=False)
    with pytest.raises(TransientError):
        nobody.poll(None, START)

    with Scripted(silent) as server:
        for tls in (False, True):
            with pytest.raises(TransientError):
                ImapMailbox(server.host, server.port, "mentor", "secret", tls=tls, timeout=0.2).poll(None, START)


def test_a_certificate_that_nobody_vouches_for_ends_it(tls_server: Dovecot) -> None:
    account = tls_server.account()
    mailbox = ImapMailbox(tls_server.host, tls_server.tls_port, account.address, account.password, tls=True)

    with pytest.raises(TerminalError, match="certificate") as caught:
        mailbox.poll(None, START)
    assert not isinstance(caught.value, RefusedLoginError)


def test_starttls_is_used_where_it_is_offered(tls_server: Dovecot, certificate: Certificate) -> None:
    account = tls_server.account()
    host, port = tls_server.host, tls_server.port
    distrustful = ImapMailbox(host, port, account.address, account.password, tls=False)
    trusting = ImapMailbox(host, port, account.address, account.password, tls=False, context=certificate.client())

    with pytest.raises(TerminalError, match="certificate"):
        distrustful.check()
    assert trusting.check()
    trusting.close()


def test_tls_on_a_port_that_speaks_none_is_a_wrong_setting(dovecot: Dovecot) -> None:
    account = dovecot.account()

    with pytest.raises(TerminalError, match="does not speak TLS"):
        ImapMailbox(dovecot.host, dovecot.port, account.address, account.password, tls=True).check()


@pytest.mark.timeout(30)
def test_a_new_mail_ends_the_wait_over_tls(
    tls_server: Dovecot, certificate: Certificate, pipe: tuple[int, int]
) -> None:
    account = tls_server.account()
    context = certificate.client()
    mailbox = ImapMailbox(
        tls_server.host, tls_server.tls_port, account.address, account.password, tls=True, context=context
    )
    cursor = mailbox.poll(None, START).cursor
    courier = threading.Timer(0.3, tls_server.deliver, [account.address, mail()])
    courier.start()

    assert mailbox.wait(3600, pipe[0])

    courier.join()
    assert len(mailbox.poll(cursor, START).heads) == 1
    mailbox.close()


@pytest.mark.timeout(30)
def test_a_server_that_dies_ends_the_wait_and_the_next_poll_says_so(dovecot: Dovecot, pipe: tuple[int, int]) -> None:
    world = DovecotWorld(dovecot)
    cursor = world.mailbox.poll(None, START).cursor
    killer = threading.Timer(0.3, dovecot.stop)
    killer.start()
    try:
        assert world.mailbox.wait(3600, pipe[0])
        killer.join()
        with pytest.raises(TransientError):
            world.mailbox.poll(cursor, START)
    finally:
        dovecot.start()

    world.deliver(mail())
    assert len(world.mailbox.poll(cursor, START).heads) == 1
    world.mailbox.close()


def test_an_interrupt_counts_while_the_server_is_away_too(pipe: tuple[int, int]) -> None:
    mailbox = ImapMailbox("127.0.0.1", free_ports(1)[0], "mentor", "secret", tls=False)
    os.write(pipe[1], b".")

    assert not mailbox.wait(3600, pipe[0])


def test_a_server_without_idle_is_asked_again_instead(old_server: Dovecot, pipe: tuple[int, int]) -> None:
    account = old_server.account()
    mailbox = ImapMailbox(old_server.host, old_server.port, account.address, account.password, tls=False)
    cursor = mailbox.poll(None, START).cursor
    old_server.deliver(account.address, mail())

    assert mailbox.wait(0.1, pipe[0])
    assert len(mailbox.poll(cursor, START).heads) == 1
    os.write(pipe[1], b".")
    assert not mailbox.wait(3600, pipe[0])
    mailbox.close()


def test_sent_is_found_by_its_french_name_where_nothing_is_marked(old_server: Dovecot) -> None:
    account = old_server.account()
    mailbox = ImapMailbox(old_server.host, old_server.port, account.address, account.password, tls=False)

    mailbox.save_sent(mail())

    assert [head.ref.folder for head in mailbox.poll(None, START).heads] == [Folder.SENT]
    assert any("Éléments envoyés" in finding for finding in mailbox.check())
    mailbox.close()


def test_a_sent_folder_that_cannot_be_found_must_be_named(dovecot: Dovecot) -> None:
    with Dovecot(sent="Sortie", special_use=False) as server:
        account = server.account()

        def mailbox(name: str | None) -> ImapMailbox:
            return ImapMailbox(server.host, server.port, account.address, account.password, tls=False, sent_folder=name)

        with pytest.raises(TerminalError, match=r"sent_folder.*INBOX, Sortie"):
            mailbox(None).check()
        with pytest.raises(TerminalError, match=r"no folder 'Envoi'.*Sortie"):
            mailbox("Envoi").check()
        named = mailbox("Sortie")
        assert named.check()
        named.close()


def test_a_folder_that_was_made_anew_is_read_again_from_the_start_of_the_watch(dovecot: Dovecot) -> None:
    world = DovecotWorld(dovecot)
    letters = [mail() for _ in range(3)]
    world.deliver(*letters, folder=Folder.SENT, at=START + timedelta(hours=1))
    cursor = world.mailbox.poll(None, START).cursor
    with world.client() as client:
        client.delete_folder("Sent")
        client.create_folder("Sent")
    world.deliver(mail("Trop ancien"), folder=Folder.SENT, at=START - timedelta(minutes=1))
    world.deliver(*letters, mail(), folder=Folder.SENT, at=START + timedelta(hours=1))

    delta = world.mailbox.poll(cursor, START)

    found = [message_id(head.headers) for head in delta.heads]
    assert (found[:3], len(found)) == ([message_id(raw) for raw in letters], 4)
    assert world.mailbox.poll(delta.cursor, START).heads == ()
    world.mailbox.close()


def test_the_day_of_the_first_look_is_cut_to_the_minute_in_every_zone(dovecot: Dovecot) -> None:
    world = DovecotWorld(dovecot)
    midnight = START.replace(hour=0, minute=0, second=0)
    early, late = mail(), mail()
    world.deliver(early, at=midnight - timedelta(seconds=1))
    world.deliver(late, at=midnight)

    heads = world.mailbox.poll(None, midnight).heads

    assert [message_id(head.headers) for head in heads] == [message_id(late)]
    world.mailbox.close()


def test_a_backlog_with_old_mails_in_between_is_given_in_order_and_without_them(dovecot: Dovecot) -> None:
    world = DovecotWorld(dovecot)
    wanted = [mail() for _ in range(520)]
    with world.client() as client:
        for n, raw in enumerate(wanted):
            client.append("INBOX", raw, (), START + timedelta(seconds=n))
            if n % 40 == 0:
                client.append("INBOX", mail("Ancien"), (), START - timedelta(days=9))

    first = world.mailbox.poll(None, START)
    rest = world.mailbox.poll(first.cursor, START)

    assert first.more
    assert not rest.more
    assert [message_id(h.headers) for h in (*first.heads, *rest.heads)] == [message_id(raw) for raw in wanted]
    world.mailbox.close()


@pytest.mark.timeout(30)
def test_mail_announced_in_the_same_breath_as_idle_begins_is_noticed(pipe: tuple[int, int]) -> None:
    answers = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n",
        b"LIST": b'* LIST (\\Sent) "/" Sent\r\n',
        b"STATUS": b"* STATUS Sent (UIDVALIDITY 1 UIDNEXT 1)\r\n",
        b"EXAMINE": b"* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n",
    }

    def play(connection: socket.socket) -> None:
        connection.sendall(b"* OK ready\r\n")
        with connection.makefile("rb") as lines:
            for line in lines:  # several may come in one segment
                tag, _, command = line.strip().partition(b" ")
                if command == b"IDLE":
                    connection.sendall(b"+ idling\r\n* 1 EXISTS\r\n")  # one segment
                    lines.readline()  # DONE
                untagged = next((text for name, text in answers.items() if command.startswith(name)), b"")
                connection.sendall(untagged + tag + b" OK done\r\n")

    with Scripted(play) as server:
        mailbox = ImapMailbox(server.host, server.port, "mentor", "secret", tls=False, timeout=5)
        assert mailbox.poll(None, START).heads == ()

        assert mailbox.wait(3600, pipe[0])
        mailbox.close()
