"""Letters on their way (P5): never twice, never lost, whatever breaks; and a tick at rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent import outgoing
from agent.connectors.memory_mail import Failure, MemoryMailbox, MemoryTransport
from agent.connectors.ports import MailDelta
from agent.errors import RefusedLoginError
from agent.model import Audience
from agent.render import Rendered
from agent.store import OutboxRow, Outgoing
from tests.stage import MENTOR, Stage
from tests.stories import LEA, TOM, settled

LETTER = "R01/first-contact/1"
UNCERTAIN = "Envoi incertain"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return settled(tmp_path)


def assign(stage: Stage, name: str = "Léa Moreau", address: str = LEA) -> None:
    """A learner is assigned, and time enough passes for the letter."""
    stage.school_assigns(name, address)
    stage.pass_time(minutes=5)


def letter(stage: Stage) -> OutboxRow:
    found = stage.row(LETTER)
    assert found is not None
    return found


def left_in(stage: Stage, *states: Outgoing) -> None:
    """The process died when the first letter to the learner had come to the last of these states."""
    stage.transport.fail_next(Failure.TRANSIENT)
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    for old, new in zip((Outgoing.READY, *states), states, strict=False):
        assert stage.world.store.outbox.move(letter(stage), old, new, stage.now)
    stage.restart()


# -- crashes


def test_a_letter_that_was_claimed_when_the_process_died_is_sent_once(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED)
    for _ in range(3):
        stage.pass_time(minutes=10)
    assert len(stage.mails(LEA)) == 1


def test_a_letter_found_in_sent_after_a_crash_has_gone_and_is_not_repeated(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED, Outgoing.SENDING)
    stage.mailbox.save_sent(letter(stage).raw)
    for _ in range(3):
        stage.pass_time(minutes=10)
    assert stage.mails(LEA) == []
    assert letter(stage).state is Outgoing.SENT
    assert stage.count(UNCERTAIN) == 0


def test_a_letter_of_which_nothing_is_known_after_a_crash_is_asked_about_once(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED, Outgoing.SENDING)
    for _ in range(3):
        stage.pass_time(hours=5)
    assert (stage.mails(LEA), stage.count(UNCERTAIN)) == ([], 1)


def test_no_means_that_it_is_never_sent_again_nor_put_into_sent_as_if_it_had_gone(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED, Outgoing.SENDING)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=UNCERTAIN), "non")
    for _ in range(3):
        stage.pass_time(days=1)
    assert stage.mails(LEA) == []
    assert not stage.mailbox.sent_has(letter(stage).message_id, letter(stage).ref)


def test_a_first_contact_that_counts_as_sent_begins_the_weeks_with_the_learner(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED, Outgoing.SENDING)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=UNCERTAIN), "non")
    stage.pass_time(minutes=5)
    (learner,) = stage.world.store.people.all()
    (seen,) = stage.world.snapshot(learner, stage.now).letters
    assert seen.key == letter(stage).key


def test_yes_means_that_it_is_sent_once(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED, Outgoing.SENDING)
    stage.pass_time(minutes=5)
    stage.answer(stage.last(containing=UNCERTAIN), "oui")
    for _ in range(3):
        stage.pass_time(days=1)
    assert len(stage.mails(LEA)) == 1


def test_a_letter_that_turns_up_in_sent_answers_the_question_whether_it_went(stage: Stage) -> None:
    left_in(stage, Outgoing.CLAIMED, Outgoing.SENDING)
    stage.pass_time(minutes=5)
    stage.mailbox.save_sent(letter(stage).raw)
    stage.pass_time(minutes=5)
    assert stage.request(f"uncertain/{LETTER}/2").state == "withdrawn"
    assert letter(stage).state is Outgoing.SENT


@pytest.mark.parametrize("failure", [Failure.DELIVERED, Failure.LOST])
def test_a_connection_that_breaks_after_the_letter_is_asked_about_without_a_crash_as_well(
    stage: Stage, failure: Failure
) -> None:
    stage.transport.fail_next(failure)
    assign(stage)
    assert letter(stage).state is Outgoing.UNCERTAIN
    assert stage.count(UNCERTAIN) == 1


def test_a_question_to_the_mentor_that_may_not_have_gone_is_repeated_but_not_without_end(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA, proven=False)
    for _ in range(50):
        stage.transport.fail_next(Failure.LOST)
    stage.live(stage.now + timedelta(hours=2))
    row = next(one for one in stage.world.store.outbox.in_state(Outgoing.READY) if "assignment" in one.key)
    assert 3 < row.attempts < 10


class Forgetful(MemoryTransport):
    """A transport that never says when it begins to transmit."""

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        super().send(raw, sender, recipients, lambda: None)


@pytest.mark.parametrize("failures", [[], [Failure.DELIVERED]])
def test_even_a_transport_that_forgets_to_say_when_it_transmits_sends_nothing_twice(
    tmp_path: Path, failures: list[Failure]
) -> None:
    stage = Stage(tmp_path, transport=Forgetful())
    stage.tick()
    for failure in failures:
        stage.transport.fail_next(failure)
    assign(stage)
    for _ in range(3):
        stage.pass_time(minutes=30)
    assert len(stage.mails(LEA)) == 1


def test_a_crash_in_the_middle_of_storing_a_letter_leaves_nothing_of_it(stage: Stage) -> None:
    before = stage.dump()
    rendered = Rendered("Bonjour", "Bonjour", "<p>Bonjour</p>")
    with pytest.raises(KeyboardInterrupt), stage.world.store.transaction():  # noqa: PT012 -- the store is what is left
        outgoing.enqueue(
            stage.world,
            key="x",
            rule="R01",
            audience=Audience.MENTOR,
            recipient=MENTOR,
            rendered=rendered,
            now=stage.now,
        )
        raise KeyboardInterrupt
    assert stage.dump() == before


# -- failures


def test_a_busy_server_is_tried_again_later_and_later_and_the_letter_goes_once(stage: Stage) -> None:
    for _ in range(4):
        stage.transport.fail_next(Failure.TRANSIENT)
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    waits = []
    while letter(stage).state is not Outgoing.SENT:
        waits.append((letter(stage).next_try or stage.now) - stage.now)
        stage.now += waits[-1] + timedelta(minutes=5)
        stage.tick()
    assert waits == sorted(waits)
    assert len(set(waits)) > 2
    assert len(stage.mails(LEA)) == 1


def test_a_letter_that_the_server_refuses_is_put_aside_and_not_tried_again(stage: Stage) -> None:
    stage.transport.fail_next(Failure.TERMINAL)
    assign(stage)
    stage.pass_time(days=2)
    assert stage.mails(LEA) == []
    (line,) = stage.parked()
    assert "refuses the recipient" in line
    assert "write yourself" in line


class Refusing(MemoryTransport):
    """A server that refuses the password, and counts how often it was asked."""

    tries = 0

    def send(self, raw: bytes, sender: str, recipients: tuple[str, ...], before_data: Callable[[], None]) -> None:
        self.tries += 1
        raise RefusedLoginError("the password was refused")


def test_a_refused_password_is_not_hammered_and_does_not_keep_the_daemon_awake(tmp_path: Path) -> None:
    transport = Refusing()
    stage = Stage(tmp_path, transport=transport)
    stage.school_assigns("Léa Moreau", LEA)
    stage.school_assigns("Tom Petit", TOM)
    assert stage.live(stage.now + timedelta(hours=5)) < 100
    assert transport.tries == 1


class Locked(MemoryMailbox):
    """A mailbox that refuses the password from some moment on, and counts how often it was asked."""

    locked = False
    tries = 0

    def poll(self, cursor: str | None, since: datetime) -> MailDelta:
        self._ask()
        return super().poll(cursor, since)

    def save_sent(self, raw: bytes) -> None:
        self._ask()
        super().save_sent(raw)

    def sent_has(self, message_id: str, key: str) -> bool:
        self._ask()
        return super().sent_has(message_id, key)

    def _ask(self) -> None:
        if self.locked:
            self.tries += 1
            raise RefusedLoginError("the password was refused")


def test_a_mailbox_that_refuses_the_password_is_not_asked_again_for_copies_and_proofs(tmp_path: Path) -> None:
    mailbox = Locked()
    stage = Stage(tmp_path, mailbox=mailbox)
    stage.tick()
    stage.session("Léa Moreau", stage.now + timedelta(hours=1))
    assign(stage)
    mailbox.locked = True
    stage.transport.fail_next(Failure.LOST)
    stage.live(stage.now + timedelta(hours=5))
    assert stage.asked() == 1  # what was sent meanwhile has no copy yet
    assert mailbox.tries <= 3


def test_a_copy_in_sent_that_fails_is_made_later_and_nothing_is_sent_for_it(tmp_path: Path) -> None:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    stage.pass_time(minutes=5)
    assert stage.mailbox.sent_has(letter(stage).message_id, "")
    stage.school_assigns("Tom Petit", TOM)
    stage.tick()
    stage.mailbox.away = True
    stage.pass_time(hours=1)
    assert len(stage.mails(TOM)) == 1
    stage.mailbox.away = False
    stage.pass_time(hours=1)
    assert len(stage.mails(TOM)) == 1
    row = stage.row("R01/first-contact/2")
    assert row is not None
    assert stage.mailbox.sent_has(row.message_id, "")


def test_while_the_mailbox_is_away_everything_else_goes_on_and_the_mentor_is_told_once(stage: Stage) -> None:
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", stage.now + timedelta(hours=2))
    stage.pass_time(minutes=5)
    stage.mailbox.away = True
    stage.live(stage.now + timedelta(hours=6))
    assert stage.asked() == 1
    assert stage.count("Je ne peux plus") == 1
    source = stage.world.store.sources.get("mailbox")
    assert source.failures < 100  # in six hours: hardly more often than a mailbox that is well
    assert "away" in (source.last_error or "")


def test_a_bounce_is_put_aside_where_status_shows_it_and_told_by_mail(stage: Stage) -> None:
    assign(stage)
    bounce = (
        f"From: MAILER-DAEMON@mentor.example\r\nTo: {MENTOR}\r\nMessage-ID: <b@mentor.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mentor.example\r\n\r\nFinal-Recipient: rfc822; {LEA}\r\nAction: failed\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {letter(stage).message_id}\r\n\r\n--x--\r\n"
    )
    stage.mailbox.deliver(bounce.encode(), at=stage.now)
    before = len(stage.mails(LEA))
    stage.pass_time(minutes=5)
    (line,) = stage.parked()
    assert LEA in line
    assert "not delivered" in line
    assert len(stage.mails(LEA)) == before
    assert stage.count("Lettre revenue") == 1


def test_a_letter_that_is_sent_again_and_lost_in_the_dark_again_is_asked_about_again(tmp_path: Path) -> None:
    stage = settled(tmp_path)
    stage.school_assigns("Léa Moreau", LEA)
    for tries in (1, 2):
        stage.transport.fail_next(Failure.LOST)
        stage.pass_time(minutes=5)
        asked = [mail for mail in stage.mails(MENTOR) if UNCERTAIN in str(mail["Subject"])]
        assert len(asked) == tries
        stage.answer(asked[-1], "oui")
    stage.pass_time(minutes=5)
    stage.pass_time(hours=1)
    assert len(stage.mails(LEA)) == 1
