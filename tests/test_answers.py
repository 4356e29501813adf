"""The mentor's word by mail (P2, P9): proven or nothing, one meaning or a question back, counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.connectors.ports import Folder
from agent.model import RequestState
from tests.stage import AUTHSERV, MENTOR, Stage, body, reference
from tests.stories import (
    ASKED,
    DRAFT,
    END,
    GIVEN_BACK,
    LEA,
    NOTES,
    READY,
    REPORT,
    START,
    TO_APPROVE,
    drafted,
    kept,
    met,
    missed,
    settled,
)

PROVEN = f"{AUTHSERV}; dmarc=pass header.from=mentor.example"
STRANGER = "somebody@elsewhere.example"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


def state(stage: Stage) -> RequestState:
    return stage.request(REPORT).state


# -- whose word it is


def test_an_answer_that_lies_in_sent_alone_counts(stage: Stage) -> None:
    stage.answer(drafted(stage), "ok", inbox=False)
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.APPROVED


def test_the_same_answer_in_sent_and_in_the_inbox_counts_once(stage: Stage) -> None:
    stage.answer(stage.over(START), NOTES)
    for _ in range(3):
        stage.pass_time(minutes=5)
    assert stage.world.store.people.session(1).notes == NOTES
    assert (stage.count(DRAFT), stage.count(GIVEN_BACK)) == (1, 0)


def test_an_answer_that_reaches_the_inbox_before_its_copy_lies_in_sent_waits_for_it(stage: Stage) -> None:
    draft = drafted(stage)
    stage.answer(draft, "ok", sent=False)
    stage.tick()
    assert state(stage) is RequestState.WAITING
    stage.written -= 1  # the same mail, now in Sent
    stage.answer(draft, "ok", inbox=False)
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.APPROVED
    assert stage.count(GIVEN_BACK) == 0


def test_an_unproven_answer_does_nothing_and_is_asked_about_after_two_minutes_once(stage: Stage) -> None:
    draft = drafted(stage)
    stage.answer(draft, "ok", sent=False)
    done = stage.tick()
    assert stage.count(GIVEN_BACK) == 0
    stage.now = done.next_look
    stage.tick()
    assert stage.count(GIVEN_BACK) == 1
    for _ in range(3):
        stage.pass_time(hours=1)
    assert stage.count(GIVEN_BACK) == 1
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])


def test_an_answer_that_only_the_server_vouches_for_counts(stage: Stage) -> None:
    stage.answer(drafted(stage), "ok", sent=False, results=PROVEN)
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.APPROVED


@pytest.mark.parametrize(
    "results",
    [
        "mx.elsewhere.example; dmarc=pass header.from=mentor.example",  # another server's
        f"{AUTHSERV}; dmarc=fail header.from=mentor.example",
        f"{AUTHSERV}; dmarc=pass header.from=elsewhere.example",
        f"{AUTHSERV}; dkim=pass header.d=mentor.example",
        f"{AUTHSERV}; dmarc=fail header.from=mentor.example\r\nAuthentication-Results: {PROVEN}",  # below the server's
    ],
)
def test_a_forged_proof_is_no_proof(stage: Stage, results: str) -> None:
    stage.answer(drafted(stage), "ok", sent=False, results=results)
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.WAITING


def test_somebody_else_s_answer_counts_for_nothing_even_when_it_is_proven_to_be_theirs(stage: Stage) -> None:
    results = f"{AUTHSERV}; dmarc=pass header.from=elsewhere.example"
    stage.answer(drafted(stage), "ok", sent=False, sender=STRANGER, results=results)
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.WAITING


def test_the_name_of_the_server_is_never_learnt_from_a_letter_that_a_learner_knows(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mailbox": {"url": "imap://mail.mentor.example"}})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing="À confirmer"), "oui")
    stage.pass_time(minutes=5)
    letter = stage.last(LEA)
    forged = f"X-Mentor-Agent-Key: {letter['X-Mentor-Agent-Key']}\r\nFrom: {LEA}\r\nTo: {MENTOR}\r\n\r\n".encode()
    stage.mailbox.deliver(b"Authentication-Results: evil.example; none\r\n" + forged, at=stage.now)
    stage.pass_time(minutes=5)
    assert stage.world.store.setting("authserv_id") is None


def test_the_name_of_the_server_is_learnt_from_the_agent_s_own_mail_to_the_mentor(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mailbox": {"url": "imap://mail.mentor.example"}})
    stage.tick()
    key = stage.last()["X-Mentor-Agent-Key"]
    own = f"X-Mentor-Agent-Key: {key}\r\nFrom: {MENTOR}\r\nTo: {MENTOR}\r\n\r\n".encode()
    stage.mailbox.deliver(f"Authentication-Results: {AUTHSERV}; dmarc=none\r\n".encode() + own, at=stage.now)
    stage.pass_time(minutes=5)
    assert stage.world.store.setting("authserv_id") == AUTHSERV


def test_the_name_of_the_server_is_not_learnt_once_others_may_have_seen_that_mail(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mailbox": {"url": "imap://mail.mentor.example"}})
    stage.tick()
    key = stage.last()["X-Mentor-Agent-Key"]
    own = f"X-Mentor-Agent-Key: {key}\r\nFrom: {MENTOR}\r\nTo: {MENTOR}\r\n\r\n".encode()
    stage.pass_time(days=2)
    stage.mailbox.deliver(b"Authentication-Results: evil.example; none\r\n" + own, at=stage.now)
    stage.pass_time(minutes=5)
    assert stage.world.store.setting("authserv_id") is None


# -- machines


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("text", ["ok", "Je suis absente jusqu'au 12 novembre."])
def test_an_automatic_reply_approves_nothing_wherever_it_lies(stage: Stage, sent: bool, text: str) -> None:
    stage.answer(drafted(stage), text, sent=sent, results=PROVEN, Auto_Submitted="auto-replied")
    stage.answer(stage.last(containing=ASKED), text, sent=sent, results=PROVEN, Auto_Submitted="auto-replied")
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.WAITING
    assert stage.world.store.people.session(1).status == "completed"
    assert stage.count(GIVEN_BACK) == 0


def test_the_agent_s_own_mails_that_come_back_are_not_answers(stage: Stage) -> None:
    drafted(stage)
    before = len(stage.transport.sent)
    for _ in range(4):
        stage.pass_time(minutes=10)
    assert len(stage.transport.sent) == before


# -- what it means


@pytest.mark.parametrize(
    "text", ["ok ?", "ok mais pas la fin", "ok si tu corriges la date", "je n'ai pas encore regardé", "peut-être"]
)
def test_what_is_not_plainly_a_yes_approves_nothing_and_is_given_back(stage: Stage, text: str) -> None:
    stage.answer(drafted(stage), text)
    stage.pass_time(minutes=5)
    assert (state(stage), stage.count(GIVEN_BACK)) == (RequestState.WAITING, 1)


def test_an_answer_to_a_given_back_mail_that_is_given_back_too_says_so_once_in_its_subject(stage: Stage) -> None:
    stage.answer(drafted(stage), "ok ?")
    stage.pass_time(minutes=5)
    first = stage.last(containing=GIVEN_BACK)
    stage.answer(first, "pas ok")
    stage.pass_time(minutes=5)
    assert stage.count(GIVEN_BACK) == 2
    subjects = [str(one["Subject"]) for one in (first, stage.last(containing=GIVEN_BACK))]
    assert [one.count("rien fait") for one in subjects] == [1, 1]
    assert [one.partition(" [")[0] for one in subjects] == [subjects[0].partition(" [")[0]] * 2


@pytest.mark.parametrize("text", ["ok", "OK !", "Oui, merci", "C'est parfait", "ok\n\nEnvoyé de mon iPhone", "yes"])
def test_a_plain_yes_approves(stage: Stage, text: str) -> None:
    stage.answer(drafted(stage), text)
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.APPROVED


def test_an_ok_beside_a_file_of_text_is_asked_about(stage: Stage) -> None:
    stage.answer(drafted(stage), "ok", attach=("rapport.txt", "Un autre texte."))
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.WAITING


def test_an_ok_to_an_old_version_never_approves_the_newer_one(stage: Stage) -> None:
    old = drafted(stage)
    stage.answer(old, "refaire : plus court")
    stage.pass_time(minutes=5)
    stage.answer(old, "ok")
    stage.pass_time(minutes=5)
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])
    assert "version 2" in body(stage.last(containing=GIVEN_BACK))
    stage.answer(stage.last(containing=DRAFT), "ok")
    stage.pass_time(minutes=5)
    assert stage.count(READY) == 1


def test_an_ok_and_a_redo_in_the_same_breath_do_what_came_first_and_say_so_of_the_other(stage: Stage) -> None:
    draft = drafted(stage)
    stage.answer(draft, "refaire : plus court")
    stage.answer(draft, "ok")
    stage.pass_time(minutes=5)
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])
    assert stage.count(GIVEN_BACK) == 1


def test_an_answer_that_refers_to_two_requests_at_once_is_given_back(stage: Stage) -> None:
    draft = drafted(stage)
    other = stage.last(containing=ASKED)
    both = " ".join(f"[ma-{reference(one)}]" for one in (draft, other))
    raw = f"From: {MENTOR}\r\nTo: {MENTOR}\r\nMessage-ID: <both@m.example>\r\nSubject: {both}\r\n\r\nok\r\n"
    stage.mailbox.deliver(raw.encode(), Folder.SENT, stage.now)
    stage.pass_time(minutes=5)
    assert (state(stage), stage.count(GIVEN_BACK)) == (RequestState.WAITING, 1)


def test_a_letter_cannot_be_rewritten_from_an_instruction_and_says_what_to_do_instead(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    missed(stage)
    stage.answer(stage.last(containing=TO_APPROVE), "refaire : plus aimable")
    stage.pass_time(minutes=5)
    assert "modifier" in body(stage.last(containing=GIVEN_BACK))
    assert stage.request("R10/alert/2").state is RequestState.WAITING


def test_a_word_about_something_closed_gets_one_answer_however_often_it_comes(stage: Stage) -> None:
    draft = drafted(stage)
    for _ in range(4):
        stage.answer(draft, "ok")
        stage.pass_time(minutes=5)
    assert stage.count(GIVEN_BACK) == 1
    assert stage.count(READY) == 1


def test_an_answer_forwarded_to_a_colleague_approves_nothing(stage: Stage) -> None:
    draft = drafted(stage)
    stage.mentor_writes("collegue@elsewhere.example", f"ok\n\n{draft['Subject']}")
    stage.pass_time(minutes=5)
    assert state(stage) is RequestState.WAITING


# -- mails that cannot be read


def test_an_answer_that_is_too_large_is_put_aside_with_words_that_help(tmp_path: Path) -> None:
    stage = met(
        Stage(tmp_path, {"mailbox": {"url": "imap://m.example", "authserv_id": AUTHSERV, "largest_mail_mb": 0.01}})
    )
    question = stage.over(START)
    stage.answer(question, NOTES, attach=("enregistrement.txt", "x" * 20_000))
    stage.pass_time(minutes=5)
    (line,) = stage.parked()
    assert "only mails of up to 0.01 MB are read" in line
    assert "answer again in a short mail" in line
    stage.answer(question, NOTES)
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 1


def test_a_letter_of_the_mentor_s_that_is_too_large_to_read_is_a_first_contact_all_the_same(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mailbox": {"url": "imap://m.example", "authserv_id": AUTHSERV, "largest_mail_mb": 0.01}})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.mentor_writes(f"{LEA}, {MENTOR}", "Bonjour ! " * 2000)
    stage.pass_time(minutes=5)
    assert stage.mails(LEA) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=nonsense\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n\xff\xfe%%%=\r\n",
        b"Subject: =?utf-8?b?\xff\xfe=?= =?nonsense?q?=ZZ?= \xe9\xff\r\n\r\nok\r\n",
        b"Content-Type: text/html\r\n\r\n<html><table><td><style><div>" + b"<div>" * 500,
        b"\r\nno headers at all",
        b"Content-Type: message/rfc822\r\n\r\n\x00\x00\x00",
    ],
)
@pytest.mark.parametrize("sender", [MENTOR, "attribution@school.example"])
def test_broken_mails_take_nothing_along(stage: Stage, raw: bytes, sender: str) -> None:
    stage.mailbox.deliver(f"From: {sender}\r\nTo: {MENTOR}\r\n".encode() + raw, at=stage.now)
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    assert stage.count(DRAFT) == 1


def test_a_mentor_who_reads_the_questions_elsewhere_is_heard_in_the_watched_mailbox(tmp_path: Path) -> None:
    elsewhere = "claire@private.example"
    mentor = {"name": "Claire Martin", "address": MENTOR, "questions_to": elsewhere, "timezone": "Europe/Paris"}
    stage = met(settled(tmp_path, mentor=mentor))
    stage.now = END
    stage.pass_time(minutes=0)
    assert stage.last(MENTOR, "veille sur vos délais")  # the mail to oneself, which tells the server's name
    question = stage.last(elsewhere, ASKED)
    html = question.get_body(("html",))
    assert html is not None
    assert f"mailto:{MENTOR}?" in html.get_content()
    assert elsewhere not in html.get_content()
    vouched = "mx.mentor.example; dmarc=pass header.from=private.example"
    stage.answer(question, NOTES, sent=False, sender=elsewhere, results=vouched)
    stage.pass_time(minutes=5)
    assert "jointures SQL" in body(stage.last(elsewhere, DRAFT))
