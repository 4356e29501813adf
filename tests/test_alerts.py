"""Two absences in a row (R10): the alert to support, which only the mentor's word and the end of the grace let go."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import RequestState
from tests.stage import SUPPORT, Stage, body
from tests.stories import ASKED, DRAFT, GIVEN_BACK, START, TO_APPROVE, WEEK, missed, settled

ALERT = "R10/alert/2"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return settled(tmp_path)


def test_the_alert_is_drafted_at_once_with_both_dates_and_never_leaves_without_approval(stage: Stage) -> None:
    missed(stage)
    shown = body(stage.last(containing=TO_APPROVE))
    assert "3 novembre" in shown
    assert "10 novembre" in shown
    for _ in range(10):
        stage.pass_time(days=1)
    assert stage.mails(SUPPORT) == []


def test_an_approved_alert_leaves_once_when_the_48_hours_are_over_and_no_sooner(stage: Stage) -> None:
    missed(stage)
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    grace = START + WEEK + timedelta(hours=48, minutes=45)
    stage.live(grace - timedelta(minutes=1))
    assert stage.mails(SUPPORT) == []
    stage.live(grace + timedelta(minutes=1))
    assert len(stage.mails(SUPPORT)) == 1
    stage.live(grace + timedelta(days=2))
    assert len(stage.mails(SUPPORT)) == 1


def test_an_alert_approved_after_the_grace_leaves_at_once(stage: Stage) -> None:
    missed(stage)
    stage.pass_time(hours=72)
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    assert len(stage.mails(SUPPORT)) == 1


def test_even_an_automatic_alert_waits_for_the_48_hours(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {"R10": "auto"}, "allow_automatic_alerts": True})
    missed(stage)
    stage.pass_time(hours=47)
    assert stage.mails(SUPPORT) == []
    stage.live(stage.now + timedelta(hours=2))
    assert len(stage.mails(SUPPORT)) == 1


@pytest.mark.parametrize("approved", [True, False])
def test_a_status_corrected_before_the_alert_left_withdraws_it_with_a_notice(stage: Stage, approved: bool) -> None:
    missed(stage)
    if approved:
        stage.answer(stage.last(containing=TO_APPROVE), "ok")
        stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=ASKED), "statut : annulée")
    stage.pass_time(minutes=5)
    assert stage.request(ALERT).state is RequestState.WITHDRAWN
    assert stage.count("Retirée") == 1
    stage.pass_time(days=4)
    assert stage.mails(SUPPORT) == []


def test_a_status_corrected_after_its_report_was_handed_over_still_withdraws_the_alert(stage: Stage) -> None:
    missed(stage)
    stage.answer(stage.last(containing=DRAFT), "ok")
    stage.pass_time(minutes=5)
    assert stage.row("R07/handover/2") is not None
    stage.answer(stage.last(containing=ASKED), "statut : annulée")
    stage.pass_time(minutes=5)
    assert stage.request(ALERT).state is RequestState.WITHDRAWN


def test_a_status_put_right_again_brings_the_withdrawn_alert_back_to_be_approved(stage: Stage) -> None:
    missed(stage)
    question = stage.last(containing=ASKED)
    for text in ("statut : annulée", "statut : absente"):
        stage.answer(question, text)
        stage.pass_time(minutes=5)
    assert stage.request(ALERT).state is RequestState.WAITING
    assert stage.count(TO_APPROVE) == 2


def test_an_ok_that_comes_too_late_is_told_so_each_time_the_alert_was_shown_and_withdrawn(stage: Stage) -> None:
    missed(stage)
    question = stage.last(containing=ASKED)
    for shown in (1, 2):
        alert = stage.last(containing=TO_APPROVE)
        stage.answer(question, "statut : annulée")
        stage.pass_time(minutes=5)
        for _ in range(2):
            stage.answer(alert, "ok")
            stage.pass_time(minutes=5)
        assert stage.count(GIVEN_BACK) == shown
        stage.answer(question, "statut : absente")
        stage.pass_time(minutes=5)
    stage.pass_time(days=5)
    assert stage.mails(SUPPORT) == []


def test_absent_completed_absent_alerts_nobody(stage: Stage) -> None:
    missed(stage, "absente", "Nous avons revu les jointures SQL et préparé la suite du projet.", "absente")
    assert stage.count(TO_APPROVE) == 0


def test_absent_cancelled_absent_is_two_in_a_row(stage: Stage) -> None:
    missed(stage, "absente", "annulée", "absente")
    assert stage.request("R10/alert/3").state is RequestState.WAITING


def test_a_third_absence_in_the_run_alerts_nobody_again(stage: Stage) -> None:
    missed(stage)
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.session("Léa Moreau", START + 2 * WEEK)
    stage.answer(stage.over(START + 2 * WEEK), "absente")
    stage.pass_time(days=4)
    assert len(stage.mails(SUPPORT)) == 1
    assert stage.count(TO_APPROVE) == 1


def test_an_alert_set_to_off_is_not_even_drafted(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {"R10": "off"}})
    missed(stage)
    assert stage.world.store.requests.by_key(ALERT) is None


def test_a_refused_alert_stays_refused(stage: Stage) -> None:
    missed(stage)
    stage.answer(stage.last(containing=TO_APPROVE), "non")
    stage.pass_time(days=5)
    assert stage.mails(SUPPORT) == []
    assert stage.count(TO_APPROVE) == 1


def test_an_alert_approved_in_shadow_mode_reaches_support_only_after_the_switch(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mode": "shadow"})
    missed(stage)
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(hours=49)
    stage.pass_time(hours=1)
    assert stage.mails(SUPPORT) == []
    stage.restart(mode="live")
    stage.pass_time(hours=1)
    stage.pass_time(hours=1)
    assert len(stage.mails(SUPPORT)) == 1
