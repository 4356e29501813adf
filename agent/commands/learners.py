"""`learners`: whom the agent knows, and how to make it know one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from agent import bounces
from agent.commands.common import clock, find_learner, local, opened, print_json, table
from agent.config.values import mail_address
from agent.errors import ConfigError, TerminalError
from agent.figures import progress, progress_words
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
        known = progress(world, learner, clock())
        if as_json:
            print_json(
                {
                    **_as_dict(learner),
                    "sessions": [
                        {"start": s.start.isoformat(), "status": s.status.value if s.status else None, "gone": s.gone}
                        for s in sessions
                    ],
                    "letters": [letter.at.isoformat() for letter in letters],
                    "progress": {"real": known.real, "expected": known.expected, "behind": known.behind},
                }
            )
            return
        click.echo(f"{learner.id}  {learner.name} <{learner.address or 'no address'}>")
        click.echo(f"path: {learner.path or '-'}; project: {learner.project or '-'}; funding: {learner.funding.value}")
        click.echo(f"funded: {learner.funded_from or '-'} to {learner.funded_until or '-'}")
        click.echo(f"progress: {progress_words(world, known)}")
        zone = learner.zone.key if learner.zone else "yours"
        form = "informal (tu)" if learner.informal else "formal (vous)"
        evenings = "agreed" if learner.evenings else "not agreed"
        click.echo(f"language: {learner.language.value}, {form}; evenings and weekends: {evenings}; time zone: {zone}")
        click.echo(f"assigned: {local(learner.assigned_at, world.zone)}; written to: {len(letters)} time(s)")
        click.echo(f"left: {local(learner.left_at, world.zone)}\n")
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


def change(path: Path, words: str, given: dict[str, Any]) -> None:
    """Change what is known of a learner. None: not mentioned; an empty text clears what may be unknown."""
    said = {name: value for name, value in given.items() if value is not None}
    if not said:
        raise ConfigError(["learners set: nothing to change; --help lists what can be"])
    problems: list[str] = []
    with opened(path) as world:
        learner = find_learner(world, words)
        values = {_FIELDS.get(name, name): _value(name, value, learner, problems) for name, value in said.items()}
        changed = replace(learner, **values) if not problems else learner
        if changed.funded_from and changed.funded_until and changed.funded_until < changed.funded_from:
            problems.append("--funded-until: is before --funded-from")
        if changed.address in {*world.settings.mentor.addresses, world.settings.school.support.lower()}:
            problems.append(f"--address: {changed.address} is yours or support's, no learner's")
        if problems:
            raise ConfigError(problems)
        known = world.store.people.by_address(changed.address or "")
        if known is not None and known.id != learner.id:
            raise TerminalError(f"{changed.address} is {known.name}'s; `mentor-agent learners` lists everybody")
        with world.store.transaction():
            world.store.people.change(changed)
            if changed.address != learner.address:
                # the old address stays on record, and what lies in Sent to the new one counts from now on
                now = clock()
                key = f"address:{learner.id}:{now.isoformat()}"
                detail = {"from": learner.address, "to": changed.address}
                world.store.facts.add(key, "address", at=now, now=now, learner_id=learner.id, detail=detail)
                world.store.sources.forget_cursor("mailbox")
            if "address" in said:
                bounces.corrected(world, changed, learner.address, clock())
        click.echo(
            f"{changed.id}  {changed.name} <{changed.address or 'no address'}> changed: {', '.join(sorted(said))}"
        )


_FIELDS = {"path_": "path", "timezone": "zone", "left": "left_at"}
"""What an option is called in a Learner, where the names differ."""


def _value(name: str, value: Any, learner: Learner, problems: list[str]) -> Any:
    """An option as a Learner has it; what is wrong with it is added to `problems`."""
    try:
        return _READ[name](value, learner) if name in _READ else value
    except (ValueError, KeyError, OSError) as error:
        problems.append(f"--{name.rstrip('_').replace('_', '-')}: {_why(name, value, error)}")
        return None


def _why(name: str, value: Any, error: Exception) -> str:
    known = {
        "timezone": f"{value!r} is not an IANA time zone; for instance Europe/Paris",
        "funded_from": f"{value!r} is not a day such as 2026-11-24",
        "funded_until": f"{value!r} is not a day such as 2026-11-24",
    }
    return known.get(name, str(error))


def _text(value: str, learner: Learner) -> str | None:
    """One line; empty: not known."""
    return " ".join(value.split()) or None


def _day(value: str, learner: Learner) -> date | None:
    return date.fromisoformat(value) if value else None


def _left(value: bool, learner: Learner) -> datetime | None:
    return (learner.left_at or clock()) if value else None


_READ: dict[str, Callable[[Any, Learner], Any]] = {
    "address": lambda value, learner: mail_address(value).lower(),
    "path_": _text,
    "project": _text,
    "funding": lambda value, learner: Funding(value),
    "language": lambda value, learner: Language(value),
    "timezone": lambda value, learner: ZoneInfo(value) if value else None,
    "funded_from": _day,
    "funded_until": _day,
    "left": _left,
}


def _as_dict(learner: Learner) -> dict[str, object]:
    return {
        "id": learner.id,
        "name": learner.name,
        "address": learner.address,
        "path": learner.path,
        "project": learner.project,
        "funding": learner.funding.value,
        "language": learner.language.value,
        "informal": learner.informal,
        "evenings": learner.evenings,
        "timezone": learner.zone.key if learner.zone else None,
        "funded_from": learner.funded_from.isoformat() if learner.funded_from else None,
        "funded_until": learner.funded_until.isoformat() if learner.funded_until else None,
        "assigned_at": learner.assigned_at.isoformat(),
        "left_at": learner.left_at.isoformat() if learner.left_at else None,
    }
