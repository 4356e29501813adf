"""`status`: the whole state on one screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent.commands.common import clock, local, opened, print_json, table
from agent.model import Learner, Request, RequestKind, RequestState, Session
from agent.spending import this_month
from agent.store import OutboxRow, Outgoing, Parked, Source
from agent.world import World

UNSETTLED = (Outgoing.READY, Outgoing.SENDING, Outgoing.UNCERTAIN, Outgoing.FAILED)


@dataclass(frozen=True, slots=True)
class State:
    """Everything that is shown."""

    learners: dict[int, Learner]
    sessions: list[Session]
    waiting: list[Request]
    letters: list[OutboxRow]
    sources: list[Source]
    parked: list[Parked]

    def name(self, learner_id: int | None) -> str:
        """A learner's name; "-" for none."""
        return self.learners[learner_id].name if learner_id is not None else "-"


def status(path: Path, *, as_json: bool) -> None:
    """Read it and show it."""
    now = clock()
    with opened(path) as world:
        store = world.store
        state = State(
            {one.id: one for one in store.people.all()},
            store.people.upcoming(now),
            [r for r in store.requests.in_state(RequestState.WAITING) if r.kind is not RequestKind.NOTED],
            store.outbox.in_state(*UNSETTLED),
            store.sources.all(),
            store.parking.all(),
        )
        if as_json:
            so_far = this_month(world.settings, store, now)
            budget = {"tokens": so_far.spent.tokens, "cost": str(so_far.spent.cost), "stopped": so_far.over}
            print_json({"mode": world.settings.mode, **_as_dict(state), "writer": budget})
        else:
            _show(world, state, now)


def _as_dict(state: State) -> dict[str, Any]:
    return {
        "learners": [{"id": one.id, "name": one.name, "address": one.address} for one in state.learners.values()],
        "sessions": [{"learner": state.name(s.learner_id), "start": s.start.isoformat()} for s in state.sessions],
        "waiting": [
            {
                "id": r.id,
                "kind": r.kind.value,
                "learner": state.name(r.learner_id),
                "subject": r.version.subject,
                "deadline": r.deadline.isoformat() if r.deadline else None,
            }
            for r in state.waiting
        ],
        "outbox": [
            {"to": o.recipient, "subject": o.subject, "state": o.state.value, "error": o.last_error}
            for o in state.letters
        ],
        "sources": [
            {
                "name": s.name,
                "last_success": s.last_success.isoformat() if s.last_success else None,
                "error": s.last_error,
                "next_try": s.next_try.isoformat() if s.next_try else None,
            }
            for s in state.sources
        ],
        "parked": [{"what": p.what, "reason": p.reason, "advice": p.advice} for p in state.parked],
    }


def _show(world: World, state: State, now: datetime) -> None:
    zone = world.zone
    click.echo(f"mode: {world.settings.mode}, {len(state.learners)} learner(s)")
    if world.settings.writer.url != "none":
        click.echo(f"writer: {world.settings.writer.model}, {this_month(world.settings, world.store, now).said()}")
    click.echo()
    table(
        "Learners",
        ["id", "name", "address"],
        [[str(one.id), one.name, one.address or "-"] for one in state.learners.values()],
    )
    table(
        "Next sessions",
        ["when", "learner"],
        [[local(s.start, zone), state.name(s.learner_id)] for s in state.sessions],
    )
    table(
        "Waiting for you",
        ["id", "what", "learner", "subject", "deadline"],
        [
            [str(r.id), r.kind.value, state.name(r.learner_id), r.version.subject, _deadline(r.deadline, now, world)]
            for r in state.waiting
        ],
    )
    if state.letters:
        table(
            "Letters on their way",
            ["to", "subject", "state", "last error"],
            [[o.recipient, o.subject, o.state.value, o.last_error or ""] for o in state.letters],
        )
    table(
        "Servers",
        ["source", "last success", "state"],
        [[s.name, local(s.last_success, zone), s.last_error or "fine"] for s in state.sources],
    )
    table("Put aside", ["what", "why", "what to do"], [[p.what, p.reason, p.advice] for p in state.parked])


def _deadline(deadline: datetime | None, now: datetime, world: World) -> str:
    late = " OVERDUE" if deadline and deadline < now else ""
    return local(deadline, world.zone) + late
