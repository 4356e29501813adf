"""What the mentor is told of what left, and a tick at rest: it sends nothing and changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from agent.errors import RefusedLoginError, TerminalError, TransientError
from tests.stage import MENTOR, Stage, body
from tests.stories import LEA, settled


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return settled(tmp_path)


def assign(stage: Stage) -> None:
    """A learner is assigned, and time enough passes for the letter."""
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)


@pytest.mark.parametrize(("notice", "told", "whole"), [("copy", 1, True), ("notice", 1, False), ("none", 0, False)])
def test_the_mentor_gets_a_copy_a_notice_or_nothing_as_set(tmp_path: Path, notice: str, told: int, whole: bool) -> None:
    mentor = {"name": "Claire Martin", "address": MENTOR, "timezone": "Europe/Paris", "notice": notice}
    stage = settled(tmp_path, mentor=mentor)
    assign(stage)
    assert stage.count("Envoyé à Léa Moreau") == told
    shown = [body(mail) for mail in stage.mails(MENTOR) if "Envoyé à" in str(mail["Subject"])]
    assert [bool(re.search(r"^> ?Bonjour Léa|^ *Bonjour Léa", text, re.MULTILINE)) for text in shown] == [whole] * told


def test_a_tick_with_nothing_new_sends_nothing_and_changes_nothing(stage: Stage) -> None:
    assign(stage)
    stage.session("Léa Moreau", stage.now + timedelta(hours=1))
    stage.pass_time(hours=2)
    stage.tick()
    before, sent = stage.dump(), len(stage.transport.sent)
    for _ in range(3):
        stage.now += timedelta(minutes=1)
        done = stage.tick()
        assert (done.sent, done.performed) == ((), ())
    assert stage.dump() == before
    assert len(stage.transport.sent) == sent


@pytest.mark.parametrize("error", [TransientError("busy"), TerminalError("gone"), RefusedLoginError("no")])
def test_a_source_that_fails_in_whatever_way_is_left_in_peace_for_a_while(
    stage: Stage, error: TransientError | TerminalError
) -> None:
    stage.calendar.fail(error)
    assert stage.live(stage.now + timedelta(hours=6)) < 200
    assert stage.world.store.sources.get("calendar").failures < 50  # hardly more often than one that is well
