"""The command line's promises: help at once, exit codes 0, 1 and 2, JSON that is JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from agent.cli import main
from tests.commands.conftest import Run
from tests.commands.places import options, toml


def commands(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command's words, groups included."""
    for name, command in group.commands.items():
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


@pytest.fixture
def settled(run: Run, tmp_path: Path) -> Path:
    """A mentor on local folders with one new learner, in shadow mode."""
    assert run(*options(tmp_path)).exit_code == 0
    assert run("learners", "add", "Anne-Sophie Petit", "anne@learner.test", "--contact").exit_code == 0
    return tmp_path


@pytest.mark.parametrize("words", [(), *commands()], ids=" ".join)
def test_every_command_explains_itself_without_any_settings(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words, "--help")
    assert (done.exit_code, done.stdout.startswith("Usage: ")) == (0, True)
    assert run(*words, "-h").stdout == done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("plan", "--now", "2030-01-07T09:00+01:00"),
        ("explain", "anne"),
        ("status",),
        ("doctor",),
        ("drafts",),
        ("learners",),
        ("learners", "show", "anne"),
    ],
    ids=" ".join,
)
def test_what_programs_read_is_json_and_nothing_else(run: Run, settled: Path, words: tuple[str, ...]) -> None:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    assert isinstance(json.loads(done.stdout), dict | list)
    assert run(*words).exit_code == 0


def test_json_names_the_learner_and_the_rule_behind_the_letter(run: Run, settled: Path) -> None:
    assert [one["name"] for one in json.loads(run("learners", "--json").stdout)] == ["Anne-Sophie Petit"]
    owed = json.loads(run("plan", "--json").stdout)["obligations"]
    assert [(one["learner"], one["rule"], one["audience"]) for one in owed] == [("Anne-Sophie Petit", "R01", "learner")]
    assert json.loads(run("explain", "anne", "--json").stdout)["hits"][0]["rule"] == "R01"
    assert json.loads(run("status", "--json").stdout)["mode"] == "shadow"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--once"),
        ("service",),
        ("plan",),
        ("explain", "anne"),
        ("status",),
        ("doctor",),
        ("drafts",),
        ("drafts", "show", "1"),
        ("learners",),
    ],
    ids=" ".join,
)
def test_without_settings_or_with_wrong_ones_every_command_ends_with_2(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    missing = run(*words)
    assert (missing.exit_code, "mentor-agent init" in missing.output) == (2, True)
    toml(tmp_path, school='domains = []\nsupport = "nobody"', limits="per_hour = 0")
    wrong = run(*words)
    assert wrong.exit_code == 2
    for path in ("school.domains:", "school.support:", "limits.per_hour:"):
        assert wrong.output.count(path) == 1
    assert "Traceback" not in wrong.output


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--now", "yesterday"),
        ("plan", "--now", "2030-01-07T09:00"),
        ("run", "--now", "2030-01-07T09:00Z"),
        ("learners", "add", "Anne", "no address"),
        ("drafts", "approve", "1", "please"),
        ("drafts", "edit", "1"),
        ("fly",),
        ("plan", "--fly"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2(run: Run, settled: Path, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "nobody"),
        ("learners", "show", "nobody"),
        ("learners", "add", "Anne again", "ANNE@learner.test"),
        ("drafts", "show", "99"),
        ("drafts", "approve", "99"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_ends_with_1_and_one_line(run: Run, settled: Path, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.exit_code == 1
    assert [line[:14] for line in done.stderr.splitlines()] == ["mentor-agent: "]


def test_a_server_that_is_away_ends_one_tick_with_1(run: Run, settled: Path) -> None:
    (settled / "sessions").rmdir()
    done = run("run", "--once")
    assert (done.exit_code, "calendar: " in done.stderr) == (1, True)


def in_a_process(settled: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agent", "--config", str(settled / "agent.toml"), *words]
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.parametrize(("words", "code"), [(("status",), 0), (("explain", "nobody"), 1), (("plan", "--now", "x"), 2)])
def test_the_exit_code_reaches_the_shell(settled: Path, words: tuple[str, ...], code: int) -> None:
    process = in_a_process(settled, *words)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, bool(errors), "Traceback" in errors) == (code, code != 0, False)


def test_without_a_terminal_the_conversation_ends_instead_of_waiting(tmp_path: Path) -> None:
    process = in_a_process(tmp_path, "init")
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Aborted" in errors, "Traceback" in errors) == (1, True, False)


def test_a_reader_that_leaves_early_is_no_fault_of_ours(settled: Path) -> None:
    process = in_a_process(settled, "--help")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.wait(60)
    process.stderr.close()
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
