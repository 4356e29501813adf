"""Out-of-office replies, answers of calendars, challenges: what they lead to (P9)."""

from __future__ import annotations

from pathlib import Path

from tests.stage import AUTHSERV, MENTOR, MONDAY, Stage, body
from tests.stories import LEA, START, settled
from tests.word.machine_parts import calendar

FIRST = "R01/first-contact/1"


def contacted(folder: Path) -> Stage:
    """A new learner who was written to."""
    stage = settled(folder)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    return stage


def message_id(stage: Stage) -> str:
    row = stage.row(FIRST)
    assert row is not None
    return row.message_id


def test_an_out_of_office_reply_is_counted_and_nothing_is_concluded(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    sent = len(stage.transport.sent)
    raw = (
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=learner.example\r\nFrom: {LEA}\r\nTo: {MENTOR}\r\n"
        f"Subject: Automatic reply: Bonjour\r\nMessage-ID: <ooo@learner.example>\r\n"
        f"In-Reply-To: {message_id(stage)}\r\n"
        "Auto-Submitted: auto-replied\r\n\r\nJe suis absente jusqu'au 9 novembre. Le créneau 1 me convient.\r\n"
    )
    stage.mailbox.deliver(raw.encode(), at=stage.now)
    stage.pass_time(minutes=5)
    assert len(stage.transport.sent) == sent
    assert len(stage.world.store.facts.of_kind("automatic", 1)) == 1
    assert stage.world.store.situations.of_learner(1, MONDAY) == []


def declines(stage: Stage, *, uid: str, proven: bool = True, more: str = "") -> None:
    """Léa's calendar says no."""
    results = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=learner.example\n" if proven else ""
    stage.written += 1
    head = f"Subject: Refusé : Session\nMessage-ID: <no-{stage.written}@learner.example>\n"
    raw = results + calendar("DECLINED", head=head, uid=uid, more=more)
    stage.mailbox.deliver(raw.replace("\n", "\r\n").encode(), at=stage.now)
    stage.pass_time(minutes=5)


def test_a_declined_session_is_told_once_and_nothing_is_done(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    uid = stage.session("Léa Moreau", START)
    stage.pass_time(minutes=5)
    entries, letters = stage.calendar.poll(None), len(stage.mails(LEA))
    declines(stage, uid=uid)
    declines(stage, uid=uid)
    assert stage.count("Invitation déclinée") == 1
    assert "mardi 3 novembre" in body(stage.last(containing="Invitation déclinée"))
    assert (stage.calendar.poll(None), len(stage.mails(LEA))) == (entries, letters)
    assert stage.world.store.situations.of_learner(1, MONDAY) == []


def test_forged_declines_are_told_once_a_day_and_say_so(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    for number in range(5):
        declines(stage, uid=f"forged-{number}", proven=False)
    assert stage.count("Invitation déclinée") == 1
    assert "Rien ne prouve" in body(stage.last(containing="Invitation déclinée"))


def test_a_challenge_is_told_once_and_never_answered(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    for number in range(2):
        raw = (
            f"From: Protection <noreply@filtre.example>\r\nTo: {MENTOR}\r\nMessage-ID: <c{number}@filtre.example>\r\n"
            f"Subject: Demande d'authentification\r\nIn-Reply-To: {message_id(stage)}\r\n\r\nCliquez ici.\r\n"
        )
        stage.mailbox.deliver(raw.encode(), at=stage.now)
        stage.pass_time(minutes=5)
    assert stage.count("Lettre retenue") == 1
    assert stage.mails("noreply@filtre.example") == []
