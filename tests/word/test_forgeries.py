"""Who said it (P2): every way to speak in the mentor's name that we know of ends in "asked, not done"."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.connectors.ports import KEY_HEADER, Folder
from agent.model import RequestState
from tests.stage import AUTHSERV, MENTOR, SUPPORT, Stage, reference
from tests.stories import LEA
from tests.word.forging import EVIL, FAIL, FROM, PASS, Forger, Line

RESULTS = f"Authentication-Results: {AUTHSERV};"
ABOUT = "header.from=mentor.example"


@pytest.fixture
def forger(tmp_path: Path) -> Forger:
    return Forger(Stage(tmp_path))


# -- what must count, or the rest would prove nothing


@pytest.mark.parametrize(
    "author",
    [
        FROM,
        f"From: {MENTOR}",
        f"From:\r\n Claire Martin\r\n <{MENTOR}>",
        f"From: {MENTOR} (Claire)",
        f"From: =?utf-8?q?Claire_Martin?= <{MENTOR.upper()}>",
    ],
)
def test_the_mentor_s_own_mail_vouched_for_by_their_server_lets_the_letter_go(forger: Forger, author: str) -> None:
    forger.sends(forger.compose(PASS, author=author))
    assert forger.state is RequestState.APPROVED
    assert len(forger.stage.mails(SUPPORT)) == 1


def test_the_mentor_s_own_mail_in_their_sent_folder_lets_the_letter_go(forger: Forger) -> None:
    forger.sends(forger.compose(), Folder.SENT)
    assert forger.state is RequestState.APPROVED


# -- Authentication-Results (RFC 8601)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [FAIL],
        [FAIL, PASS],
        [FAIL, PASS, PASS, PASS],
        [f"{RESULTS} spf=pass smtp.mailfrom={EVIL}", PASS],
        [f"{RESULTS} none", PASS],
        [f"{RESULTS} (", PASS],
        [f"{RESULTS} dmarc=pass {ABOUT};;;", PASS],
        [f"Authentication-Results: {AUTHSERV}", PASS],
        [
            "ARC-Seal: i=1; cv=none; d=evil.test; b=AAAA",
            f"ARC-Authentication-Results: i=1; {AUTHSERV}; dmarc=pass {ABOUT}",
        ],
        ["ARC-Seal: i=1; cv=none", f"ARC-Authentication-Results: i=1; {AUTHSERV}; dmarc=pass {ABOUT}", FAIL, PASS],
        [f"{RESULTS} dmarc=fail (dmarc=pass {ABOUT}) {ABOUT}"],
        [f"{RESULTS} dmarc=fail (a (nested) ; dmarc=pass {ABOUT} ) {ABOUT}"],
        [f'{RESULTS} spf=fail reason="; dmarc=pass {ABOUT}"'],
        [f'{RESULTS} spf=fail reason="\\"; dmarc=pass {ABOUT}"'],
        [f"{RESULTS} spf=fail policy.dmarc=pass {ABOUT}"],
        [f"{RESULTS} dkim=pass {ABOUT}; spf=pass {ABOUT}"],
        [f"{RESULTS} x-dmarc=pass {ABOUT}"],
        [f"{RESULTS} dmarc=pass {ABOUT}; dmarc=fail {ABOUT}"],
        [f"{RESULTS} dmarc=fail {ABOUT}; dmarc=pass {ABOUT}"],
        [f"{RESULTS} dmarc=pass header.from={EVIL}; dmarc=pass {ABOUT}"],
        [f"{RESULTS} dmarc=pass header.from={EVIL}"],
        [f"{RESULTS} dmarc=pass header.from={EVIL} {ABOUT}"],
        [f"{RESULTS} dmarc=pass header.from=mail.mentor.example"],
        [f"{RESULTS} dmarc=pass header.from=example"],
        [f"{RESULTS} dmarc=pass header.from=mentor.example."],
        [f"{RESULTS} dmarc=pass header.from=mentor.example.{EVIL}"],
        [f"{RESULTS} dmarc=pass header.from=mentоr.example"],  # a Cyrillic о
        [f"{RESULTS} dmarc=pass header.from=xn--mentr-q5d.example"],
        [f"{RESULTS} dmarc=pass smtp.from=mentor.example"],
        [f"{RESULTS} dmarc=pass"],
        [f"{RESULTS} dmarc=bestguesspass {ABOUT}"],
        [f"{RESULTS} dmarc/2=pass {ABOUT}"],
        [f"Authentication-Results: {AUTHSERV} 2; dmarc=pass {ABOUT}"],
        [f"Authentication-Results: {AUTHSERV}.{EVIL}; dmarc=pass {ABOUT}"],
        [f"Authentication-Results: {EVIL}.{AUTHSERV}; dmarc=pass {ABOUT}"],
        [f"Authentication-Results: ({AUTHSERV}) {EVIL}; dmarc=pass {ABOUT}"],
        [f"Authentication-Results: {EVIL} {AUTHSERV}; dmarc=pass {ABOUT}"],
        [f'Authentication-Results: "mx.mentor\\.example"; dmarc=pass {ABOUT}'],
        [f"Authentication-Results: =?utf-8?q?{AUTHSERV}?=; dmarc=pass {ABOUT}"],
        [f"Authentication-Results: mх.mentor.example; dmarc=pass {ABOUT}"],  # a Cyrillic х
        [f"Authentication-Results:\r\n\t{EVIL}\r\n\t; x={AUTHSERV}; dmarc=pass {ABOUT}"],
        [f"X-Authentication-Results: {AUTHSERV}; dmarc=pass {ABOUT}"],
        [f"Authentication-Results : {AUTHSERV}; dmarc=pass {ABOUT}"],
        [f"Authentication-Results: {AUTHSERV};\0 dmarc=pass {ABOUT}"],
        [f"X-Note: a\r{PASS}"],
        [f"{RESULTS} {'(' * 3000} dmarc=pass {ABOUT}"],
        [f"{RESULTS} {'spf=pass; ' * 2000} dmarc=pass {ABOUT}"],
        [f"Authentication-Results: {EVIL}; dmarc=pass {ABOUT}"] * 200,
        ["not a header line", PASS],
        [" a folded line at the very top", PASS],
    ],
)
def test_a_forged_judgement_is_none(forger: Forger, lines: list[str]) -> None:
    forger.sends(forger.compose(*lines))
    forger.asked_not_done()


# -- From (RFC 5322 3.6.2), on a server that was fooled itself and vouches for the mentor's domain


@pytest.mark.parametrize(
    "author",
    [
        "",
        "From:",
        "From: <>",
        f"{FROM}\r\nFrom: eve@{EVIL}",
        f"From: eve@{EVIL}\r\n{FROM}",
        f"{FROM}\r\n{FROM}",
        f"From: {MENTOR}, eve@{EVIL}",
        f"From: eve@{EVIL}, {MENTOR}",
        f"From: {MENTOR}, {MENTOR}",
        f"From: Mentors: {MENTOR};",
        f"From: Mentors: {MENTOR}, eve@{EVIL};",
        f"From: :;, {MENTOR}",
        f'From: "{MENTOR}" <eve@{EVIL}>',
        f"From: {MENTOR} <eve@{EVIL}>",
        f"From: <{MENTOR}> <eve@{EVIL}>",
        f"From: <eve@{EVIL}> <{MENTOR}>",
        f'From: "Claire <{MENTOR}>" <eve@{EVIL}>',
        f'From: "<eve@{EVIL}>" {MENTOR}',
        f"From: =?utf-8?q?{MENTOR.replace('@', '=40')}?= <eve@{EVIL}>",
        f"From: =?utf-8?q?Claire_=3C{MENTOR.replace('@', '=40')}=3E?= <eve@{EVIL}>",
        "From: =?utf-8?q?Claire_=3Cclaire=2Emartin=40mentor=2Eexample=3E?=",
        "From: <=?utf-8?q?claire=2Emartin?=@mentor.example>",
        "From: Claire <claire.martin@=?utf-8?q?mentor=2Eexample?=>",
        f"From: {MENTOR}\0@{EVIL}",
        f"From: Claire\0 <{MENTOR}>",
        f"From: eve@{EVIL}\r{FROM}",
        f"X-Note: a\r{FROM}",
        f"From: eve@{EVIL}\r\n ,{MENTOR}",
        f"From: eve@{EVIL}\r\n\t<{MENTOR}>",
        f"From: eve@{EVIL} ({MENTOR})",
        f"From: {MENTOR} (x) <eve@{EVIL}>",
        f"From: eve@{EVIL} (<{MENTOR}>",
        "From: claire.martin(x)@mentor.example",
        "From: claire.martin@mentor.(x)example",
        b"From: claire.martin@mentor.example\xff",
        b"From: cl\xe0ire.martin@mentor.example",
        b"From: Claire <claire.martin@mentor.example\xc2\xa0>",
        "From: clаire.martin@mentor.example",  # a Cyrillic а
        "From: claire.martin@mentоr.example",  # a Cyrillic о
        "From: claire.martin@xn--mentr-q5d.example",
        "From: claire.martin@mentor.example.",
        "From: claire.martin@mail.mentor.example",
        f"From: claire.martin@mentor.example.{EVIL}",
        "From: claire-martin@mentor.example",
        "From: claire.martin+x@mentor.example",
        f"From: claire.martin%mentor.example@{EVIL}",
        f"From: <@{EVIL}:{MENTOR}>",
        'From: "claire.martin"@mentor.example',
        "From: claire . martin @ mentor . example",
        f"From : {MENTOR}",
        f"Sender: {MENTOR}\r\nFrom: eve@{EVIL}",
        f"Reply-To: {MENTOR}\r\nFrom: eve@{EVIL}",
        f"Resent-From: {MENTOR}\r\nResent-To: {MENTOR}\r\nFrom: eve@{EVIL}",
        f"Return-Path: <{MENTOR}>\r\nX-Original-From: {MENTOR}\r\nFrom: eve@{EVIL}",
        f"Sender: {MENTOR}",
        f"X-From: {MENTOR}\r\nFrom:{' ' * 3000}",
    ],
)
@pytest.mark.parametrize("vouched", [PASS, f"{RESULTS} dmarc=pass header.from={EVIL}"])
def test_an_author_who_is_not_plainly_the_mentor_is_not_the_mentor(forger: Forger, author: Line, vouched: str) -> None:
    forger.sends(forger.compose(vouched, author=author))
    forger.asked_not_done()


@pytest.mark.parametrize("author", [f'From: "{MENTOR}" <eve@{EVIL}>', f"{FROM}\r\nFrom: eve@{EVIL}", ""])
def test_such_an_author_is_not_the_mentor_in_the_sent_folder_either(forger: Forger, author: str) -> None:
    forger.sends(forger.compose(author=author), Folder.SENT)
    forger.asked_not_done()


# -- a genuine mail inside a forged one


def test_a_from_field_inside_a_part_is_nobody_s(forger: Forger) -> None:
    kind = "Content-Type: multipart/mixed; boundary=b"
    part = f"--b\r\n{FROM}\r\n{PASS}\r\nContent-Type: text/plain\r\n\r\nok\r\n--b--"
    forger.sends(forger.compose(kind, author=f"From: eve@{EVIL}", text=part))
    forger.asked_not_done()


@pytest.mark.parametrize("author", [f"From: eve@{EVIL}", FROM])
@pytest.mark.parametrize(
    "kind", ["message/rfc822", "message/global", "message/news", "message/partial; id=a; number=1", "multipart/digest"]
)
def test_a_genuine_answer_carried_by_another_mail_is_not_said_anew(forger: Forger, kind: str, author: str) -> None:
    genuine = forger.compose(PASS)
    text = b"--b\r\n\r\n" + genuine + b"\r\n--b--" if "digest" in kind else genuine
    forger.sends(forger.compose(PASS, f"Content-Type: {kind}; boundary=b", author=author, text=text))
    forger.asked_not_done()


# -- words put before the author's: signed bytes stay what they are, what is read changes


@pytest.mark.parametrize(
    "hidden",
    [
        # Many programs end a line, and so the header block, at a bare CR.
        "X-Note: a\r\rok\r\r-----Original Message-----\r",
        "X-Note: a\r\rok\r\r> ",
        "X-Note: a\rContent-Type: text/plain\r\rok\r> b",
        "ok :\r\nSubject: a\r\nSent: b\r\nDate: c",  # some end the block where a field has a space before its colon
        "ok\r\nX-Note: a",
        "X-Note: a\0\r\n\0\r\n",
        ": ok",
    ],
)
def test_nobody_puts_words_before_those_of_a_genuine_mail(forger: Forger, hidden: str) -> None:
    forger.sends(forger.compose(hidden, PASS, text="non, surtout pas"))
    assert forger.state in {RequestState.WAITING, RequestState.DROPPED}
    assert forger.stage.mails(SUPPORT) == []


# -- replays: the mentor did write it, and their server says so


def test_the_same_mail_twice_is_one_answer(forger: Forger) -> None:
    raw = forger.compose(PASS, text="je regarde ce soir")
    forger.sends(raw)
    forger.sends(raw)
    forger.asked_not_done()


def test_an_ok_to_a_learner_sent_on_as_an_answer_to_a_request_is_none(forger: Forger) -> None:
    forger.sends(forger.compose(PASS, to=LEA, text="ok, parfait, merci !"))
    forger.asked_not_done()


@pytest.mark.parametrize("to", [f"{LEA}, {MENTOR}", f"{MENTOR}\r\nCc: {LEA}", "undisclosed-recipients:;", "", "Claire"])
@pytest.mark.parametrize("folder", list(Folder))
def test_an_ok_that_others_got_too_or_that_nobody_was_to_get_is_asked_about(
    forger: Forger, to: str, folder: Folder
) -> None:
    forger.sends(forger.compose(PASS, to=to), folder)
    forger.asked_not_done()


def test_an_old_mail_to_oneself_sent_again_under_another_name_is_none(forger: Forger) -> None:
    forger.sends(forger.compose(PASS, age=timedelta(days=8)))
    forger.asked_not_done()


@pytest.mark.parametrize(
    "added",
    [
        "Date: Mon, 16 Nov 2026 08:00:00 +0000",
        "Subject: Re: autre chose",
        "Message-ID: <autre@evil.test>",
        "In-Reply-To: <autre@evil.test>",
        "Content-Type: text/plain\r\nContent-Type: text/html",
        "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64",
    ],
)
def test_a_field_put_above_one_that_was_signed_makes_a_mail_nobody_s(forger: Forger, added: str) -> None:
    forger.sends(forger.compose(added, PASS))
    forger.asked_not_done()


def test_an_answer_that_took_two_days_on_its_way_still_counts(forger: Forger) -> None:
    forger.sends(forger.compose(PASS, age=timedelta(days=2)))
    assert forger.state is RequestState.APPROVED


def test_an_old_answer_under_a_new_id_never_approves_the_newer_version(forger: Forger) -> None:
    old = forger.compose(PASS)
    forger.sends(forger.compose(PASS, text="modifier :\nVoici un tout autre texte, bien assez long pour une alerte."))
    assert forger.stage.request("R10/alert/2").version.number == 2
    forger.stage.mailbox.deliver(old, Folder.INBOX, forger.stage.now)
    forger.stage.pass_time(minutes=5)
    assert forger.state is RequestState.WAITING
    assert forger.stage.mails(SUPPORT) == []


def test_a_learner_who_was_passed_the_request_approves_nothing_though_their_own_server_vouches(forger: Forger) -> None:
    vouched = f"{RESULTS} dmarc=pass header.from=learner.example"
    forger.sends(forger.compose(vouched, author=f"From: Claire Martin <{LEA}>"))
    forger.asked_not_done()


# -- our own marks


def test_the_agent_s_own_key_makes_no_mail_the_mentor_s_word(forger: Forger) -> None:
    for key in (forger.question[KEY_HEADER], "x" * 16, ""):
        forger.sends(forger.compose(PASS, f"{KEY_HEADER}: {key}"))
        forger.asked_not_done()


@pytest.mark.parametrize(
    "lines",
    [
        ["X-Folder: Sent", "X-Gmail-Labels: Sent", "X-Mozilla-Status: 0001", "Status: RO"],
        ["X-Mozilla-Draft-Info: internal/draft", "FCC: imap://claire.martin@mentor.example/Sent"],
        [f"Received: from [127.0.0.1] by mail.mentor.example with ESMTPSA (authenticated as {MENTOR})"],
        [f"X-Authenticated-Sender: {MENTOR}", "X-Sender-Authenticated: yes"],
    ],
)
def test_a_mail_in_the_inbox_that_looks_like_one_from_sent_is_none(forger: Forger, lines: list[str]) -> None:
    forger.sends(forger.compose(*lines))
    forger.asked_not_done()


def test_a_service_that_shows_a_forged_mail_among_the_sent_ones_fools_nobody(forger: Forger) -> None:
    forger.sends(forger.compose(FAIL), Folder.SENT)
    forger.asked_not_done()


def test_an_id_alone_in_a_body_is_not_enough(forger: Forger) -> None:
    text = f"ok\r\n\r\n> [ma-{reference(forger.question)}]"
    forger.sends(forger.compose(subject="Re: rien", text=text, refers=False, author=f"From: eve@{EVIL}"))
    forger.asked_not_done()


def test_a_flood_of_forgeries_makes_one_question_an_hour(forger: Forger) -> None:
    for _ in range(30):
        forger.stage.mailbox.deliver(forger.compose(), at=forger.stage.now)
    forger.sends(forger.compose())
    forger.asked_not_done()
