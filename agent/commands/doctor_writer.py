"""What the doctor says of the model that drafts reports: its server's habits, the examples of style, the budgets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent import bootstrap
from agent.config import Settings
from agent.errors import ConfigError
from agent.model.calls import Form, Habits
from agent.probe import Finding, Verdict
from agent.spending import this_month
from agent.store import Store

_ASKED = {
    Form.SCHEMA: "holds the model to a schema, or its model keeps to one",
    Form.OBJECT: "knows no schemas, or does not hold the model to them: it is asked in JSON mode",
    Form.TEXT: "knows neither schemas nor JSON mode: the JSON is found in the text",
}


def findings(settings: Settings, store: Store, now: datetime) -> Iterator[Finding]:
    """Nothing without a model."""
    writer = settings.writer
    try:
        examples = bootstrap.voice(settings)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("voice", Verdict.WRONG, problem, "mend report.voice in the settings", error)
        examples = ()
    if examples:
        yield Finding("voice", Verdict.OK, f"{len(examples)} past report(s) as examples of style")
    if writer.url == "none":
        return
    habits = store.calls.habits(writer.url, writer.model, now - timedelta(days=writer.relearn_days))
    if habits is not None:
        yield Finding("writer habits", Verdict.OK, _said(habits))
    so_far = this_month(settings, store, now)
    if so_far.over:
        mend = "raise writer.monthly_tokens or writer.monthly_cost, or leave it to the built-in writer"
        yield Finding("writer budget", Verdict.NOTE, so_far.said(), mend)
    else:
        yield Finding("writer budget", Verdict.OK, so_far.said())


def _said(habits: Habits) -> str:
    return f"the server {_ASKED[habits.form]}" + ("" if habits.system else "; it knows no system role")
