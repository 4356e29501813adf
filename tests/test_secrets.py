"""Where a password is looked for, in which order, and what is said when it lies open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import secrets
from agent.accounts import login
from agent.errors import ConfigError
from agent.urls import Address
from tests.commands.keyrings import MemoryKeyring, in_use

ACCOUNT = "claire@mail.mentor.example"


@pytest.fixture
def desktop() -> Iterator[MemoryKeyring]:
    """A keyring that holds this account's password."""
    here = MemoryKeyring()
    with in_use(here):
        assert secrets.keep(ACCOUNT, "from the keyring")
        yield here


@pytest.fixture
def no_desktop() -> Iterator[None]:
    """A server without a keyring."""
    with in_use(None):
        yield


def private(folder: Path, value: str = "from the file\n", mode: int = 0o600) -> Path:
    file = folder / "password"
    file.write_text(value)
    file.chmod(mode)
    return file


def test_the_environment_comes_before_the_file_before_systemd_before_the_keyring(
    tmp_path: Path, desktop: MemoryKeyring
) -> None:
    (tmp_path / "mailbox").write_text("from systemd\n")
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    everything = {**credentials, "MENTOR_AGENT_MAILBOX_PASSWORD": "from the environment"}
    file = private(tmp_path)
    assert secrets.find("mailbox", ACCOUNT, file, everything) == "from the environment"
    assert secrets.find("mailbox", ACCOUNT, file, credentials) == "from the file"
    assert secrets.find("mailbox", ACCOUNT, None, credentials) == "from systemd"
    assert secrets.find("smtp", ACCOUNT, None, credentials) == "from the keyring"
    assert secrets.find("mailbox", "other@mail.mentor.example", None, {}) is None


@pytest.mark.parametrize("name", sorted(secrets.VARIABLES))
def test_each_server_has_a_variable_of_its_own(name: str, no_desktop: None) -> None:
    environment = {variable: other for other, variable in secrets.VARIABLES.items()}
    assert secrets.find(name, ACCOUNT, None, environment) == name


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604])
def test_a_password_that_others_can_read_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path, mode=mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {file}"):
        secrets.find("mailbox", ACCOUNT, file, {})


def test_a_file_that_is_not_there_is_named_instead_of_passed_over(tmp_path: Path, desktop: MemoryKeyring) -> None:
    with pytest.raises(ConfigError, match="absent"):
        secrets.find("calendar", ACCOUNT, tmp_path / "absent", {})


def test_without_a_keyring_nothing_is_found_and_nothing_kept(no_desktop: None) -> None:
    assert secrets.find("mailbox", ACCOUNT, None, {}) is None
    assert secrets.keep(ACCOUNT, "anything") is False


def test_who_has_no_password_is_told_every_place_for_it(no_desktop: None) -> None:
    address = Address("imaps", "mail.mentor.example", 993, "claire")
    with pytest.raises(ConfigError) as caught:
        login("mailbox", "unused", address, None, {})
    [problem] = caught.value.problems
    for place in ("keyring", "MENTOR_AGENT_MAILBOX_PASSWORD", "mailbox.password_file", ACCOUNT):
        assert place in problem
