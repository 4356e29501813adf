"""The unit that keeps the agent running, read as systemd reads it."""

from __future__ import annotations

import configparser
import os
import shlex
from pathlib import Path

import pytest

from agent import config
from agent.commands.service import render
from agent.daemon import LONGEST_SLEEP
from tests.commands.conftest import Run
from tests.commands.places import options, toml


def parsed(text: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep capitals
    unit.read_string(text)
    return unit


def values(text: str, key: str) -> list[str]:
    """Every value of a key that may stand several times."""
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


@pytest.mark.parametrize("system", [False, True])
def test_the_unit_runs_this_installation_with_these_settings(run: Run, tmp_path: Path, system: bool) -> None:
    run(*options(tmp_path))
    done = run("service", *(["--system"] if system else []))
    assert done.exit_code == 0
    unit = parsed(done.stdout)
    service = unit["Service"]
    command = shlex.split(service["ExecStart"])
    assert os.access(command[0], os.X_OK)
    assert command[-3:] == ["--config", str(tmp_path / "agent.toml"), "run"]
    assert (service["Type"], service["Restart"], service["RestartPreventExitStatus"]) == ("notify", "on-failure", "2")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    minutes = int(service["WatchdogSec"].removesuffix("min"))
    assert minutes * 60 >= 2 * LONGEST_SLEEP
    assert unit["Install"]["WantedBy"] == ("multi-user.target" if system else "default.target")


@pytest.mark.parametrize("system", [False, True])
def test_the_unit_may_write_to_its_own_folders_only(run: Run, tmp_path: Path, system: bool) -> None:
    run(*options(tmp_path))
    text = run("service", *(["--system"] if system else [])).stdout
    service = parsed(text)["Service"]
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["UMask"]) == ("strict", "yes", "0077")
    assert values(text, "ReadWritePaths") == [
        str(tmp_path / name) for name in ("state", "Mail", "outgoing", "sessions")
    ]
    assert service["MemoryMax"] == "512M"
    assert values(text, "SystemCallFilter") == ["@system-service", "~@privileged @resources"]


def test_only_a_system_unit_drops_what_a_users_systemd_may_not(run: Run, tmp_path: Path) -> None:
    run(*options(tmp_path))
    user, system = (parsed(run("service", *words).stdout)["Service"] for words in ([], ["--system"]))
    privileged = {"CapabilityBoundingSet", "PrivateDevices", "ProtectKernelModules", "ProtectClock", "User"}
    assert privileged <= set(system)
    assert not privileged & set(user)
    assert user["PrivateUsers"] == "yes"


def test_homes_and_temporary_folders_stay_readable_where_something_lies_there(tmp_path: Path) -> None:
    file = toml(tmp_path)
    there = config.load(file)
    elsewhere = there.model_copy(
        update={
            "state_dir": Path("/srv/agent/state"),
            "mailbox": there.mailbox.model_copy(update={"url": "maildir:///srv/agent/Mail"}),
            "smtp": there.smtp.model_copy(update={"url": "smtp://127.0.0.1"}),
            "calendar": there.calendar.model_copy(update={"url": "dir:///srv/agent/sessions"}),
        }
    )
    at_home = elsewhere.model_copy(update={"state_dir": Path("/home/claire/state")})
    in_tmp = elsewhere.model_copy(update={"state_dir": Path("/var/tmp/state")})  # noqa: S108 -- only named

    def said(settings: config.Settings, key: str) -> str:
        return parsed(render(Path("/etc/passwd"), settings, system=True))["Service"][key]

    assert said(at_home, "ProtectHome") == "read-only"
    assert (said(elsewhere, "PrivateTmp"), said(in_tmp, "PrivateTmp")) == ("yes", "no")


def test_passwords_can_come_as_credentials_of_the_servers_that_want_them(run: Run, tmp_path: Path) -> None:
    toml(tmp_path, mailbox='url = "imaps://claire@mail.mentor.example"')
    text = run("service").stdout
    assert values(text, "#LoadCredential") == [f"mailbox:{tmp_path}/mailbox.password"]
    assert "LoadCredential" not in parsed(text)["Service"]


def test_awkward_paths_are_quoted_for_systemd(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "100 % $mine"
    folder.mkdir()
    file = toml(folder, mailbox='url = "imaps://claire@mail.mentor.example"', smtp='url = "smtp://127.0.0.1"')
    text = run("service", config=file).stdout
    assert f'--config "{tmp_path}/100 %% $$mine/agent.toml" run' in parsed(text)["Service"]["ExecStart"]
    assert values(text, "ReadWritePaths") == [f'"{tmp_path}/100 %% $mine/{name}"' for name in ("state", "sessions")]


def test_where_the_unit_goes_is_said_beside_it(run: Run, tmp_path: Path) -> None:
    run(*options(tmp_path))
    user, system = run("service"), run("service", "--system")
    assert "~/.config/systemd/user/mentor-agent.service" in user.stderr
    assert "systemctl --user enable --now mentor-agent" in user.stderr
    assert "loginctl enable-linger" in user.stderr
    assert "sudo systemctl enable --now mentor-agent" in system.stderr
    (tmp_path / "state").rmdir()
    assert f"mkdir -p -m 700 {tmp_path}/state" in run("service").stderr


def test_there_is_no_unit_for_settings_that_are_wrong(run: Run, tmp_path: Path) -> None:
    toml(tmp_path, smtp='url = "pigeon://roof"')
    done = run("service")
    assert (done.exit_code, done.stdout) == (2, "")
