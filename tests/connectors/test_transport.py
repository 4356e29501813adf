"""The way out: what has certainly not gone, what has gone, and what nobody can tell are three different things."""

from __future__ import annotations

import mailbox
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.connectors.imap import ImapMailbox
from agent.connectors.maildir import MaildirTransport
from agent.connectors.memory_mail import Failure, MemoryTransport
from agent.connectors.ports import Transport
from agent.connectors.smtp import SmtpTransport
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError, UncertainSendError
from tests.connectors.mail_worlds import START, mail
from tests.servers.certificates import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_ports
from tests.servers.scripted import Scripted, silent
from tests.servers.smtp_in import Accepted, Fault, SmtpIn

MENTOR = "mentor@example.org"
LEARNERS = ("camille@learner.test", "sacha@learner.test")


class Claim:
    """Counts the calls of `before_data`."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


def plain(server: SmtpIn | Scripted, timeout: float = 10) -> SmtpTransport:
    return SmtpTransport(server.host, server.port, None, None, tls="none", timeout=timeout)


def refuse(
    kind: type[AgentError], transport: Transport, raw: bytes = b"", to: tuple[str, ...] = LEARNERS
) -> tuple[str, int]:
    """The words of the error with which a send ends, and how often before_data was called."""
    claim = Claim()
    with pytest.raises(kind) as caught:
        transport.send(raw or mail(), MENTOR, to, claim)
    assert type(caught.value) is kind
    return str(caught.value), claim.calls


def test_a_letter_arrives_byte_for_byte() -> None:
    raw = mail(body=b".hidden dot\r\n..two\r\n\r\n.\r\nlast line without end")
    claim = Claim()
    with SmtpIn() as server:
        plain(server).send(raw, MENTOR, LEARNERS, claim)

    assert server.accepted == [Accepted(MENTOR, LEARNERS, raw + b"\r\n")]
    assert claim.calls == 1


def test_line_ends_are_made_those_of_the_protocol() -> None:
    with SmtpIn() as server:
        plain(server).send(b"Subject: x\n\none\ntwo\r\n.\nthree\n", MENTOR, LEARNERS, Claim())

    assert server.accepted[0].raw == b"Subject: x\r\n\r\none\r\ntwo\r\n.\r\nthree\r\n"


@pytest.mark.parametrize(
    ("fault", "kind", "claimed", "delivered"),
    [
        (Fault.RECIPIENT_LATER, TransientError, 0, 0),
        (Fault.RECIPIENT_NEVER, TerminalError, 0, 0),
        (Fault.MESSAGE_LATER, TransientError, 1, 0),
        (Fault.MESSAGE_NEVER, TerminalError, 1, 0),
        (Fault.DROP_LOST, UncertainSendError, 1, 0),
        (Fault.DROP_DELIVERED, UncertainSendError, 1, 1),
    ],
)
def test_each_failure_says_what_is_known_and_the_next_letter_goes(
    fault: Fault, kind: type[AgentError], claimed: int, delivered: int
) -> None:
    with SmtpIn() as server:
        server.fail_next(fault)
        words, calls = refuse(kind, plain(server))
        assert (calls, len(server.accepted)) == (claimed, delivered)
        if kind is not UncertainSendError:
            assert fault.value in words

        plain(server).send(mail(), MENTOR, LEARNERS, Claim())
        assert len(server.accepted) == delivered + 1


def test_one_refused_recipient_keeps_the_letter_from_all() -> None:
    with SmtpIn() as server:
        server.fail_next(Fault.RECIPIENT_NEVER)  # the first of the two
        assert LEARNERS[0] in refuse(TerminalError, plain(server))[0]

    assert server.accepted == []


def test_a_claim_that_fails_keeps_the_letter_back() -> None:
    def lost() -> None:
        raise RuntimeError("the store is gone")

    with SmtpIn() as server:
        with pytest.raises(RuntimeError, match="the store is gone"):
            plain(server).send(mail(), MENTOR, LEARNERS, lost)
        plain(server).check()

    assert server.accepted == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server stays on this machine
def test_a_login_is_made_once_and_its_refusal_is_said() -> None:
    with SmtpIn(login=("mentor", "mot de passé")) as server:
        good = SmtpTransport(server.host, server.port, "mentor", "mot de passé", tls="none")
        good.send(mail(), MENTOR, LEARNERS, Claim())
        assert (server.logins, len(server.accepted)) == (1, 1)

        bad = SmtpTransport(server.host, server.port, "mentor", "wrong", tls="none")
        words, calls = refuse(RefusedLoginError, bad)
        assert ("535" in words, calls, server.logins) == (True, 0, 2)
        with pytest.raises(RefusedLoginError):
            bad.check()


def test_a_server_that_takes_no_login_is_not_used_without_one() -> None:
    with SmtpIn() as server:
        refuse(TerminalError, SmtpTransport(server.host, server.port, "mentor", "secret", tls="none"))

    assert server.accepted == []


def test_a_letter_goes_encrypted_or_not_at_all(certificate: Certificate) -> None:
    trust = certificate.client()
    with SmtpIn(tls=certificate.server()) as server:
        SmtpTransport(server.host, server.port, None, None, tls="implicit", context=trust).send(
            mail(), MENTOR, LEARNERS, Claim()
        )
        words, _ = refuse(TerminalError, SmtpTransport(server.host, server.port, None, None, tls="implicit"))
        assert ("certificate" in words, len(server.accepted)) == (True, 1)
    with SmtpIn(starttls=certificate.server()) as server:
        SmtpTransport(server.host, server.port, None, None, tls="starttls", context=trust).send(
            mail(), MENTOR, LEARNERS, Claim()
        )
        words, _ = refuse(TerminalError, SmtpTransport(server.host, server.port, None, None, tls="starttls"))
        assert ("certificate" in words, len(server.accepted)) == (True, 1)
    with SmtpIn() as server:
        starttls = SmtpTransport(server.host, server.port, None, None, tls="starttls")
        implicit = SmtpTransport(server.host, server.port, None, None, tls="implicit")
        assert "STARTTLS" in refuse(TerminalError, starttls)[0]
        assert "TLS" in refuse(TerminalError, implicit)[0]
        assert server.accepted == []


def test_a_server_that_is_away_or_silent_has_not_taken_the_letter() -> None:
    nobody = SmtpTransport("127.0.0.1", free_ports(1)[0], None, None, tls="none")
    assert refuse(TransientError, nobody)[1] == 0
    with Scripted(silent) as server:
        assert refuse(TransientError, plain(server, timeout=0.2))[1] == 0


@pytest.mark.parametrize("greeting", [b"421 too busy\r\n", b"554 no mail is taken today\r\n"])
def test_a_server_that_turns_everybody_away_says_nothing_about_the_letter(greeting: bytes) -> None:
    with Scripted(lambda connection: connection.sendall(greeting)) as server:
        words, calls = refuse(TransientError, plain(server))
    assert (greeting[:3].decode() in words, calls) == (True, 0)


def scripted_smtp(end: bytes | None) -> Callable[[socket.socket], None]:
    """Agrees to everything until the content is there; then says `end`, or nothing."""

    def play(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        content = False
        while chunk := connection.recv(65536):
            if content:
                if chunk.endswith(b"\r\n.\r\n") and end is not None:
                    connection.sendall(end)
                continue
            content = chunk.startswith(b"DATA")
            connection.sendall(b"354 go on\r\n" if content else b"250 fine\r\n")

    return play


@pytest.mark.parametrize("end", [None, b"what?\r\n", b"354 go on\r\n"])
def test_silence_or_nonsense_after_the_content_leaves_it_uncertain(end: bytes | None) -> None:
    with Scripted(scripted_smtp(end)) as server:
        assert refuse(UncertainSendError, plain(server, timeout=0.3))[1] == 1


def test_a_server_that_hangs_after_accepting_has_accepted() -> None:
    claim = Claim()
    with Scripted(scripted_smtp(b"250 taken\r\n")) as server:
        plain(server, timeout=0.3).send(mail(), MENTOR, LEARNERS, claim)

    assert claim.calls == 1


def test_an_address_outside_ascii_needs_a_server_that_takes_it() -> None:
    with SmtpIn() as server:
        plain(server).send(mail(), MENTOR, ("zoé@learner.test",), Claim())
        assert server.accepted[0].recipients == ("zoé@learner.test",)
    with SmtpIn(smtputf8=False) as server:
        assert "SMTPUTF8" in refuse(TerminalError, plain(server), to=("zoé@learner.test",))[0]
        assert server.accepted == []


@pytest.mark.parametrize("to", [(), ("",), ("a@b.test>\r\nRCPT TO:<c@d.test",), ("a b@c.test",)])
def test_an_envelope_that_makes_no_sense_goes_nowhere(to: tuple[str, ...], tmp_path: Path) -> None:
    directory = MaildirTransport(tmp_path)
    directory.create()
    with SmtpIn() as server:
        assert refuse(TerminalError, plain(server), to=to)[1] == 0
        assert refuse(TerminalError, directory, to=to)[1] == 0
        assert (server.accepted, list((tmp_path / "new").iterdir())) == ([], [])


@pytest.mark.timeout(30)
def test_a_letter_goes_round_to_the_mailbox_with_the_servers_word_on_its_sender(dovecot: Dovecot) -> None:
    account = dovecot.account()
    read, write = os.pipe()
    inbox = ImapMailbox(dovecot.host, dovecot.port, account.address, account.password, tls=False)
    cursor = inbox.poll(None, START).cursor
    with SmtpIn(dovecot) as server:
        server.vouched.add("example.org")
        plain(server).send(mail("Compte rendu"), MENTOR, (account.address, *LEARNERS), Claim())
        plain(server).send(mail("Inconnu"), "someone@stranger.test", (account.address,), Claim())

    assert inbox.wait(3600, read)
    first, second = inbox.poll(cursor, START).heads
    assert b"Authentication-Results: mx.example.org;\r\n dmarc=pass header.from=example.org\r\n" in first.headers
    assert b"Authentication-Results" not in second.headers
    inbox.close()
    os.close(read)
    os.close(write)


def test_the_embedded_way_out_keeps_letter_and_envelope_in_one_file(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "out")
    with pytest.raises(TransientError, match="not reachable"):
        transport.check()
    transport.create()
    raw, claim = mail("Votre rendez-vous"), Claim()

    transport.send(raw, MENTOR, LEARNERS, claim)

    (message,) = mailbox.Maildir(tmp_path / "out", create=False)
    assert message["Return-Path"] == f"<{MENTOR}>"
    assert message.get_all("Delivered-To") == list(LEARNERS)
    (file,) = (tmp_path / "out" / "new").iterdir()
    assert file.read_bytes().endswith(raw.replace(b"\r\n", b"\n"))
    assert claim.calls == 1


def test_a_claim_that_fails_leaves_nothing_in_the_embedded_way_out(tmp_path: Path) -> None:
    def lost() -> None:
        raise RuntimeError("the store is gone")

    transport = MaildirTransport(tmp_path)
    transport.create()
    with pytest.raises(RuntimeError):
        transport.send(mail(), MENTOR, LEARNERS, lost)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("failure", "kind", "claimed", "gone"),
    [
        (Failure.TRANSIENT, TransientError, 0, 0),
        (Failure.TERMINAL, TerminalError, 0, 0),
        (Failure.LOST, UncertainSendError, 1, 0),
        (Failure.DELIVERED, UncertainSendError, 1, 1),
    ],
)
def test_the_way_out_in_memory_fails_once_as_told(
    failure: Failure, kind: type[AgentError], claimed: int, gone: int
) -> None:
    transport = MemoryTransport()
    transport.fail_next(failure)

    assert refuse(kind, transport)[1] == claimed
    assert len(transport.sent) == gone
    raw = mail()
    transport.send(raw, MENTOR, LEARNERS, Claim())
    last = transport.sent[-1]
    assert (last.sender, last.recipients, last.raw) == (MENTOR, LEARNERS, raw)
