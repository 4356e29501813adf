"""Where no server of ours judges a mail, the signature of its author's domain does (RFC 6376); all else is asked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.connectors.dns_text import DnsText
from agent.connectors.ports import TextRecords
from agent.errors import TransientError
from agent.model import RequestState
from agent.understand.dkim_signature import Signed, signed_by_author
from agent.understand.headers import parse_head
from tests.conftest import without
from tests.servers.certificates import openssl_available
from tests.stage import MENTOR, SUPPORT, Stage
from tests.stories import LEA
from tests.word.forging import EVIL, FAIL, FROM, PASS, Forger
from tests.word.keys import HEADERS, Zone, name_server, private_key, record, signed

PLAIN = {"url": "imap://mail.mentor.example"}  # a server that writes no Authentication-Results


@pytest.fixture(autouse=True)
def openssl() -> None:
    """Keys are made by it."""
    if not openssl_available():
        without("DKIM (install openssl)")


def forger(folder: Path, records: TextRecords, **mailbox: object) -> Forger:
    """Somebody who writes to a mentor whose server judges nothing: since now, for a learner is there already."""
    found = Forger(Stage(folder))
    found.stage.restart(mailbox=PLAIN | mailbox)
    found.stage.world = replace(found.stage.world, text_records=records)
    return found


@pytest.fixture
def zone() -> Zone:
    return Zone(record())


@pytest.fixture
def claire(tmp_path: Path, zone: Zone) -> Forger:
    return forger(tmp_path, zone)


# -- what counts


@pytest.mark.parametrize("canonical", [(b"relaxed", b"relaxed"), (b"simple", b"simple")])
def test_an_answer_that_the_mentor_s_domain_signed_counts(claire: Forger, canonical: tuple[bytes, bytes]) -> None:
    claire.sends(signed(claire.compose(), canonical=canonical))
    assert claire.state is RequestState.APPROVED
    assert len(claire.stage.mails(SUPPORT)) == 1


def test_it_counts_too_where_others_signed_it_as_well(claire: Forger) -> None:
    claire.sends(signed(signed(claire.compose()), "relay.example"))
    assert claire.state is RequestState.APPROVED


def test_the_key_is_found_in_the_dns(tmp_path: Path, zone: Zone) -> None:
    with name_server(zone) as server:
        claire = forger(tmp_path, DnsText([server]))
        claire.sends(signed(claire.compose()))
        assert claire.state is RequestState.APPROVED
        assert zone.asked == ["s1._domainkey.mentor.example."]


def test_the_school_and_learners_are_believed_on_the_same_terms(tmp_path: Path) -> None:
    zone = Zone(record(), domain="school.example")
    stage = Stage(tmp_path, {"mailbox": PLAIN})
    stage.world = replace(stage.world, text_records=zone)
    stage.tick()
    stage.school_assigns("Tom Petit", "tom@learner.example", proven=False)
    (ref,) = [mail.ref for mail in stage.mailbox.mails.values() if b"attribution@school" in mail.raw]
    raw = stage.mailbox.fetch(ref)
    stage.mailbox.remove(ref)
    stage.mailbox.deliver(signed(raw, "school.example"), at=stage.now)
    stage.pass_time(minutes=5)
    assert [one.name for one in stage.world.store.people.all()] == ["Tom Petit"]


# -- what does not


def test_without_a_signature_nothing_is_looked_up(claire: Forger, zone: Zone) -> None:
    claire.sends(claire.compose())
    claire.asked_not_done()
    assert zone.asked == []


@pytest.mark.parametrize("missing", ["To", "Subject", "Date", "Message-ID", "In-Reply-To"])
def test_everything_that_an_answer_is_read_by_must_be_signed(claire: Forger, missing: str) -> None:
    claire.sends(signed(claire.compose(), headers=tuple(name for name in HEADERS if name != missing)))
    claire.asked_not_done()


@pytest.mark.parametrize(
    "domain", [EVIL, "example", "mail.mentor.example", f"mentor.example.{EVIL}", "xn--mentr-q5d.example"]
)
def test_another_domain_s_signature_says_nothing_of_the_author(tmp_path: Path, domain: str) -> None:
    claire = forger(tmp_path, Zone(record(), domain=domain))
    claire.sends(signed(claire.compose(), domain))
    claire.asked_not_done()


def test_what_was_changed_after_it_was_signed_is_not_believed(claire: Forger) -> None:
    raw = signed(claire.compose(text="non"))
    for changed in (raw.replace(b"\r\n\r\nnon", b"\r\n\r\nok"), raw.replace(b"<claire.martin", b"<claire.MARTIN")):
        assert changed != raw
        claire.sends(changed)
        assert claire.stage.mails(SUPPORT) == []
    assert claire.state is not RequestState.APPROVED


@pytest.mark.parametrize(
    "added",
    [
        f"From: eve@{EVIL}",
        FROM,
        "Subject: Re: autre chose",
        f"To: {MENTOR}",
        f"Cc: {LEA}",
        "References: <autre@mentor.example>",
        "Message-ID: <autre@mentor.example>",
        "X-Note: a\r\rok\r\r",
        "ok :",
    ],
)
def test_what_was_added_after_it_was_signed_is_not_believed(claire: Forger, added: str) -> None:
    claire.sends(added.encode() + b"\r\n" + signed(claire.compose()))
    claire.asked_not_done()


def test_a_signature_over_a_part_of_the_body_leaves_room_for_more_and_is_refused(claire: Forger) -> None:
    claire.sends(signed(claire.compose(), length=True))
    claire.asked_not_done()


def test_an_identity_in_another_domain_is_refused(claire: Forger) -> None:
    claire.sends(signed(claire.compose(), identity="@other.mentor.example"))
    claire.asked_not_done()


def test_weak_algorithms_are_refused(claire: Forger) -> None:
    claire.sends(signed(claire.compose(), algorithm="rsa-sha1"))
    claire.asked_not_done()


def test_short_keys_are_refused(tmp_path: Path) -> None:
    claire = forger(tmp_path, Zone(record(768)))
    claire.sends(signed(claire.compose(), bits=768))
    claire.asked_not_done()


@pytest.mark.parametrize("tags", ["v=DKIM1; k=rsa; t=y", "v=DKIM1; h=sha1", "v=DKIM1; s=other", "v=DKIM2", "k=dsa"])
def test_keys_that_are_not_meant_for_this_are_refused(tmp_path: Path, tags: str) -> None:
    claire = forger(tmp_path, Zone(record(tags=tags)))
    claire.sends(signed(claire.compose()))
    claire.asked_not_done()


@pytest.mark.parametrize("records", [(), (b"",), (b"v=DKIM1; p=",), (b"v=DKIM1; k=rsa; p=%%%",), (b"\xff" * 300,)])
def test_no_key_a_revoked_one_and_nonsense_prove_nothing(tmp_path: Path, records: tuple[bytes, ...]) -> None:
    claire = forger(tmp_path, Zone(*records))
    claire.sends(signed(claire.compose()))
    claire.asked_not_done()


def test_two_keys_at_one_name_prove_nothing(tmp_path: Path) -> None:
    claire = forger(tmp_path, Zone(record(), record()))
    claire.sends(signed(claire.compose()))
    claire.asked_not_done()


def test_an_expired_signature_is_refused(claire: Forger) -> None:
    expiry = int((claire.stage.now - timedelta(hours=1)).timestamp())
    claire.sends(with_tag(claire.compose(), f"x={expiry}"))
    claire.asked_not_done()


def test_an_old_signed_answer_sent_again_is_a_replay(claire: Forger) -> None:
    claire.sends(signed(claire.compose(age=timedelta(days=8))))
    claire.asked_not_done()


def test_a_signed_mail_to_a_learner_sent_on_to_the_mentor_is_no_answer(claire: Forger) -> None:
    claire.sends(signed(claire.compose(to=LEA, text="ok, merci !")))
    claire.asked_not_done()


def test_the_same_signed_answer_again_is_counted_once(claire: Forger) -> None:
    raw = signed(claire.compose())
    for _ in range(3):
        claire.sends(raw)
    assert len(claire.stage.mails(SUPPORT)) == 1


# -- when it is asked for


def test_a_verdict_of_the_mailbox_s_own_server_is_the_last_word(tmp_path: Path, zone: Zone) -> None:
    claire = forger(tmp_path, zone, authserv_id="mx.mentor.example")
    claire.sends(FAIL.encode() + b"\r\n" + signed(claire.compose()))
    claire.asked_not_done()
    assert zone.asked == []


def test_results_of_a_server_that_lets_forged_ones_through_prove_nothing_and_signatures_do(
    tmp_path: Path, zone: Zone
) -> None:
    claire = forger(tmp_path, zone, authserv_id="mx.mentor.example")
    claire.stage.world.store.remember("authserv_forged", "mx.mentor.example")
    claire.sends(claire.compose(PASS))
    claire.asked_not_done()
    claire.sends(signed(claire.compose(PASS)))
    assert claire.state is RequestState.APPROVED


def test_nothing_is_looked_up_where_that_is_switched_off(tmp_path: Path, zone: Zone) -> None:
    claire = forger(tmp_path, zone, dkim="off")
    claire.sends(signed(claire.compose()))
    claire.asked_not_done()
    assert zone.asked == []


# -- a DNS that fails, and mails that are made to take long


def test_a_dns_that_does_not_answer_proves_nothing_and_holds_nobody_up(tmp_path: Path, zone: Zone) -> None:
    zone.away = True
    with name_server(zone) as server:
        records = DnsText([server], timeout=0.5)
        claire = forger(tmp_path, records)
        for _ in range(20):
            claire.stage.mailbox.deliver(signed(claire.compose()), at=claire.stage.now)
        start = time.monotonic()
        claire.stage.tick()
        assert time.monotonic() - start < 2  # not twenty time-outs
        claire.sends(signed(claire.compose()))
        claire.asked_not_done()


def test_a_name_server_that_is_not_there_is_told_from_a_name_that_is_not(zone: Zone) -> None:
    with name_server(zone) as server:
        assert DnsText([server])("nobody.example.") == ()
        assert DnsText([server])("s1._domainkey.mentor.example.") == (record(),)
        with pytest.raises(TransientError):
            DnsText([server])("x" * 70 + ".example.")
    with pytest.raises(TransientError):
        DnsText([server], timeout=0.2)("nobody.example.")


@pytest.mark.parametrize(
    "field",
    [
        "h=from" + " " * 7000 + "x",
        "h=" + ":".join("abcd"),
        "h=" + "from:" * 1500,
        "b" + " \r\n" * 2000 + "x=1",
        " \r\n " * 4000,
        "d=mentor.example; s=" + "a." * 3000,
        "x=" + "9" * 5000,
        ";" * 7000,
    ],
)
def test_a_hostile_signature_takes_no_time(claire: Forger, field: str) -> None:
    base = "v=1; a=rsa-sha256; d=mentor.example; s=s1; bh=AAAA; b=AAAA; "
    raw = f"DKIM-Signature: {base}{field}\r\n".encode() + claire.compose()
    claire.stage.mailbox.deliver(raw, at=claire.stage.now)
    start = time.monotonic()
    claire.stage.tick()
    assert time.monotonic() - start < 1
    claire.asked_not_done()


@pytest.mark.parametrize(
    "text", [" " * 500_000 + "x", (" " * 149 + "x") * 6000, "\r\n" * 400_000, "\t" * 100 + "\r" * 300_000]
)
def test_a_hostile_body_takes_no_time(claire: Forger, text: str) -> None:
    raw = signed(claire.compose()).replace(b"\r\n\r\nok", b"\r\n\r\nok" + text.encode())
    start = time.monotonic()
    signed_by_author(raw, parse_head(raw), Signed(claire.stage.now, timedelta(days=7)), Zone(record()))
    assert time.monotonic() - start < 1


def with_tag(raw: bytes, tag: str) -> bytes:
    """A valid signature that carries one more tag."""
    from dkim import DKIM  # noqa: PLC0415 -- its pieces are put together by hand here only

    class Tagging(DKIM):  # type: ignore[misc] # untyped
        def gen_header(self, fields, *rest, **more):  # type: ignore[no-untyped-def]
            fields.insert(-1, tuple(tag.encode().split(b"=")))
            return super().gen_header(fields, *rest, **more)

    names = [name.encode() for name in HEADERS if name != "References"]
    return bytes(Tagging(raw).sign(b"s1", b"mentor.example", private_key(), include_headers=names)) + raw
