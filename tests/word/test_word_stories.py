"""The mentor's word from the mail to what becomes of it: corrections, later, questions, old versions, repeats."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.connectors.ports import Folder
from agent.model import RequestState
from tests.stage import MENTOR, SUPPORT, Stage, body, settings_data
from tests.stories import (
    DEADLINE,
    DRAFT,
    GIVEN_BACK,
    NOTES,
    READY,
    REPORT,
    START,
    TO_APPROVE,
    drafted,
    kept,
    met,
    missed,
)

ALERT = "R10/alert/2"
PUT_OFF = "Remis à plus tard"
AGAIN = "De nouveau"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


def state(stage: Stage) -> RequestState:
    return stage.request(REPORT).state


def answer(stage: Stage, mail: EmailMessage, text: str, *changes: tuple[str, str]) -> None:
    """The mentor answers above a quotation in which they changed something; it lies in Sent."""
    quoted = body(mail)
    for before, after in changes:
        assert before in quoted
        quoted = quoted.replace(before, after)
    stage.written += 1
    reply = EmailMessage()
    reply["From"] = f"Claire Martin <{MENTOR}>"
    reply["To"] = MENTOR
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Date"] = stage.now
    reply["Message-ID"] = f"<word-{stage.written}@mentor.example>"
    reply["In-Reply-To"] = str(mail["Message-ID"])
    lines = "\n".join(f"> {line}" for line in quoted.splitlines())
    reply.set_content(f"{text}\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin <{MENTOR}> a écrit :\n{lines}\n")
    stage.mailbox.deliver(reply.as_bytes(), Folder.SENT, stage.now)
    stage.pass_time(minutes=5)


def alert(folder: Path, **mentor: str) -> tuple[Stage, EmailMessage]:
    """A letter to support that waits for the mentor's word."""
    stage = Stage(folder, {"mentor": {**settings_data()["mentor"], **mentor}})
    missed(stage)
    return stage, stage.last(containing=TO_APPROVE)


# -- corrections in the quoted draft


def test_an_ok_with_a_correction_shows_the_corrected_draft_and_its_difference_before_anything_goes(
    stage: Stage,
) -> None:
    answer(stage, drafted(stage), "ok", ("les index", "les clés étrangères"))
    shown = body(stage.last(containing=DRAFT)).replace("\xa0", " ")
    assert "« index » devient « clés étrangères »" in shown
    assert "bloque sur les clés étrangères" in shown
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])
    answer(stage, stage.last(containing=DRAFT), "ok")
    assert "bloque sur les clés étrangères" in kept(stage)[0]
    assert "index" not in kept(stage)[0]


def test_a_corrected_letter_goes_to_support_as_it_was_shown_last(tmp_path: Path) -> None:
    stage, draft = alert(tmp_path)
    answer(stage, draft, "ok", ("Je reste à votre disposition", "Je reste à votre entière disposition"))
    assert stage.mails(SUPPORT) == []
    stage.now = max(stage.now, stage.request(ALERT).not_before or stage.now)
    stage.pass_time(minutes=5)
    assert stage.mails(SUPPORT) == []
    answer(stage, stage.last(containing=TO_APPROVE), "ok")
    (sent,) = stage.mails(SUPPORT)
    assert "entière disposition" in body(sent)


def test_where_the_mentor_has_set_it_so_an_ok_with_corrections_sends_the_corrected_text_at_once(tmp_path: Path) -> None:
    stage, draft = alert(tmp_path, changes="send")
    answer(stage, draft, "ok", ("Je reste à votre disposition", "Je reste à votre entière disposition"))
    assert stage.request(ALERT).state is RequestState.APPROVED
    stage.now = max(stage.now, stage.request(ALERT).not_before or stage.now)
    stage.pass_time(minutes=5)
    (sent,) = stage.mails(SUPPORT)
    assert "entière disposition" in body(sent)


def test_a_corrected_report_is_handed_over_at_once_where_the_mentor_has_set_it_so(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"mentor": {**settings_data()["mentor"], "changes": "send"}}))
    answer(stage, drafted(stage), "c'est bon", ("les index", "les clés étrangères"))
    assert "bloque sur les clés étrangères" in kept(stage)[0]
    assert stage.count(READY) == 1


def test_corrections_without_a_word_are_shown_and_never_sent_whatever_is_set(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"mentor": {**settings_data()["mentor"], "changes": "send"}}))
    answer(stage, drafted(stage), "", ("les index", "les clés étrangères"))
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])
    assert "clés étrangères" in stage.request(REPORT).version.text


def test_an_ok_over_an_untouched_quotation_approves(stage: Stage) -> None:
    answer(stage, drafted(stage), "ok")
    assert state(stage) is RequestState.APPROVED


@pytest.mark.parametrize("text", ["ok", "ok avec mes corrections"])
def test_an_ok_over_a_quotation_that_ends_inside_the_draft_is_asked_about(stage: Stage, text: str) -> None:
    draft = drafted(stage)
    answer(stage, draft, text, (body(draft)[body(draft).index("les index") :], ""))
    assert (state(stage), kept(stage), stage.count(GIVEN_BACK)) == (RequestState.WAITING, [], 1)


def test_an_ok_that_speaks_of_corrections_where_there_are_none_is_asked_about(stage: Stage) -> None:
    answer(stage, drafted(stage), "ok avec mes corrections")
    assert (state(stage), stage.count(GIVEN_BACK)) == (RequestState.WAITING, 1)


def test_a_no_over_a_changed_quotation_is_a_no(stage: Stage) -> None:
    answer(stage, drafted(stage), "non", ("les index", "les clés étrangères"))
    assert state(stage) is RequestState.DROPPED


def test_the_text_that_was_shown_given_back_as_a_new_one_is_asked_about(stage: Stage) -> None:
    draft = drafted(stage)
    answer(stage, draft, f"modifier :\n{stage.request(REPORT).version.text}")
    assert (stage.request(REPORT).version.number, stage.count(GIVEN_BACK)) == (1, 1)


# -- a change in free words


def test_an_ok_but_is_another_version_and_no_approval(stage: Stage) -> None:
    answer(stage, drafted(stage), "ok mais enlève la dernière phrase")
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])
    assert stage.request(REPORT).version.number == 2


def test_a_letter_that_is_to_be_changed_in_free_words_is_given_back_with_how_to_edit_it(tmp_path: Path) -> None:
    stage, draft = alert(tmp_path)
    answer(stage, draft, "ok mais enlève la dernière phrase")
    assert stage.mails(SUPPORT) == []
    assert "modifier" in body(stage.last(containing=GIVEN_BACK))


# -- later


def test_a_draft_that_is_put_off_is_shown_again_at_that_time_and_not_before(stage: Stage) -> None:
    answer(stage, drafted(stage), "demain matin")
    assert "mercredi 4 novembre à 8" in body(stage.last(containing=PUT_OFF)).replace("\xa0", " ")
    before = len(stage.mails(MENTOR))
    stage.live(START.replace(day=4, hour=6, minute=59))
    assert len(stage.mails(MENTOR)) == before
    stage.live(START.replace(day=4, hour=7, minute=30))
    again = stage.last()
    assert str(again["Subject"]).startswith(AGAIN)
    assert "jointures SQL" in body(again)
    answer(stage, again, "ok")
    assert stage.count(READY) == 1


def test_a_question_about_a_session_can_be_put_off_too(stage: Stage) -> None:
    answer(stage, stage.over(START), "je te réponds demain")
    assert stage.count(PUT_OFF) == 1
    assert stage.world.store.people.session(1).status is None
    stage.live(START + timedelta(hours=15))
    answer(stage, stage.last(containing=AGAIN), NOTES)
    assert "jointures SQL" in body(stage.last(containing=DRAFT))


def test_a_time_after_the_deadline_is_answered_with_one_before_it(stage: Stage) -> None:
    answer(stage, drafted(stage), "dans deux semaines")
    assert "échéance" in body(stage.last(containing=PUT_OFF))
    stage.live(DEADLINE - timedelta(minutes=1))
    assert stage.count(AGAIN) == 1
    assert stage.count("Rappel") == 0
    assert state(stage) is RequestState.WAITING


def test_reminders_hold_while_a_draft_is_put_off_and_go_on_afterwards(stage: Stage) -> None:
    answer(stage, drafted(stage), "jeudi matin")
    stage.live(START.replace(day=5, hour=7, minute=30))
    assert (stage.count("Rappel"), stage.count(AGAIN)) == (0, 1)
    stage.live(DEADLINE)
    assert stage.count("Rappel") == 1  # three hours before; those of 24 and 12 hours were slept through


def test_a_draft_that_was_approved_meanwhile_is_not_shown_again(stage: Stage) -> None:
    draft = drafted(stage)
    answer(stage, draft, "demain matin")
    answer(stage, stage.last(containing=PUT_OFF), "ok")
    assert stage.count(READY) == 1
    stage.live(START + timedelta(days=1))
    assert stage.count(AGAIN) == 0


def test_a_restart_does_not_wake_a_draft_nor_forget_it(stage: Stage) -> None:
    answer(stage, drafted(stage), "demain matin")
    stage.restart()
    stage.pass_time(hours=1)
    assert stage.count(AGAIN) == 0
    stage.live(START + timedelta(days=1))
    stage.restart()
    stage.pass_time(minutes=5)
    assert stage.count(AGAIN) == 1


def test_later_without_a_sure_time_is_asked_about(stage: Stage) -> None:
    answer(stage, drafted(stage), "lundi ou mardi, je regarde")
    assert (stage.count(GIVEN_BACK), stage.count(PUT_OFF)) == (1, 0)
    answer(stage, stage.last(containing=GIVEN_BACK), "hier")
    assert stage.count(PUT_OFF) == 0


def test_ok_tomorrow_is_neither_an_approval_nor_a_later(stage: Stage) -> None:
    answer(stage, drafted(stage), "ok demain")
    assert (state(stage), stage.count(PUT_OFF), stage.count(GIVEN_BACK)) == (RequestState.WAITING, 0, 1)


# -- questions


def test_a_question_is_answered_with_what_is_known_and_nothing_is_done(tmp_path: Path) -> None:
    stage, draft = alert(tmp_path)
    answer(stage, draft, "c'est pour qui ?")
    back = body(stage.last(containing=GIVEN_BACK))
    assert "Pour : l’équipe mentorat" in back.replace("\xa0", " ")
    assert "R10 ·" in back
    assert stage.request(ALERT).version.text.strip() in back
    assert (stage.mails(SUPPORT), stage.request(ALERT).state) == ([], RequestState.WAITING)


# -- twice


def test_twice_ok_sends_once_and_the_second_gets_one_clear_answer(tmp_path: Path) -> None:
    stage, draft = alert(tmp_path)
    for _ in range(3):
        answer(stage, draft, "ok")
        stage.pass_time(hours=1)
    stage.now = max(stage.now, stage.request(ALERT).not_before or stage.now)
    stage.pass_time(minutes=5)
    assert len(stage.mails(SUPPORT)) == 1
    assert stage.count(GIVEN_BACK) == 1
    assert "déjà close" in body(stage.last(containing=GIVEN_BACK))


def test_the_same_answer_under_two_message_ids_counts_once(stage: Stage) -> None:
    """Some servers give the copy in Sent another Message-ID than the mail that arrives."""
    question = stage.over(START)
    date = "Tue, 03 Nov 2026 18:50:00 +0100"
    for number in (1, 2):
        raw = (
            f"From: Claire Martin <{MENTOR}>\r\nTo: {MENTOR}\r\nSubject: Re: {question['Subject']}\r\nDate: {date}\r\n"
            f"Message-ID: <copy-{number}@mentor.example>\r\nIn-Reply-To: {question['Message-ID']}\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{NOTES}\r\n"
        )
        stage.mailbox.deliver(raw.encode(), Folder.SENT, stage.now)
        stage.pass_time(minutes=5)
    assert stage.world.store.people.session(1).notes == NOTES
    assert (stage.count(DRAFT), stage.count(GIVEN_BACK)) == (1, 0)


def test_an_ok_to_the_version_before_a_correction_never_approves_the_corrected_one(stage: Stage) -> None:
    first = drafted(stage)
    answer(stage, first, "ok", ("les index", "les clés étrangères"))
    answer(stage, first, "ok")
    assert (state(stage), kept(stage)) == (RequestState.WAITING, [])
    assert "version 2" in body(stage.last(containing=GIVEN_BACK)).replace("\xa0", " ")
