"""The id of a request stands in four places; any one of them is enough, and several are one answer."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.connectors.ports import Folder
from agent.model import RequestState
from tests.stage import MENTOR, Stage, body, parse
from tests.stories import ASKED, DRAFT, GIVEN_BACK, NOTES, READY, REPORT, START, drafted, met

PLACES = ("Message-ID", "References", "Subject", "body")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path))


def reply_with(mail: EmailMessage, text: str, *places: str, number: int = 1) -> EmailMessage:
    """An answer that still names its request in these places only; the server gave all else other ids."""
    reply = EmailMessage()
    reply["From"] = f"Claire Martin <{MENTOR}>"
    reply["To"] = MENTOR
    reply["Subject"] = f"Re: {mail['Subject']}" if "Subject" in places else "Re: (sans objet)"
    reply["Message-ID"] = f"<rewritten-{number}@exchange.example>"
    asked = str(mail["Message-ID"]) if "Message-ID" in places else "<0102018f@exchange.example>"
    past = str(mail["References"]) if "References" in places else ""
    reply["In-Reply-To"] = asked
    reply["References"] = f"{past} {asked}".strip()
    quoted = "\n".join(f"> {line}" for line in body(mail).splitlines()) if "body" in places else ""
    reply.set_content(f"{text}\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin <{MENTOR}> a écrit :\n{quoted}\n")
    return reply


def send(stage: Stage, reply: EmailMessage, *, inbox: bool = False) -> None:
    reply["Date"] = stage.now
    stage.mailbox.deliver(reply.as_bytes(), Folder.SENT, stage.now)
    if inbox:
        stage.mailbox.deliver(reply.as_bytes(), Folder.INBOX, stage.now)
    stage.pass_time(minutes=5)


def approved(stage: Stage) -> bool:
    return stage.request(REPORT).state is RequestState.APPROVED


def test_a_request_is_named_in_its_message_id_its_references_its_subject_and_its_body(stage: Stage) -> None:
    draft = drafted(stage)
    token = f"ma-{stage.request(REPORT).version.token}"
    assert str(draft["Message-ID"]).startswith(f"<{token}.")
    assert f"<{token}@" in str(draft["References"])
    assert str(draft["Subject"]).endswith(f"[{token}]")
    assert body(draft).rstrip().endswith(token)


@pytest.mark.parametrize("place", PLACES)
def test_any_one_of_the_four_is_enough(stage: Stage, place: str) -> None:
    send(stage, reply_with(drafted(stage), "ok", place))
    assert approved(stage)
    assert stage.count(READY) == 1


def test_an_answer_that_names_nothing_of_it_approves_nothing(stage: Stage) -> None:
    send(stage, reply_with(drafted(stage), "ok"))
    assert not approved(stage)


@pytest.mark.parametrize("first", PLACES)
def test_the_same_answer_seen_through_two_of_them_counts_once(stage: Stage, first: str) -> None:
    draft = drafted(stage)
    reply = reply_with(draft, "ok", first)
    reply["Date"] = stage.now
    other = reply_with(draft, "ok", *(place for place in PLACES if place != first), number=2)
    other["Date"] = stage.now
    stage.mailbox.deliver(reply.as_bytes(), Folder.SENT, stage.now)
    stage.mailbox.deliver(other.as_bytes(), Folder.INBOX, stage.now)
    for _ in range(3):
        stage.pass_time(minutes=5)
    assert approved(stage)
    assert (stage.count(READY), stage.count(GIVEN_BACK)) == (1, 0)


def test_a_late_repeat_gets_one_clear_answer_through_whatever_it_names_the_request(stage: Stage) -> None:
    draft = drafted(stage)
    send(stage, reply_with(draft, "ok", *PLACES))
    for number, place in enumerate(PLACES, 2):
        stage.now = stage.now.replace(minute=(stage.now.minute + 7) % 60)
        send(stage, reply_with(draft, "ok", place, number=number))
    assert (stage.count(READY), stage.count(GIVEN_BACK)) == (1, 1)
    assert "déjà close" in body(stage.last(containing=GIVEN_BACK))


def _redone(stage: Stage) -> tuple[EmailMessage, EmailMessage]:
    """Both versions of a draft, as they were shown."""
    first = drafted(stage)
    stage.answer(first, "refaire : plus court")
    stage.pass_time(minutes=5)
    second = stage.last(containing=DRAFT)
    assert second["Message-ID"] != first["Message-ID"]
    return first, second


def test_the_later_mails_about_a_request_name_the_first_so_that_programs_thread_them(stage: Stage) -> None:
    first, second = _redone(stage)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert str(second["References"]).split()[0] == first["Message-ID"]
    stage.answer(second, "hmm")
    stage.pass_time(minutes=5)
    assert stage.last(containing=GIVEN_BACK)["In-Reply-To"] == first["Message-ID"]
    assert first["In-Reply-To"] is None


@pytest.mark.parametrize("places", [PLACES, ("References",), ("References", "Subject"), ("Subject", "body")])
def test_an_ok_to_the_second_version_approves_it_though_its_references_name_the_first_as_well(
    stage: Stage, places: tuple[str, ...]
) -> None:
    _, second = _redone(stage)
    send(stage, reply_with(second, "ok", *places))
    assert approved(stage)


@pytest.mark.parametrize("places", [PLACES, *((place,) for place in PLACES)])
def test_an_ok_to_the_first_version_never_approves_the_second(stage: Stage, places: tuple[str, ...]) -> None:
    first, _ = _redone(stage)
    send(stage, reply_with(first, "ok", *places))
    assert not approved(stage)
    assert "ancienne version" in body(stage.last(containing=GIVEN_BACK))


def test_a_server_that_gives_our_mails_other_ids_loses_no_answer(stage: Stage) -> None:
    rewritten = parse(re.sub(rb"(?m)^Message-ID: .*$", b"Message-ID: <AM0PR01@exchange.example>", _raw(stage)))
    stage.answer(rewritten, "ok")
    stage.pass_time(minutes=5)
    assert approved(stage)


def _raw(stage: Stage) -> bytes:
    drafted(stage)
    return stage.transport.sent[-1].raw


def test_an_answer_to_the_question_after_a_session_counts_by_its_subject_alone(stage: Stage) -> None:
    stage.over(START)
    send(stage, reply_with(stage.last(containing=ASKED), NOTES, "Subject"))
    assert stage.count(DRAFT) == 1
