"""Sending through Exchange: what leaves is what was approved, once, and what became of it is never guessed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from agent.connectors.ews import EwsAccount
from agent.connectors.rawmail import message_id
from agent.errors import AgentError, TerminalError, TransientError, UncertainSendError
from tests.connectors.ews_letters import LEA, MENTOR, Claim, letter, open_account
from tests.servers.ews import EwsServer, Fault


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


def test_a_letter_leaves_as_it_was_approved_and_lies_in_sent(server: EwsServer, account: EwsAccount) -> None:
    raw, claim = letter(), Claim(server)

    account.transport.send(raw, MENTOR, (LEA,), claim)

    (sent,) = server.sent
    assert (sent.sender, sent.recipients, sent.raw) == (MENTOR, (LEA,), raw)
    assert claim.calls == 1
    assert "CreateItem" not in claim.before
    assert account.mailbox.sent_has(message_id(raw), "")
    assert account.mailbox.sent_has("", "letter-1")
    assert not account.mailbox.sent_has("", "LETTER-1")  # the server would say yes


def test_a_copy_that_others_sent_is_no_draft(server: EwsServer, account: EwsAccount) -> None:
    account.mailbox.save_sent(letter())

    (copy,) = server.mailboxes[MENTOR].folders["sentitems"].items.values()
    assert (copy.draft, copy.read) == (False, True)


def test_the_server_s_own_copy_is_the_only_one(server: EwsServer, account: EwsAccount) -> None:
    raw = letter()
    account.transport.send(raw, MENTOR, (LEA,), Claim(server))
    server.mailboxes[MENTOR].folders["sentitems"].items.clear()  # the copy is filed a moment later

    account.mailbox.save_sent(raw)

    assert server.requests.count("CreateItem") == 1


@pytest.mark.parametrize("recipients", [(LEA, "other@learner.example"), ("other@learner.example",)])
def test_a_letter_whose_header_names_others_than_its_recipients_is_not_sent(
    server: EwsServer, account: EwsAccount, recipients: tuple[str, ...]
) -> None:
    claim = Claim(server)
    with pytest.raises(TerminalError, match="would follow the message"):
        account.transport.send(letter(), MENTOR, recipients, claim)
    with pytest.raises(TerminalError, match="would follow the message"):
        account.transport.send(letter().replace(b"Subject:", b"Bcc: x@x.test\r\nSubject:"), MENTOR, (LEA,), claim)
    assert (server.sent, claim.calls) == ([], 0)


@pytest.mark.parametrize(
    ("fault", "kind", "gone"),
    [
        (Fault.BUSY, TransientError, 0),
        (Fault.DENIED, TerminalError, 0),
        (Fault.NOT_FOUND, TerminalError, 0),
        (Fault.INVALID, TerminalError, 0),
        (Fault.DROP_BEFORE, UncertainSendError, 0),
        (Fault.DROP_AFTER, UncertainSendError, 1),
        (Fault.INTERNAL, UncertainSendError, 0),
        (Fault.UNAVAILABLE, UncertainSendError, 0),
        (Fault.PAGE, UncertainSendError, 0),
    ],
)
def test_what_became_of_a_letter_is_never_guessed_and_it_is_never_sent_twice(
    server: EwsServer, account: EwsAccount, fault: Fault, kind: type[AgentError], gone: int
) -> None:
    account.transport.check()
    server.fail_next("CreateItem", fault)
    claim = Claim(server)

    with pytest.raises(kind) as caught:
        account.transport.send(letter(), MENTOR, (LEA,), claim)

    assert type(caught.value) is kind
    assert claim.calls == 1
    assert len(server.sent) == gone
    assert server.requests.count("CreateItem") == 1
    assert account.mailbox.sent_has("", "letter-1") is bool(gone)


def test_an_answer_that_comes_too_late_leaves_the_letter_uncertain(server: EwsServer) -> None:
    slow = open_account(server, timeout=0.4)
    slow.transport.check()
    server.slowness = 1.0
    server.fail_next("CreateItem", Fault.SLOW)

    with pytest.raises(UncertainSendError):
        slow.transport.send(letter(), MENTOR, (LEA,), Claim(server))

    slow.mailbox.close()


def test_a_server_that_is_away_gets_no_letter_and_can_be_asked_again(server: EwsServer, account: EwsAccount) -> None:
    account.transport.check()
    server.stop()
    for _ in range(2):
        claim = Claim(server)
        with pytest.raises(TransientError, match="cannot be reached"):
            account.transport.send(letter(), MENTOR, (LEA,), claim)
    server.start()

    account.transport.send(letter(), MENTOR, (LEA,), Claim(server))

    assert len(server.sent) == 1


def test_a_claim_that_fails_keeps_the_letter_here(server: EwsServer, account: EwsAccount) -> None:
    def lost() -> None:
        raise RuntimeError("the store is gone")

    with pytest.raises(RuntimeError):
        account.transport.send(letter(), MENTOR, (LEA,), lost)

    assert server.sent == []


def test_a_letter_never_stands_in_the_log(
    server: EwsServer, account: EwsAccount, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail_next("CreateItem", Fault.PAGE)
    with pytest.raises(UncertainSendError):
        account.transport.send(letter(), MENTOR, (LEA,), Claim(server))

    assert caplog.text == ""
    assert not logging.getLogger("exchangelib.util").isEnabledFor(logging.ERROR)
