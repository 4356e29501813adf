"""From words to facts: whose situation it is, which session is meant, from when to when. Changes nothing.

Where several learners or sessions fit, or none, this says why, with what there is to choose from. It never guesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.model import Learner, Matter, Session
from agent.policies.weeks import ends, midnight, monday
from agent.school import plausible, since_of
from agent.understand.dates import Span, unsure, when
from agent.understand.situation import Heard
from agent.world import World

OF_A_SESSION = frozenset((Matter.ABSENT, Matter.ANNOUNCED, Matter.EMERGENCY, Matter.LATE_ARRIVAL, Matter.CUT_SHORT))
BEGUN = frozenset((Matter.LATE_ARRIVAL, Matter.CUT_SHORT))
DATED = frozenset((Matter.JUSTIFIED, Matter.LEAVE, Matter.ILLNESS))
DAY = timedelta(days=1)
LATELY = 2 * DAY
"""A session that is spoken of without its day began so lately at the most (reports are due within it)."""

SOON = 7 * DAY
NEAR = 14 * DAY
MOST_CHOICES = 9


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the words: the learner that the mail is about, or what the mentor chose when asked."""

    learner_id: int | None = None
    session_id: int | None = None
    matter: Matter | None = None
    chosen: bool = False  # this learner is meant, whatever names the words have


@dataclass(frozen=True, slots=True)
class Placed:
    """A situation as it can be stored. Instants UTC."""

    heard: Heard
    matter: Matter
    learner_id: int | None
    session: Session | None = None
    since: datetime | None = None
    until: datetime | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why nothing is stored (a phrase in group "which"), and what may be chosen: "learner", "session" or "matter"."""

    heard: Heard
    why: str
    kind: str = ""
    values: tuple[str, ...] = ()


def place(world: World, heard: Heard, at: datetime, known: Known) -> list[Placed] | Unclear:
    """What was heard, as facts; one for each learner it names. `at`: when it was said."""
    matter = known.matter or heard.matter
    solved = (heard.doubt == "words" and known.matter) or (heard.doubt == "several" and known.chosen)
    if heard.doubt and not solved:
        return _doubtful(world, heard)
    if matter is Matter.AWAY:
        since = heard.since or at
        if heard.until is None or heard.until <= at or not plausible(world, "R06", since, heard.until, at):
            return Unclear(heard, "until")
        return [Placed(heard, matter, None, None, since, heard.until)]
    if known.session_id is not None:
        session = world.store.people.session(known.session_id)
        return [_of_session(heard, matter, session, at)]
    ids = heard.who
    if known.learner_id is not None and (known.chosen or not ids):
        ids = (known.learner_id,)
    if not ids:
        return _of_nobody(world, heard, matter, at)
    found: list[Placed] = []
    for learner_id in ids:
        one = _of_learner(world, heard, matter, world.store.people.get(learner_id), at)
        if isinstance(one, Unclear):
            return one
        found.append(one)
    return found


def _doubtful(world: World, heard: Heard) -> Unclear:
    doubt = heard.doubt or ""
    if doubt == "several":
        return Unclear(heard, doubt, "learner", tuple(str(one) for one in heard.who))
    if doubt == "words":
        others = [name for name, words in world.situations.matters.items() if heard.matter in words.over]
        return Unclear(heard, doubt, "matter", (heard.matter.value, *(other.value for other in others)))
    return Unclear(heard, doubt)


def _of_nobody(world: World, heard: Heard, matter: Matter, at: datetime) -> list[Placed] | Unclear:
    """No learner is named: the mentor's own emergency may mean the one session there is; otherwise who is asked."""
    if matter is Matter.EMERGENCY:
        found = [s for span in _spans(world, heard, at) for s in _sessions(world, None, span, matter, at)]
        if len(set(found)) == 1:
            return [_of_session(heard, matter, found[0], at)]
        if found:
            return Unclear(heard, "session", "session", _ids(found))
    active = [one for one in world.store.people.all() if one.left_at is None]
    choices = tuple(str(one.id) for one in active) if len(active) <= MOST_CHOICES else ()
    return Unclear(heard, "who", "learner", choices)


def _of_learner(world: World, heard: Heard, matter: Matter, learner: Learner, at: datetime) -> Placed | Unclear:
    if matter in OF_A_SESSION:
        found = _meant(world, heard, matter, learner, at)
        if len(found) != 1:
            near = found or _near(world, learner, matter, at)
            return Unclear(heard, "session" if found else "no_session", "session", _ids(near))
        return _of_session(heard, matter, found[0], at)
    if matter is Matter.PROGRESS and heard.number is None:
        return Unclear(heard, "number")
    placed = Placed(heard, matter, learner.id, project=_project(world, heard, learner))
    if matter is Matter.JUSTIFIED:
        since = heard.since or since_of(world, learner, at)
        if heard.until is None or not plausible(world, "R11", since, heard.until, at):
            return Unclear(heard, "until")
        return replace(placed, since=since, until=heard.until)
    if matter is Matter.EXTRA_APPROVED:
        return _extra(world, placed, at)
    if matter in DATED:
        return replace(placed, since=heard.since, until=heard.until)
    return replace(placed, since=heard.since if matter is Matter.LEFT else None)


def _extra(world: World, placed: Placed, at: datetime) -> Placed | Unclear:
    """A second session in the week that is named, or else in this one."""
    heard = placed.heard
    if unsure(heard.times, at, world.zone):
        return Unclear(heard, "no_session")
    week = monday(heard.since or at, world.zone)
    end = max(ends(week, world.zone), heard.until or at)
    return replace(placed, since=midnight(week, world.zone), until=end)


def _of_session(heard: Heard, matter: Matter, session: Session, at: datetime) -> Placed:
    """An absence is one only once the session has begun; before, it is announced."""
    if matter in {Matter.ABSENT, Matter.ANNOUNCED}:
        matter = Matter.ABSENT if session.start <= at else Matter.ANNOUNCED
    return Placed(heard, matter, session.learner_id, session, session.start, session.end)


def _meant(world: World, heard: Heard, matter: Matter, learner: Learner, at: datetime) -> list[Session]:
    """The learner's sessions that the words can mean."""
    spans = list(_spans(world, heard, at))
    if not spans and unsure(heard.times, at, world.zone):
        return []  # a day was said, and it is not sure which: no other one is taken for it
    if not spans:
        end = midnight(at.astimezone(world.zone).date() + DAY, world.zone)
        spans = [(at, at + SOON)] if matter in {Matter.ANNOUNCED, Matter.EMERGENCY} else [(at - LATELY, end)]
        found = _sessions(world, learner.id, spans[0], matter, at)
        return [s for s in found if s.start <= at] or found
    found = [s for span in spans for s in _sessions(world, learner.id, span, matter, at)]
    if not found:  # "this evening" may begin before the evening does
        found = [s for span in spans for s in _sessions(world, learner.id, _day_of(world, span), matter, at)]
    return list(dict.fromkeys(found))


def _spans(world: World, heard: Heard, at: datetime) -> Iterator[Span]:
    """The times that the words give: a weekday may be the coming one or the last."""
    for past in (False, True):
        said = when(heard.times, at, world.zone, past=past)
        if said is not None and said.end is not None and (said.start or at) < said.end:
            yield said.start or at, said.end


def _day_of(world: World, span: Span) -> Span:
    """The whole day of an hour or a part of a day; longer periods stay."""
    day = span[0].astimezone(world.zone).date()
    start, end = midnight(day, world.zone), midnight(day + DAY, world.zone)
    return (start, end) if span[1] <= end else span


def _sessions(world: World, learner_id: int | None, span: Span, matter: Matter, at: datetime) -> list[Session]:
    found = world.store.people.between(*span)
    return [s for s in found if learner_id in {None, s.learner_id} and _fits(matter, s, at)]


def _fits(matter: Matter, session: Session, at: datetime) -> bool:
    """Whether this can have been said of a session then."""
    if matter is Matter.ANNOUNCED:
        return session.start > at
    if matter is Matter.EMERGENCY:
        return session.end > at
    return matter not in BEGUN or session.start <= at


def _near(world: World, learner: Learner, matter: Matter, at: datetime) -> list[Session]:
    found = _sessions(world, learner.id, (at - NEAR, at + NEAR), matter, at)
    return sorted(found, key=lambda s: abs(s.start - at))[:MOST_CHOICES]


def _ids(sessions: list[Session]) -> tuple[str, ...]:
    return tuple(str(session.id) for session in dict.fromkeys(sessions))[:MOST_CHOICES]


def _project(world: World, heard: Heard, learner: Learner) -> str | None:
    """The project's name where its number is known to have one, else the number itself."""
    if heard.project is None:
        return None
    programme = world.programme(learner)
    number = int(heard.project)
    if 1 <= number <= len(programme):
        return programme[number - 1][0]
    own = learner.project or ""
    return own if heard.project in "".join(c if c.isdigit() else " " for c in own).split() else heard.project
