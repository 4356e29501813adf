"""The command line as a mentor types it: in this process, in a home of its own, without a keyring unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
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


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("init", ..., answers=[...], MENTOR_AGENT_SMTP_PASSWORD="...")`: the command with --config agent.toml."""
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}
    unset = dict.fromkeys((*VARIABLES.values(), "CREDENTIALS_DIRECTORY", "MENTOR_AGENT_CONFIG"))

    def invoke(*words: str, answers: list[str] | None = None, config: Path | None = None, **variables: str) -> Result:
        file = config or tmp_path / "agent.toml"
        typed = None if answers is None else "".join(f"{answer}\n" for answer in answers)
        return CliRunner().invoke(
            main, ["--config", str(file), *words], input=typed, env={**unset, **home, **variables}
        )

    return invoke
