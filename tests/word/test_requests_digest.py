"""Several requests in one mail, where the mentor has set it so: each is answered under its own reference only."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from agent.connectors.ports import Folder
from agent.model import Proof, RequestKind, RequestState
from tests.stage import MENTOR, MONDAY, Stage, body, settings_data
from tests.stories import ASKED, GIVEN_BACK, LEA, TOM

EVENING = MONDAY + timedelta(hours=6)  # 15:00 in Paris; the next digest is at 18:00
DIGEST = "demandes"


def begun(folder: Path, *, people: int = 2, **mentor: object) -> Stage:
    """Two learners whose sessions are over at 15:45 in Paris."""
    stage = Stage(folder, {"mentor": {**settings_data()["mentor"], "requests": "digest", **mentor}})
    stage.tick()
    for name, address in (("Léa Moreau", LEA), ("Tom Petit", TOM))[:people]:
        stage.school_assigns(name, address)
        stage.session(name, EVENING)
    stage.pass_time(minutes=5)
    stage.now = EVENING + timedelta(minutes=45)
    stage.pass_time(minutes=1)
    return stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return begun(tmp_path)


def at_six(stage: Stage) -> EmailMessage:
    stage.now = MONDAY + timedelta(hours=9)
    stage.tick()
    stage.tick()
    return stage.last(containing=DIGEST)


def sessions(stage: Stage) -> list[RequestState]:
    return [one.state for one in stage.world.store.requests.all() if one.kind is RequestKind.SESSION]


def press(stage: Stage, mail: EmailMessage, label: str, about: str, more: str = "", *, quote: bool = False) -> None:
    """Touch a button of the request about somebody and send what it wrote."""
    page = mail.get_body(("html",))
    assert page is not None
    html = str(page.get_content()).replace("&amp;", "&")
    links = [parse_qs(urlsplit(link).query) for link, name in re.findall(r'href="([^"]+)"[^>]*>([^<]*)<', html)]
    named = [name for _, name in re.findall(r'href="([^"]+)"[^>]*>([^<]*)<', html)]
    fields = next(one for one, name in zip(links, named, strict=True) if name == label and about in one["subject"][0])
    reply = EmailMessage()
    reply["From"] = f"Claire Martin <{MENTOR}>"
    reply["To"] = MENTOR
    reply["Date"] = stage.now
    reply["Subject"] = fields["subject"][0]
    reply["Message-ID"] = f"<pressed-{len(stage.mailbox.mails)}@mentor.example>"
    quoted = "\n".join(f"> {line}" for line in body(mail).splitlines()) if quote else ""
    below = f"\n\nLe lun. 2 nov. 2026 à 18:00, Claire Martin <{MENTOR}> a écrit :\n{quoted}\n" if quote else ""
    reply.set_content(fields["body"][0].replace("\r\n", "\n") + more + below)
    stage.mailbox.deliver(reply.as_bytes(), Folder.SENT, stage.now)
    stage.pass_time(minutes=5)


def test_two_requests_wait_for_their_hour_and_come_in_one_mail(stage: Stage) -> None:
    assert (stage.asked(), stage.count("2 demandes")) == (0, 0)
    mail = at_six(stage)
    assert "2 demandes : Léa Moreau et Tom Petit" in str(mail["Subject"]).replace("\u00a0", " ")
    assert body(mail).count("comment s’est passée la session") == 2
    assert body(mail).count("Compte rendu\u00a0: avant") == 2
    for request in stage.world.store.requests.in_state(RequestState.WAITING):
        assert f"réf. ma-{request.version.token}" in body(mail)
    assert (stage.asked(), stage.waiting()) == (0, [])


def test_what_was_gathered_is_sent_once_and_not_again_after_a_restart(stage: Stage) -> None:
    at_six(stage)
    stage.restart()
    for _ in range(3):
        stage.pass_time(hours=1)
    assert (stage.count("2 demandes"), stage.asked()) == (1, 0)


def test_a_single_request_goes_as_itself(tmp_path: Path) -> None:
    stage = begun(tmp_path, people=1)
    stage.now = MONDAY + timedelta(hours=9)
    stage.tick()
    assert (stage.asked(), len([one for one in stage.mails(MENTOR) if DIGEST in str(one["Subject"])])) == (1, 0)


def test_what_is_due_soon_after_the_digest_leaves_at_once(tmp_path: Path) -> None:
    stage = begun(tmp_path, digest_margin_hours=47)
    assert stage.asked() == 2


def test_without_the_setting_every_request_is_a_mail_of_its_own(tmp_path: Path) -> None:
    stage = begun(tmp_path, requests="each")
    assert stage.asked() == 2


@pytest.mark.parametrize("quote", [False, True])
def test_a_button_of_the_digest_answers_its_own_request_alone(stage: Stage, *, quote: bool) -> None:
    press(stage, at_six(stage), "Absent(e)", "Tom Petit", quote=quote)
    assert sessions(stage) == [RequestState.WAITING, RequestState.ANSWERED]
    assert stage.count(GIVEN_BACK) == 0


@pytest.mark.parametrize("text", ["ok", "absente", "statut : absent", "non"])
def test_an_answer_to_the_digest_itself_does_nothing_and_asks_which_one(stage: Stage, text: str) -> None:
    mail = at_six(stage)
    stage.answer(mail, text)
    stage.pass_time(minutes=5)
    assert sessions(stage) == [RequestState.WAITING] * 2
    back = stage.last(containing=GIVEN_BACK)
    for request in stage.world.store.requests.in_state(RequestState.WAITING):
        assert f"ma-{request.version.token}" in body(back)
    assert "[ma-" not in str(back["Subject"])
    assert stage.count(GIVEN_BACK) == 1


def test_an_answer_to_the_digest_that_quotes_one_request_only_still_approves_none(stage: Stage) -> None:
    """Some programs cut a long quotation: what is left of it names a single request."""
    mail = at_six(stage)
    cut = body(mail)
    first = next(r for r in stage.world.store.requests.in_state(RequestState.WAITING))
    end = cut.index(first.version.token) + 16
    for headers in ("In-Reply-To", "Subject"):
        reply = EmailMessage()
        reply["From"] = f"Claire Martin <{MENTOR}>"
        reply["To"] = MENTOR
        reply["Date"] = stage.now
        reply["Subject"] = f"Re: {mail['Subject']}" if headers == "Subject" else "Re: demandes"
        reply["In-Reply-To"] = str(mail["Message-ID"]) if headers == "In-Reply-To" else "<x@exchange.example>"
        reply["Message-ID"] = f"<cut-{headers}@mentor.example>"
        quoted = "\n".join(f"> {line}" for line in cut[:end].splitlines())
        reply.set_content(f"absente\n\nLe lun. 2 nov. 2026 à 18:00, Claire <{MENTOR}> a écrit :\n{quoted}\n")
        stage.mailbox.deliver(reply.as_bytes(), Folder.SENT, stage.now)
        stage.pass_time(minutes=5)
    assert sessions(stage) == [RequestState.WAITING] * 2
    assert stage.count(GIVEN_BACK) == 2


def test_an_answer_to_the_digest_without_its_quotation_is_asked_about_too(stage: Stage) -> None:
    mail = at_six(stage)
    reply = EmailMessage()
    reply["From"] = f"Claire Martin <{MENTOR}>"
    reply["To"] = MENTOR
    reply["Date"] = stage.now
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply["Message-ID"] = "<bare@mentor.example>"
    reply.set_content("ok")
    stage.mailbox.deliver(reply.as_bytes(), Folder.SENT, stage.now)
    stage.pass_time(minutes=5)
    assert sessions(stage) == [RequestState.WAITING] * 2
    assert stage.count(GIVEN_BACK) == 1


def test_an_unproven_answer_to_the_digest_is_asked_about_for_all_of_them(stage: Stage) -> None:
    stage.answer(at_six(stage), "ok", sent=False)
    stage.pass_time(minutes=1)
    stage.pass_time(minutes=5)
    assert sessions(stage) == [RequestState.WAITING] * 2
    back = stage.last(containing=GIVEN_BACK)
    assert "Rien ne prouve" in body(back)
    assert body(back).count("- Répondre") == 2


def test_what_is_answered_before_its_hour_is_in_no_digest(stage: Stage) -> None:
    request = stage.world.store.requests.in_state(RequestState.WAITING)[0]
    stage.world.store.requests.settle(request, RequestState.ANSWERED, Proof.COMMAND, stage.now)
    stage.now = MONDAY + timedelta(hours=9)
    stage.tick()
    assert stage.asked() == 1
    assert ASKED in str(stage.last(containing=ASKED)["Subject"])
    assert stage.waiting() == []
