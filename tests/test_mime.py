"""A letter as bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.connectors.ports import KEY_HEADER
from agent.mime import compose
from agent.model import Language
from agent.render import Letters
from tests.letters.samples import samples, template_of

LETTER: dict[str, Any] = {
    "sender": ("Zoé Martin, mentor", "zoe.martin@example.org"),
    "to": ("camille@learner.example",),
    "subject": "Votre mentorat\u00a0: un premier rendez-vous\u00a0?",
    "text": "Bonjour\u00a0!\n.\nFrom me\n" + "à" * 2000 + "\n",
    "html": "<p>Bonjour\u00a0!</p>\n",
    "message_id": "<ma-abcdefghij234567.x@example.org>",
    "key": "k3y",
    "date": datetime(2026, 12, 8, 17, 0, tzinfo=UTC),
    "auto_submitted": True,
}
WORDS = st.text(st.characters(min_codepoint=0x20, exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120)


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def test_what_was_written_is_what_is_read() -> None:
    message = read(compose(**LETTER))
    assert message["From"].addresses[0].display_name == "Zoé Martin, mentor"
    assert message["From"].addresses[0].addr_spec == "zoe.martin@example.org"
    assert [address.addr_spec for address in message["To"].addresses] == ["camille@learner.example"]
    assert message["Subject"] == LETTER["subject"]
    assert message["Message-ID"] == LETTER["message_id"]
    assert message[KEY_HEADER] == "k3y"
    assert message["Date"].datetime == LETTER["date"]
    assert body(message, "plain") == LETTER["text"]
    assert body(message, "html") == LETTER["html"]
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


@pytest.mark.parametrize("language", Language)
def test_every_letter_survives_its_journey(language: Language) -> None:
    letters = Letters()
    for picture, values in samples(language).items():
        letter = letters.render(template_of(picture), language, **values)
        message = read(compose(**{**LETTER, "subject": letter.subject, "text": letter.text, "html": letter.html}))
        assert (message["Subject"], body(message, "plain")) == (letter.subject, letter.text)
        assert body(message, "html").rstrip("\n") == letter.html.rstrip("\n")


def test_equal_letters_are_equal_to_the_byte_and_different_keys_are_not() -> None:
    assert compose(**LETTER) == compose(**LETTER)
    assert compose(**LETTER) != compose(**{**LETTER, "key": "other"})


def test_the_bytes_fit_any_server_on_the_way() -> None:
    raw = compose(**LETTER)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_only_what_no_person_approved_says_that_it_is_automatic() -> None:
    assert read(compose(**LETTER))["Auto-Submitted"] == "auto-generated"
    assert read(compose(**{**LETTER, "auto_submitted": False}))["Auto-Submitted"] is None


def test_the_date_keeps_the_mentors_offset_and_must_have_one() -> None:
    paris = LETTER["date"].astimezone(ZoneInfo("Europe/Paris"))
    message = read(compose(**{**LETTER, "date": paris}))
    assert message["Date"].datetime.utcoffset() == timedelta(hours=1)
    with pytest.raises(ValueError, match="aware"):
        compose(**{**LETTER, "date": paris.replace(tzinfo=None)})


def test_an_answer_names_what_it_answers_however_long_the_ids_are() -> None:
    ids = tuple(f"<{'x' * 120}{n}@example.org>" for n in range(3))
    message = read(compose(**{**LETTER, "in_reply_to": ids[0], "references": ids, "reply_to": "other@example.org"}))
    assert message["In-Reply-To"] == ids[0]
    assert message["References"].split() == list(ids)
    assert message["Reply-To"] == "other@example.org"


@pytest.mark.parametrize("control", ["\r\nBcc: victim@example.org", "\nX: y", "\r", "\0", "\x7f", "\x85", "\u2028"])
@pytest.mark.parametrize(
    "place",
    ["subject", "sender_name", "sender", "to", "message_id", "key", "in_reply_to", "references", "reply_to"],
)
def test_nobody_can_add_a_header(place: str, control: str) -> None:
    places: dict[str, dict[str, Any]] = {
        "subject": {"subject": f"Hello{control}"},
        "sender_name": {"sender": (f"Zoé{control}", "zoe@example.org")},
        "sender": {"sender": ("Zoé", f"zoe@example.org{control}")},
        "to": {"to": (f"camille@learner.example{control}",)},
        "message_id": {"message_id": f"<a@example.org>{control}"},
        "key": {"key": f"k{control}"},
        "in_reply_to": {"in_reply_to": f"<a@example.org>{control}"},
        "references": {"references": (f"<a@example.org>{control}",)},
        "reply_to": {"reply_to": f"a@example.org{control}"},
    }
    with pytest.raises(ValueError, match=r"control character|not usable"):
        compose(**{**LETTER, **places[place]})


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b.example, c@d.example", "<a@b.example>", "é@b.example", "a b@c.d"]
)
def test_a_recipient_is_exactly_one_plain_address(address: str) -> None:
    with pytest.raises(ValueError, match="not usable"):
        compose(**{**LETTER, "to": (address,)})


def test_a_letter_to_nobody_is_not_made() -> None:
    with pytest.raises(ValueError, match="recipient"):
        compose(**{**LETTER, "to": ()})


@settings(max_examples=150, deadline=None)
@given(subject=WORDS)
def test_any_subject_comes_back_word_for_word(subject: str) -> None:
    assert read(compose(**{**LETTER, "subject": subject}))["Subject"] == subject


@settings(max_examples=150, deadline=None)
@given(subject=st.text("aé à=?_€漢\U0001d11e b-", min_size=20, max_size=160))
def test_a_subject_is_encoded_as_the_standard_library_would(subject: str) -> None:
    """RFC 2047, in the shorter of B and Q, no word cut inside a character."""
    head = compose(**{**LETTER, "subject": f"é{subject}"}).partition(b"\r\nDate:")[0].decode()
    expected = Header(f"é{subject}", "utf-8", maxlinelen=75, header_name="Subject").encode(linesep="\r\n")
    assert head.partition("\r\nSubject: ")[2] == expected


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400), html=st.text("<p>=é .\t\n", max_size=400))
def test_any_text_comes_back_as_the_standard_library_would_have_sent_it(text: str, html: str) -> None:
    """Lines end by CRLF on the way; nothing else changes, and no line is longer than 76 (RFC 2045 section 6.7)."""
    expected = EmailMessage(policy=policy.SMTP)
    expected.set_content(text, cte="quoted-printable")
    expected.add_alternative(html, subtype="html", cte="quoted-printable")
    raw = compose(**{**LETTER, "text": text, "html": html})
    sent, meant = read(raw), read(expected.as_bytes())
    assert [part.get_content() for part in sent.iter_parts()] == [part.get_content() for part in meant.iter_parts()]
    assert [part.items() for part in sent.iter_parts()] == [
        [(name, value) for name, value in part.items() if name != "MIME-Version"] for part in meant.iter_parts()
    ]
    assert max(len(line) for line in raw.partition(b"\r\n--=_")[2].split(b"\r\n")) <= 76
    assert not sent.defects


@settings(max_examples=150, deadline=None)
@given(name=WORDS)
def test_no_name_changes_who_it_comes_from(name: str) -> None:
    addresses = read(compose(**{**LETTER, "sender": (name, "zoe@example.org")}))["From"].addresses
    assert [address.addr_spec for address in addresses] == ["zoe@example.org"]


INVITATION = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//FR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:ma-1\r\n"
    "DTSTAMP:20261201T000000Z\r\nDTSTART:20261208T170000Z\r\nSUMMARY:Session de mentorat avec Zoé\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)


def test_an_invitation_is_an_alternative_to_accept_and_a_file_to_open() -> None:
    """RFC 6047: the method in the part's type is the method in the text."""
    message = read(compose(**LETTER, invitation=INVITATION))
    assert (body(message, "plain"), body(message, "html")) == (LETTER["text"], LETTER["html"])
    inside, file = message.iter_parts()
    assert [part.get_content_type() for part in inside.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    calendar = list(inside.iter_parts())[2]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_content().replace("\r\n", "\n") == INVITATION.replace("\r\n", "\n")
    assert calendar.get_content_charset() == "utf-8"
    assert (file.get_filename(), file.get_content_type()) == ("invite.ics", "application/ics")
    assert file.get_param("name") == "invite.ics"
    assert file.get_content() == INVITATION.encode()
    assert not message.defects
    raw = compose(**LETTER, invitation=INVITATION)
    assert raw == compose(**LETTER, invitation=INVITATION)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


@pytest.mark.parametrize("method", ["CANCEL", "REQUEST"])
def test_the_invitation_s_type_says_the_method_that_stands_in_its_text(method: str) -> None:
    message = read(compose(**LETTER, invitation=INVITATION.replace("METHOD:REQUEST", f"METHOD:{method}")))
    (calendar,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == method


@pytest.mark.parametrize("methods", ["", "METHOD:REQUEST\r\nMETHOD:CANCEL\r\n"])
def test_calendar_text_without_exactly_one_method_is_no_invitation(methods: str) -> None:
    with pytest.raises(ValueError, match="METHOD"):
        compose(**LETTER, invitation=INVITATION.replace("METHOD:REQUEST\r\n", methods))
