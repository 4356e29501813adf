"""A server that is away is not hammered, and is met again within one poll of its return."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.connectors.memory_mail import MemoryTransport
from agent.errors import RefusedLoginError, TerminalError, TransientError
from agent.observe import AFTER_REFUSAL, FIRST_WAIT, LONGEST_WAIT, backoff, failed
from tests.stage import MENTOR, Stage
from tests.stories import LEA

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


class Door(MemoryTransport):
    """A way out that is away for as long as it is shut."""

    shut = False

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        if self.shut:
            raise TransientError("the way out is away")
        super().send(raw, sender, recipients, before_data)


def waits(stage: Stage, source: str, count: int) -> list[timedelta]:
    """How long each of so many failures makes a source wait."""
    found = []
    for _ in range(count):
        failed(stage.world, source, TransientError("away"), stage.now)
        found.append((stage.world.store.sources.get(source).next_try or stage.now) - stage.now)
    return found


def away(stage: Stage, hours: float) -> datetime:
    """The mailbox is away so long, and comes back in the worst moment: right after it was tried in vain."""
    stage.mailbox.away = True
    stage.live(stage.now + timedelta(hours=hours))
    failures = stage.world.store.sources.get("mailbox").failures
    while stage.world.store.sources.get("mailbox").failures == failures:
        stage.now = max(stage.now + timedelta(seconds=1), stage.tick(force=False).next_look)
    stage.mailbox.away = False
    return stage.now


def test_waits_double_up_to_the_source_s_own_poll(stage: Stage) -> None:
    found = waits(stage, "mailbox", 12)
    for number, wait in enumerate(found):
        usual = min(FIRST_WAIT * 2**number, 5 * MINUTE)
        assert usual * 0.75 - timedelta(seconds=1) <= wait <= usual


def test_no_wait_is_longer_than_a_quarter_of_an_hour_however_rarely_a_source_is_polled(tmp_path: Path) -> None:
    rare = {"mailbox": {"url": "imap://mail.mentor.example", "authserv_id": "mx.mentor.example", "poll_minutes": 60}}
    stage = Stage(tmp_path, rare)
    assert LONGEST_WAIT * 0.7 <= waits(stage, "mailbox", 12)[-1] <= LONGEST_WAIT


def test_waits_are_spread_by_the_chance_that_is_passed_in(tmp_path: Path) -> None:
    stages = [Stage(tmp_path / str(byte), random_bytes=bytes([byte]).__mul__) for byte in (0, 128, 255)]
    found = [backoff(stage.world, "mailbox", MINUTE, 0).total_seconds() for stage in stages]
    assert found == pytest.approx([45, 52.5, 60], abs=0.1)


def test_what_a_person_has_to_mend_waits_for_a_poll_and_a_refused_password_for_hours(stage: Stage) -> None:
    failed(stage.world, "mailbox", TerminalError("the certificate has expired"), stage.now)
    mended = stage.world.store.sources.get("mailbox").next_try or stage.now
    assert 3 * MINUTE < mended - stage.now <= 5 * MINUTE
    failed(stage.world, "calendar", RefusedLoginError("wrong password"), stage.now)
    assert stage.world.store.sources.get("calendar").next_try == stage.now + AFTER_REFUSAL


def test_after_a_night_s_outage_the_mailbox_is_read_within_one_poll(stage: Stage) -> None:
    stage.tick()
    back = away(stage, hours=9)
    stage.school_assigns("Léa Moreau", LEA)
    stage.live(back + 5 * MINUTE)
    assert len(stage.mails(LEA)) == 1


def test_after_a_night_s_outage_of_the_way_out_letters_leave_within_one_poll_and_once(tmp_path: Path) -> None:
    door = Door()
    stage = Stage(tmp_path, transport=door)
    stage.tick()
    door.shut = True
    stage.school_assigns("Léa Moreau", LEA)
    stage.live(stage.now + timedelta(hours=9))
    assert stage.mails(LEA) == []
    door.shut = False
    stage.live(stage.now + 5 * MINUTE)
    assert len(stage.mails(LEA)) == 1
    assert len({mail["Message-ID"] for mail in stage.mails(MENTOR)}) == len(stage.mails(MENTOR))


def test_what_waited_for_the_calendar_is_done_when_it_is_back(stage: Stage) -> None:
    stage.tick()
    stage.calendar.fail(TransientError("away"))
    stage.live(stage.now + timedelta(hours=2))
    stage.school_assigns("Léa Moreau", LEA)
    stage.live(stage.now + timedelta(hours=3))
    assert stage.mails(LEA) == []  # its slots need the calendar
    stage.calendar.fail(None)
    stage.live(stage.now + 10 * MINUTE)
    assert len(stage.mails(LEA)) == 1
