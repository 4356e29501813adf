"""The school gives a learner to the mentor (P3, P4): believed when proven, asked about otherwise, known once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.model import Funding, RequestState
from tests.stage import MENTOR, Stage, body
from tests.stories import LEA, TOM, settled

TO_CONFIRM = "À confirmer"
ELSEWHERE = "victim@elsewhere.example"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return settled(tmp_path)


def names(stage: Stage) -> list[str]:
    return [one.name for one in stage.world.store.people.all()]


def test_a_proven_assignment_makes_a_learner_with_all_that_the_school_says(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    (learner,) = stage.world.store.people.all()
    assert (learner.name, learner.address, learner.funding) == ("Léa Moreau", LEA, Funding.FUNDED)
    assert (learner.path, learner.project) == ("Développeur d'application Python", "Créez une API")
    assert learner.assigned_at == stage.now


@pytest.mark.parametrize("prefix", ["Fwd:", "Re:", "TR :"])
def test_an_assignment_passed_on_or_answered_is_no_assignment(stage: Stage, prefix: str) -> None:
    stage.school_assigns("Léa Moreau", LEA, Subject=f"{prefix} Nouvel étudiant : Léa Moreau")
    stage.tick()
    assert names(stage) == []


def test_an_assignment_quoted_in_another_thread_is_none(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    stage.school_assigns("Léa Moreau", LEA, again="-thread", In_Reply_To="<other@school.example>")
    stage.school_assigns("Léa Moreau", LEA, again="-repeated")
    stage.pass_time(minutes=5)
    assert names(stage) == ["Léa Moreau"]
    assert len(stage.mails(LEA)) == 1


def test_an_unproven_assignment_writes_to_nobody_and_asks_the_mentor_once(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    stage.school_assigns("Léa Moreau", LEA, proven=False, again="-2")
    stage.pass_time(minutes=5)
    assert (names(stage), stage.mails(LEA), stage.count(TO_CONFIRM)) == ([], [], 1)
    assert LEA in body(stage.last(containing=TO_CONFIRM))


def test_yes_makes_the_learner_and_the_letter_leaves(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    assigned = stage.now
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=TO_CONFIRM), "oui")
    stage.pass_time(minutes=5)
    assert stage.world.store.people.all()[0].assigned_at == assigned
    assert len(stage.mails(LEA)) == 1


def test_no_makes_nobody_and_the_same_mail_does_not_ask_again(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=TO_CONFIRM), "non")
    stage.pass_time(minutes=5)
    stage.school_assigns("Léa Moreau", LEA, proven=False, again="-2")
    stage.pass_time(minutes=5)
    assert (names(stage), stage.count(TO_CONFIRM)) == ([], 1)


def test_who_was_written_to_before_the_mentor_said_yes_is_not_written_to_again(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    stage.pass_time(minutes=5)
    stage.mentor_writes(LEA)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=TO_CONFIRM), "oui")
    stage.pass_time(minutes=5)
    stage.pass_time(days=3)
    assert names(stage) == ["Léa Moreau"]
    assert stage.mails(LEA) == []


def test_a_proven_assignment_after_an_unproven_one_needs_no_answer_any_more(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    stage.pass_time(minutes=5)
    stage.school_assigns("Léa Moreau", LEA, again="-2")
    stage.pass_time(minutes=5)
    assert len(stage.mails(LEA)) == 1
    (asked,) = [one for one in stage.world.store.requests.all() if one.kind == "assignment"]
    assert asked.state is RequestState.WITHDRAWN


def test_even_after_a_no_to_an_unproven_one_a_proven_assignment_is_believed(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=TO_CONFIRM), "non")
    stage.pass_time(minutes=5)
    stage.school_assigns("Léa Moreau", LEA, again="-2")
    stage.pass_time(minutes=5)
    assert names(stage) == ["Léa Moreau"]


@pytest.mark.parametrize("domain", ["school.example.evil.example", "notschool.example", "schoo1.example", "example"])
def test_a_look_alike_of_the_school_is_nobody_even_when_it_proves_to_be_itself(stage: Stage, domain: str) -> None:
    stage.school_assigns("Léa Moreau", ELSEWHERE, domain=domain)
    stage.pass_time(minutes=5)
    assert (names(stage), stage.mails(ELSEWHERE), stage.count(TO_CONFIRM)) == ([], [], 0)


def test_a_subdomain_of_the_school_is_the_school(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, domain="mail.school.example")
    stage.pass_time(minutes=5)
    assert names(stage) == ["Léa Moreau"]


def test_no_reply_to_and_no_address_in_a_name_ever_becomes_a_recipient(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, Reply_To=ELSEWHERE, Cc=ELSEWHERE)
    stage.school_assigns(f"Tom {ELSEWHERE}", TOM)
    stage.pass_time(minutes=5)
    assert {one for sent in stage.transport.sent for one in sent.recipients} == {MENTOR, LEA}


def test_an_assignment_with_two_addresses_is_nobody_s(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", f"{LEA}\nE-mail : {ELSEWHERE}")
    stage.pass_time(minutes=5)
    assert names(stage) == []


@pytest.mark.parametrize("name", ["Léa Moreau", "MOREAU Léa", "lea moreau"])
def test_a_namesake_at_another_address_is_asked_about_before_anybody_is_written_to(stage: Stage, name: str) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    stage.school_assigns(name, TOM)
    stage.pass_time(minutes=5)
    assert stage.mails(TOM) == []
    stage.answer(stage.last(containing=TO_CONFIRM), "oui")
    stage.pass_time(minutes=5)
    assert len(stage.mails(TOM)) == 1


def test_two_learners_with_the_same_first_name_are_two(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.school_assigns("Léa Petit", TOM)
    stage.pass_time(minutes=5)
    assert (names(stage), len(stage.mails(LEA)), len(stage.mails(TOM))) == (["Léa Moreau", "Léa Petit"], 1, 1)


def test_the_mentor_and_support_are_never_taken_for_learners(stage: Stage) -> None:
    stage.school_assigns("Claire Martin", MENTOR)
    stage.pass_time(minutes=5)
    assert names(stage) == []


def test_a_mail_of_the_school_that_fits_no_pattern_is_counted_and_a_damaged_one_is_put_aside(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.tick()
    head = b"From: attribution@school.example\r\nTo: claire.martin@mentor.example\r\nSubject: Nouvel horaire\r\n"
    vouched = b"Authentication-Results: mx.mentor.example; dmarc=pass header.from=school.example\r\n"
    broken = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\nMessage-ID: <2@s>\r\n\r\n--x\r\nno end"
    stage.mailbox.deliver(vouched + head + b"Message-ID: <1@s>\r\n\r\nBonjour.\r\n", at=stage.now)
    stage.mailbox.deliver(vouched + head + broken, at=stage.now)
    stage.tick()
    counted = stage.world.store.facts.of_kind("unrecognised")
    assert [fact.detail["subject"] for fact in counted] == ["Nouvel horaire", "Nouvel horaire"]
    (aside,) = stage.world.store.parking.all()
    assert aside.what == "mail “Nouvel horaire” from the school"
