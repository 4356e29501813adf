"""What was understood, and what there is to choose from, in sentences for the mentor."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent import phrasing
from agent.model import Matter
from agent.placing import Placed, Unclear
from agent.world import World

MINUTE = timedelta(minutes=1)


def noted(world: World, placed: Placed, *, known: bool = False) -> str:
    """ "Léa Moreau : absence justifiée, du mardi 3 novembre au samedi 12 décembre". `known`: it was noted before."""
    language = world.language
    learner = world.store.people.get(placed.learner_id).name if placed.learner_id is not None else ""
    heard = placed.heard
    name = placed.matter.value if placed.matter is not Matter.CONTEXT else "situation"
    text = world.phrases.say(
        language,
        f"noted.{name}",
        learner=learner,
        when=phrasing.moment(placed.session.start, world.zone, language) if placed.session else "",
        since=_day(world, placed.since),
        until=_day(world, placed.until and placed.until - MINUTE),
        percent=f"{heard.number:g}" if heard.number is not None else "",
        project=placed.project or heard.project or "",
    )
    return text + _more(world, placed) + (world.phrases.say(language, "noted.known") if known else "")


def choices(world: World, unclear: Unclear) -> list[str]:
    """What the mentor may choose from, in the order of its numbers."""
    people, language = world.store.people, world.language
    if unclear.kind == "learner":
        return [people.get(int(value)).name for value in unclear.values]
    if unclear.kind == "session":
        sessions = [people.session(int(value)) for value in unclear.values]
        names = {one.id: one.name for one in people.all()}
        return [
            f"{names.get(s.learner_id or 0, '')}, {phrasing.moment(s.start, world.zone, language)}" for s in sessions
        ]
    if unclear.kind == "matter":
        return [world.phrases.say(language, f"matter.{value}") for value in unclear.values]
    return []


def _more(world: World, placed: Placed) -> str:
    """Minutes, agreement and project, behind the sentence."""
    heard, language, parts = placed.heard, world.language, ""
    if placed.matter in {Matter.LATE_ARRIVAL, Matter.CUT_SHORT} and heard.number is not None:
        parts += f" ({heard.number:g} min)"
    if heard.agreed is not None:
        parts += world.phrases.say(language, "noted.agreed" if heard.agreed else "noted.not_agreed")
    if placed.matter in {Matter.PLAGIARISM, Matter.PROGRESS} and placed.project:
        parts += world.phrases.say(language, "noted.of_project", project=placed.project)
    return parts


def _day(world: World, moment: datetime | None) -> str:
    return phrasing.day(moment, world.zone, world.language) if moment is not None else ""
