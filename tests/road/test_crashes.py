"""The daemon is killed at the worst instants and started again: nobody is written to twice, nothing is lost (P5)."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from threading import Event

from agent.store import Outgoing
from tests.road.test_daemon import LEA, running
from tests.road.test_said import confirmations, entries, told
from tests.servers.caldav_servers import Radicale
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_in import Accepted, SmtpIn
from tests.servers.town import Town, eventually


class Holding(SmtpIn):
    """Takes the first letter to Léa, or loses it, and does not say so before `release` is set."""

    def __init__(self, dovecot: Dovecot, *, loses: bool = False) -> None:
        super().__init__(dovecot)
        self.vouched.add("school.example")
        self.taken, self.release = Event(), Event()
        self._loses = loses

    def deliver(self, message: Accepted) -> None:
        """As always, but for that letter."""
        first = LEA in message.recipients and not self.taken.is_set()
        if not (first and self._loses):
            super().deliver(message)
        if first:
            self.taken.set()
            self.release.wait(20)


@contextmanager
def holding(dovecot: Dovecot, folder: Path, *, loses: bool = False) -> Iterator[tuple[Town, Holding]]:
    """A town whose SMTP server is a `Holding`."""
    town = Town(dovecot, folder, model=False)
    town.smtp = held = Holding(dovecot, loses=loses)
    with town:
        yield town, held


@contextmanager
def slow_to_answer(dovecot: Dovecot, folder: Path) -> Iterator[tuple[Town, Path, Path]]:
    """A town whose calendar server stores what it is given, and does not say so while the first file is there.

    The second one appears as soon as something was stored meanwhile.
    """
    hold, stored = folder / "hold", folder / "stored"
    waits = f"while [ -e {quote(str(hold))} ]; do sleep 0.02; done"
    town = Town(dovecot, folder, model=False)
    hook = f"if [ -e {quote(str(hold))} ]; then touch {quote(str(stored))}; {waits}; fi"
    town.radicale = Radicale(folder / "radicale", password="agenda", hook=hook)
    with town:
        try:
            yield town, hold, stored
        finally:
            hold.unlink(missing_ok=True)


def states(town: Town) -> list[Outgoing]:
    """How far the letters to Léa have come, as the agent knows it."""
    world = town.world()
    rows = [row for row in world.store.outbox.in_state(*Outgoing) if row.recipient == LEA]
    world.store.close()
    return [row.state for row in rows]


def questions(town: Town) -> int:
    """How often the mentor was asked whether a letter has gone."""
    return sum("Envoi incertain" in str(mail["Subject"]) for mail in town.inbox())


def copies(town: Town) -> int:
    """How many copies of the letter to Léa lie in Sent."""
    return sum(LEA in str(mail["To"]) for mail in town.inbox("Sent"))


def test_a_letter_cut_off_before_its_content_leaves_once_after_the_restart(dovecot: Dovecot, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Town(dovecot, tmp_path, model=False) as town:
        settings = town.settings_file.read_text(encoding="utf-8")
        with running(town) as agent:
            mute = settings.replace(str(town.smtp.port), str(silent.getsockname()[1]))
            town.settings_file.write_text(mute, encoding="utf-8")
            agent.process.send_signal(signal.SIGHUP)
            eventually(lambda: agent.says("reloaded"))
            town.school_assigns("Léa Moreau", LEA)
            silent.settimeout(20)
            with silent.accept()[0]:  # the letter is in hand, and the server does not even greet
                agent.end(signal.SIGKILL)
        assert states(town) == [Outgoing.CLAIMED]
        town.settings_file.write_text(settings, encoding="utf-8")
        with running(town):
            eventually(lambda: copies(town) == 1)
        assert len(town.letters(LEA)) == 1
        assert questions(town) == 0


def test_a_letter_lost_with_the_crash_is_asked_about_and_leaves_once_by_the_mentor_s_word(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with holding(dovecot, tmp_path, loses=True) as (town, held):
        with running(town) as agent:
            town.school_assigns("Léa Moreau", LEA)
            assert held.taken.wait(20)
            agent.end(signal.SIGKILL)
            held.release.set()
        assert states(town) == [Outgoing.SENDING]
        with running(town):
            eventually(lambda: questions(town) == 1)
        assert town.letters(LEA) == []
        town.answer(town.question("Envoi incertain"), "oui")
        with running(town):
            eventually(lambda: copies(town) == 1)
        assert len(town.letters(LEA)) == 1


def test_a_letter_accepted_just_before_the_crash_is_asked_about_and_not_repeated(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with holding(dovecot, tmp_path) as (town, held):
        with running(town) as agent:
            town.school_assigns("Léa Moreau", LEA)
            assert held.taken.wait(20)
            agent.end(signal.SIGKILL)
            held.release.set()
        with running(town):
            eventually(lambda: questions(town) == 1)
        assert states(town) == [Outgoing.UNCERTAIN]
        town.answer(town.question("Envoi incertain"), "non")
        with running(town):
            eventually(lambda: states(town) == [Outgoing.SENT])
        assert len(town.letters(LEA)) == 1


def test_a_crash_before_the_copy_in_sent_costs_neither_the_copy_nor_a_second_letter(tmp_path: Path) -> None:
    with Dovecot() as own, holding(own, tmp_path) as (town, held):
        settings = town.settings_file.read_text(encoding="utf-8")
        town.settings_file.write_text(settings.replace("[school]", 'notice = "none"\n\n[school]'), encoding="utf-8")
        with running(town) as agent:
            town.school_assigns("Léa Moreau", LEA)
            assert held.taken.wait(20)
            own.stop()  # the letter has gone, and Sent cannot be reached
            held.release.set()
            eventually(lambda: states(town) == [Outgoing.SENT])
            agent.end(signal.SIGKILL)
        own.start()
        assert copies(town) == 0
        with running(town):
            eventually(lambda: copies(town) == 1)
        assert len(town.letters(LEA)) == 1
        assert questions(town) == 0


def test_a_crash_between_the_event_and_its_confirmation_leaves_one_of_each(dovecot: Dovecot, tmp_path: Path) -> None:
    with slow_to_answer(dovecot, tmp_path) as (town, hold, stored):
        with running(town) as agent:
            town.school_assigns("Léa Moreau", LEA)
            eventually(lambda: bool(town.letters(LEA)))
            hold.touch()
            town.learner_answers(LEA, "le 2 me va")
            eventually(stored.exists)  # the event is on the server's disk, and its answer is still to come
            agent.end(signal.SIGKILL)
        hold.unlink()
        assert len(entries(town.calendar)) == 1
        assert confirmations(town) == []
        with running(town):
            eventually(lambda: len(told(town)) == 1)
        with running(town):
            eventually(lambda: copies(town) == 2)  # the first contact, and the confirmation
        assert (len(entries(town.calendar)), len(confirmations(town)), len(told(town))) == (1, 1, 1)
        assert copies(town) == 2
