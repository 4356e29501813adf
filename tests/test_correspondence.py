"""Letters to learners: the first contact (R01, R02), and what shadow mode keeps back (P12)."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.connectors.memory_mail import Failure
from agent.errors import TransientError
from agent.model import Learner
from agent.store import Outgoing
from tests.stage import MENTOR, MONDAY, Stage, body
from tests.stories import LEA, TO_APPROVE, TOM, settled

SLOT = re.compile(r"^\d\. (.+)$", re.MULTILINE)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return settled(tmp_path)


def slots(letter: EmailMessage) -> list[str]:
    return SLOT.findall(body(letter))


# -- first contact


def test_an_outage_that_covers_the_deadline_makes_the_letter_late_and_not_lost(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.mailbox.away = True
    stage.pass_time(hours=60)
    assert stage.mails(LEA) == []
    stage.mailbox.away = False
    stage.pass_time(hours=1)
    assert len(stage.mails(LEA)) == 1


def test_an_assignment_from_before_the_agent_began_to_watch_makes_no_letter(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.now += timedelta(hours=49)
    stage.tick()
    stage.pass_time(hours=1)
    assert [one.name for one in stage.world.store.people.all()] == ["Léa Moreau"]
    assert stage.mails(LEA) == []


def test_a_mail_that_the_mentor_wrote_themself_is_the_first_contact(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.mentor_writes(LEA)
    stage.pass_time(minutes=5)
    stage.pass_time(days=3)
    assert stage.mails(LEA) == []


def test_two_learners_who_come_together_are_never_offered_the_same_appointment(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    offered = slots(stage.last(LEA)) + slots(stage.last(TOM))
    assert len(offered) == len(set(offered)) == 6


def test_what_stands_in_the_calendar_is_not_offered(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    for day in range(15):  # every morning is taken
        stage.session("Tom Petit", MONDAY.replace(hour=8) + timedelta(days=day), minutes=180)
    stage.pass_time(minutes=5)
    assert len(slots(stage.last(LEA))) == 3
    assert not re.search(r"à (?:9|10|11) h", body(stage.last(LEA)))


def test_without_the_calendar_the_letter_waits_and_leaves_without_slots_12_hours_before_its_deadline(
    stage: Stage,
) -> None:
    stage.calendar.fail(TransientError("no route"))
    stage.pass_time(hours=2)
    assigned = stage.now
    stage.school_assigns("Léa Moreau", LEA)
    stage.live(assigned + timedelta(hours=35, minutes=59))
    assert stage.mails(LEA) == []
    stage.live(assigned + timedelta(hours=36, minutes=16))
    (letter,) = stage.mails(LEA)
    assert slots(letter) == []


def test_when_the_calendar_comes_back_the_letter_that_waited_for_it_leaves_with_slots(stage: Stage) -> None:
    stage.calendar.fail(TransientError("no route"))
    stage.pass_time(hours=2)
    stage.school_assigns("Léa Moreau", LEA)
    stage.live(stage.now + timedelta(hours=3))
    assert stage.mails(LEA) == []
    stage.calendar.fail(None)
    stage.live(stage.now + timedelta(hours=1))
    assert len(slots(stage.last(LEA))) == 3


def test_the_letter_says_vous_and_names_nobody_s_reference(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    letter = stage.last(LEA)
    assert "vous" in body(letter)
    assert not re.search(r"\b(?:tu|toi|ton|ta|tes|te)\b", body(letter))
    assert "ma-" not in letter.as_string()
    assert letter["Auto-Submitted"] == "auto-generated"


def test_set_to_approve_the_letter_waits_for_the_mentor_and_is_sent_as_approved(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {"R01": "approve"}})
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    assert stage.mails(LEA) == []
    shown = stage.last(containing=TO_APPROVE)
    text = stage.request("R01/first-contact/1").version.text
    stage.answer(shown, "ok")
    stage.pass_time(minutes=5)
    (letter,) = stage.mails(LEA)
    assert body(letter) == text
    assert letter["Auto-Submitted"] is None  # a person approved this very text


def test_set_to_approve_a_letter_in_the_mentor_s_own_words_is_shown_again_before_it_leaves(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {"R01": "approve"}})
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    words = "Bonjour Léa, je suis votre mentore. Quand pourrions-nous nous parler cette semaine ?\nClaire"
    stage.answer(stage.last(containing=TO_APPROVE), f"modifier :\n{words}")
    stage.pass_time(minutes=5)
    assert stage.mails(LEA) == []
    shown = stage.last(containing=TO_APPROVE)
    assert "je suis votre mentore" in body(shown)
    stage.answer(shown, "ok")
    stage.pass_time(minutes=5)
    assert "je suis votre mentore" in body(stage.last(LEA))


def test_a_refused_letter_never_leaves_and_is_not_proposed_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {"R01": "approve"}})
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=TO_APPROVE), "non")
    stage.pass_time(days=4)
    assert stage.mails(LEA) == []
    assert stage.count(TO_APPROVE) == 1


def test_a_rule_that_is_off_writes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {"R01": "off"}})
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(days=4)
    assert stage.mails(LEA) == []


# -- shadow mode


def test_in_shadow_mode_nothing_goes_to_others_and_live_mode_then_sends_what_is_owed_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mode": "shadow"})
    stage.school_assigns("Léa Moreau", LEA)
    for _ in range(3):
        stage.pass_time(hours=1)
    assert {one for sent in stage.transport.sent for one in sent.recipients} == {MENTOR}
    shown = [mail for mail in stage.mails(MENTOR) if LEA in body(mail)]
    assert len(shown) == 1
    stage.restart(mode="live")
    for _ in range(3):
        stage.pass_time(hours=1)
    assert len(stage.mails(LEA)) == 1


def test_a_learner_who_was_shown_in_shadow_mode_is_not_judged_again_every_quarter_of_an_hour(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mode": "shadow"})
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    assert stage.world.store.people.next_look() is None


def test_a_letter_that_was_ready_when_shadow_mode_was_set_stays_and_does_not_keep_the_daemon_awake(
    stage: Stage,
) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.transport.fail_next(Failure.TRANSIENT)
    stage.tick()
    stage.restart(mode="shadow")
    assert stage.live(stage.now + timedelta(hours=2)) < 100
    assert stage.mails(LEA) == []
    stage.restart(mode="live")
    stage.live(stage.now + timedelta(hours=1))
    assert len(stage.mails(LEA)) == 1


# -- one broken item


def test_a_learner_who_cannot_be_written_to_is_shown_and_holds_up_nobody(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    stage.world.store.people.add(
        Learner(0, "Éva Née", "éva@learner.example", stage.now)  # an address that no mail header can hold
    )
    stage.school_assigns("Tom Petit", TOM)
    stage.pass_time(minutes=5)
    assert len(stage.mails(TOM)) == 1
    assert any("R01 for Éva Née" in line for line in stage.parked())
    assert stage.live(stage.now + timedelta(hours=2)) < 100
    assert stage.world.store.outbox.in_state(Outgoing.READY) == []
