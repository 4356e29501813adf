"""`plan`, `explain`, `status`: what the agent knows and thinks, changing nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent import loop
from agent.commands.common import clock, find_learner, instant, local, opened, print_json, table
from agent.correspondence import shadow_key
from agent.decide import Plan
from agent.model import Obligation, RequestState
from agent.store import Outgoing
from agent.world import World


def plan(path: Path, now: str | None, *, as_json: bool) -> None:
    """What is owed at an instant, of what is known already."""
    moment = instant(now)
    with opened(path) as world:
        rows = [
            (learner, hit, state)
            for learner in world.store.people.all()
            for hit in loop.plan(world, learner, moment).hits
            if (state := _state(world, hit, moment)) is not None
        ]
        letters = world.store.outbox.in_state(Outgoing.READY, Outgoing.SENDING)
        if as_json:
            print_json(
                {
                    "now": moment.isoformat(),
                    "obligations": [{"learner": one.name, **_hit(hit), "state": state} for one, hit, state in rows],
                    "outbox": [{"to": row.recipient, "subject": row.subject, "key": row.key} for row in letters],
                }
            )
            return
        table(
            f"At {local(moment, world.zone)} a tick would",
            ["rule", "learner", "does", "by", "because"],
            [[h.rule, one.name, state, local(h.due, world.zone), h.reason] for one, h, state in rows],
        )
        table("and send", ["to", "subject"], [[row.recipient, row.subject] for row in letters])


def _state(world: World, hit: Obligation, now: datetime) -> str | None:
    """What a tick would do about an obligation; None when it is done or only waits for the mentor."""
    if world.store.outbox.has(hit.key) or (world.shadow and world.store.outbox.has(shadow_key(hit.key))):
        return None
    request = world.store.requests.by_key(hit.key)
    if request is None or request.state is RequestState.REDO:
        return f"{hit.act.value} ({hit.audience.value})"
    if request.state is RequestState.APPROVED and (hit.not_before is None or hit.not_before <= now):
        return f"send the approved letter ({hit.audience.value})"
    return None


def explain(path: Path, words: str, now: str | None, *, as_json: bool) -> None:
    """Every rule for one learner."""
    moment = instant(now)
    with opened(path) as world:
        learner = find_learner(world, words)
        judged = loop.plan(world, learner, moment)
        if as_json:
            print_json({"learner": learner.name, "now": moment.isoformat(), **_judged(world, judged, moment)})
            return
        click.echo(f"{learner.name} <{learner.address or 'no address'}>, at {local(moment, world.zone)}\n")
        for policy_rule in sorted({hit.rule for hit in judged.hits} | {miss.rule for miss in judged.misses}):
            clause = world.clause(policy_rule, moment)
            mode = world.rules.mode(policy_rule).value
            click.echo(f"{policy_rule}  {clause.text['en']}  [{mode}; source: {clause.section}]")
            for hit in judged.hits:
                if hit.rule == policy_rule:
                    by = f"; due {local(hit.due, world.zone)}" if hit.due else ""
                    click.echo(f"    hit   {hit.reason}{by}{_request_note(world, hit)}")
            for miss in judged.misses:
                if miss.rule == policy_rule:
                    click.echo(f"    miss  {miss.reason}")
        click.echo(f"\nnext look: {local(judged.look_again, world.zone)} (or when something new arrives)")


def _request_note(world: World, hit: Obligation) -> str:
    request = world.store.requests.by_key(hit.key)
    return "" if request is None else f"; draft {request.id} is {request.state.value}"


def _judged(world: World, judged: Plan, now: datetime) -> dict[str, Any]:
    return {
        "hits": [{**_hit(hit), "clause": world.clause(hit.rule, now).text["en"]} for hit in judged.hits],
        "misses": [
            {"rule": miss.rule, "reason": miss.reason, "clause": world.clause(miss.rule, now).text["en"]}
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


def status(path: Path, *, as_json: bool) -> None:
    """The whole state on one screen."""
    now = clock()
    with opened(path) as world:
        zone, store = world.zone, world.store
        learners = {one.id: one for one in store.people.all()}
        sessions = store.people.upcoming(now)
        waiting = store.requests.in_state(RequestState.WAITING)
        parked = store.parking.all()
        stuck = store.outbox.in_state(Outgoing.READY, Outgoing.SENDING, Outgoing.UNCERTAIN, Outgoing.FAILED)
        if as_json:
            print_json(
                {
                    "mode": world.settings.mode,
                    "learners": [{"id": one.id, "name": one.name, "address": one.address} for one in learners.values()],
                    "sessions": [
                        {"learner": learners[s.learner_id].name, "start": s.start.isoformat()}
                        for s in sessions
                        if s.learner_id
                    ],
                    "waiting": [
                        {
                            "id": r.id,
                            "kind": r.kind.value,
                            "learner": learners[r.learner_id].name if r.learner_id else None,
                            "subject": r.version.subject,
                            "deadline": r.deadline.isoformat() if r.deadline else None,
                        }
                        for r in waiting
                    ],
                    "outbox": [
                        {"to": o.recipient, "subject": o.subject, "state": o.state.value, "error": o.last_error}
                        for o in stuck
                    ],
                    "sources": [
                        {
                            "name": s.name,
                            "last_success": s.last_success.isoformat() if s.last_success else None,
                            "error": s.last_error,
                            "next_try": s.next_try.isoformat() if s.next_try else None,
                        }
                        for s in store.sources.all()
                    ],
                    "parked": [{"what": p.what, "reason": p.reason, "advice": p.advice} for p in parked],
                }
            )
            return
        click.echo(f"mode: {world.settings.mode}, {len(learners)} learner(s)\n")
        table(
            "Next sessions",
            ["when", "learner"],
            [[local(s.start, zone), learners[s.learner_id].name] for s in sessions if s.learner_id],
        )
        table(
            "Waiting for you",
            ["id", "what", "learner", "subject", "deadline"],
            [
                [
                    str(r.id),
                    r.kind.value,
                    learners[r.learner_id].name if r.learner_id else "-",
                    r.version.subject,
                    _deadline(r.deadline, now, world),
                ]
                for r in waiting
            ],
        )
        if stuck:
            table(
                "Letters on their way",
                ["to", "subject", "state", "last error"],
                [[o.recipient, o.subject, o.state.value, o.last_error or ""] for o in stuck],
            )
        table(
            "Servers",
            ["source", "last success", "state"],
            [[s.name, local(s.last_success, zone), s.last_error or "fine"] for s in store.sources.all()],
        )
        table("Put aside", ["what", "why", "what to do"], [[p.what, p.reason, p.advice] for p in parked])


def _deadline(deadline: datetime | None, now: datetime, world: World) -> str:
    late = " OVERDUE" if deadline and deadline < now else ""
    return local(deadline, world.zone) + late
