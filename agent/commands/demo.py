"""`demo`: three weeks of a mentor's life in seconds, on local files, for looking at."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click

from agent.demo import account
from agent.demo.place import MARK, PARIS, START
from agent.demo.script import Script
from agent.demo.town import StoryError, Town
from agent.errors import ConfigError, TerminalError

COLOURS = {"letter": "green", "rule": "bright_black", "event": "cyan"}

LEAVES = ("agent.toml", "index.html", "mails", "mailbox", "post", "calendar", "calendar.away", "state")
"""What a demo leaves in its folder, and the next one there replaces."""


def play(keep: Path | None, days: int) -> None:
    """Play `days` days and tell of them. TerminalError when somebody in the story was let down."""
    town = Town(_folder(keep))
    until = datetime.combine((START + timedelta(days=days)).date(), datetime.min.time(), PARIS)
    try:
        Script(town).begin()
        failure = _watch(town, until, days)
        for kind, line in account.timeline(town):
            click.secho(
                ("\n" if kind == "day" else "") + line, fg=COLOURS.get(kind), bold=kind in {"day", "letter"} or None
            )
        count = account.write_mails(town)
        found = account.figures(town)
    finally:
        town.close()
    click.echo("\n" + "\n".join(account.summary(found)))
    _where(town, count, until)
    problems = [*([str(failure)] if failure else []), *found.problems]
    if problems:
        raise TerminalError("the demo did not go as it should:\n  " + "\n  ".join(problems))


def _watch(town: Town, until: datetime, days: int) -> StoryError | None:
    """Play, with a bar where somebody watches; who was let down, if anybody was."""
    try:
        if sys.stdout.isatty():
            _with_bar(town, town.play(until), days)
        else:
            for _ in town.play(until):
                pass
    except StoryError as error:
        return error
    return None


def _with_bar(town: Town, moments: Iterator[datetime], days: int) -> None:
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 -- only where a person watches

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[mails]} mails"))
    with Progress(*columns, transient=True) as progress:
        bar = progress.add_task("", total=days, mails=0)
        for moment in moments:
            here = moment.astimezone(PARIS)
            passed = (moment - START) / timedelta(days=1)
            progress.update(bar, completed=passed, description=f"{here:%a %d %b %H:%M}", mails=len(account.mails(town)))


def _folder(keep: Path | None) -> Path:
    """An empty folder. One that holds an earlier demo is cleared; one with anything else in it is left alone."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="mentor-agent-demo-"))
    folder = keep.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            return folder
        settings = folder / "agent.toml"
        if not (settings.is_file() and settings.read_text(encoding="utf-8", errors="replace").startswith(MARK)):
            raise ConfigError([f"--keep: {folder} is not empty; name a new folder"])
        for name in LEAVES:
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError([f"--keep: {folder} cannot be used: {error.strerror}"]) from error
    return folder


def _where(town: Town, count: int, until: datetime) -> None:
    program = "mentor-agent" if shutil.which("mentor-agent") else os.path.relpath(sys.argv[0])
    command = f"{program} --config {town.settings_file}"
    click.echo(
        f"\nAll {count} mails to look at:  {town.folder / 'index.html'}\n"
        f"each as a file:            {town.folder / 'mails'}\n\n"
        f"More of it:\n"
        f"  {command} status\n"
        f"  {command} explain Thomas --now {until.isoformat(timespec='minutes')}"
    )
