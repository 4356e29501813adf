"""`plan`: what a tick would do, told without doing it."""

from __future__ import annotations

from pathlib import Path

from agent.rehearsal import rehearse
from tests.stage import Stage
from tests.stories import LEA


def test_the_plan_tells_what_the_next_tick_then_does(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    told = rehearse(stage.world, stage.now)
    done = stage.tick()
    assert [hit.key for hit in told.performed] == [hit.key for hit in done.performed] == ["R01/first-contact/1"]
    assert [(row.recipient, row.text) for row in told.sent] == [(row.recipient, row.text) for row in done.sent]
    assert told.names == {1: "Léa Moreau"}


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    memory, mails, sent = stage.dump(), len(stage.mailbox.mails), len(stage.transport.sent)
    rehearse(stage.world, stage.now)
    assert stage.dump() == memory
    assert (len(stage.mailbox.mails), len(stage.transport.sent)) == (mails, sent)
