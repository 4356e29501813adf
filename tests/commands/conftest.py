"""The command line as a mentor types it: in this process, in a home of its own, without a keyring unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.discovery.values import Internet, NoAnswerError, Target
from agent.secrets import VARIABLES
from tests.commands import keyrings

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """A machine without a keyring."""
    with keyrings.in_use(None):
        yield


@pytest.fixture
def desktop_keyring(no_keyring: None) -> Iterator[keyrings.MemoryKeyring]:
    """A machine with a keyring."""
    here = keyrings.MemoryKeyring()
    with keyrings.in_use(here):
        yield here


class Nowhere:
    """An Internet that is not there."""

    def mail_hosts(self, domain: str) -> tuple[str, ...]:
        raise NoAnswerError("no network")

    def services(self, name: str) -> tuple[Target, ...]:
        raise NoAnswerError("no network")

    def texts(self, name: str) -> tuple[str, ...]:
        raise NoAnswerError("no network")

    def exists(self, host: str) -> bool:
        raise NoAnswerError("no network")

    def fetch(self, url: str) -> bytes:
        raise NoAnswerError("no network")

    def greeting(self, host: str, port: int) -> bytes:
        raise NoAnswerError("no network")


@pytest.fixture
def internet() -> Internet:
    """What `init` searches; a test that wants one to be there has its own."""
    return Nowhere()


@pytest.fixture
def run(tmp_path: Path, internet: Internet) -> Run:
    """`run("init", ..., answers=[...], MENTOR_AGENT_SMTP_PASSWORD="...")`: the command with --config agent.toml."""
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}
    unset = dict.fromkeys((*VARIABLES.values(), "CREDENTIALS_DIRECTORY", "MENTOR_AGENT_CONFIG"))

    def invoke(*words: str, answers: list[str] | None = None, config: Path | None = None, **variables: str) -> Result:
        file = config or tmp_path / "agent.toml"
        typed = None if answers is None else "".join(f"{answer}\n" for answer in answers)
        return CliRunner().invoke(
            main, ["--config", str(file), *words], input=typed, env={**unset, **home, **variables}, obj=internet
        )

    return invoke
