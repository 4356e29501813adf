"""`report log`: every call to a model in a calendar month, what became of its report, and what the month cost."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent.commands.common import instant, opened, print_json, table
from agent.errors import ConfigError
from agent.indicators import month
from agent.model import Learner
from agent.spending import Month, money, this_month
from agent.store.calls import Logged
from agent.world import World

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def show(path: Path, wanted: str | None, now: str | None, *, as_json: bool) -> None:
    """The calls of a month in the mentor's zone; of the current one where none is named."""
    moment = instant(now)
    with opened(path) as world:
        shown = _moment(wanted, world) if wanted is not None else moment
        here = shown.astimezone(world.zone)
        period = month(here.year, here.month, world.zone)
        calls = world.store.calls.between(period.start, period.end)
        so_far = this_month(world.settings, world.store, shown)
        learners = {one.id: one for one in world.store.people.all()}
        if as_json:
            print_json(_as_dict(calls, so_far, f"{here:%Y-%m}", learners))
        else:
            _show(world, calls, so_far, f"{here:%Y-%m}", learners)


def _moment(wanted: str, world: World) -> datetime:
    """An instant in that month."""
    found = MONTH.fullmatch(wanted)
    if found is None:
        raise ConfigError([f"--month: {wanted!r} is no month; write for instance 2026-11"])
    return month(int(found[1]), int(found[2]), world.zone).start


def _show(world: World, calls: list[Logged], so_far: Month, name: str, learners: dict[int, Learner]) -> None:
    models = sorted({one.call.model for one in calls})
    rows = [
        [
            one.drafting.at.astimezone(world.zone).strftime("%d %H:%M"),
            _learner(one, learners),
            *([one.call.model] if len(models) > 1 else []),
            f"{'~' if one.call.estimated else ''}{one.call.tokens_in}+{one.call.tokens_out}",
            f"{one.call.seconds:.1f}",
            "-" if one.cost is None else money(one.cost),
            f"{one.call.purpose.value}: {_became(one)}",
        ]
        for one in calls
    ]
    columns = ["when", "learner", *(["model"] if len(models) > 1 else []), "tokens", "s", "cost", "what became of it"]
    table(f"Calls to {models[0] if len(models) == 1 else 'models'} in {name}", columns, rows)
    click.echo(so_far.said().replace("this month", name))
    if any(one.call.estimated for one in calls):
        click.echo("~ estimated: the server gave no count")


def _became(one: Logged) -> str:
    """The call's own fault, else what became of the draft."""
    if one.call.fault:
        return one.call.fault
    said = one.drafting.outcome.value.replace("_", " ")
    return f"{said} ({one.drafting.why})" if one.drafting.why else said


def _learner(one: Logged, learners: dict[int, Learner]) -> str:
    known = learners.get(one.drafting.learner_id or 0)
    return known.name if known else "-"


def _as_dict(calls: list[Logged], so_far: Month, name: str, learners: dict[int, Learner]) -> dict[str, Any]:
    return {
        "month": name,
        "calls": [
            {
                "at": one.drafting.at.isoformat(),
                "learner": _learner(one, learners),
                "session": one.drafting.session_id,
                "base_url": one.drafting.where,
                "model": one.call.model,
                "prompt": one.call.prompt,
                "purpose": one.call.purpose.value,
                "tokens_in": one.call.tokens_in,
                "tokens_out": one.call.tokens_out,
                "estimated": one.call.estimated,
                "seconds": one.call.seconds,
                "cost": None if one.cost is None else str(one.cost),
                "fault": one.call.fault,
                "outcome": one.drafting.outcome.value,
                "why": one.drafting.why,
            }
            for one in calls
        ],
        "tokens": so_far.spent.tokens,
        "monthly_tokens": so_far.tokens,
        "cost": str(so_far.spent.cost),
        "monthly_cost": None if so_far.cost is None else str(so_far.cost),
        "stopped": so_far.over,
    }
