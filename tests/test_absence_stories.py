"""Absences, the mentor's own and the learner's, on the running agent: who is written to, when, and who is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.model import Matter, Party, Proof, RequestState
from agent.store import NewSituation
from tests.stage import MENTOR, QUIET, SUPPORT, Stage, body
from tests.stories import END, LEA, START, TO_APPROVE, WEEK, met, missed

ON = {"R05": "approve", "R06": "approve", "R09": "approve", "R11": "auto", "R12": "auto", "R13": "approve"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {"rules": {**QUIET, **ON}})


def report(
    stage: Stage,
    matter: Matter,
    *,
    learner: int | None = 1,
    session: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    words: str = "je ne suis pas disponible",
) -> None:
    """The mentor says so, and the agent has a look."""
    stage.world.store.situations.add(
        NewSituation(
            source=f"{matter}/{stage.now}",
            matter=matter,
            at=stage.now,
            by=Party.MENTOR,
            words=words,
            proof=Proof.COMMAND,
            learner_id=learner,
            session_id=session,
            since=since,
            until=until,
        )
    )
    stage.pass_time(minutes=5)


def approve(stage: Stage, key: str) -> None:
    """The mentor answers "ok" to the letter with this key."""
    version = stage.request(key).version
    mail = next(m for m in reversed(stage.mails(MENTOR)) if version.token in str(m["Message-ID"]))
    stage.answer(mail, "ok")
    stage.pass_time(minutes=5)


def about(stage: Stage, words: str) -> int:
    """How many mails whose subject has these words the mentor was sent."""
    return sum(words in str(mail["Subject"]) for mail in stage.mails(MENTOR))


def test_after_a_first_absence_the_learner_is_written_to_once_and_support_is_not(stage: Stage) -> None:
    missed(stage, "absente")
    approve(stage, "R09/letter/1")
    stage.pass_time(days=3)
    letters = [mail for mail in stage.mails(LEA) if "3 novembre" in str(mail["Subject"])]
    assert len(letters) == 1
    assert stage.mails(SUPPORT) == []
    assert stage.row("R10/alert/1") is None


def test_a_second_absence_within_its_48_hours_of_grace_drafts_the_alert_and_does_not_send_it(stage: Stage) -> None:
    missed(stage)
    approve(stage, "R10/alert/2")
    assert stage.request("R10/alert/2").state is RequestState.APPROVED
    assert stage.mails(SUPPORT) == []


def test_a_first_absence_s_letter_is_taken_back_when_the_second_one_comes_before_the_mentor_s_word(
    stage: Stage,
) -> None:
    missed(stage)
    assert stage.request("R09/letter/1").state is RequestState.WITHDRAWN


def test_a_justification_while_the_alert_is_drafted_withdraws_it_and_tells_the_mentor_of_the_period(
    stage: Stage,
) -> None:
    missed(stage)
    report(stage, Matter.JUSTIFIED, since=START + WEEK, until=START + 3 * WEEK)
    assert stage.request("R10/alert/2").state is RequestState.WITHDRAWN
    assert stage.row("R11/noted/1") is not None
    stage.pass_time(days=10)
    assert stage.mails(SUPPORT) == []


def test_a_justification_after_the_alert_was_sent_proposes_a_follow_up_that_leaves_by_the_mentor_s_word(
    stage: Stage,
) -> None:
    missed(stage)
    approve(stage, "R10/alert/2")
    stage.live(END + WEEK + timedelta(hours=49))
    assert len(stage.mails(SUPPORT)) == 1
    report(stage, Matter.JUSTIFIED, since=START + WEEK, until=START + 2 * WEEK)
    assert len(stage.mails(SUPPORT)) == 1
    approve(stage, "R10/follow-up/2")
    stage.pass_time(days=10)
    assert len(stage.mails(SUPPORT)) == 2
    assert "10 novembre" in body(stage.mails(SUPPORT)[1])


def test_a_week_after_the_alert_the_mentor_is_asked_what_became_of_the_learner_once(stage: Stage) -> None:
    missed(stage)
    approve(stage, "R10/alert/2")
    sent = END + WEEK + timedelta(hours=48)
    stage.live(sent + timedelta(days=6, hours=23))
    assert stage.world.store.requests.by_key("R12/outcome/2") is None
    stage.live(sent + timedelta(days=7, hours=1))
    assert stage.request("R12/outcome/2").state is RequestState.WAITING
    stage.live(sent + timedelta(days=20))
    assert about(stage, "les sessions ont-elles repris") == 1


def test_the_word_that_the_learner_is_back_withdraws_the_question(stage: Stage) -> None:
    missed(stage)
    approve(stage, "R10/alert/2")
    stage.live(END + WEEK + timedelta(days=10))
    report(stage, Matter.BACK)
    assert stage.request("R12/outcome/2").state is RequestState.WITHDRAWN


def test_two_late_cancellations_are_told_to_support_by_the_mentor_s_word_alone(stage: Stage) -> None:
    missed(stage, "annulée tardivement", "annulée tardivement")
    stage.pass_time(days=1)
    assert stage.mails(SUPPORT) == []
    approve(stage, "R13/alert/session-2")
    assert len(stage.mails(SUPPORT)) == 1
    stage.pass_time(days=5)
    assert len(stage.mails(SUPPORT)) == 1


def test_the_mentor_away_tells_support_once_and_offers_no_slot_inside_the_absence(stage: Stage) -> None:
    met(stage)
    since, until = stage.now, stage.now + timedelta(days=4)
    report(stage, Matter.AWAY, learner=None, since=since, until=until)
    approve(stage, "R06/alert/1")
    assert "Léa Moreau" in body(stage.mails(SUPPORT)[0])
    approve(stage, "R06/moved/1/1")
    letter = stage.mails(LEA)[-1]
    assert "3 novembre" in str(letter["Subject"])
    offers = [one for one in stage.world.store.offers.of_learner(1, stage.now) if "R06" in one.letter]
    assert offers
    assert all(not (since <= one.start < until) for one in offers)
    stage.pass_time(days=2)
    assert len(stage.mails(SUPPORT)) == 1


def test_a_session_moved_out_of_the_absence_before_the_mentor_s_word_takes_the_letter_back(stage: Stage) -> None:
    met(stage)
    report(stage, Matter.AWAY, learner=None, since=stage.now, until=stage.now + timedelta(days=4))
    assert stage.request("R06/moved/1/1").state is RequestState.WAITING
    stage.session("Léa Moreau", START + WEEK, uid="Léa-Moreau-20261103T1700")
    stage.pass_time(minutes=10)
    assert stage.request("R06/moved/1/1").state is RequestState.WITHDRAWN


def test_an_absence_taken_back_withdraws_its_alert_and_its_letters(stage: Stage) -> None:
    met(stage)
    report(stage, Matter.AWAY, learner=None, since=stage.now, until=stage.now + timedelta(days=4))
    stage.world.store.situations.take_back(1, stage.now)
    stage.pass_time(minutes=5)
    for key in ("R06/alert/1", "R06/moved/1/1"):
        assert stage.request(key).state is RequestState.WITHDRAWN
    stage.pass_time(days=5)
    assert stage.mails(SUPPORT) == []


def test_no_first_letter_offers_a_slot_inside_the_mentor_s_absence(stage: Stage) -> None:
    stage.tick()
    since, until = stage.now, stage.now + timedelta(days=10)
    report(stage, Matter.AWAY, learner=None, since=since, until=until)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    offers = stage.world.store.offers.of_learner(1, stage.now)
    assert offers
    assert all(one.start >= until for one in offers)


def test_an_emergency_is_apologised_for_with_slots_and_the_mentor_is_reminded_to_record_it(stage: Stage) -> None:
    met(stage)
    stage.now = START - timedelta(hours=2)
    report(stage, Matter.EMERGENCY, session=1, words="urgence, je ne peux pas assurer la session de Léa ce soir")
    approve(stage, "R05/emergency/1")
    assert "3 novembre" in body(stage.mails(LEA)[-1])
    assert about(stage, "à noter sur la plateforme") == 1
    offers = [one for one in stage.world.store.offers.of_learner(1, stage.now) if "R05" in one.letter]
    assert offers
    assert all(one.start <= START + timedelta(days=10) for one in offers)
    assert stage.mails(SUPPORT) == []
    stage.pass_time(days=9)
    assert stage.count(TO_APPROVE) == 1
