"""The Exchange connector where EWS has ways of its own: logins, addresses, throttling, lost states."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.connectors.ews import Connection, EwsAccount, Login
from agent.connectors.ports import KEY_HEADER, Folder
from agent.connectors.rawmail import message_id
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError, UnreadableError
from tests.connectors.ews_letters import LEA, MENTOR, Claim, letter, open_account
from tests.connectors.mail_worlds import START, mail
from tests.servers.certificates import Certificate
from tests.servers.ews import PASSWORD, EwsServer, Fault, Person, ntlm_users
from tests.servers.ports import free_ports


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


# Logging in


def test_a_wrong_password_is_refused_and_not_tried_again(server: EwsServer) -> None:
    wrong = open_account(server, Login(MENTOR, "wrong", "basic"))
    for call in (wrong.mailbox.check, wrong.transport.check, wrong.calendar.check, lambda: wrong.calendar.poll(None)):
        with pytest.raises(RefusedLoginError, match="refused the user name or the password"):
            call()
    assert server.requests == []


def test_a_login_with_a_domain_opens_a_mailbox_with_another_address(server: EwsServer) -> None:
    server.mailbox("mentoring@mentor.example", user="MENTOR\\claire")
    shared = open_account(server, Login("MENTOR\\claire", PASSWORD), "mentoring@mentor.example")

    assert "mentoring@mentor.example: 0 mails" in shared.mailbox.check()[1]

    shared.mailbox.close()


def test_a_mailbox_that_is_not_one_s_own_is_opened_by_acting_for_it_where_that_is_allowed(server: EwsServer) -> None:
    server.people["robot"] = Person(PASSWORD)
    login = Login("robot", PASSWORD)
    with pytest.raises(TerminalError, match="full access"):
        open_account(server, login).mailbox.check()
    with pytest.raises(TerminalError, match="ApplicationImpersonation"):
        open_account(server, login, impersonates=True).mailbox.check()
    server.people["robot"].impersonates = True
    acting = open_account(server, login, impersonates=True)

    acting.transport.send(letter(), MENTOR, (LEA,), Claim(server))

    assert [sent.sender for sent in server.sent] == [MENTOR]
    with pytest.raises(TerminalError, match=r"exchange\.address"):
        open_account(server, login, "nobody@mentor.example", impersonates=True).mailbox.check()
    acting.mailbox.close()


def test_ntlm_logs_in_and_a_wrong_password_does_not(tmp_path: Path, certificate: Certificate) -> None:
    user, trust = "MENTOR\\claire", certificate.client()
    with ntlm_users(tmp_path / "users", claire=PASSWORD), EwsServer(certificate, ("NTLM",)) as server:
        server.mailbox(MENTOR, user=user)
        for auth in ("ntlm", "any"):
            account = open_account(server, Login(user, PASSWORD, auth), context=trust)
            account.transport.send(letter(), MENTOR, (LEA,), Claim(server))
            account.mailbox.close()
        assert len(server.sent) == 2
        with pytest.raises(RefusedLoginError):
            open_account(server, Login(user, "wrong", "ntlm"), context=trust).mailbox.check()


@pytest.fixture
def hybrid(certificate: Certificate) -> Iterator[EwsServer]:
    """A server for an application with a client secret: tokens are asked for over TLS alone."""
    with EwsServer(certificate) as running:
        running.mailbox(MENTOR)
        running.clients["agent"] = "client-secret"
        running.people["app"] = Person("", impersonates=True)
        yield running


def application(server: EwsServer, certificate: Certificate, secret: str) -> EwsAccount:
    login = Login(MENTOR, secret, "oauth2", "agent", server.token_url)
    return open_account(server, login, context=certificate.client())


def test_an_application_gets_tokens_with_its_secret_and_a_new_one_when_the_old_one_no_longer_holds(
    hybrid: EwsServer, certificate: Certificate
) -> None:
    account = application(hybrid, certificate, "client-secret")
    cursor = account.mailbox.poll(None, START).cursor
    hybrid.mailboxes[MENTOR].deliver(mail())
    hybrid.expire_tokens()
    with pytest.raises(TransientError, match="token"):
        account.mailbox.poll(cursor, START)

    assert len(account.mailbox.poll(cursor, START).heads) == 1

    hybrid.expire_tokens()
    account.transport.send(letter(), MENTOR, (LEA,), Claim(hybrid))
    assert len(hybrid.sent) == 1
    account.mailbox.close()


def test_a_token_is_renewed_before_its_time_is_up_without_anybody_noticing(
    hybrid: EwsServer, certificate: Certificate
) -> None:
    hybrid.token_seconds = 1
    account = application(hybrid, certificate, "client-secret")
    cursor = account.mailbox.poll(None, START).cursor
    hybrid.mailboxes[MENTOR].deliver(mail())
    time.sleep(1.6)  # whole seconds, and rounded

    assert len(account.mailbox.poll(cursor, START).heads) == 1
    assert hybrid.tokens_issued >= 2
    account.mailbox.close()


def test_a_wrong_client_secret_is_a_refused_login(hybrid: EwsServer, certificate: Certificate) -> None:
    with pytest.raises(RefusedLoginError, match="client id or its secret"):
        application(hybrid, certificate, "wrong").mailbox.check()


def test_a_token_that_the_server_never_takes_is_a_refused_login(hybrid: EwsServer, certificate: Certificate) -> None:
    hybrid.takes_tokens = False

    with pytest.raises(RefusedLoginError):
        application(hybrid, certificate, "client-secret").mailbox.check()


# Connecting


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_named_authority_is_enough(
    certificate: Certificate,
) -> None:
    with EwsServer(certificate) as server:
        server.mailbox(MENTOR)
        with pytest.raises(TerminalError, match="certificate"):
            open_account(server).mailbox.check()
        assert server.requests == []

        trusting = open_account(server, context=certificate.client())
        trusting.transport.send(letter(), MENTOR, (LEA,), Claim(server))

        assert len(server.sent) == 1
        trusting.mailbox.close()


def test_where_the_mailbox_lives_is_asked_of_its_domain(server: EwsServer) -> None:
    url = f"http://{server.host}"
    account = EwsAccount(Connection(url, Login(MENTOR, PASSWORD), MENTOR, autodiscover=True, timeout=5))

    account.transport.send(letter(), MENTOR, (LEA,), Claim(server))

    assert len(server.sent) == 1
    account.mailbox.close()
    with pytest.raises(RefusedLoginError):
        EwsAccount(Connection(url, Login(MENTOR, "wrong"), MENTOR, autodiscover=True)).mailbox.check()
    with pytest.raises(AgentError, match=r"nobody@mentor\.example"):
        EwsAccount(Connection(url, Login(MENTOR, PASSWORD), "nobody@mentor.example", autodiscover=True)).mailbox.check()


def test_a_port_where_nobody_listens_or_no_exchange_lives_is_said() -> None:
    closed = f"http://127.0.0.1:{free_ports(1)[0]}/EWS/Exchange.asmx"
    with pytest.raises(TransientError, match="cannot be reached"):
        EwsAccount(Connection(closed, Login(MENTOR, PASSWORD), MENTOR, timeout=2)).mailbox.check()


def test_an_address_without_exchange_is_said_and_so_is_a_server_that_takes_no_passwords(server: EwsServer) -> None:
    web = f"http://{server.host}/owa/auth.asmx"
    for auth in ("any", "basic"):
        login = Login(MENTOR, PASSWORD, auth)
        with pytest.raises(TerminalError, match=r"404.*is it the address of EWS"):
            EwsAccount(Connection(web, login, MENTOR)).mailbox.check()
    server.offers = ("Negotiate",)
    with pytest.raises(TerminalError, match="negotiate"):
        open_account(server).mailbox.check()


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (Fault.BUSY, TransientError, "7.5 s"),
        (Fault.UNAVAILABLE, TransientError, "503"),
        (Fault.PAGE, TransientError, "not EWS"),
        (Fault.NOT_FOUND, TerminalError, "404"),
        (Fault.DENIED, TerminalError, "full access"),
        (Fault.INTERNAL, TransientError, "ErrorInternalServerError"),
        (Fault.DROP_BEFORE, TransientError, "cannot be reached"),
    ],
)
def test_what_goes_wrong_is_said_in_words_and_the_next_look_works(
    server: EwsServer, account: EwsAccount, fault: Fault, kind: type[AgentError], said: str
) -> None:
    cursor = account.mailbox.poll(None, START).cursor
    server.mailboxes[MENTOR].deliver(mail())
    server.fail_next("SyncFolderItems", fault)
    before = len(server.requests)

    with pytest.raises(kind, match=said):
        account.mailbox.poll(cursor, START)

    assert server.requests[before:].count("SyncFolderItems") == 1  # not hammered
    assert len(account.mailbox.poll(cursor, START).heads) == 1


def test_a_server_that_sends_a_byte_at_a_time_does_not_hold_the_agent(server: EwsServer) -> None:
    hurried = open_account(server, patience=0.3)
    hurried.transport.check()
    server.fail_next("SyncFolderItems", Fault.DRIP)
    begin = time.monotonic()

    with pytest.raises(TransientError, match="cannot be reached"):
        hurried.mailbox.poll(None, START)

    assert time.monotonic() - begin < 5
    assert hurried.mailbox.poll(None, START).heads == ()
    hurried.mailbox.close()


# Reading


def test_a_lost_state_is_begun_anew_from_the_start_and_nothing_older(server: EwsServer, account: EwsAccount) -> None:
    box = server.mailboxes[MENTOR]
    old, seen, new = mail("Ancien"), mail("Vu"), mail("Nouveau")
    box.deliver(old, at=START - timedelta(days=1))
    box.deliver(seen, at=START + timedelta(hours=1))
    cursor = account.mailbox.poll(None, START).cursor
    box.deliver(new)
    box.forget_states()

    again = account.mailbox.poll(cursor, START)

    assert [message_id(head.headers) for head in again.heads] == [message_id(seen), message_id(new)]
    assert account.mailbox.poll(again.cursor, START).heads == ()


def test_a_large_folder_is_gone_through_by_its_dates_without_reading_its_mails(
    server: EwsServer, account: EwsAccount
) -> None:
    box = server.mailboxes[MENTOR]
    for _ in range(1500):
        box.deliver(mail(), at=START - timedelta(days=40))
    box.deliver(mail("Récent"))

    delta = account.mailbox.poll(None, START)

    assert [b"R\xc3\xa9cent" in head.headers for head in delta.heads] == [True]
    assert server.requests.count("GetItem") == 1


def test_a_mail_read_flagged_or_filed_away_is_no_new_mail(server: EwsServer, account: EwsAccount) -> None:
    inbox = server.mailboxes[MENTOR].folders["inbox"]
    items = [server.mailboxes[MENTOR].deliver(mail()) for _ in range(3)]
    cursor = account.mailbox.poll(None, START).cursor
    inbox.touch(items[0], only_read=True)
    inbox.touch(items[1])
    server.mailboxes[MENTOR].folders["deleteditems"].add(inbox.remove(items[2].id))

    assert account.mailbox.poll(cursor, START).heads == ()


def test_an_invitation_and_a_mail_that_the_server_cannot_read_hide_nothing(
    server: EwsServer, account: EwsAccount
) -> None:
    box = server.mailboxes[MENTOR]
    invitation, plain = mail("Invitation"), mail("Bonjour")
    box.deliver(invitation).tag = "MeetingRequest"
    box.deliver(mail("Abîmé")).corrupt = True
    box.deliver(mail("Abîmé aussi"), "sentitems").corrupt = True
    box.deliver(plain)

    heads = account.mailbox.poll(None, START).heads

    assert sorted(message_id(head.headers) for head in heads) == sorted(
        ["", "", message_id(invitation), message_id(plain)]
    )
    for head in heads:
        if not head.headers:
            with pytest.raises(UnreadableError, match="ErrorItemCorrupt"):
                account.mailbox.fetch(head.ref)


def test_a_large_mail_of_one_s_own_is_known_by_what_the_server_says_of_it(
    server: EwsServer, account: EwsAccount
) -> None:
    raw = letter() + b"x" * 70_000
    server.mailboxes[MENTOR].deliver(raw, "sentitems")

    (head,) = account.mailbox.poll(None, START).heads

    assert message_id(head.headers) == message_id(raw)
    lines = head.headers.decode().splitlines()
    assert f"From: {MENTOR}" in lines
    assert f"To: {LEA}" in lines
    assert "Subject: Votre rendez-vous" in lines
    assert f"{KEY_HEADER}: letter-1" in lines
    assert head.ref.folder is Folder.SENT
