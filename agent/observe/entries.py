"""Calendar entries as facts: which are sessions, whose (R29), and when the mentor is busy."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256

from agent import own_entries
from agent.connectors.ports import CalendarObject
from agent.errors import UnreadableError
from agent.model import Learner, Session
from agent.occurrences import Occurrence, expand
from agent.store import SessionRow
from agent.understand.recognise import hosts_in, match_learner, recognise_session
from agent.understand.text import one_line
from agent.world import CALENDAR, World

PAST = timedelta(days=30)
FUTURE = timedelta(days=60)
AHEAD = timedelta(days=30)
"""So much further a series is looked through, to know when it will show something new."""

EVER = timedelta(days=3650)
"""Single appointments further ahead than ten years are met when their entry is next changed."""

RECENT = timedelta(days=2)

_FURTHER = f"{CALENDAR}:"

_BY_RULE = re.compile(r"/\d{8}(T\d{6}Z)?$")
"""What the key of one of a series has after its UID."""


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
    with world.store.transaction():
        if world.store.setting("read_by") != world.reading:
            reread(world, now, world.store.objects())
        else:
            reread(world, now, world.store.objects(due=now))
            if world.store.setting("matched_by") != names:
                reread(world, now, world.store.objects(hrefs=world.store.people.unmatched_hrefs(now - PAST)))
        world.store.remember("read_by", world.reading)
        world.store.remember("matched_by", names)
        for key in world.store.people.unmatched_keys(now - PAST, now - RECENT):
            world.store.parking.release(f"session:{key}")  # nobody will come for it any more
        world.store.people.forget_busy(now - PAST)
        world.store.remember("expanded_on", now.date().isoformat())


def take(world: World, changed: Collection[CalendarObject], now: datetime) -> None:
    """Keep new and changed entries, and what is in them."""
    learners = world.store.people.all() if changed else []
    for item in changed:
        world.store.put_object(item)
        _expand(world, item, learners, now)


def drop(world: World, hrefs: Collection[str], now: datetime) -> None:
    """These entries are no more, and nor are their sessions, unless another calendar of the mentor's has them too."""
    lost: list[Session] = []
    for href in hrefs:
        for _, session in world.store.people.sessions_of(href):
            vanish(world, session, now)
            lost.append(session)
        world.store.drop_object(href)
        world.store.parking.release(f"event:{href}")
    for uid in {_BY_RULE.sub("", session.key) for session in lost} if world.also_read else ():
        reread(world, now, world.store.objects_naming(uid))


def vanish(world: World, session: Session, now: datetime) -> None:
    """The calendar no longer has it: cancelled if it was to come; what has begun is for the mentor to say."""
    if session.start > now:
        world.store.people.vanish(session)
    if session.learner_id is None:
        world.store.parking.release(f"session:{session.key}")


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
    mine = world.settings.mentor.addresses
    occurrences = [one for one in known if one.start < now + FUTURE and mine.isdisjoint(one.declined)]
    world.store.people.replace_busy(item.href, [(o.start, o.end) for o in occurrences if o.busy])
    seen = {o.key for o in occurrences if _session(world, item, o, learners, now)}
    for _, session in world.store.people.sessions_of(item.href):
        if session.key not in seen:
            vanish(world, session, now)


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
    if _published(world, item, found.key):
        return True
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


def _published(world: World, item: CalendarObject, key: str) -> bool:
    """Whether a calendar that is only read has this session too: a copy in the mentor's own is not asked about it."""
    if item.href.startswith(_FURTHER) or not world.also_read:
        return False
    known = world.store.people.by_key(key)
    other = world.store.people.href_of(known) if known else ""
    return other.startswith(_FURTHER) and bool(world.store.objects(hrefs=[other]))
