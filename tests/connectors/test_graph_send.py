"""Letters through Microsoft 365: what has gone is never confused with what has not, and nothing goes twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.connectors.graph_send import GraphTransport
from agent.connectors.ports import KEY_HEADER
from agent.errors import RefusedLoginError, TerminalError, TransientError, UncertainSendError
from tests.connectors.test_graph import Clock
from tests.servers.graph import GraphServer, graph_server, signed_in

CLAIRE, LEA = "claire@example.org", "lea.moreau@learner.test"
LETTER = (
    f"From: Claire Martin <{CLAIRE}>\r\nTo: =?utf-8?q?L=C3=A9a?= <{LEA}>\r\nSubject: Votre rendez-vous\r\n"
    f"Message-ID: <letter-1@example.org>\r\n{KEY_HEADER}: letter-1\r\nAuto-Submitted: auto-generated\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBonjour Léa,\r\n.\r\nà bientôt\r\n"
).encode()


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server() as made:
        yield made


@pytest.fixture
def transport(server: GraphServer, tmp_path: Path) -> GraphTransport:
    return signed_in(server, tmp_path / "tokens.json").connect(Clock()).transport


class Claim:
    """Counts how often a letter was said to be leaving."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> None:
        self.made += 1


def send(transport: GraphTransport, raw: bytes = LETTER, to: tuple[str, ...] = (LEA,)) -> Claim:
    claim = Claim()
    transport.send(raw, CLAIRE, to, claim)
    return claim


def test_a_letter_leaves_byte_for_byte_and_lies_in_sent(server: GraphServer, transport: GraphTransport) -> None:
    assert send(transport).made == 1

    assert server.mail.accepted == [LETTER]
    assert [item.raw for item in server.mail.items.values() if item.folder == "sentitems"] == [LETTER]


def test_line_ends_are_made_those_of_the_protocol(server: GraphServer, transport: GraphTransport) -> None:
    send(transport, LETTER.replace(b"\r\n", b"\n"))

    assert server.mail.accepted == [LETTER]


def test_a_mailbox_that_never_saw_our_header_is_taught_it_before_the_first_letter(
    server: GraphServer, transport: GraphTransport, tmp_path: Path
) -> None:
    """Exchange drops from MIME what it has no named property for; once set through JSON, it stays."""
    send(transport)
    send(transport)
    send(signed_in(server, tmp_path / "tokens.json").connect().transport)  # a new process

    assert all(f"{KEY_HEADER}: letter-1".encode() in raw for raw in server.mail.accepted)
    assert [request for request in server.requests if request.startswith(("POST /v1.0/me/messages", "DELETE"))] == [
        "POST /v1.0/me/messages",
        "DELETE /v1.0/me/messages/AAMkAGI2/00001==",
    ]
    assert all(item.folder != "drafts" for item in server.mail.items.values())


def test_a_letter_that_names_others_than_it_is_meant_for_does_not_leave(
    server: GraphServer, transport: GraphTransport
) -> None:
    claim = Claim()
    for raw, to in (
        (LETTER, ("support@school.test",)),
        (LETTER.replace(b"Subject:", b"Cc: eve@attacker.test\r\nSubject:"), (LEA,)),
        (LETTER.replace(b"Subject:", b"Bcc: eve@attacker.test\r\nSubject:"), (LEA,)),
        (LETTER, (LEA, "paul@learner.test")),
        (b"Subject: nobody\r\n\r\n", (LEA,)),
    ):
        with pytest.raises(TerminalError, match="is meant for"):
            transport.send(raw, CLAIRE, to, claim)

    assert claim.made == 0
    assert not any("/v1.0/" in request and "sendMail" in request for request in server.requests)
    assert server.mail.accepted == []


def test_a_connection_lost_after_the_letter_was_handed_over_leaves_it_uncertain(
    server: GraphServer, transport: GraphTransport
) -> None:
    for drop, went in (("before", 0), ("after", 1)):
        server.mail.accepted.clear()
        server.fail(where="sendMail", drop=drop)
        claim = Claim()
        with pytest.raises(UncertainSendError, match="may have gone"):
            transport.send(LETTER, CLAIRE, (LEA,), claim)
        assert claim.made == 1
        assert len(server.mail.accepted) == went
        assert server.requests[-1] == "POST /v1.0/me/sendMail"  # and not once more


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 200, 302])
def test_an_answer_that_may_mean_either_leaves_it_uncertain(
    server: GraphServer, transport: GraphTransport, status: int
) -> None:
    server.fail(where="sendMail", status=status)

    with pytest.raises(UncertainSendError, match=str(status)):
        send(transport)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_has_not_taken_it_and_says_when_to_come_back(
    server: GraphServer, tmp_path: Path, status: int
) -> None:
    clock = Clock()
    account = signed_in(server, tmp_path / "tokens.json").connect(clock)
    server.fail(where="sendMail", status=status, retry_after="90")
    with pytest.raises(TransientError, match="90 s"):
        send(account.transport)
    asked = len(server.requests)
    claim = Claim()
    with pytest.raises(TransientError, match="another 90 s"):
        account.transport.send(LETTER, CLAIRE, (LEA,), claim)
    with pytest.raises(TransientError, match="another 90 s"):
        account.mailbox.check()
    assert (claim.made, len(server.requests)) == (0, asked)

    clock.seconds += 90
    send(account.transport)
    assert server.mail.accepted == [LETTER]


def test_a_server_that_is_away_before_the_letter_leaves_has_not_taken_it(
    server: GraphServer, transport: GraphTransport
) -> None:
    server.away = True
    claim = Claim()

    with pytest.raises(TransientError):
        transport.send(LETTER, CLAIRE, (LEA,), claim)
    assert claim.made == 0

    server.away = False
    send(transport)
    assert len(server.mail.accepted) == 1


def test_a_claim_that_fails_keeps_the_letter_back(server: GraphServer, transport: GraphTransport) -> None:
    def lost() -> None:
        raise RuntimeError("the row was taken back")

    with pytest.raises(RuntimeError):
        transport.send(LETTER, CLAIRE, (LEA,), lost)

    assert server.mail.accepted == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "ErrorInvalidRecipients", TerminalError),
        (413, "ErrorMessageSizeExceeded", TerminalError),
        (403, "ErrorAccessDenied", RefusedLoginError),
        (401, "InvalidAuthenticationToken", TransientError),
    ],
)
def test_a_refusal_is_certain_and_says_whose_it_is(
    server: GraphServer, transport: GraphTransport, status: int, code: str, error: type[Exception]
) -> None:
    server.fail(where="sendMail", status=status, code=code)

    with pytest.raises(error):
        send(transport)
    assert server.mail.accepted == []

    send(transport)
    assert len(server.mail.accepted) == 1


def test_a_permission_to_send_that_is_missing_is_named(server: GraphServer, transport: GraphTransport) -> None:
    server.granted.discard("Mail.Send")

    with pytest.raises(RefusedLoginError, match=r"permission Mail\.Send"):
        send(transport)


def test_an_address_that_is_not_the_mailbox_s_own_is_said_to_be_the_trouble(
    server: GraphServer, transport: GraphTransport
) -> None:
    server.fail(where="sendMail", status=403, code="ErrorSendAsDenied")

    with pytest.raises(RefusedLoginError, match=r"mentor\.address must be one of this mailbox's own"):
        send(transport)


def test_the_check_says_for_whom_it_sends(transport: GraphTransport) -> None:
    assert CLAIRE in transport.check()[0]
