"""What the commands share: opening the world, instants from words, and printing."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from agent import config
from agent.bootstrap import build
from agent.errors import ConfigError, TerminalError
from agent.model import Learner
from agent.world import World


def clock() -> datetime:
    """The present instant, UTC. The only place, with the daemon's caller, where the machine's clock is read."""
    return datetime.now(UTC)


def instant(text: str | None) -> datetime:
    """An instant given by the user, or the present. ConfigError when it has no zone or is no instant."""
    if text is None:
        return clock()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError([f"--now: {text!r} is not an ISO 8601 instant, such as 2026-11-24T09:00+01:00"]) from None
    if moment.tzinfo is None:
        raise ConfigError([f"--now: {text!r} has no zone; write for instance {text}+01:00 or {text}Z"])
    return moment.astimezone(UTC)


@contextmanager
def opened(path: Path) -> Iterator[World]:
    """The world of a settings file, closed afterwards."""
    world = build(config.load(path))
    try:
        yield world
    finally:
        world.mailbox.close()
        world.store.close()


def find_learner(world: World, words: str) -> Learner:
    """A learner by number, address or part of the name. TerminalError when none or several fit."""
    learners = world.store.people.all()
    wanted = _plain(words)
    exact = [one for one in learners if wanted in {str(one.id), _plain(one.name), (one.address or "").lower()}]
    fitting = exact or [one for one in learners if wanted in _plain(one.name)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise TerminalError(f"no learner fits {words!r}; `mentor-agent learners` lists them")
    names = ", ".join(f"{one.id} {one.name}" for one in fitting)
    raise TerminalError(f"several learners fit {words!r}: {names}; use the number")


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the mentor's zone, to the minute; "-" for none."""
    return "-" if moment is None else moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def in_zone(reason: str, zone: ZoneInfo) -> str:
    """A policy's reason with its instants in the mentor's zone."""

    def convert(found: re.Match[str]) -> str:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")

    return re.sub(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC", convert, reason)


def print_json(value: Any) -> None:
    """JSON for programs: instants as ISO 8601, UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A titled table as wide as the terminal; "none" where there is nothing."""
    from rich import box  # noqa: PLC0415 -- only where a person reads
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    console.print(Text(title, style="bold"))
    if not rows:
        console.print("  none\n")
        return
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))  # Text: square brackets in a subject are no markup
    console.print(made)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()
