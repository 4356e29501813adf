"""The mentor's answers to questions about situations: context, progress, outcome, which one, and "that is not so"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from agent import decisions, situations
from agent.model import Matter, Party, Proof, Request, RequestKind, RequestState, SessionStatus, Situation
from agent.placing import Known
from agent.policies.weeks import ends, midnight, monday
from agent.situations import Outcome, Said
from agent.store import NewSituation
from agent.taken_back import tell_what_left
from agent.understand.situation import Heard, answered, read
from agent.understand.text import folded
from agent.understand.verdict import read_confirmation
from agent.understand.who import who
from agent.world import World

_NUMBER = re.compile(
    r"(?:(?:le|la|n|no|numero|number|option|choix|the) ?[°o]? ?)?(\d{1,2})(?:e|er|eme|st|nd|rd|th)?[ .!]*"
)


def on_answer(world: World, request: Request, text: str, source: str, proof: Proof, now: datetime) -> str | None:
    """Act on an answer; None when that was done, else why not (a phrase's name in groups "why" and "advice")."""
    named = bool(who(text, world.store.people.all()).ids)
    chosen = request.learner_id is not None and not named
    said = Said(source, now, proof, now, Known(request.learner_id, request.session_id, chosen=chosen))
    with world.store.transaction():
        problem = KINDS[request.kind](world, request, text.strip(), said)
        if problem is None and request.learner_id is not None:
            world.store.people.touch(request.learner_id)
    return problem


def _context(world: World, request: Request, text: str, said: Said) -> str | None:
    """Why no session was planned: the mentor's words, kept with the week they are about."""
    if not text:
        return "empty"
    week = _week(world, request)
    world.store.situations.add(
        NewSituation(
            source=f"{said.source}/context",
            matter=Matter.CONTEXT,
            at=said.at,
            by=Party.MENTOR,
            words=text[: situations.MOST_WORDS],
            proof=said.proof,
            learner_id=request.learner_id,
            since=midnight(week, world.zone),
            until=ends(week, world.zone),
        )
    )
    _done(world, request, said)
    return None


def _week(world: World, request: Request) -> date:
    """The Monday that the question was about."""
    for written in (request.subject_key or "", request.key.rpartition("/")[2]):
        try:
            return monday(midnight(date.fromisoformat(written), world.zone), world.zone)
        except ValueError:
            continue
    return monday(request.created_at, world.zone)


def _progress(world: World, request: Request, text: str, said: Said) -> str | None:
    found = answered(text, world.situations, Matter.PROGRESS)
    if found is not None and found[1] is not None and 0 <= found[1] <= 100:
        heard = [Heard(Matter.PROGRESS, text, number=found[1])]
    else:
        wanted = {Matter.PROGRESS, Matter.PROJECT_DONE}
        heard = [one for one in _read(world, text, said) if one.matter in wanted and one.doubt is None]
    return _of_this_learner(world, request, heard, said, "progress")


def _outcome(world: World, request: Request, text: str, said: Said) -> str | None:
    """Whether the learner is back or has left, after an alert."""
    found = answered(text, world.situations, Matter.BACK, Matter.LEFT)
    if found is not None:
        heard = [Heard(found[0], text)]
    else:
        heard = [one for one in _read(world, text, said) if one.matter in {Matter.BACK, Matter.LEFT}]
    certain = len(heard) == 1 and heard[0].doubt is None
    return _of_this_learner(world, request, heard if certain else [], said, "outcome")


def _of_this_learner(world: World, request: Request, heard: list[Heard], said: Said, otherwise: str) -> str | None:
    """Store what the answer says of the learner that was asked about; `otherwise` where it says it of somebody else."""
    if not heard or request.learner_id is None or any(set(one.who) - {request.learner_id} for one in heard):
        return otherwise
    known = Known(request.learner_id, chosen=True)
    if not situations.take(world, heard, replace(said, known=known)).noted:
        return otherwise
    _done(world, request, said)
    return None


def _which(world: World, request: Request, text: str, said: Said) -> str | None:
    """Whom or what was meant: a number, a name, or the sentence put otherwise."""
    if read_confirmation(text, world.lexicon) is False:
        world.store.requests.settle(request, RequestState.DROPPED, said.proof, said.now)
        return None
    kept = request.version.text
    known = _chosen(world, request, text)
    again = replace(said, source=f"{request.key}/{said.source}", at=request.created_at)
    if known is not None:
        return _taken(
            world, request, situations.take(world, _read(world, kept, again), replace(again, known=known)), said
        )
    if new := _read(world, text, said):
        named = situations.context(world, text)
        fresh = replace(said, known=named if named.learner_id is not None else said.known)
        return _taken(world, request, situations.take(world, new, fresh), said)
    both = _read(world, f"{kept} {text}", again)
    if any(one.doubt is None for one in both):
        return _taken(world, request, situations.take(world, both, again), said)
    return "which"


def _chosen(world: World, request: Request, text: str) -> Known | None:
    """What a number, or a learner's name alone, picks out of what was offered."""
    kind, _, listed = (request.subject_key or "").partition(":")
    values = [value for value in listed.split(",") if value]
    number = _NUMBER.fullmatch(folded(text))
    if number is not None:
        at = int(number[1]) - 1
        if not 0 <= at < len(values):
            return None
        return {
            "learner": Known(learner_id=_id(values[at]), chosen=True),
            "session": Known(session_id=_id(values[at])),
            "matter": Known(request.learner_id, matter=Matter(values[at]) if kind == "matter" else None),
        }.get(kind)
    named = who(text, world.store.people.all())
    alone = len(named.ids) == 1 and named.certain and len(text.split()) <= 4
    if not alone or _read(world, text, Said("", request.created_at, Proof.NONE, request.created_at)):
        return None
    return Known(named.ids[0], chosen=True)


def _id(value: str) -> int | None:
    return int(value) if value.isdigit() else None


def _taken(world: World, request: Request, outcome: Outcome, said: Said) -> str | None:
    if not outcome.noted and not outcome.asked:
        return "which"
    _done(world, request, said)
    return None


def _noted(world: World, request: Request, text: str, said: Said) -> str | None:
    """ "Cancel" takes back what was noted; what else the answer reports is taken as a report of its own."""
    flat = folded(text).strip(" .!")
    cancel = next((m for p in world.situations.values["cancel"] if (m := p.match(flat)) and _whole_word(flat, m)), None)
    heard = _read(world, text, said)
    if cancel is None:
        if heard:
            situations.take(world, heard, replace(said, known=situations.context(world, text)))
            return None
        return None if read_confirmation(text, world.lexicon) else "noted"
    rest = flat[cancel.end() :].strip(" ,.;:!")
    if rest and not heard:
        return "noted"
    take_back(world, [int(one) for one in (request.subject_key or "").split()], said)
    world.store.requests.settle(request, RequestState.DROPPED, said.proof, said.now)
    if rest:
        # "non, ..." is no doubt of what follows it
        again = _read(world, rest, said)
        situations.take(world, again, replace(said, known=situations.context(world, text)))
    return None


def _whole_word(flat: str, match: re.Match[str]) -> bool:
    return match.end() == len(flat) or not flat[match.end()].isalnum()


def take_back(world: World, ids: list[int], said: Said) -> None:
    """These situations were not so: they are struck, and what followed from them is undone."""
    for situation_id in ids:
        situation = world.store.situations.get(situation_id)
        world.store.situations.take_back(situation_id, said.now)
        if situation.matter is Matter.ABSENT and situation.session_id is not None:
            session = world.store.people.session(situation.session_id)
            if session.status is SessionStatus.ABSENT:
                decisions.unmark(world, session, said.now)
        _undo(world, situation, said)
        tell_what_left(world, situation, said.now)


def _undo(world: World, situation: Situation, said: Said) -> None:
    if situation.learner_id is None:
        return
    learner = world.store.people.get(situation.learner_id)
    earlier = world.store.situations.of_learner(learner.id, learner.assigned_at)
    gone = next((s for s in reversed(earlier) if s.matter in {Matter.LEFT, Matter.BACK}), None)
    left_at = (gone.since or gone.at) if gone is not None and gone.matter is Matter.LEFT else None
    changed = {
        Matter.INFORMAL: replace(learner, informal=False),
        Matter.EVENINGS: replace(learner, evenings=False),
        Matter.LEFT: replace(learner, left_at=left_at),
        Matter.BACK: replace(learner, left_at=left_at),
    }.get(situation.matter)
    if changed is not None:
        world.store.people.change(changed)


def _done(world: World, request: Request, said: Said) -> None:
    world.store.requests.settle(request, RequestState.ANSWERED, said.proof, said.now)


def _read(world: World, text: str, said: Said) -> list[Heard]:
    heard = read(text, world.situations, world.store.people.all(), said.at, world.zone)
    return situations.told(heard, text, world.situations)


KINDS: dict[RequestKind, Callable[[World, Request, str, Said], str | None]] = {
    RequestKind.CONTEXT: _context,
    RequestKind.PROGRESS: _progress,
    RequestKind.OUTCOME: _outcome,
    RequestKind.WHICH: _which,
    RequestKind.NOTED: _noted,
}
"""The questions that are answered here."""
