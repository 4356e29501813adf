"""`tell`: a situation in the mentor's own words, the same as by a mail to oneself."""

from __future__ import annotations

from pathlib import Path

import click

from agent import situations
from agent.commands.common import clock, opened
from agent.errors import TerminalError


def tell(path: Path, words: str) -> None:
    """Say what was noted and what is not clear. TerminalError when no situation was found in the words."""
    with opened(path) as world:
        outcome = situations.tell(world, words, clock())
    for line in outcome.noted:
        click.echo(f"noted: {line}")
    for line in outcome.asked:
        click.echo(f"not noted: {line}")
    if not outcome.noted and not outcome.asked:
        raise TerminalError(f"no situation understood in {words!r}; for instance: Léa absente ce soir")
    if outcome.asked:
        click.echo("put it otherwise, or answer the question: it is in `mentor-agent drafts` and on its way by mail")
    else:
        click.echo('the agent acts on it at its next tick; answer its mail with "annuler" to take it back')
