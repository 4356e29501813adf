"""A report's draft on the mentor's terms: in time, within the month's budgets, and written down.

What is recorded of a call to a model holds none of the words that went out or came back.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from agent import checks
from agent.connectors.ports import Model
from agent.model import Brief
from agent.model.calls import Terms
from agent.report.draft import Drafted, draft
from agent.spending import cost, money, this_month, tokens_left
from agent.store.calls import Drafting
from agent.world import World

LEAST = 5.0
"""Seconds below which no model is asked: none answers so soon."""
FAILED = 2
"""Drafts without any answer, one after the other, after which a model is left in peace for a while."""


def drafted(
    world: World,
    brief: Brief,
    now: datetime,
    *,
    due: datetime | None = None,
    learner_id: int | None = None,
    session_id: int | None = None,
) -> Drafted:
    """The draft of a report that is due at an instant (UTC; None: whenever), and the record of how it came about.

    UnreadableError as agent.report.draft.draft.
    """
    writer, settings = world.writer, world.settings.writer
    brief = replace(brief, voice=brief.voice or world.voice)

    def manners(text: str) -> list[str]:
        return checks.doubts(world, text, None, now)  # R28; R02 is the brief's

    if not isinstance(writer, Model) or writer is world.builtin:
        return draft(brief, writer, world.builtin, world.report_words, manners=manners)
    seconds = _seconds(settings.timeout_seconds, now, due, settings.margin_minutes)
    known_since = now - timedelta(days=settings.relearn_days)
    terms = Terms(
        seconds,
        world.store.calls.habits(writer.where, writer.name, known_since),
        tokens_left(this_month(world.settings, world.store, now), settings),
    )
    refused = _refused(world, writer, brief, seconds, now)
    began = time.monotonic()
    done = draft(brief, writer, world.builtin, world.report_words, terms=terms, manners=manners, refused=refused)
    if done.calls:
        at = now + timedelta(seconds=time.monotonic() - began)
        about = Drafting(at, writer.where, done.outcome, done.why, learner_id, session_id)
        world.store.calls.record(about, [(call, cost(call, settings)) for call in done.calls])
    if done.habits is not None:
        world.store.calls.learn(writer.where, writer.name, done.habits, now, known_since)
    return done


def _seconds(most: float, now: datetime, due: datetime | None, margin_minutes: float) -> float:
    """How long a model may take: as set, and never into the margin before the report is due."""
    if due is None:
        return most
    return min(most, (due - timedelta(minutes=margin_minutes) - now).total_seconds())


def _refused(world: World, writer: Model, brief: Brief, seconds: float, now: datetime) -> str | None:
    """Why no model is asked, in the brief's language; None: it is."""
    wording, settings = world.report_words, world.settings.writer
    if seconds < LEAST:
        return wording.say(brief.language, "too_late")
    so_far = this_month(world.settings, world.store, now)
    if so_far.tokens_over:
        return wording.say(brief.language, "budget_tokens", most=so_far.tokens)
    if so_far.cost is not None and so_far.cost_over:
        return wording.say(brief.language, "budget_cost", most=money(so_far.cost))
    since = now - timedelta(minutes=settings.pause_minutes)
    if world.store.calls.failed_lately(writer.where, writer.name, since) >= FAILED:
        return wording.say(brief.language, "paused")
    return None
