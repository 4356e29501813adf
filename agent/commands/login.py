"""`login`: signs in where an account wants a person for that, and asks its servers whether it holds."""

from __future__ import annotations

import os
from pathlib import Path

import click

from agent import config, probe
from agent.commands import graph_setup
from agent.errors import ConfigError, TerminalError


def login(path: Path) -> None:
    """Sign in and try. ConfigError where nothing in the settings signs in, TerminalError where it does not hold."""
    settings = config.load(path)
    if not graph_setup.signs_in(settings):
        raise ConfigError(['graph.auth: nothing here is signed in to: that takes graph:// and auth = "device"'])
    graph_setup.sign_in(settings, anew=True)
    refused: set[probe.Login] = set()
    found = [
        one for name in ("mailbox", "smtp", "calendar") for one in probe.check(name, settings, os.environ, refused)
    ]
    for one in found:
        click.echo(f"  {one.verdict.value:6}{one.name}: {one.text}", err=one.verdict is probe.Verdict.WRONG)
    click.echo("`mentor-agent doctor` wakes an agent that runs and was refused before.")
    if any(one.verdict is probe.Verdict.WRONG for one in found):
        raise TerminalError("signed in, but not everything works with it; `mentor-agent doctor` says more")
