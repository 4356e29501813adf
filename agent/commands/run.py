"""`run`: the daemon, or one tick."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from agent import config
from agent.bootstrap import build
from agent.commands.common import clock, in_zone, instant
from agent.daemon import Signals, lock
from agent.daemon import run as run_daemon
from agent.loop import tick


def daemon(path: Path) -> None:
    """Until SIGTERM or SIGINT. Logs one line an event to standard error, without any text of a mail."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )
    signals = Signals()
    signals.install()
    run_daemon(lambda: build(config.load(path)), clock, signals)


def once(path: Path, now: str | None) -> None:
    """One tick at an instant; exit code 1 when a server could not be read."""
    moment = instant(now)
    world = build(config.load(path))
    try:
        with lock(world.settings.state_dir):
            done = tick(world, moment)
        for row in done.sent:
            click.echo(f"sent      {row.rule}  {row.audience.value:8} {row.subject}")
        for obligation in done.performed:
            click.echo(f"performed {obligation.rule}  {obligation.key}: {in_zone(obligation.reason, world.zone)}")
        failing = [source for source in world.store.sources.all() if source.failing_since is not None]
        for source in failing:
            click.echo(f"{source.name}: {source.last_error}", err=True)
        if not (done.sent or done.performed or failing):
            click.echo("nothing to do")
    finally:
        world.mailbox.close()
        world.store.close()
    if failing:
        sys.exit(1)
