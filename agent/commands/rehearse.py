"""`rehearse`: the real past, day by day, as the agent would have lived it. Nothing is sent, nothing is kept."""

from __future__ import annotations

import re
import sys
from collections import Counter
from datetime import datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from agent.commands.common import clock, local, opened, print_json, table
from agent.errors import ConfigError
from agent.model import Audience
from agent.replay import Contact, Replayed, replay
from agent.store import OutboxRow
from agent.world import World

REFERENCE = re.compile(r" \[ma-[a-z2-7]{16}\]$")
KINDS = {"ask": "asked", "notice": "copied", "remind": "reminded", "withdrawn": "withdrew"}
UNTOLD = ("notice/", "welcome")
"""Copies of what left, and the greeting: true, and of no interest in a history."""

LONGEST = timedelta(days=400)


def rehearse(path: Path, since: datetime, *, as_json: bool) -> None:
    """Replay from a day of the mentor's (midnight in their zone) to now. ConfigError for a day to come."""
    now = clock()
    with opened(path) as world:
        start = datetime.combine(since.date(), time(), world.zone).astimezone(now.tzinfo)
        if not now - LONGEST <= start < now:
            raise ConfigError([f"--since: a day in the last {LONGEST.days} days is expected"])
        with click.progressbar(length=(now - start).days + 1, label="Reading and replaying", file=sys.stderr) as bar:
            done = replay(world, start, now, lambda _: bar.update(1))
        if as_json:
            print_json(_as_data(done))
            return
        _print(done, world)


def _print(done: Replayed, world: World) -> None:
    zone = world.zone
    click.echo(
        f"From {local(done.since, zone)} to {local(done.until, zone)}: {done.mails} mails, {done.learners} learners, "
        f"{done.sessions} sessions. In live mode the agent would have:\n"
    )
    shown = [(at, row) for at, row in done.letters if not row.key.startswith(UNTOLD)]
    for day, letters in groupby(shown, key=lambda pair: pair[0].astimezone(zone).date()):
        click.secho(f"{day:%a %Y-%m-%d}", bold=True)
        for at, row in letters:
            click.echo(f"  {_line(at, row, zone)}")
    click.echo()
    _contacts(done.contacts, zone)
    counts = Counter(_kind(row) for _, row in shown)
    click.echo("In all: " + (", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) or "nothing"))
    for line in done.parked:
        click.echo(f"put aside: {line}", err=True)


def _contacts(contacts: tuple[Contact, ...], zone: ZoneInfo) -> None:
    table(
        "First contacts",
        ["learner", "due", "you wrote", "the agent would have", "deadline"],
        [
            [one.learner.name, local(one.due, zone), local(one.mentor, zone), local(one.agent, zone), _verdict(one)]
            for one in contacts
        ],
    )


def _verdict(one: Contact) -> str:
    if one.saved:
        return "saved"
    if one.mentor is not None:
        return "you kept it" if one.mentor <= one.due else "missed"
    return "missed" if one.over else "not over yet"


def _line(at: datetime, row: OutboxRow, zone: ZoneInfo) -> str:
    whom = {Audience.LEARNER: f"to {row.recipient}", Audience.SUPPORT: "to support", Audience.MENTOR: "you"}
    subject = REFERENCE.sub("", row.subject)
    return f"{at.astimezone(zone):%H:%M}  {_kind(row):9} {whom[row.audience]}: {subject}  ({row.rule})"


def _kind(row: OutboxRow) -> str:
    """What a letter does, by its key: the mentor is asked, reminded or told; others are written to."""
    if row.audience is not Audience.MENTOR:
        return "sent"
    parts = row.key.split("/")
    return next((KINDS[part] for part in (parts[0], *parts[1:2]) if part in KINDS), "told")


def _as_data(done: Replayed) -> dict[str, object]:
    return {
        "since": done.since.isoformat(),
        "until": done.until.isoformat(),
        "mails": done.mails,
        "learners": done.learners,
        "sessions": done.sessions,
        "letters": [
            {"at": at.isoformat(), "kind": _kind(row), "to": row.recipient, "subject": row.subject, "rule": row.rule}
            for at, row in done.letters
        ],
        "contacts": [
            {
                "learner": one.learner.name,
                "due": one.due.isoformat(),
                "mentor": one.mentor.isoformat() if one.mentor else None,
                "agent": one.agent.isoformat() if one.agent else None,
                "saved": one.saved,
            }
            for one in done.contacts
        ],
        "put_aside": list(done.parked),
    }
