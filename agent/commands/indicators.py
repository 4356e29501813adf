"""`indicators`: what the school watches (R27) in a calendar month, and how far each learner is (R26)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent.commands.common import instant, local, opened, print_json, table
from agent.errors import ConfigError
from agent.figures import Figures, figures, progress_words, said
from agent.indicators import Indicator, Period, Tally, month, month_before
from agent.world import World

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def show(path: Path, wanted: str | None, now: str | None, *, as_json: bool) -> None:
    """The figures of a month in the mentor's zone; of the current one where none is named."""
    moment = instant(now)
    with opened(path) as world:
        here = moment.astimezone(world.zone)
        year, number = _month(wanted) if wanted is not None else (here.year, here.month)
        found = figures(world, month(year, number, world.zone), month_before(year, number, world.zone), moment)
        if as_json:
            print_json(_as_dict(world, found, f"{year:04}-{number:02}"))
        else:
            _show(world, found, f"{year:04}-{number:02}", moment)


def _month(text: str) -> tuple[int, int]:
    found = MONTH.fullmatch(text)
    if found is None or not 1900 <= int(found[1]) <= 9000:
        raise ConfigError([f"--month: {text!r} is not a month such as 2026-11"])
    return int(found[1]), int(found[2])


def _show(world: World, found: Figures, title: str, now: datetime) -> None:
    so_far = f", so far ({local(now, world.zone)})" if found.period.holds(now) else ""
    rows = []
    for one in found.indicators:
        words = said(world, one, found.names)
        rows.append([one.rule, words.label, words.figure, words.trend or "-", words.next])
    table(f"{title}{so_far}", ["rule", "indicator", "figure", "trend", "next"], rows)
    table(
        f"Progress at {local(now, world.zone)}",
        ["id", "learner", "real and expected"],
        [[str(learner.id), learner.name, progress_words(world, one)] for learner, one in found.progress],
    )
    watched = world.store.watched_since()
    if watched is None or watched > found.before.start:
        click.echo(f"watching since {local(watched, world.zone)}: what was before is not counted")


def _as_dict(world: World, found: Figures, name: str) -> dict[str, Any]:
    return {
        "month": name,
        "period": _period(found.period),
        "before": _period(found.before),
        "indicators": [_indicator(world, one, found) for one in found.indicators],
        "progress": [
            {
                "learner": learner.name,
                "id": learner.id,
                "real": one.real,
                "expected": one.expected,
                "behind": one.behind,
                "project": one.project,
                "project_percent": one.percent,
            }
            for learner, one in found.progress
        ],
    }


def _period(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _indicator(world: World, one: Indicator, found: Figures) -> dict[str, Any]:
    words = said(world, one, found.names)
    return {
        "name": one.name,
        "rule": one.rule,
        "label": words.label,
        "goal": one.goal.value,
        **_tally(one.tally),
        "before": None if one.before is None else _tally(one.before),
        "trend": one.trend.value if one.trend else None,
        "state": one.state,
        "learners": [found.names[who] for who in one.concerned if who in found.names],
        "next": words.next,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {"count": tally.count, "of": tally.of, "share": tally.share}
