"""From what was reported to the letter: alerts to support (R14 to R19), and the replies that are none (R20)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.errors import TransientError
from agent.model import Matter, Party, Proof, RequestState
from agent.store import NewSituation
from tests.stage import MENTOR, QUIET, SUPPORT, Stage, body, event
from tests.stories import LEA, START, TO_APPROVE, met

RULES = ("R14", "R15", "R16", "R17", "R18", "R19", "R20")
ON = {**QUIET, **dict.fromkeys(RULES, "approve")}
WORDS = {
    Matter.PLAGIARISM: "projet 4 : son code est celui d'un dépôt public",
    Matter.DISRESPECT: "elle me manque de respect",
    Matter.EXCEPTIONAL: "elle a perdu son père hier",
    Matter.DROPOUT: "elle parle d'abandonner",
    Matter.DELAY: "elle a six semaines de retard",
    Matter.DISENGAGEMENT: "elle n'a plus le cœur à l'ouvrage",
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return met(Stage(tmp_path, {"rules": ON}))


def reported(stage: Stage, matter: Matter, words: str = "", by: Party = Party.MENTOR) -> None:
    new = NewSituation(
        source=f"{matter}/{stage.now.isoformat()}",
        matter=matter,
        at=stage.now,
        by=by,
        words=words or WORDS.get(matter, "voilà ce qu'il en est"),
        proof=Proof.SENT_FOLDER,
        learner_id=1,
    )
    stage.world.store.situations.add(new)
    stage.pass_time(minutes=5)


def test_every_matter_that_is_the_mentor_s_reaches_support_in_their_words_once_approved(stage: Stage) -> None:
    for matter in (Matter.PLAGIARISM, Matter.DISRESPECT, Matter.EXCEPTIONAL, Matter.DROPOUT):
        reported(stage, matter)
        stage.answer(stage.last(containing=TO_APPROVE), "ok")
        stage.pass_time(minutes=5)
        sent = body(stage.mails(SUPPORT)[-1])
        assert WORDS[matter].replace("'", "’") in sent.replace("\u00a0", " ").replace("'", "’")
        assert "Léa Moreau" in sent
    assert len(stage.mails(SUPPORT)) == 4


def test_an_alert_that_the_mentor_does_not_approve_never_leaves(stage: Stage) -> None:
    reported(stage, Matter.DISRESPECT)
    for _ in range(10):
        stage.pass_time(days=1)
    assert stage.mails(SUPPORT) == []


def test_mere_lateness_is_told_to_nobody_until_motivation_is_lost_as_well(stage: Stage) -> None:
    reported(stage, Matter.DELAY)
    assert stage.count(TO_APPROVE) == 0
    reported(stage, Matter.DISENGAGEMENT)
    assert stage.count(TO_APPROVE) == 1
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    assert "retard" in body(stage.mails(SUPPORT)[0])


def test_what_was_said_and_taken_back_withdraws_its_alert(stage: Stage) -> None:
    reported(stage, Matter.PLAGIARISM)
    stage.world.store.situations.take_back(1, stage.now)
    stage.pass_time(minutes=5)
    assert stage.request("R17/alert/1").state is RequestState.WITHDRAWN
    assert stage.count("Retirée") == 1


@pytest.mark.parametrize("by", [Party.LEARNER, Party.MENTOR])
def test_a_learner_s_own_matter_gets_a_reply_with_support_s_address_and_no_detail(stage: Stage, by: Party) -> None:
    reported(stage, Matter.ILLNESS, "j'ai une opération du genou", by)
    before = len(stage.mails(LEA))
    stage.answer(stage.last(containing=TO_APPROVE), "ok")
    stage.pass_time(minutes=5)
    (reply,) = stage.mails(LEA)[before:]
    assert SUPPORT in body(reply)
    assert "genou" not in body(reply)
    assert stage.mails(SUPPORT) == []


# -- R21, R24, R29: warnings to the mentor, who need not answer


def warnings(stage: Stage, words: str) -> int:
    return sum(words in str(mail["Subject"]) for mail in stage.mails(MENTOR))


def test_a_second_session_in_the_week_is_warned_about_once(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"rules": {**QUIET, "R21": "auto"}}))
    stage.session("Léa Moreau", START + timedelta(days=2))
    for _ in range(5):
        stage.pass_time(minutes=20)
    assert stage.row("R21/warn/2/2026-W45") is not None
    assert warnings(stage, "deuxième session") == 1


def test_an_entry_that_links_to_another_video_tool_is_warned_about_once(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"rules": {**QUIET, "R24": "auto"}}))
    entry = event("zoom", "Session de mentorat avec Léa Moreau", START, START + timedelta(minutes=45))
    stage.calendar.put("zoom.ics", entry.replace("STATUS:", "LOCATION:https://us02web.zoom.us/j/1\r\nSTATUS:"))
    for _ in range(5):
        stage.pass_time(minutes=20)
    assert [r.key for r in [stage.row("R24/warn/2/us02web.zoom.us")] if r] == ["R24/warn/2/us02web.zoom.us"]


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_a_calendar_that_fails_for_an_hour_is_told_once_whatever_the_settings_say(tmp_path: Path, mode: str) -> None:
    stage = met(Stage(tmp_path, {"rules": {**QUIET, "R29": mode}}))
    stage.calendar.fail(TransientError("connection refused"))
    stage.live(stage.now + timedelta(minutes=55))
    assert warnings(stage, "joindre") == 0
    stage.live(stage.now + timedelta(hours=5))
    assert warnings(stage, "joindre") == 1
    assert "connection refused" in body(stage.last(containing="joindre"))
    stage.calendar.fail(None)
    stage.live(stage.now + timedelta(hours=1))
    stage.calendar.fail(TransientError("connection refused"))
    stage.live(stage.now + timedelta(hours=3))
    assert warnings(stage, "joindre") == 2
