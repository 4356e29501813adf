"""The calendar as facts: sessions (R29) and busy times. A calendar that is suddenly empty is not believed (P8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from agent import outgoing, own_entries
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import AgentError, UnreadableError
from agent.model import Learner, Proof, RequestKind, RequestState, Session
from agent.observe import failed, may_try, succeeded
from agent.occurrences import Occurrence, expand
from agent.store import NewRequest, SessionRow
from agent.understand.recognise import hosts_in, match_learner, recognise_session
from agent.understand.text import one_line
from agent.world import World

SOURCE = "calendar"
PAST = timedelta(days=30)
FUTURE = timedelta(days=60)
AHEAD = timedelta(days=30)
"""So much further a series is looked through, to know when it will show something new."""

EVER = timedelta(days=3650)
"""Single appointments further ahead than ten years are met when their entry is next changed."""

SUSPICIOUS = 3
"""A calendar that held this many entries, or sessions to come, and now holds none is asked about, not believed."""

RECENT = timedelta(days=2)


def due(world: World, now: datetime) -> datetime:
    """When the calendar is to be read next."""
    source = world.store.sources.get(SOURCE)
    if source.next_try is not None:
        return source.next_try
    if source.last_success is None:
        return now
    return source.last_success + timedelta(minutes=world.settings.calendar.poll_minutes)


def read(world: World, now: datetime) -> bool:
    """Read what changed; False when the calendar could not be read or believed (its state says why)."""
    if not may_try(world, SOURCE, now):
        return False
    source = world.store.sources.get(SOURCE)
    try:
        delta = world.calendar.poll(source.cursor)
    except AgentError as error:
        failed(world, SOURCE, error, now)
        return False
    if _emptied(world, delta, now):
        return _halt(world, now)
    with world.store.transaction():
        _digest(world, delta, now)
        if source.failing_since is not None:
            _withdraw_question(world, now)
        succeeded(world, SOURCE, delta.cursor, now)
    return True


def reread(world: World, now: datetime, items: list[CalendarObject]) -> None:
    """Expand stored objects again."""
    with world.store.transaction():
        learners = world.store.people.all()
        for item in items:
            _expand(world, item, learners, now)


def keep_current(world: World, now: datetime) -> None:
    """Once a day the window of known occurrences moves on; unmatched sessions are matched when learners come."""
    if world.store.setting("expanded_on") != now.date().isoformat():
        _new_day(world, now)
    elif unmatched := world.store.people.unmatched_hrefs(now - RECENT):
        learners = str(len(world.store.people.all()))
        if world.store.setting("matched_with") != learners:
            reread(world, now, world.store.objects(hrefs=unmatched))
            world.store.remember("matched_with", learners)


def _new_day(world: World, now: datetime) -> None:
    """Expand what can show something new, now that another day is in view.

    Everything, where the words have changed by which sessions are recognised; the sessions of nobody we know, where
    names have: whose a session is, once known, stays.
    """
    names = sha256(repr([(one.id, one.name, one.address) for one in world.store.people.all()]).encode()).hexdigest()
    words = sha256(repr((world.recognisers, world.zone)).encode()).hexdigest()
    with world.store.transaction():
        if world.store.setting("read_by") != words:
            reread(world, now, world.store.objects())
        else:
            reread(world, now, world.store.objects(due=now))
            if world.store.setting("matched_by") != names:
                reread(world, now, world.store.objects(hrefs=world.store.people.unmatched_hrefs(now - PAST)))
        world.store.remember("read_by", words)
        world.store.remember("matched_by", names)
        for key in world.store.people.unmatched_keys(now - PAST, now - RECENT):
            world.store.parking.release(f"session:{key}")  # nobody will come for it any more
        world.store.people.forget_busy(now - PAST)
        world.store.remember("expanded_on", now.date().isoformat())


def _digest(world: World, delta: CalendarDelta, now: datetime) -> None:
    learners = world.store.people.all() if delta.changed else []
    for item in delta.changed:
        world.store.put_object(item)
        _expand(world, item, learners, now)
    for href in _gone(world, delta):
        for _, session in world.store.people.sessions_of(href):
            _vanish(world, session, now)
        world.store.drop_object(href)
        world.store.parking.release(f"event:{href}")
    world.store.remember("accept_empty_calendar", "no")  # the mentor's yes was to this emptiness, not to the next


def _gone(world: World, delta: CalendarDelta) -> set[str]:
    if not delta.complete and not delta.removed:
        return set()
    known = world.store.object_hrefs()
    if delta.complete:
        return known - {item.href for item in delta.changed}
    return known.intersection(delta.removed)


def _vanish(world: World, session: Session, now: datetime) -> None:
    """The calendar no longer has it: cancelled if it was to come; what has begun is for the mentor to say."""
    if session.start > now:
        world.store.people.vanish(session)
    if session.learner_id is None:
        world.store.parking.release(f"session:{session.key}")


def _emptied(world: World, delta: CalendarDelta, now: datetime) -> bool:
    if delta.changed or not (delta.complete or delta.removed):
        return False
    known = world.store.object_hrefs()
    if known != _gone(world, delta) or world.store.setting("accept_empty_calendar") == "yes":
        return False
    return max(len(known), len(world.store.people.upcoming(now, SUSPICIOUS))) >= SUSPICIOUS


def _withdraw_question(world: World, now: datetime) -> None:
    """The calendar is believed again: a later yes must not be taken for the next time that it is empty."""
    for request in world.store.requests.waiting(RequestKind.EMPTIED):
        world.store.requests.settle(request, RequestState.WITHDRAWN, Proof.NONE, now)


def _halt(world: World, now: datetime) -> bool:
    """Everything is gone at once: conclude nothing, ask once, look again later."""
    problem = UnreadableError("the calendar is suddenly empty; nothing is concluded from that until you say so")
    failed(world, SOURCE, problem, now, halted=str(problem))
    since = world.store.sources.get(SOURCE).failing_since or now
    new = NewRequest(
        key=f"emptied/calendar/{since:%Y%m%dT%H%M%S}",
        kind=RequestKind.EMPTIED,
        rule="R29",
        subject="calendar",
        subject_key=SOURCE,
    )
    outgoing.question(world, new, "emptied", now, since=since, count=world.store.count_objects())
    return False


def _expand(world: World, item: CalendarObject, learners: list[Learner], now: datetime) -> None:
    """One object's occurrences become sessions and busy times. A broken one is parked and leaves what was known."""
    try:
        known = expand(item.ics, now - PAST, now + (FUTURE + AHEAD if _recurs(item) else EVER), world.zone)
    except UnreadableError as error:
        world.store.parking.park(
            f"event:{item.href}",
            f"calendar entry {item.href}",
            one_line(str(error)),
            "correct the entry in the calendar; the others are not affected",
            now,
        )
        return
    world.store.parking.release(f"event:{item.href}")
    world.store.expanded(item.href, _again(item, known, now))
    occurrences = [one for one in known if one.start < now + FUTURE]
    world.store.people.replace_busy(item.href, [(o.start, o.end) for o in occurrences if o.busy])
    seen = {o.key for o in occurrences if _session(world, item, o, learners, now)}
    for _, session in world.store.people.sessions_of(item.href):
        if session.key not in seen:
            _vanish(world, session, now)


def _again(item: CalendarObject, known: list[Occurrence], now: datetime) -> datetime | None:
    """When an object can show something new as the window moves on: never, where nothing more is ahead."""
    later = [one.start for one in known if one.start >= now + FUTURE]
    if later:
        return min(later) - FUTURE
    return now + AHEAD if _recurs(item) else None


def _recurs(item: CalendarObject) -> bool:
    """Whether more may follow what is in sight. The words may also stand in a note: then it is looked at in vain."""
    text = item.ics.upper()
    return "RRULE" in text or "RDATE" in text


def _session(world: World, item: CalendarObject, found: Occurrence, learners: list[Learner], now: datetime) -> bool:
    """Store an occurrence that is a session; whether it is one."""
    owner = own_entries.owner(world, found, learners)
    written = owner.name if owner else recognise_session(found.summary, world.recognisers)
    if written is None:
        return False
    match = owner or match_learner(written, found.attendees, learners)
    learner = match if isinstance(match, Learner) else None
    if own_entries.superseded(world, found, learner, now):
        return False
    own_entries.take_over(world, found, learner, now)
    known = world.store.people.put_session(
        SessionRow(
            key=found.key,
            href=item.href,
            learner_id=learner.id if learner else None,
            written_name=written,
            start=found.start,
            end=found.end,
            summary=one_line(found.summary),
            gone=found.cancelled,
            hosts=hosts_in(found.location, found.description, found.url),
        ),
        now,
    )
    key = f"session:{found.key}"
    if known is not None or found.cancelled or found.end < now - RECENT:
        world.store.parking.release(key)
        return True
    several = " or ".join(other.name for other in match) if isinstance(match, list) and match else ""
    world.store.parking.park(
        key,
        f"session “{one_line(found.summary)}” of {found.start.astimezone(world.zone):%Y-%m-%d %H:%M}",
        f"several learners fit: {several}" if several else f"no learner is called {written}",
        "write the full name in the entry" if several else "mentor-agent learners add NAME ADDRESS",
        now,
    )
    return True
