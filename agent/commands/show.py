"""`plan` and `explain`: what the agent would do, and why, changing nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent import loop
from agent.commands.common import find_learner, in_zone, instant, local, opened, print_json, table
from agent.decide import Plan
from agent.model import Obligation
from agent.policies import POLICIES
from agent.rehearsal import rehearse
from agent.world import World

SHOWN = 10
"""Misses of one rule that `explain` shows as text: two years of sessions have a hundred."""


def plan(path: Path, now: str | None, *, as_json: bool) -> None:
    """What a tick at an instant would do, with everything that lies in the mailbox and the calendar by now."""
    moment = instant(now)
    with opened(path) as world:
        done = rehearse(world, moment)
        failing = [source for source in done.sources if source.failing_since is not None]
        if as_json:
            print_json(
                {
                    "now": moment.isoformat(),
                    "obligations": [{"learner": done.name(hit), **_hit(hit)} for hit in done.performed],
                    "letters": [{"to": row.recipient, "subject": row.subject, "rule": row.rule} for row in done.sent],
                    "failing": {source.name: source.last_error for source in failing},
                }
            )
            return
        table(
            f"At {local(moment, world.zone)} a tick would",
            ["rule", "does", "by", "because"],
            [
                [
                    hit.rule,
                    f"{hit.act.value} ({hit.audience.value})",
                    local(hit.due, world.zone),
                    f"{done.name(hit)}: {in_zone(hit.reason, world.zone)}",
                ]
                for hit in done.performed
            ],
        )
        table("and send", ["rule", "to", "subject"], [[row.rule, row.recipient, row.subject] for row in done.sent])
        for source in failing:
            click.echo(f"{source.name} could not be read: {source.last_error}", err=True)


def explain(path: Path, words: str, now: str | None, *, as_json: bool) -> None:
    """Every rule for one learner, then those that concern the mentor alone."""
    moment = instant(now)
    with opened(path) as world:
        learner = find_learner(world, words)
        judged, desk = loop.plan(world, learner, moment), loop.desk_plan(world, moment)
        if as_json:
            whole = {"learner": learner.name, "now": moment.isoformat(), **_judged(world, judged, moment)}
            print_json({**whole, "yours": _judged(world, desk, moment)})
            return
        click.echo(f"{learner.name} <{learner.address or 'no address'}>, at {local(moment, world.zone)}\n")
        for policy in POLICIES:
            _explain_rule(world, judged, policy.rule, moment)
        click.echo("\nYours, and no learner's:\n")
        for policy in POLICIES:
            if policy.desk is not None:
                _explain_rule(world, desk, policy.rule, moment)
        click.echo(f"\nnext look: {local(judged.look_again, world.zone)} (or when something new arrives)")


def _explain_rule(world: World, judged: Plan, rule: str, now: datetime) -> None:
    """The clause, then what it asks and what it does not; of long histories the latest."""
    click.echo(f"{rule}  {_clause(world, rule, now)}  [{world.rules.mode(rule).value}]")
    for hit in judged.hits:
        if hit.rule == rule:
            by = f"; due {local(hit.due, world.zone)}" if hit.due else ""
            click.echo(f"    hit   {in_zone(hit.reason, world.zone)}{by}{_request_note(world, hit)}")
    misses = [miss for miss in judged.misses if miss.rule == rule]
    if not misses and not any(hit.rule == rule for hit in judged.hits):
        click.echo("    miss  nothing that is known concerns this rule")
    if len(misses) > SHOWN:
        click.echo(f"    ...   {len(misses) - SHOWN} older ones, all in --json")
    for miss in misses[-SHOWN:]:
        click.echo(f"    miss  {in_zone(miss.reason, world.zone)}")


def _clause(world: World, rule: str, now: datetime) -> str:
    """The clause that holds, with the section of the school's page it comes from."""
    try:
        clause = world.clause(rule, now)
    except KeyError:
        return "(no clause of it holds yet)"
    return f"{clause.text['en']} (source: {clause.section})"


def _request_note(world: World, hit: Obligation) -> str:
    request = world.store.requests.by_key(hit.key)
    return "" if request is None else f"; draft {request.id} is {request.state.value}"


def _judged(world: World, judged: Plan, now: datetime) -> dict[str, Any]:
    return {
        "hits": [{**_hit(hit), "clause": _clause(world, hit.rule, now)} for hit in judged.hits],
        "misses": [
            {"rule": miss.rule, "reason": miss.reason, "clause": _clause(world, miss.rule, now)}
            for miss in judged.misses
        ],
        "next_look": judged.look_again.isoformat() if judged.look_again else None,
    }


def _hit(hit: Obligation) -> dict[str, Any]:
    return {
        "rule": hit.rule,
        "key": hit.key,
        "act": hit.act.value,
        "audience": hit.audience.value,
        "due": hit.due.isoformat() if hit.due else None,
        "reason": hit.reason,
    }
