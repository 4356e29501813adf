"""An idle tick with 40 learners and two years of history, against one with an empty store."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from agent.connectors.memory_calendar import MemoryCalendar
from agent.connectors.memory_mail import MemoryMailbox, MemoryTransport
from agent.loop import tick
from agent.model import Audience, Learner, Proof, RequestKind, RequestState, SessionStatus
from agent.store import NewRequest, OutboxRow, SessionRow
from agent.world import World
from bench.figures import say, side_by_side
from tests.stage import MONDAY, build_world, event

LEARNERS, WEEKS, RUNS = 40, 104, 51


def run() -> None:
    """Both worlds on disk, ticks interleaved, after each has come to rest."""
    with tempfile.TemporaryDirectory() as folder:
        full, empty = _world(Path(folder) / "full", history=True), _world(Path(folder) / "empty", history=False)
        for world in (full, empty):
            for _ in range(4):
                tick(world, MONDAY)
        now = MONDAY + timedelta(minutes=1)
        ours, base, ratio = side_by_side(
            lambda: tick(full, now, force=False), lambda: tick(empty, now, force=False), RUNS
        )
        figure = f"{ratio:.2f} x ({ours * 1000:.2f} ms / {base * 1000:.2f} ms)"
        say(f"idle tick, {LEARNERS} learners and {WEEKS} weeks / empty store", figure, "goal: under 2 x, under 20 ms")
        full.store.close()
        empty.store.close()


def _world(folder: Path, *, history: bool) -> World:
    calendar = MemoryCalendar()
    world = build_world(
        folder / "agent.sqlite3", mailbox=MemoryMailbox(), transport=MemoryTransport(), calendar=calendar, base=folder
    )
    if history:
        with world.store.transaction():
            world.store.remember("watch_since", (MONDAY - timedelta(weeks=WEEKS + 1)).isoformat())
            for number in range(LEARNERS):
                _learner(world, calendar, number)
    return world


def _learner(world: World, calendar: MemoryCalendar, number: int) -> None:
    """A learner, a session a week, each with its question, its report and their mails; all settled."""
    begun = MONDAY - timedelta(weeks=WEEKS)
    name = f"Learner Number{number}"
    learner = world.store.people.add(Learner(0, name, f"learner{number}@learner.example", begun))
    world.store.facts.add(f"letter:{number}", "letter", at=begun, now=begun, learner_id=learner.id)
    for week in range(WEEKS):
        start = begun + timedelta(weeks=week, hours=number / 4)
        uid = f"{number}-{week}"
        end = start + timedelta(minutes=45)
        ics = event(uid, f"Session de mentorat avec {name}", start, end)
        calendar.put(f"{uid}.ics", ics)
        world.store.people.put_session(
            SessionRow(uid, f"{uid}.ics", learner.id, name, start, end, f"Session de mentorat avec {name}", False),
            start,
        )
        session = world.store.people.sessions(learner.id)[-1]
        world.store.people.set_status(session, SessionStatus.COMPLETED, "Nous avons revu les jointures.", end)
        for kind, state in ((RequestKind.SESSION, RequestState.ANSWERED), (RequestKind.REPORT, RequestState.APPROVED)):
            _request(world, learner, session.id, kind, state, end)
        _letter(world, f"R07/handover/{session.id}", learner, end)


def _request(
    world: World, learner: Learner, session_id: int, kind: RequestKind, state: RequestState, at: datetime
) -> None:
    key = f"R07/{kind.value}/{session_id}"
    new = NewRequest(key, kind, "R07", key, "text " * 200, "builtin", learner.id, session_id)
    request = world.store.requests.open(new, world.new_token(), at)
    world.store.requests.settle(request, state, Proof.SENT_FOLDER, at)
    _letter(world, f"ask/{key}", learner, at)


def _letter(world: World, key: str, learner: Learner, at: datetime) -> None:
    ref = world.new_token()
    world.store.outbox.add(
        OutboxRow(
            key=key,
            ref=ref,
            rule="R07",
            audience=Audience.MENTOR,
            recipient="claire.martin@mentor.example",
            subject=key,
            text="text " * 200,
            message_id=f"<{ref}@mentor.example>",
            raw=b"text " * 2000,
            learner_id=learner.id,
        ),
        at,
    )
    row = world.store.outbox.get(key)
    if row is not None:
        world.store.outbox.seen(row, at)
