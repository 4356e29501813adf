"""Heavy connectors in a process of their own: what comes back, and what a broken one may not do."""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.connectors.child import TARGETS, call
from agent.errors import ConfigError, RefusedLoginError, TransientError
from tests.connectors.child_targets import COMMAND


def held(lock: Path) -> bool:
    """Whether a process still holds the lock: the kernel lets go when it dies, even before it is reaped."""
    with lock.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_the_answer_comes_back_as_it_was_given() -> None:
    assert call("echo", {"note": "séance n° 3\n"}, 30, COMMAND)["arguments"] == {"note": "séance n° 3\n"}


def test_a_password_is_neither_in_the_arguments_nor_in_the_environment() -> None:
    seen = call("echo", {"password": "correct-horse"}, 30, COMMAND)

    assert seen["arguments"]["password"] == "correct-horse"
    assert "correct-horse" not in json.dumps([seen["argv"], seen["environment"]])


def test_the_childs_environment_lacks_the_agents_own_secrets() -> None:
    """As under a service that is given its passwords by the environment."""
    asked = (
        "from agent.connectors.child import call; from tests.connectors.child_targets import COMMAND;"
        "print(sorted(call('echo', {}, 30, COMMAND)['environment']))"
    )
    env = {
        "MENTOR_AGENT_CALENDAR_PASSWORD": "correct-horse",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    seen = subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True).stdout

    assert "LANG" in seen
    assert "MENTOR_AGENT" not in seen


def test_what_a_library_prints_does_not_spoil_the_answer() -> None:
    assert call("noisy", {}, 30, COMMAND) == "the answer"


def test_a_refused_login_is_a_refused_login_on_this_side_too() -> None:
    with pytest.raises(RefusedLoginError, match=r"^le mot de passe est refusé$"):
        call("refused", {}, 30, COMMAND)


def test_every_problem_of_a_configuration_comes_through() -> None:
    with pytest.raises(ConfigError) as caught:
        call("misconfigured", {}, 30, COMMAND)

    assert caught.value.problems == ["mailbox.url: no such server", "mailbox.user: missing"]


@pytest.mark.parametrize(
    ("target", "said"), [("dies", "out of memory"), ("crashes", "LookupError: a fault in a library")]
)
def test_a_child_that_breaks_down_says_its_last_words_and_is_tried_again_later(target: str, said: str) -> None:
    with pytest.raises(TransientError, match=f"{target}.*{said}$"):
        call(target, {}, 30, COMMAND)


@pytest.mark.parametrize("rubbish", ["", "rubbish", "[1]", '"result"', '{"error": "SystemExit", "message": ""}'])
def test_an_answer_that_is_none_is_tried_again_later(rubbish: str) -> None:
    with pytest.raises(TransientError, match="gave no answer"):
        call("echo", {}, 30, [sys.executable, "-c", f"print({rubbish!r})"])


def test_only_what_the_table_names_can_be_run() -> None:
    with pytest.raises(TransientError, match=r"KeyError: 'os\.system'"):
        call("os.system", {"command": "true"}, 30)


@pytest.mark.parametrize("target", [target for target in TARGETS if target.startswith("caldav.")])
def test_what_the_table_names_exists(target: str) -> None:
    module, _, function = TARGETS[target].partition(":")

    assert callable(getattr(importlib.import_module(module), function))


def test_a_program_that_cannot_be_started_is_tried_again_later(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="could not be started"):
        call("echo", {}, 30, [str(tmp_path / "no-such-program")])


def test_a_child_that_hangs_is_killed_at_its_deadline(tmp_path: Path) -> None:
    lock = tmp_path / "lock"

    with pytest.raises(TransientError, match="did not finish within 3 s"):
        call("hangs", {"lock": str(lock)}, 3, COMMAND)

    assert lock.read_text() == "held"
    assert not held(lock)


def test_a_child_does_not_outlive_its_deadline_when_the_agent_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    asked = (
        "from agent.connectors.child import call; from tests.connectors.child_targets import COMMAND;"
        f"call('hangs', {{'lock': {str(lock)!r}}}, 3, COMMAND)"
    )
    agent = subprocess.Popen([sys.executable, "-c", asked], env={"PYTHONPATH": os.pathsep.join(sys.path)})
    give_up = time.monotonic() + 60
    while not (lock.exists() and lock.read_text() == "held"):
        assert agent.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.02)
    agent.kill()
    agent.wait()

    while held(lock):
        assert time.monotonic() < give_up
        time.sleep(0.02)
