"""Microsoft 365: what its server may do to a program in a year, and what the program makes of it."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.connectors.graph import GraphConnection
from agent.connectors.graph_mail import GraphMailbox
from agent.connectors.ports import Folder, MailHead
from agent.connectors.rawmail import message_id
from agent.errors import RefusedLoginError, TerminalError, TransientError, UnreadableError
from tests.connectors.mail_worlds import mail
from tests.servers.graph import GraphServer, graph_server, signed_in

SINCE = datetime.now(UTC) - timedelta(days=90)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server() as made:
        yield made


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tokens.json"


def everything(mailbox: GraphMailbox, cursor: str | None = None) -> tuple[list[MailHead], str]:
    heads: list[MailHead] = []
    for _ in range(50):
        delta = mailbox.poll(cursor, SINCE)
        heads += delta.heads
        cursor = delta.cursor
        if not delta.more:
            return heads, cursor
    raise AssertionError("the mailbox has no end")


def ids(heads: list[MailHead]) -> set[str]:
    return {message_id(head.headers) for head in heads}


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks_by_all_three(server: GraphServer, tokens: Path) -> None:
    clock = Clock()
    account = signed_in(server, tokens).connect(clock)
    server.fail(where="inbox", status=429, code="ApplicationThrottled", retry_after="120")

    with pytest.raises(TransientError, match="120 s"):
        account.mailbox.poll(None, SINCE)
    asked = len(server.requests)
    clock.seconds += 119
    for call in (
        lambda: account.mailbox.poll(None, SINCE),
        lambda: account.calendar.poll(None),
        account.transport.check,
    ):
        with pytest.raises(TransientError, match="another 1 s"):
            call()
    assert len(server.requests) == asked

    clock.seconds += 1
    assert account.mailbox.poll(None, SINCE).heads == ()
    assert account.calendar.poll(None).complete


def test_a_date_after_which_to_come_back_is_held_against_the_server_s_own_clock(
    server: GraphServer, tokens: Path
) -> None:
    server.now = datetime(2031, 5, 1, 12, tzinfo=UTC)
    server.fail(where="inbox", status=503, retry_after="Thu, 01 May 2031 12:00:40 GMT")
    account = signed_in(server, tokens).connect(Clock())

    with pytest.raises(TransientError, match="40 s"):
        account.mailbox.poll(None, SINCE)


@pytest.mark.parametrize(("status", "wanted"), [(503, None), (429, "soon"), (429, "-5")])
def test_a_busy_server_that_names_no_sensible_time_is_left_alone_for_half_a_minute(
    server: GraphServer, tokens: Path, status: int, wanted: str | None
) -> None:
    account = signed_in(server, tokens).connect(Clock())
    server.fail(where="inbox", status=status, retry_after=wanted)

    with pytest.raises(TransientError, match="30 s"):
        account.mailbox.poll(None, SINCE)


def test_an_access_token_that_ran_out_early_is_renewed_without_a_word(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    _, cursor = everything(mailbox)
    server.mail.put(mail())
    server.login.expire()

    assert len(mailbox.poll(cursor, SINCE).heads) == 1


def test_refresh_tokens_that_change_with_each_use_last_for_months_and_restarts(
    server: GraphServer, tokens: Path
) -> None:
    account = signed_in(server, tokens)
    for _ in range(6):
        server.login.expire()
        account.connect().mailbox.check()

    assert server.login.grants.count("refresh_token") == 6
    assert len(server.login.refresh) == 1  # each was used up by the next
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
    assert sorted(path.name for path in tokens.parent.iterdir()) == ["tokens.json", "tokens.lock"]


def test_two_processes_that_renew_at_once_lose_no_sign_in(server: GraphServer, tokens: Path) -> None:
    """A refresh token that was used is used up here: the second must find what the first wrote."""
    account = signed_in(server, tokens)
    server.login.expire()
    connections = [account.connect() for _ in range(4)]
    done: list[list[str]] = []
    threads = [threading.Thread(target=lambda one=one: done.append(one.mailbox.check())) for one in connections]
    for connection in connections:
        connection.http.forget_token()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(done) == 4


def test_a_token_that_still_holds_is_not_asked_for_again(server: GraphServer, tokens: Path) -> None:
    account = signed_in(server, tokens)
    account.connect().mailbox.check()
    account.connect().mailbox.check()

    assert server.login.grants == ["urn:ietf:params:oauth:grant-type:device_code"]


def test_a_sign_in_that_was_revoked_says_to_sign_in_again_and_a_new_one_is_taken_up(
    server: GraphServer, tokens: Path
) -> None:
    account = signed_in(server, tokens)
    running = account.connect()
    everything(running.mailbox)
    server.login.revoke()

    for _ in range(2):
        with pytest.raises(RefusedLoginError, match=r"mentor-agent login.*AADSTS50173"):
            running.mailbox.poll(None, SINCE)

    server.login.refused = None
    signed_in(server, tokens)  # in another process
    assert running.mailbox.poll(None, SINCE).heads == ()


def test_nobody_has_signed_in_yet(server: GraphServer, tokens: Path) -> None:
    account = server.account(tokens).connect()

    with pytest.raises(
        RefusedLoginError, match=r"nobody has signed in as claire@example\.org yet: run mentor-agent login"
    ):
        account.mailbox.check()
    assert not tokens.exists()


def test_a_code_is_shown_and_whoever_else_signs_in_with_it_is_told_apart(server: GraphServer, tokens: Path) -> None:
    said: list[str] = []
    device = server.account(tokens).connect().device
    assert device is not None
    server.login.user = "paul@example.org"

    with pytest.raises(TerminalError, match=r"paul@example\.org signed in, and the settings say claire@example\.org"):
        device.sign_in(said.append)
    assert "ABCD-EFGH" in said[0]
    assert not device.signed_in()

    server.login.user = "Claire@Example.org"
    device.sign_in(said.append)
    assert device.signed_in()


def test_a_permission_that_was_left_out_at_the_sign_in_is_named(server: GraphServer, tokens: Path) -> None:
    server.login.declined = {"Mail.Send"}

    with pytest.raises(RefusedLoginError, match=r"without the permission Mail\.Send"):
        signed_in(server, tokens)
    assert not tokens.exists()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("AADSTS7000218: The request body must contain a client secret.", "Allow public client flows"),
        ("AADSTS65001: The user or administrator has not consented.", "consent"),
        ("AADSTS53003: Access has been blocked by Conditional Access policies.", "conditional access"),
        ("AADSTS999999: Something new.", "AADSTS999999"),
    ],
)
def test_what_an_organisation_forbids_is_said_with_what_to_do(
    server: GraphServer, tokens: Path, said: str, advice: str
) -> None:
    server.login.device_refused = said

    with pytest.raises(RefusedLoginError, match=advice):
        signed_in(server, tokens)


def test_tokens_that_were_damaged_on_disk_are_said_to_be(server: GraphServer, tokens: Path) -> None:
    account = signed_in(server, tokens)
    tokens.write_text(tokens.read_text(encoding="utf-8")[:100], encoding="utf-8")

    with pytest.raises(TerminalError, match="run mentor-agent login again"):
        account.connect().mailbox.check()

    signed_in(server, tokens)
    assert account.connect().mailbox.check()


def test_an_app_that_acts_by_itself_reads_the_mailbox_that_is_named(server: GraphServer, tokens: Path) -> None:
    server.mail.put(mail())
    account = server.account(tokens, secret="app-secret").connect()

    assert len(account.mailbox.poll(None, SINCE).heads) == 1
    assert any("/users/claire@example.org/" in request for request in server.requests)
    server.login.expire()
    assert "1 mails" in account.mailbox.check()[1]
    assert not tokens.exists()


def test_an_app_with_a_wrong_secret_is_refused_once_and_said_so(server: GraphServer, tokens: Path) -> None:
    named = server.account(tokens, secret="old-secret")
    account = named.connect()
    assert "old-secret" not in repr(named)

    with pytest.raises(RefusedLoginError, match=r"the app.s secret is wrong"):
        account.mailbox.check()
    assert server.login.grants == ["client_credentials"]


@pytest.mark.parametrize(
    ("missing", "call"),
    [
        ("Mail.ReadWrite", lambda account: account.mailbox.poll(None, SINCE)),
        ("Calendars.ReadWrite", lambda account: account.calendar.poll(None)),
    ],
)
def test_a_permission_that_was_not_granted_is_named(
    server: GraphServer, tokens: Path, missing: str, call: object
) -> None:
    account = signed_in(server, tokens).connect()
    server.granted.discard(missing)

    with pytest.raises(RefusedLoginError, match=f"permission {missing}"):
        call(account)  # type: ignore[operator]  # one of the two above


def test_a_mailbox_that_lies_on_a_server_of_the_company_is_pointed_to_ews(server: GraphServer, tokens: Path) -> None:
    server.fail(where="inbox", status=404, code="MailboxNotEnabledForRESTAPI")

    with pytest.raises(TerminalError, match="ews://"):
        signed_in(server, tokens).connect().mailbox.poll(None, SINCE)


def test_a_certificate_of_nobody_known_is_not_trusted(server: GraphServer, tokens: Path) -> None:
    doubting = replace(signed_in(server, tokens), context=None)

    with pytest.raises(TerminalError, match=r"cannot be trusted.*ca_file"):
        doubting.connect().mailbox.check()


def test_delta_tokens_that_were_lost_mean_a_new_start_from_the_same_day(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    known = mail("Connu")
    server.mail.put(known)
    server.mail.put(mail("Trop ancien"), at=SINCE - timedelta(days=1))
    _, cursor = everything(mailbox)
    came = mail("Pendant la panne")
    server.mail.put(came)
    server.lose_sync_state()

    heads, cursor = everything(mailbox, cursor)

    assert ids(heads) == {message_id(known), message_id(came)}
    assert everything(mailbox, cursor)[0] == []


def test_a_server_that_tells_of_every_change_brings_no_mail_twice(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    server.mail.tells_all = True
    read, gone = server.mail.put(mail("Lu")), server.mail.put(mail("Supprimé"))
    _, cursor = everything(mailbox)
    server.mail.mark(read.id)
    server.mail.remove(gone.id)
    fresh = mail("Nouveau")
    server.mail.put(fresh)

    assert ids(everything(mailbox, cursor)[0]) == {message_id(fresh)}


def test_a_round_without_order_that_tells_of_a_mail_twice_gives_each_once_and_oldest_first(
    server: GraphServer, tokens: Path
) -> None:
    mails = [mail(str(number)) for number in range(9)]
    for number, raw in enumerate(mails):
        server.mail.put(raw, at=SINCE + timedelta(hours=1 + number))
    server.mail.untidy = True

    delta = signed_in(server, tokens).connect().mailbox.poll(None, SINCE)

    assert [message_id(head.headers) for head in delta.heads] == [message_id(raw) for raw in mails]


def test_a_mail_that_was_moved_into_the_inbox_is_new_there(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    item = server.mail.put(mail(), "drafts")
    _, cursor = everything(mailbox)
    item.folder = "inbox"
    server.mail.logs["inbox"].record("created", item.id)

    (head,) = everything(mailbox, cursor)[0]
    assert head.ref.uid == item.id


def test_more_mails_than_the_first_round_may_give_are_all_found(server: GraphServer, tokens: Path) -> None:
    """Graph gives 5,000 in a filtered first round: what is older is listed, and what came meanwhile is not lost."""
    mails = [mail(str(number)) for number in range(5150)]
    for number, raw in enumerate(mails):
        server.mail.put(raw, at=SINCE + timedelta(minutes=1 + number))
    mailbox = signed_in(server, tokens).connect().mailbox
    first = mailbox.poll(None, SINCE)
    late = mail("Arrivé pendant la lecture")
    server.mail.put(late)

    heads, cursor = everything(mailbox, first.cursor)

    assert ids([*first.heads, *heads]) == {message_id(raw) for raw in [*mails, late]}
    fresh = mail("Après")
    server.mail.put(fresh)
    assert ids(everything(mailbox, cursor)[0]) == {message_id(fresh)}


def test_the_headers_of_the_inbox_come_with_the_page_and_those_of_sent_by_themselves(
    server: GraphServer, tokens: Path
) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    results = b"Authentication-Results: mx.example.org;\r\n dmarc=pass header.from=school.example\r\n"
    for _ in range(5):
        server.mail.put(mail(extra=results))
    for _ in range(2):
        server.mail.put(mail(), "sentitems")

    heads, _ = everything(mailbox)

    assert sum("$value" in request for request in server.requests) == 2
    inbox = [head for head in heads if head.ref.folder is Folder.INBOX]
    assert len(inbox) == 5
    assert all(results in head.headers for head in inbox)
    assert all(mailbox.fetch(head.ref).startswith(head.headers + b"\r\n") for head in heads)


def test_a_mail_in_the_inbox_whose_headers_were_not_kept_is_read_from_its_mime_form(
    server: GraphServer, tokens: Path
) -> None:
    raw = mail()
    server.mail.put(raw).received_headers = False

    (head,) = everything(signed_in(server, tokens).connect().mailbox)[0]

    assert message_id(head.headers) == message_id(raw)


def test_what_graph_s_search_finds_regardless_of_case_is_compared_exactly(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    letter = mail(extra=b"X-Mentor-Agent-Key: Letter-It's-12\r\n")
    server.mail.put(letter, "sentitems")

    assert mailbox.sent_has("", "Letter-It's-12")
    assert not mailbox.sent_has("", "letter-it's-12")
    assert mailbox.sent_has(message_id(letter), "")
    assert not mailbox.sent_has(message_id(letter).upper(), "")


def test_a_server_that_drips_is_given_up_at_the_deadline(server: GraphServer, tokens: Path) -> None:
    account = signed_in(server, tokens).connect(deadline=0.3)
    account.mailbox.poll(None, SINCE)
    server.fail(where="inbox", drip=0.02)

    with pytest.raises(TransientError, match="longer than"):
        account.mailbox.poll(None, SINCE)


def test_an_answer_that_breaks_off_is_an_outage(server: GraphServer, tokens: Path) -> None:
    account = signed_in(server, tokens).connect()
    item = server.mail.put(mail(body=b"x" * 1_000_000))
    account.mailbox.poll(None, SINCE)
    server.fail(where="inbox", drop="before")
    with pytest.raises(TransientError, match="not reachable"):
        account.mailbox.poll(None, SINCE)
    server.fail(where="value", status=500, code="ErrorInternalServerError")
    with pytest.raises(TransientError, match="cannot answer now"):
        account.mailbox.fetch(account.mailbox.poll(None, SINCE).heads[0].ref)
    assert item.id


def test_a_sign_in_server_that_is_away_is_an_outage_and_no_refusal(server: GraphServer, tokens: Path) -> None:
    account = signed_in(server, tokens)
    server.login.expire()
    server.fail(where="/token", status=503, times=5)
    with pytest.raises(TransientError, match="sign-in server"):
        account.connect().mailbox.check()
    server.faults.clear()
    server.fail(where="openid-configuration", drop="before")
    with pytest.raises(TransientError, match="not reachable"):
        account.connect().mailbox.check()

    for body in (b"{}", b"[]"):
        server.fail(where="openid-configuration", body=body)
        with pytest.raises(TransientError, match="makes no sense"):
            account.connect().mailbox.check()
    server.fail(where="openid-configuration", status=400)
    with pytest.raises(TerminalError, match="set up wrongly"):
        account.connect().mailbox.check()

    assert account.connect().mailbox.check()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in to the hotel's network</html>",
        b"[]",
        b"{}",
        b'{"value": 3}',
        b'{"value": [7], "@odata.deltaLink": "x"}',
        b'{"value": [{"id": "1", "receivedDateTime": "yesterday"}], "@odata.deltaLink": "https://x"}',
        b'{"value": [{"receivedDateTime": "2026-11-01T00:00:00Z"}], "@odata.nextLink": 5}',
    ],
)
def test_an_answer_that_makes_no_sense_is_an_outage(server: GraphServer, tokens: Path, body: bytes) -> None:
    account = signed_in(server, tokens).connect()
    server.fail(where="delta", body=body, times=9)

    for call in (lambda: account.mailbox.poll(None, SINCE), lambda: account.calendar.poll(None)):
        with pytest.raises(TransientError):
            call()


def test_a_mail_that_the_server_cannot_convert_hides_no_other(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    server.mail.put(mail(), "sentitems", at=SINCE + timedelta(days=2))
    good = mail()
    server.mail.put(good, "sentitems", at=SINCE + timedelta(days=1))
    server.fail(where="value", status=500, code="ErrorMimeContentConversionFailed")

    heads, cursor = everything(mailbox)

    assert ids(heads) == {"", message_id(good)}
    assert everything(mailbox, cursor)[0] == []


def test_the_token_is_shown_to_no_other_server(server: GraphServer, tokens: Path) -> None:
    mailbox = signed_in(server, tokens).connect().mailbox
    server.mail.put(mail())
    cursor = json.loads(everything(mailbox)[1])
    cursor["inbox"][0] = "https://graph.attacker.test/v1.0/me/mailFolders/inbox/messages/delta?$deltatoken=x"

    assert len(mailbox.poll(json.dumps(cursor), SINCE).heads) == 1  # begun anew, where the settings say


def test_waiting_costs_one_small_question_a_look(server: GraphServer, tokens: Path) -> None:
    clock = Clock()
    mailbox = GraphMailbox(signed_in(server, tokens).connect().http, clock=clock, poll_every=60.0)
    everything(mailbox)
    interrupt, bell = os.pipe()
    asked = len(server.requests)
    os.write(bell, b".")

    assert not mailbox.wait(3600, interrupt)

    assert server.requests[asked:] == ["GET /v1.0/me/mailFolders/inbox/messages/delta"]
    os.close(interrupt)
    os.close(bell)


def test_a_mail_that_went_is_said_to_be_gone(server: GraphServer, tokens: Path) -> None:
    account: GraphConnection = signed_in(server, tokens).connect()
    item = server.mail.put(mail())
    (head,), _ = everything(account.mailbox)
    server.mail.remove(item.id)

    with pytest.raises(UnreadableError, match="no longer"):
        account.mailbox.fetch(head.ref)
