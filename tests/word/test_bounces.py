"""A letter that comes back: the mentor is told at once, and what it did is owed again where that can help (P5, P9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent import bounces
from agent.connectors.memory_mail import Failure
from agent.connectors.ports import KEY_HEADER
from agent.store import OutboxRow, Outgoing
from tests.stage import MENTOR, SUPPORT, Stage, body
from tests.stories import LEA, START, missed, settled
from tests.word.machine_parts import KEY, LETTER
from tests.word.machine_parts import LEA as NAMED
from tests.word.machines import REPORTS

FIRST = "R01/first-contact/1"
RIGHT = "lea.moreau@other.example"
CAME_BACK = "Lettre revenue"
SAMPLES = {one.name: one.raw.decode() for one in REPORTS}
UNKNOWN, FULL = "postfix, unknown user", "exchange, in French"


def contacted(folder: Path, **changes: object) -> Stage:
    """A new learner who was written to."""
    stage = settled(folder, **changes)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    return stage


def letter(stage: Stage, key: str = FIRST) -> OutboxRow:
    row = stage.row(key)
    assert row is not None
    return row


def comes_back(stage: Stage, name: str, row: OutboxRow | None = None, recipient: str = "") -> None:
    """A server reports on a letter of ours."""
    row = row or letter(stage)
    raw = SAMPLES[name].replace(LETTER, row.message_id).replace(KEY, row.ref).replace(NAMED, recipient or row.recipient)
    stage.mailbox.deliver(raw.encode(), at=stage.now)
    stage.pass_time(minutes=1)


def contacts(stage: Stage) -> int:
    return len(stage.world.store.facts.of_kind("letter", 1))


def corrects(stage: Stage, address: str) -> None:
    """The mentor gives the right address, as `learners set` does."""
    store = stage.world.store
    learner = store.people.get(1)
    with store.transaction():
        store.people.change(replace(learner, address=address))
        bounces.corrected(stage.world, store.people.get(1), learner.address, stage.now)
    stage.pass_time(minutes=1)


def test_the_mentor_is_told_at_once_that_the_address_does_not_exist_and_by_when_the_learner_must_be_reached(
    tmp_path: Path,
) -> None:
    stage = contacted(tmp_path)
    assert contacts(stage) == 1
    comes_back(stage, UNKNOWN)
    assert letter(stage).state is Outgoing.FAILED
    told = body(stage.last(containing=CAME_BACK))
    assert "cette adresse n’existe pas" in told
    assert LEA in told
    assert "mentor-agent learners set 1 --address" in told
    assert "Échéance" in told
    assert "mercredi 4 novembre" in told
    assert contacts(stage) == 0  # she was not written to
    assert len(stage.mails(LEA)) == 1  # and an unknown address is not tried again


def test_once_the_address_is_right_the_first_contact_is_owed_and_goes_there(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, UNKNOWN)
    stage.pass_time(hours=12)
    assert len(stage.mails(LEA)) == 1
    corrects(stage, RIGHT)
    stage.pass_time(minutes=5)
    assert len(stage.mails(RIGHT)) == 1
    assert letter(stage).state is Outgoing.SENT
    assert contacts(stage) == 1
    assert stage.parked() == []
    assert stage.count(CAME_BACK) == 1


def test_a_whole_mailbox_read_anew_does_not_make_a_returned_letter_a_contact(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, UNKNOWN)
    stage.world.store.sources.forget_cursor("mailbox")
    stage.pass_time(minutes=5)
    assert (letter(stage).state, contacts(stage)) == (Outgoing.FAILED, 0)
    assert stage.count(CAME_BACK) == 1


def test_a_report_that_overtakes_the_copy_in_sent_is_believed_as_well(tmp_path: Path) -> None:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.now += timedelta(minutes=5)
    stage.tick()  # it leaves; its copy in Sent is not read yet
    comes_back(stage, UNKNOWN)
    assert (letter(stage).state, contacts(stage)) == (Outgoing.FAILED, 0)


def test_letters_to_a_dead_address_wait_and_are_shown_until_it_is_corrected(tmp_path: Path) -> None:
    rules = {f"R{n:02}": "off" for n in range(1, 30) if n not in (1, 7, 9, 10)} | {"R09": "auto"}
    stage = settled(tmp_path, rules=rules)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    stage.session("Léa Moreau", START)
    comes_back(stage, UNKNOWN)
    stage.answer(stage.over(START), "absente")
    stage.pass_time(minutes=5)
    stage.pass_time(days=1)
    stage.pass_time(hours=5)
    assert len(stage.mails(LEA)) == 1
    shown = stage.last(containing="En attente d’une adresse")
    assert "learners set 1" in body(shown)
    assert stage.count("En attente d’une adresse") == 1
    waiting = next(row for row in stage.waiting() if row.recipient == LEA)
    corrects(stage, RIGHT)
    stage.pass_time(minutes=5)
    assert len(stage.mails(LEA)) == 1
    sent = [str(mail["Subject"]) for mail in stage.mails(RIGHT)]
    assert waiting.subject in sent
    assert len(sent) == len(set(sent))
    assert not [row for row in stage.waiting() if row.recipient == LEA]


def test_the_same_address_given_again_is_believed(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, UNKNOWN)
    corrects(stage, LEA)
    stage.pass_time(minutes=5)
    assert len(stage.mails(LEA)) == 2
    assert letter(stage).state is Outgoing.SENT


def test_a_full_mailbox_is_tried_again_a_few_times_hours_apart_with_the_same_words(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.world.store.offers.take_back(FIRST)  # no slot runs out in this story
    words = body(stage.mails(LEA)[0])
    for tries, hours in enumerate((6, 24, 48), 2):
        comes_back(stage, FULL)
        assert letter(stage).state is Outgoing.READY
        stage.pass_time(hours=hours - 1)
        assert len(stage.mails(LEA)) == tries - 1
        stage.pass_time(hours=1)
        assert len(stage.mails(LEA)) == tries
        assert contacts(stage) == 1
    assert {body(mail) for mail in stage.mails(LEA)} == {words}
    assert len({str(mail["Message-ID"]) for mail in stage.mails(LEA)}) == 4
    assert len({str(mail[KEY_HEADER]) for mail in stage.mails(LEA)}) == 4
    assert stage.count(CAME_BACK) == 1
    assert "Je la renverrai" in body(stage.last(containing=CAME_BACK))
    comes_back(stage, FULL)
    stage.pass_time(days=4)
    assert len(stage.mails(LEA)) == 4
    assert stage.count(CAME_BACK) == 2
    assert "Je ne la renverrai plus" in body(stage.last(containing=CAME_BACK))
    assert len(stage.parked()) == 1


def test_a_letter_whose_slots_have_passed_by_the_next_try_is_not_sent_again(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    stage.now = max(offer.start for offer in stage.world.store.offers.of_letter(FIRST)) - timedelta(hours=2)
    comes_back(stage, FULL)
    stage.pass_time(days=3)
    assert len(stage.mails(LEA)) == 1
    assert stage.world.store.offers.of_letter(FIRST) == []


def test_the_same_report_twice_is_one(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    row = letter(stage)
    comes_back(stage, FULL, row)
    comes_back(stage, FULL, row)
    comes_back(stage, UNKNOWN, row)
    stage.pass_time(hours=7)
    assert stage.count(CAME_BACK) == 1
    assert len(stage.mails(LEA)) == 2


@pytest.mark.parametrize(
    "name", ["exim, user unknown", "qmail, no mailbox", "exchange, its copy has another Message-ID"]
)
def test_reports_in_prose_and_with_changed_ids_are_understood(name: str, tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, name)
    assert letter(stage).state is Outgoing.FAILED
    assert stage.count(CAME_BACK) == 1


def test_a_forged_report_that_guesses_the_letter_is_nobody_s(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    forged = replace(letter(stage), message_id=f"<{'a' * 16}@mentor.example>", ref="a" * 16)
    comes_back(stage, UNKNOWN, forged)
    assert (letter(stage).state, contacts(stage), stage.count(CAME_BACK)) == (Outgoing.SENT, 1, 0)
    assert stage.parked() == []


def test_a_report_about_somebody_else_s_address_is_only_shown(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, UNKNOWN, recipient="tom.petit@learner.example")
    assert (letter(stage).state, contacts(stage), stage.count(CAME_BACK)) == (Outgoing.SENT, 1, 0)
    assert len(stage.parked()) == 1


def test_an_alert_that_comes_back_from_support_is_told_and_sent_nowhere_else(tmp_path: Path) -> None:
    stage = settled(tmp_path)
    missed(stage)
    stage.pass_time(days=3)
    stage.answer(stage.last(containing="À approuver"), "ok")
    stage.pass_time(minutes=5)
    alert = next(row for row in stage.world.store.outbox.in_state(Outgoing.SENT) if row.recipient == SUPPORT)
    comes_back(stage, UNKNOWN, alert)
    assert "school.support" in body(stage.last(containing=CAME_BACK))
    stage.pass_time(days=2)
    assert len(stage.mails(SUPPORT)) == 1


def test_the_school_s_own_server_may_report_as_well(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    row = letter(stage)
    raw = SAMPLES[UNKNOWN].replace(LETTER, row.message_id).replace(KEY, row.ref).replace("@mx.mentor.", "@mx.school.")
    stage.mailbox.deliver(raw.encode(), at=stage.now)
    stage.pass_time(minutes=1)
    assert letter(stage).state is Outgoing.FAILED


def test_a_question_that_comes_back_from_a_second_address_is_told_in_the_mailbox_itself(tmp_path: Path) -> None:
    second = "claire@second.example"
    mentor = {"name": "Claire Martin", "address": MENTOR, "timezone": "Europe/Paris", "questions_to": second}
    stage = contacted(tmp_path, mentor=mentor)
    stage.session("Léa Moreau", START)
    stage.now = START + timedelta(hours=1)
    stage.pass_time(minutes=1)
    asked = next(row for row in stage.world.store.outbox.in_state(Outgoing.SENT) if row.key.startswith("ask/"))
    comes_back(stage, UNKNOWN, asked)
    assert "mentor.questions_to" in body(stage.last(MENTOR, CAME_BACK))


def test_a_notice_to_the_mentor_s_own_full_mailbox_makes_no_further_notice(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    welcome = letter(stage, "welcome")
    sent = len(stage.transport.sent)
    comes_back(stage, "no reason at all", welcome)
    assert len(stage.transport.sent) == sent
    assert len(stage.parked()) == 1


def test_a_letter_that_was_in_doubt_and_comes_back_is_in_doubt_no_more(tmp_path: Path) -> None:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.transport.fail_next(Failure.DELIVERED)
    stage.pass_time(minutes=5)
    assert letter(stage).state is Outgoing.UNCERTAIN
    doubt = letter(stage).doubt
    comes_back(stage, UNKNOWN)
    assert letter(stage).state is Outgoing.FAILED
    assert stage.request(doubt).state == "withdrawn"


def test_a_delay_is_told_once_and_only_when_the_deadline_has_come(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, "postfix, delayed")
    comes_back(stage, "gmail, delay")
    assert letter(stage).state is Outgoing.SENT
    stage.pass_time(hours=40)
    assert stage.count("Lettre peut") == 0
    stage.pass_time(hours=9)
    stage.pass_time(days=3)
    assert stage.count("Lettre peut") == 1


def test_a_delay_that_ended_in_failure_is_told_as_that_alone(tmp_path: Path) -> None:
    stage = contacted(tmp_path)
    comes_back(stage, "postfix, delayed")
    comes_back(stage, UNKNOWN)
    stage.pass_time(days=3)
    assert (stage.count(CAME_BACK), stage.count("Lettre peut")) == (1, 0)
