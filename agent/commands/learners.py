"""`learners`: whom the agent knows, and how to make it know one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agent.commands.common import clock, find_learner, local, opened, print_json, table
from agent.config import mail_address
from agent.errors import ConfigError, TerminalError
from agent.model import Funding, Language, Learner, Proof
from agent.understand.recognise import safe_name
from agent.world import World


def show_all(path: Path, *, as_json: bool) -> None:
    """Every learner."""
    with opened(path) as world:
        learners = world.store.people.all()
        if as_json:
            print_json([_as_dict(one) for one in learners])
            return
        table(
            "Learners",
            ["id", "name", "address", "path", "assigned"],
            [
                [str(one.id), one.name, one.address or "-", one.path or "-", local(one.assigned_at, world.zone)]
                for one in learners
            ],
        )


def show(path: Path, words: str, *, as_json: bool) -> None:
    """One learner with sessions and letters."""
    with opened(path) as world:
        learner = find_learner(world, words)
        sessions = world.store.people.sessions(learner.id)
        letters = world.store.facts.of_kind("letter", learner.id)
        if as_json:
            print_json(
                {
                    **_as_dict(learner),
                    "sessions": [
                        {"start": s.start.isoformat(), "status": s.status.value if s.status else None, "gone": s.gone}
                        for s in sessions
                    ],
                    "letters": [letter.at.isoformat() for letter in letters],
                }
            )
            return
        click.echo(f"{learner.id}  {learner.name} <{learner.address or 'no address'}>")
        click.echo(f"path: {learner.path or '-'}; project: {learner.project or '-'}; funding: {learner.funding.value}")
        click.echo(f"assigned: {local(learner.assigned_at, world.zone)}; written to: {len(letters)} time(s)\n")
        table(
            "Sessions",
            ["when", "status"],
            [[local(s.start, world.zone), "cancelled" if s.gone else s.status or "-"] for s in sessions],
        )


def add(path: Path, given: dict[str, Any]) -> None:
    """Add a learner. Unless they are new, the mentor has been in contact already: no letter is owed."""
    name = safe_name(given["name"])
    if not name:
        raise ConfigError([f"NAME: {given['name']!r} is not a name"])
    try:
        address = mail_address(given["address"]).lower()
    except ValueError as error:
        raise ConfigError([f"ADDRESS: {error}"]) from None
    with opened(path) as world:
        if world.store.people.by_address(address) is not None:
            raise TerminalError(f"{address} is already known; `mentor-agent learners` lists everybody")
        learner = _store(world, name, address, given)
        click.echo(f"{learner.id}  {learner.name} <{learner.address}> added")


def _store(world: World, name: str, address: str, given: dict[str, Any]) -> Learner:
    now = clock()
    # Whom the mentor follows already was assigned at an unknown time: what happened since the first look counts.
    assigned_at = now if given["contact"] else min(now, world.store.watched_since() or now)
    with world.store.transaction():
        learner = world.store.people.add(
            Learner(
                id=0,
                name=name,
                address=address,
                assigned_at=assigned_at,
                path=given["path_"],
                project=given["project"],
                funding=Funding(given["funding"]),
                language=Language(given["language"] or world.language),
                informal=given["informal"],
            )
        )
        if not given["contact"]:
            key = f"declared:{learner.id}"
            world.store.facts.add(key, "letter", at=now, now=now, learner_id=learner.id, proof=Proof.COMMAND)
        world.store.sources.forget_cursor("mailbox")  # what was sent to them before counts as contact
    return learner


def _as_dict(learner: Learner) -> dict[str, object]:
    return {
        "id": learner.id,
        "name": learner.name,
        "address": learner.address,
        "path": learner.path,
        "project": learner.project,
        "funding": learner.funding.value,
        "language": learner.language.value,
        "assigned_at": learner.assigned_at.isoformat(),
    }
