"""`drafts`: what waits for the mentor's word, and the same acts as by mail."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from agent import decisions, situation_answers
from agent.commands.common import clock, local, opened, print_json, table
from agent.errors import TerminalError
from agent.model import Proof, Request, RequestKind, RequestState, SessionStatus
from agent.understand.verdict import Answer, DraftAnswer
from agent.world import World

ANSWERS = {"approve": Answer.APPROVE, "edit": Answer.REPLACE, "redo": Answer.REDO, "drop": Answer.DROP}


def show_all(path: Path, *, as_json: bool) -> None:
    """Everything open."""
    with opened(path) as world:
        found = world.store.requests.in_state(RequestState.WAITING, RequestState.REDO)
        waiting = [one for one in found if one.kind is not RequestKind.NOTED]  # what was understood asks for nothing
        if as_json:
            print_json([_as_dict(world, request) for request in waiting])
            return
        table(
            "Waiting for you",
            ["id", "what", "learner", "subject", "version", "deadline"],
            [
                [
                    str(r.id),
                    r.kind.value,
                    _learner(world, r),
                    r.version.subject,
                    str(r.version.number),
                    local(r.deadline, world.zone),
                ]
                for r in waiting
            ],
        )


def show(path: Path, draft_id: int, *, as_json: bool) -> None:
    """One request with its current text."""
    with opened(path) as world:
        request = _get(world, draft_id)
        if as_json:
            print_json(_as_dict(world, request))
            return
        click.echo(f"{request.id}  {request.kind.value}  {request.rule}  {request.state.value}")
        click.echo(f"learner:  {_learner(world, request)}")
        click.echo(f"subject:  {request.version.subject}")
        click.echo(f"deadline: {local(request.deadline, world.zone)}")
        if request.not_before:
            click.echo(f"leaves:   not before {local(request.not_before, world.zone)}")
        click.echo(f"version:  {request.version.number} by {request.version.writer or '-'}\n")
        click.echo(request.version.text)


def act(path: Path, draft_id: int, name: str, text: str) -> None:
    """One act by command; the next tick carries it out."""
    if text == "-":
        text = sys.stdin.read()
    now = clock()
    with opened(path) as world:
        request = _get(world, draft_id)
        if request.state is not RequestState.WAITING:
            raise TerminalError(f"draft {draft_id} is {request.state.value}: nothing to {name}")
        if not _apply(world, request, name, text, now):
            raise TerminalError(f"{name} is not possible for a {request.kind.value}")
    click.echo(f"{draft_id}: {name} noted; the agent acts on it at its next tick")


def _apply(world: World, request: Request, name: str, text: str, now: datetime) -> bool:
    """The act, where the request knows it: a question takes approve (yes) and drop (no), or edit (words, notes)."""
    if request.kind in decisions.DRAFTS:
        return decisions.on_draft(world, request, DraftAnswer(ANSWERS[name], text), Proof.COMMAND, now)
    if request.kind is RequestKind.SESSION:
        completed = SessionStatus.COMPLETED
        return name == "edit" and decisions.on_session(world, request, completed, text, Proof.COMMAND, now)
    if request.kind in situation_answers.KINDS and name == "edit":
        source = f"drafts/{request.id}/{now:%Y%m%dT%H%M%S}"
        return situation_answers.on_answer(world, request, text, source, Proof.COMMAND, now) is None
    if name == "drop" or (name == "approve" and request.kind not in situation_answers.KINDS):
        decisions.on_question(world, request, Proof.COMMAND, now, yes=name == "approve")
        return True
    return False


def _get(world: World, draft_id: int) -> Request:
    try:
        return world.store.requests.get(draft_id)
    except KeyError:
        raise TerminalError(f"there is no draft {draft_id}; `mentor-agent drafts` lists them") from None


def _learner(world: World, request: Request) -> str:
    return world.store.people.get(request.learner_id).name if request.learner_id else "-"


def _as_dict(world: World, request: Request) -> dict[str, object]:
    return {
        "id": request.id,
        "kind": request.kind.value,
        "rule": request.rule,
        "state": request.state.value,
        "learner": _learner(world, request),
        "subject": request.version.subject,
        "version": request.version.number,
        "deadline": request.deadline.isoformat() if request.deadline else None,
        "not_before": request.not_before.isoformat() if request.not_before else None,
        "text": request.version.text,
    }
