"""`eval`: models beside the built-in writer on the shipped set of invented notes, so that a mentor can choose one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from agent import config, secrets
from agent.bootstrap import builtin_writer
from agent.commands.common import print_json, table
from agent.config.tables import WriterSettings
from agent.connectors.openai_writer import OpenAiWriter, Window
from agent.connectors.ports import Writer
from agent.report.evaluation import Case, Result, Summary, cases, evaluate
from agent.spending import cost, money

PAUSED = 0.9
"""Below this share a case is shown among those to look at."""

Told = Callable[[Case], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to compare. `base_url`: None for that of the settings; `seconds`: for one report, None for that of them."""

    models: tuple[str, ...]
    base_url: str | None = None
    seconds: float | None = None


def compare(path: Path, wanted: Wanted, *, as_json: bool) -> None:
    """Run the set through each model and the built-in writer. Only invented notes leave, so no permission is asked."""
    settings = config.load(path).writer if path.exists() else WriterSettings()
    base_url = wanted.base_url or (settings.url if settings.url != "none" else None)
    if base_url is None:
        raise click.UsageError("--base-url: where is the model? (no writer.url in the settings)")
    models = wanted.models or ((settings.model,) if settings.model else ())
    if not models:
        raise click.UsageError("--model: which one? (no writer.model in the settings)")
    seconds = wanted.seconds or settings.timeout_seconds
    key = secrets.find("llm", f"llm@{base_url}", settings.key_file, os.environ) or ""
    window = Window(settings.context_tokens, settings.characters_per_token)
    builtin = builtin_writer()
    # In this process: the library is loaded once and not for every case, and whoever waits here can stop it.
    writers: list[Writer] = [OpenAiWriter(base_url, model, key, seconds, window=window) for model in models]
    chosen = cases()
    with _progress(len(chosen) * (len(writers) + 1), hidden=as_json or not sys.stderr.isatty()) as step:
        found = [evaluate(one, builtin, seconds, step(one.name), chosen) for one in (*writers, builtin)]
    if as_json:
        print_json({"base_url": base_url, "writers": [_as_dict(summary, settings) for summary in found]})
    else:
        _show(found, settings, base_url)


@contextmanager
def _progress(total: int, *, hidden: bool) -> Any:
    """A bar on standard error; what is given takes a writer's name and gives what to call before each case."""
    from rich.console import Console  # noqa: PLC0415 -- only where a person reads
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<34.34}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=total + 1, completed=0)

        def step(writer: str) -> Told:
            def told(case: Case) -> None:
                bar.update(task, advance=1, description=f"{writer}: {case.name}")

            return told

        yield step


def _show(found: Sequence[Summary], settings: WriterSettings, base_url: str) -> None:
    number = found[0].cases
    table(
        f"{number} sessions, {base_url}",
        ["", *(summary.writer for summary in found)],
        [
            ["sentences grounded in the notes", *(_percent(s.grounded) for s in found)],
            ["points of the notes told", *(_percent(s.complete) for s in found)],
            ["sentences about this session alone", *(_percent(s.personal) for s in found)],
            ["nothing private out or told", *(_percent(s.private) for s in found)],
            ["drafts that would be its own", *(f"{s.kept} of {s.cases}" for s in found)],
            ["seconds a report (median)", *(_seconds(s.seconds) for s in found)],
            ["tokens a report", *(f"{s.tokens:,.0f}" if s.tokens else "-" for s in found)],
            ["cost of 100 reports", *(_hundred(s, settings) for s in found)],
        ],
    )
    for summary in found:
        rows = [_row(result) for result in summary.results if _weak(result)]
        if rows:
            table(f"{summary.writer}: where to look", ["session", "grounded", "told", "private", "draft"], rows)


def _row(result: Result) -> list[str]:
    draft = result.outcome.value.replace("_", " ") + (f": {result.why}" if result.why else "")
    private = "kept" if result.private else "OUT"
    return [result.case, _percent(result.grounded), _percent(result.complete), private, draft]


def _weak(result: Result) -> bool:
    return min(result.grounded, result.complete) < PAUSED or not result.private or bool(result.why)


def _as_dict(summary: Summary, settings: WriterSettings) -> dict[str, Any]:
    return {**asdict(summary), "cost": None if (spent := _cost(summary, settings)) is None else str(spent)}


def _cost(summary: Summary, settings: WriterSettings) -> Decimal | None:
    """Of the whole set; None where nothing was called, or no price is set."""
    costs = [cost(call, settings) for result in summary.results for call in result.calls]
    return sum((c for c in costs if c is not None), Decimal(0)) if costs and settings.prices.known else None


def _hundred(summary: Summary, settings: WriterSettings) -> str:
    spent = _cost(summary, settings)
    return "-" if spent is None else money(spent * 100 / max(summary.cases, 1))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 0.1 else f"{seconds:.3f}"
