"""The daemon as a process: woken by mail, stopped and reloaded by signals, alone on its state."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from agent.store import Outgoing
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_in import Fault
from tests.servers.town import Town, eventually

LEA = "lea.moreau@learner.example"


class Running:
    """A daemon process whose log is read as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.log = process, list[str]()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.log.extend(self.process.stderr)

    def says(self, words: str) -> bool:
        """Whether some line of the log so far has these words."""
        return any(words in line for line in list(self.log))

    def end(self, number: signal.Signals) -> float:
        """Signal it and wait for its end; the seconds that took."""
        start = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=20)
        self._reader.join(timeout=5)
        return time.monotonic() - start


@contextmanager
def running(town: Town) -> Iterator[Running]:
    """A daemon that is up: its welcome has arrived."""
    agent = Running(town.daemon())
    try:
        eventually(lambda: any("veille" in str(mail["Subject"]) for mail in town.inbox()) or agent.process.poll() == 1)
        assert agent.process.poll() is None, agent.log
        yield agent
    finally:
        agent.process.kill()
        agent.process.wait()


def test_a_mail_from_the_school_wakes_the_daemon_which_writes_to_the_learner(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town, running(town) as agent:
        town.school_assigns("Léa Moreau", LEA)
        eventually(lambda: bool(town.letters(LEA)))
        assert agent.end(signal.SIGTERM) < 5
        assert agent.process.returncode == 0
        assert len(town.letters(LEA)) == 1
        assert not any("letmein" in line or "agenda" in line for line in agent.log)


def test_a_session_s_end_is_noticed_without_any_mail(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town, running(town):
        town.school_assigns("Léa Moreau", LEA)
        town.session("Léa Moreau", datetime.now(UTC) - timedelta(seconds=50), minutes=1)
        eventually(lambda: any("comment s’est passée" in str(mail["Subject"]) for mail in town.inbox()), 40)


def test_a_stop_does_not_wait_for_a_server_that_hangs(dovecot: Dovecot, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Town(dovecot, tmp_path, model=False) as town:
        settings = town.settings_file.read_text(encoding="utf-8")
        port = str(silent.getsockname()[1])
        town.settings_file.write_text(settings.replace(str(town.dovecot.port), port), encoding="utf-8")
        agent = Running(town.daemon())
        eventually(lambda: agent.says("started"))
        time.sleep(0.5)  # it is now waiting for a greeting that never comes
        assert agent.end(signal.SIGTERM) < 5


def test_a_stop_finishes_the_letter_in_hand(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town, running(town) as agent:
        town.school_assigns("Léa Moreau", LEA)
        town.smtp.fail_next(Fault.SLOW)  # met by the next message that is sent through it: the letter to Léa
        assert town.smtp.working.wait(20)
        assert agent.end(signal.SIGTERM) < 5
        assert len(town.letters(LEA)) == 1
        world = town.world()
        assert [row.recipient for row in world.store.outbox.in_state(Outgoing.SENT)].count(LEA) == 1
        world.store.close()


def test_a_hangup_reloads_the_settings_and_bad_ones_are_said_and_not_taken(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town, running(town) as agent:
        good = town.settings_file.read_text(encoding="utf-8")
        town.settings_file.write_text(good.replace("Europe/Paris", "Mars/Olympus"), encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        eventually(lambda: agent.says("mentor.timezone"))
        town.settings_file.write_text(good.replace('"live"', '"shadow"'), encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        eventually(lambda: agent.says("reloaded mode=shadow"))
        town.school_assigns("Léa Moreau", LEA)
        eventually(lambda: any("observation" in str(mail["Subject"]).lower() for mail in town.inbox()))
        assert town.letters(LEA) == []


def test_a_hangup_with_another_or_an_unusable_state_directory_changes_nothing(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town, running(town) as agent:
        good = town.settings_file.read_text(encoding="utf-8")
        (tmp_path / "file").write_text("no folder", encoding="utf-8")
        for state_dir, words in (("file", "cannot be opened"), ("elsewhere", "needs a restart")):
            town.settings_file.write_text(good.replace('"state"', f'"{state_dir}"'), encoding="utf-8")
            agent.process.send_signal(signal.SIGHUP)
            eventually(lambda words=words: agent.says(words))  # type: ignore[misc]  # mypy: a default is no argument
        town.school_assigns("Léa Moreau", LEA)
        eventually(lambda: bool(town.letters(LEA)))
        town.settings_file.write_text(good, encoding="utf-8")
        second = town.daemon()
        assert "another mentor-agent is running" in second.communicate(timeout=20)[1]


def test_a_second_daemon_on_the_same_state_is_refused(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town, running(town):
        second = town.daemon()
        _, said = second.communicate(timeout=20)
        assert second.returncode == 1
        assert "another mentor-agent is running" in said


def test_an_outage_of_the_mailbox_is_survived_and_what_came_meanwhile_is_read(dovecot: Dovecot, tmp_path: Path) -> None:
    with Dovecot() as own, Town(own, tmp_path, model=False) as town, running(town) as agent:
        own.stop()
        time.sleep(1)
        own.start()
        town.school_assigns("Léa Moreau", LEA)
        eventually(lambda: bool(town.letters(LEA)), 60)
        assert agent.process.poll() is None
