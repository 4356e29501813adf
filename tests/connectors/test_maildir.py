"""What only a directory does: change under one's hands, be synchronised by other programs, be touched by every flag."""

from __future__ import annotations

import json
import mailbox
import os
from datetime import timedelta
from pathlib import Path

import pytest

from agent.connectors.maildir import MaildirMailbox
from agent.connectors.ports import Folder
from agent.connectors.rawmail import message_id
from agent.errors import TransientError
from tests.connectors.mail_worlds import START, MaildirWorld, mail


@pytest.fixture
def world(tmp_path: Path) -> MaildirWorld:
    return MaildirWorld(tmp_path / "mail")


def seen_ids(box: MaildirMailbox, cursor: str | None) -> tuple[list[str], str]:
    found: list[str] = []
    more = True
    while more:
        delta = box.poll(cursor, START)
        found += [message_id(head.headers) for head in delta.heads]
        cursor, more = delta.cursor, delta.more
    assert cursor is not None
    return found, cursor


def test_the_cursor_stays_small_however_much_mail_there_is(world: MaildirWorld) -> None:
    inbox = world.root / "new"
    for n in range(3000):
        file = inbox / f"{n}.bulk.host"
        file.write_bytes(b"Subject: x\n\n")
        os.utime(file, ((START + timedelta(seconds=9000 - n)).timestamp(),) * 2)  # the last to come is the oldest

    found, cursor = seen_ids(world.mailbox, None)

    assert len(found) == 3000
    assert len(cursor) < 40_000
    assert seen_ids(world.restarted(), cursor)[0] == []
    new = mail()
    world.deliver(new)
    assert seen_ids(world.restarted(), cursor)[0] == [message_id(new)]


def test_opening_mails_from_before_the_watch_brings_none_of_them_up(world: MaildirWorld) -> None:
    world.deliver(mail("Ancien"), at=START - timedelta(days=400))
    _, cursor = seen_ids(world.mailbox, None)
    (old,) = (world.root / "new").iterdir()

    old.rename(world.root / "cur" / f"{old.name}:2,S")

    assert seen_ids(world.mailbox, cursor)[0] == []


def test_mail_moved_in_by_hand_with_its_old_name_and_time_is_seen(world: MaildirWorld) -> None:
    world.deliver(mail(), at=START + timedelta(hours=20))
    _, cursor = seen_ids(world.mailbox, None)
    raw = mail("Sorti des indésirables")
    spam = world.root.parent / "1000000000.spam.host:2,"
    spam.write_bytes(raw)
    os.utime(spam, ((START + timedelta(hours=1)).timestamp(),) * 2)

    spam.rename(world.root / "cur" / spam.name)

    assert seen_ids(world.mailbox, cursor)[0] == [message_id(raw)]


def test_a_mail_that_is_opened_before_the_first_poll_is_fetched_under_its_old_name(world: MaildirWorld) -> None:
    world.deliver(mail())
    (head,) = world.mailbox.poll(None, START).heads
    (file,) = (world.root / "new").iterdir()

    file.rename(world.root / "cur" / f"{file.name}:2,FRS")

    assert world.mailbox.fetch(head.ref) == (world.root / "cur" / f"{file.name}:2,FRS").read_bytes()


@pytest.mark.parametrize("missing", ["new", "cur", ".Sent", ".Sent/cur"])
def test_a_directory_that_lacks_a_part_is_away_and_not_empty(world: MaildirWorld, missing: str) -> None:
    _, cursor = seen_ids(world.mailbox, None)
    (world.root / missing).rename(world.root.parent / "elsewhere")

    with pytest.raises(TransientError, match="not reachable"):
        world.mailbox.poll(cursor, START)


def test_a_letter_in_sent_can_be_read_by_any_mail_program(world: MaildirWorld) -> None:
    world.mailbox.save_sent(mail("Votre rendez-vous"))

    (key,) = world.folder(Folder.SENT).keys()
    message = mailbox.Maildir(world.root).get_folder("Sent")[key]

    assert (message["Subject"], message.get_subdir(), message.get_flags()) == ("Votre rendez-vous", "cur", "S")
    assert list((world.root / ".Sent" / "tmp").iterdir()) == []


def test_files_that_are_no_mails_are_left_alone(world: MaildirWorld) -> None:
    (world.root / "new" / ".nfs0001").write_bytes(b"x")
    (world.root / "cur" / "directory").mkdir()

    assert world.mailbox.poll(None, START).heads == ()


def test_a_cursor_of_another_kind_of_mailbox_starts_afresh(world: MaildirWorld) -> None:
    raw = mail()
    world.deliver(raw)
    foreign = json.dumps({"inbox": [7, 2, 2, START.isoformat()], "sent": [7, 2, 2, START.isoformat()]})

    assert seen_ids(world.mailbox, foreign)[0] == [message_id(raw)]
