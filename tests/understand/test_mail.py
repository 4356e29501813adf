"""Reading raw mails: what is right is read, what is broken is named, and nothing raises."""

from __future__ import annotations

import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.connectors.ports import KEY_HEADER, Folder
from agent.understand.delivery_report import failed_recipients, report
from agent.understand.headers import is_own
from agent.understand.machine import machine
from agent.understand.machine_words import shipped
from agent.understand.mail import parse_head, parse_mail
from agent.understand.proof import prove
from agent.understand.recognise import recognise_assignment
from agent.understand.reply import new_text, tokens
from agent.understand.session_answer import read_session_answer
from agent.understand.verdict import Answer, read_draft_answer
from tests.understand.material import RECOGNISERS, WORDS, head, sample


def test_a_head_gives_who_when_and_what() -> None:
    mail = sample("assignment-fr")
    assert mail.head.from_address == "notifications@ecole.example"
    assert mail.head.from_name == "École Exemple"
    assert mail.head.to == ("claire.martin@boite.example",)
    assert mail.head.subject == "Un nouvel étudiant vous est attribué"
    assert mail.head.date == datetime(2026, 11, 2, 8, 15, tzinfo=UTC)
    assert mail.head.message_id == "<attribution-8841@ecole.example>"
    assert len(mail.head.authentication_results) == 1
    assert "Étudiant : Zoé Lefèvre" in mail.text
    assert mail.defects == ()


def test_our_own_letters_are_known_by_their_key() -> None:
    assert head("From: a@x.test", f"{KEY_HEADER.lower()}: r07-12").own_key == "r07-12"
    assert head("From: a@x.test").own_key is None
    assert is_own(f"From: a@x.test\r\n{KEY_HEADER.lower()}: r07-12\r\n".encode())
    assert not is_own(f"From: a@x.test\r\nSubject: {KEY_HEADER}: r07-12\r\n".encode())


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Claire <Claire@Boite.example>", "claire@boite.example"),
        ("claire@boite.example", "claire@boite.example"),
        ("claire@boite.example (Claire)", "claire@boite.example"),
        ("Claire\r\n\t<claire@boite.example>", "claire@boite.example"),
        ('"claire@boite.example" <e@evil.test>', "e@evil.test"),
        ("=?utf-8?q?claire=40boite.example?= <e@evil.test>", "e@evil.test"),
        ("claire@boite.example <e@evil.test>", None),
        ("claire@boite.example, e@evil.test", None),
        ("<claire@boite.example>,", None),
        ("Claire <claire@boite.example> x", None),
        ("claire(x)@boite.example", None),
        ('"claire x"@boite.example', None),
        ("=?utf-8?q?claire=40boite.example?=", None),
        ("friends: claire@boite.example;", None),
        ("clаire@boite.example", None),  # a Cyrillic a
        ("claire@boite.example\x00", None),
        ("claire@boite.example" + " " * 2000, "claire@boite.example"),
        ("x" * 2000 + " <claire@boite.example>", None),
        ("", None),
    ],
)
def test_only_one_plain_mailbox_in_from_is_an_author(value: str, address: str | None) -> None:
    assert head(f"From: {value}", "Subject: x").from_address == address


def test_two_from_fields_have_no_author_however_the_second_is_spelled() -> None:
    for second in ("From: e@evil.test", "FROM : e@evil.test", "from:\r\n e@evil.test"):
        found = head("From: claire@boite.example", second)
        assert found.from_address is None
        assert "several From fields" in found.defects


def test_a_header_block_that_is_malformed_has_no_author() -> None:
    assert head("nonsense", "From: claire@boite.example").from_address is None
    assert head(" From: x", "From: claire@boite.example").from_address is None


def test_html_is_read_as_text_with_its_quotation_marked() -> None:
    mail = sample("reply-gmail-html")
    assert "C'est bon, merci !" in mail.text
    assert "> non, pas ok" in mail.text.split("\n")


def test_plain_text_is_preferred_to_its_html_twin_unless_it_is_empty() -> None:
    message = EmailMessage()
    message.set_content("le texte")
    message.add_alternative("<p>le HTML</p>", subtype="html")
    assert parse_mail(message.as_bytes()).text.strip() == "le texte"
    message = EmailMessage()
    message.set_content(" \n")
    message.add_alternative("<p>le HTML</p>", subtype="html")
    assert parse_mail(message.as_bytes()).text.strip() == "le HTML"


def test_notes_that_come_as_files_are_read_and_other_files_only_named() -> None:
    message = EmailMessage()
    message.set_content("voir les notes")
    message.add_attachment("Séance 4".encode("latin-1"), maintype="text", subtype="plain", filename="notes é.txt")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="écran.png")
    mail = parse_mail(message.as_bytes(policy=email.policy.SMTP))
    assert [(a.name, a.text, a.size) for a in mail.attachments] == [
        ("notes é.txt", "Séance 4", 8),
        ("écran.png", None, 4),
    ]
    assert mail.text.strip() == "voir les notes"


@pytest.mark.parametrize("name", ["session.vtt", "Session.SRT"])
def test_a_transcript_is_read_as_a_file_of_notes(name: str) -> None:
    message = EmailMessage()
    message.set_content("voir la transcription")
    message.add_attachment(b"1\n00:00:01,000 --> 00:00:02,000\nVu SQL.", maintype="text", subtype="x", filename=name)
    (found,) = parse_mail(message.as_bytes(policy=email.policy.SMTP)).attachments
    assert "Vu SQL." in (found.text or "")


def test_a_forwarded_mail_says_nothing_for_the_one_who_forwards_it() -> None:
    inner = EmailMessage()
    inner.set_content("ok")
    outer = EmailMessage()
    outer.set_content("pour information")
    outer.add_attachment(inner)
    assert parse_mail(outer.as_bytes()).text.strip() == "pour information"


@pytest.mark.parametrize("charset", ["nonsense", "punycode", "base64", "utf-8\x00", "", "utf-16", "idna", "undefined"])
def test_a_nonsense_charset_still_gives_the_words(charset: str) -> None:
    raw = b"From: a@x.test\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\nok d\xe9j\xe0"
    assert "ok" in parse_mail(raw).text or charset == "utf-16"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@x.test\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\nok",
        b"".join(b"Content-Type: multipart/x; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)) + b"ok",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60)) + b"ok",
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b"Content-Type: text/html\r\n\r\n" + b"<blockquote>" * 50_000 + b"ok",
        b"Content-Type: text/html\r\n\r\n" + b"<a " * 100_000,
        b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 30_000,
        b"Content-Type: text/html\r\n\r\n<p title='>' STYLE\n='padding-left:99999999999em'>x</p>",
        b"Subject: " + b"=?x?q?" * 100_000 + b"\r\n\r\n",
        b"Subject: =?utf-8?b?!!!?= \xff\xfe\r\nFrom: =?\r\nDate: Thu, 99 Foo 99999 99:99\r\n\r\n",
        b"To: " + b"(" * 50_000 + b"\r\nCc: " + b"<" * 50_000 + b"\r\n\r\n",
        b"From: " + b"(" * 900 + b"\r\n\r\n" + b"On " * 50_000,
        b"\r\n\r\n" + b"On 1 x\n" * 20_000 + b"Le 1\n" * 20_000,
        b"\r\n\r\nok\n" + b"\n" * 100_000 + b"CAUTION: mail " * 1000,
        b"\r\n\r\n" + b"-- \n_" * 50_000,
        b"\r\n\r\nok" + b"\n" * 3_000_000 + b"mais non",
        b"\r\n\r\nok" + b" " * 300_000 + b"mais non",
        b"Content-Type: text/html\r\n\r\nok" + b" " * 1_100_000 + b"mais non",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n=A=\xff",
        b"",
        b"\x00" * 1000,
    ],
)
def test_hostile_mail_is_read_to_the_end_and_approves_nothing(raw: bytes) -> None:
    assert _everything(raw) != "approve" or raw.endswith(b"ok")


def _everything(raw: bytes) -> str:
    """Run every reader of this folder over one mail; the kind of answer it would be."""
    mail = parse_mail(raw)
    assert parse_head(raw) == mail.head
    machine(mail.head, mail)
    report(mail, shipped())
    failed_recipients(mail)
    tokens(mail)
    prove(mail.head, folder=Folder.INBOX, own_addresses=frozenset({"a@x.test"}), trust_local=False, authserv_id="x")
    recognise_assignment(mail, RECOGNISERS, school_domains=["x.test"], excluded=())
    text = new_text(mail)
    read_session_answer(text, mail.attachments, WORDS)
    return read_draft_answer(text, WORDS).kind


_FRAGMENTS = st.sampled_from(
    [
        b"From: a@x.test\r\n",
        b"From:",
        b"Subject: =?utf-8?b?4pyT?=",
        b"=?utf-8?q?=ff?=",
        b"Authentication-Results: x; dmarc=pass (",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=",
        b"charset*=utf-8''%ff",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        b"\r\n--b\r\n",
        b"--b--",
        b"\r\n\r\n",
        b"\r\n",
        b" ",
        b"Content-Type: message/delivery-status\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Disposition: attachment; filename*0*=",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: uuencode\r\n",
        b"<blockquote>",
        b"</td>",
        b"&#xD800;",
        b"ok",
        b"Le 3 nov. a \xc3\xa9crit :",
        b"> ",
        b"statut : ",
        b"Date: ",
        b"To: <<>>,;:",
        b"\x00",
        b"\xff",
        b"\r",
        b"WEBVTT\n\n00:00.000 --> ",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(_FRAGMENTS, st.binary(max_size=30)), max_size=25).map(b"".join))
def test_no_bytes_whatever_make_a_reader_raise(raw: bytes) -> None:
    assert _everything(raw) in {kind.value for kind in Answer}
