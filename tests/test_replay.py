"""`rehearse --since`: the past once more, with the agent there, and nothing sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from agent.model import Audience
from agent.replay import Replayed, replay
from tests.papers import event
from tests.stage import MENTOR, MONDAY, Stage
from tests.stories import LEA, START, TOM

WEEK = timedelta(weeks=1)


def lived(stage: Stage, until: datetime | None = None) -> Replayed:
    return replay(stage.world, MONDAY, until or stage.now, lambda _: None)


def keys(done: Replayed) -> list[str]:
    return [row.key for _, row in done.letters]


def test_a_first_contact_that_the_mentor_forgot_is_a_deadline_saved(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.now = MONDAY + timedelta(days=1)
    stage.school_assigns("Léa Moreau", LEA)
    assigned = stage.now
    stage.now += timedelta(days=5)
    stage.mentor_writes(LEA)  # three days too late
    stage.now += timedelta(days=1)
    (contact,) = lived(stage).contacts
    assert contact.saved
    assert contact.agent is not None
    assert contact.agent - assigned < timedelta(hours=48) < (contact.mentor or assigned) - assigned


def test_a_first_contact_that_the_mentor_made_in_time_is_theirs(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.now += timedelta(minutes=1)
    stage.mentor_writes(LEA)
    stage.now += timedelta(days=3)
    (contact,) = lived(stage).contacts
    assert not contact.saved
    assert contact.mentor == MONDAY + timedelta(minutes=1)


def test_a_deadline_that_is_not_over_is_neither_missed_nor_saved(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.now += timedelta(hours=47)
    (contact,) = lived(stage).contacts
    assert not contact.saved
    assert not contact.over


def test_a_session_of_the_past_is_asked_about_when_it_ended_and_reminded_of_before_its_deadline(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", START)
    stage.now = START + timedelta(days=4)
    done = lived(stage)
    asked = [at for at, row in done.letters if row.key.startswith("ask/R07/session/")]
    assert [at - (START + timedelta(minutes=45)) < timedelta(minutes=1) for at in asked] == [True]
    assert sum(key.startswith("R07/remind/") for key in keys(done)) == 3
    assert done.sessions == 1


def test_nothing_is_seen_before_it_was_there(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    entry = event("late", "Session de mentorat avec Léa Moreau", START, START + timedelta(minutes=45))
    created = START + timedelta(days=1)  # entered after it had taken place
    stage.calendar.put("late.ics", entry.replace("STATUS:", f"CREATED:{created:%Y%m%dT%H%M%SZ}\r\nSTATUS:"))
    stage.now = START + timedelta(days=4)
    asked = [at for at, row in lived(stage).letters if row.key.startswith("ask/R07/session/")]
    assert [at == created for at in asked] == [True]


def test_a_mail_of_the_last_seconds_is_met_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.now = MONDAY + timedelta(days=2)
    stage.school_assigns("Léa Moreau", LEA)
    stage.now += timedelta(seconds=20)
    stage.school_assigns("Tom Petit", TOM)
    stage.now += timedelta(seconds=20)
    assert [contact.learner.name for contact in lived(stage).contacts] == ["Léa Moreau", "Tom Petit"]


def test_a_learner_added_by_hand_is_met_on_the_day_of_the_assignment(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.school_assigns("Tom Petit", TOM)
    stage.tick()
    for mail in list(stage.mailbox.mails.values()):
        stage.mailbox.remove(mail.ref)
    stage.now += WEEK
    assert [contact.learner.name for contact in lived(stage).contacts] == ["Tom Petit"]


def test_a_replay_sends_nothing_and_changes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"mode": "shadow"})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", START)
    stage.now = START + timedelta(days=1)
    memory, mails, sent = stage.dump(), len(stage.mailbox.mails), len(stage.transport.sent)
    done = lived(stage)
    assert {row.audience for _, row in done.letters} == {Audience.LEARNER, Audience.MENTOR}
    assert stage.dump() == memory
    assert (len(stage.mailbox.mails), len(stage.transport.sent)) == (mails, sent)
    assert all(MENTOR not in letter.recipients for letter in stage.transport.sent[sent:])
