"""One session a week (R03), and what becomes of weeks without one (R04), told from end to end."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import Matter, Party, Proof, RequestState, SessionStatus
from agent.policies.weeks import midnight, monday
from agent.store import NewSituation
from tests.stage import MENTOR, PARIS, QUIET, SUPPORT, Stage, body
from tests.stories import LEA, START, TO_APPROVE, WEEK

W46, ALERT = "R03/slots/1/2026-W46", "R04/alert/1/2026-W48"
SLOT = re.compile(r"^\d\. (.+)$", re.MULTILINE)


def begun(folder: Path, **rules: str) -> Stage:
    """A learner who was written to and met the mentor on Tuesday of W45."""
    stage = Stage(folder, {"rules": {**QUIET, "R07": "off", **rules}})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", START)
    stage.pass_time(minutes=5)
    return stage


@pytest.fixture
def weekly(tmp_path: Path) -> Stage:
    return begun(tmp_path, R03="approve")


def told(stage: Stage, week: int, words: str) -> None:
    """The mentor says why no session was planned in the week, so many after the first."""
    since = midnight(monday(START, PARIS) + week * WEEK, PARIS)
    stage.world.store.situations.add(
        NewSituation(f"test/{week}", Matter.CONTEXT, stage.now, Party.MENTOR, words, Proof.COMMAND, 1, since=since)
    )


def test_slots_of_the_next_week_are_proposed_on_thursday_and_leave_by_the_mentor_s_word(weekly: Stage) -> None:
    weekly.live(START + timedelta(days=1))
    assert weekly.count(TO_APPROVE) == 0
    weekly.live(START + timedelta(days=2))
    assert weekly.count(TO_APPROVE) == 1
    weekly.answer(weekly.last(containing=TO_APPROVE), "ok")
    weekly.pass_time(minutes=5)
    slots = weekly.world.store.offers.of_learner(1, weekly.now)
    letter = weekly.last(LEA)
    assert len(SLOT.findall(body(letter))) == len([slot for slot in slots if slot.letter == W46]) == 3
    assert {monday(slot.start, PARIS).isoformat() for slot in slots if slot.letter == W46} == {"2026-11-09"}
    letters = len(weekly.mails(LEA))
    weekly.live(START + timedelta(days=6))
    assert len(weekly.mails(LEA)) == letters


def test_a_session_that_is_planned_meanwhile_withdraws_the_letter_and_frees_its_slots(weekly: Stage) -> None:
    weekly.live(START + timedelta(days=2))
    weekly.session("Léa Moreau", START + WEEK)
    weekly.pass_time(minutes=30)
    assert weekly.request(W46).state is RequestState.WITHDRAWN
    assert [one for one in weekly.world.store.offers.of_learner(1, weekly.now) if one.letter == W46] == []
    weekly.live(START + timedelta(days=6))
    assert W46 not in {one.key for one in weekly.world.store.requests.in_state(RequestState.WAITING)}


def test_set_to_auto_a_silent_learner_gets_one_letter_a_week_and_no_more(tmp_path: Path) -> None:
    stage = begun(tmp_path, R03="auto")
    stage.live(START + timedelta(days=26))
    rows = [f"R03/slots/1/2026-W{week}" for week in (46, 47, 48, 49)]
    assert [key for key in rows if stage.row(key) is not None] == rows
    assert len(stage.mails(LEA)) == 1 + 4  # and the first contact


def test_one_week_without_a_session_asks_the_mentor_and_two_propose_an_alert_that_waits(tmp_path: Path) -> None:
    stage = begun(tmp_path, R04="approve")
    held = stage.world.store.people.sessions(1)[0]
    stage.world.store.people.set_status(held, SessionStatus.COMPLETED, None, stage.now)
    stage.session("Léa Moreau", START + WEEK)
    stage.live(START + 2 * WEEK + timedelta(days=6))
    assert stage.request("R04/context/1/2026-W47").state is RequestState.WAITING
    told(stage, 2, "Elle est en examen.")
    stage.live(START + 3 * WEEK + timedelta(days=4))
    assert stage.request("R04/context/1/2026-W47").state is RequestState.WITHDRAWN
    shown = stage.request(ALERT)
    assert shown.state is RequestState.WAITING
    assert "Elle est en examen." in shown.version.text
    assert stage.mails(SUPPORT) == []
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    (alert,) = stage.mails(SUPPORT)
    assert body(alert).strip() == shown.version.text.strip()


def test_a_session_planned_at_the_last_moment_withdraws_the_alert_and_support_hears_nothing(tmp_path: Path) -> None:
    stage = begun(tmp_path, R04="approve")
    stage.live(START + 3 * WEEK + timedelta(days=4))
    assert stage.request(ALERT).state is RequestState.WAITING
    stage.session("Léa Moreau", START + 3 * WEEK + timedelta(days=5))
    stage.pass_time(minutes=30)
    assert stage.request(ALERT).state is RequestState.WITHDRAWN
    stage.live(START + 3 * WEEK + timedelta(days=6))
    assert stage.mails(SUPPORT) == []
    assert stage.row(f"withdrawn/{ALERT}/v1") is not None  # the mentor is told that it was not sent


def test_a_session_in_the_evening_that_was_not_agreed_is_told_to_the_mentor_once(tmp_path: Path) -> None:
    stage = begun(tmp_path, R25="auto")
    before = len(stage.mails(MENTOR))
    late = START.replace(hour=19) + WEEK
    stage.session("Léa Moreau", late, uid="evening")
    for _ in range(3):
        stage.pass_time(minutes=30)
    (told_so,) = stage.mails(MENTOR)[before:]
    assert "20 h 00" in body(told_so).replace("\u00a0", " ")
    stage.session("Léa Moreau", late + timedelta(days=1), uid="evening")
    stage.pass_time(minutes=30)
    assert len(stage.mails(MENTOR)) == before + 2
