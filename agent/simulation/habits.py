"""What is owed over time: incidents that repeat, links to other tools, progress, and a calendar that is away."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.simulation.causes import INCIDENTS, NEUTRAL
from agent.simulation.ledger import Appointment, Outage, Report
from agent.simulation.scenario import START, Person
from agent.simulation.watch import AT_ONCE, Duty, Watch

MONTH = timedelta(days=30)
ASKED_AFTER = timedelta(days=14)
LONG_AGO = timedelta(days=60)
SILENT = timedelta(hours=3)  # an hour of silence, noticed when it is next read, and told when it is read again

ALERTED = "annulations ou retards"
ELSEWHERE = "autre outil de visioconférence"
PROGRESS = "où en est le projet en cours"
UNREACHABLE = "Je ne peux plus joindre"


def repeated(watch: Watch, person: Person) -> None:
    """A cancellation or a late arrival was told: with another one in the month, an alert is drafted."""
    now = watch.town.now
    if len(_incidents(watch, person, now)) >= INCIDENTS:
        what = f"no alert was drafted on the incidents of {person.name}"
        watch.owe(Duty("R13", now, now + AT_ONCE, what, lambda: _told(watch, person, now)))


def linked(watch: Watch, session: Appointment) -> None:
    """A session's entry links to another tool than the school's: the mentor is warned, before it takes place, once."""
    now, start = watch.town.now, session.start
    if session.first is not None:
        return  # it was moved: whoever was warned knows

    def kept() -> bool | None:
        if watch.about(session.person, session.changed, ELSEWHERE):
            return True
        moot = session.gone or session.start != start or _unknown(watch, session.person, now)
        return None if moot else False

    what = f"nobody warned of the link in session {session.number} of {session.person.name}"
    watch.owe(Duty("R24", now, min(now + AT_ONCE, start), what, kept))


def held(watch: Watch, session: Appointment) -> None:
    """A session took place: two weeks later some figure of the learner's progress is known, or was asked for."""
    now, person = watch.town.now, session.person
    due = max(session.end + ASKED_AFTER, now)

    def kept() -> bool | None:
        answered = {word.shown.reference for word in watch.town.ledger.words}
        asked = watch.about(person, START, PROGRESS)
        if any(one.at >= due - LONG_AGO or one.reference not in answered for one in asked):
            return True
        told = watch.town.ledger.said(person, "progress", since=due - LONG_AGO, until=watch.town.now)
        corrected = session.said != "completed" or session.gone
        return None if told or corrected or _unknown(watch, person, session.start) else False

    watch.owe(Duty("R26", due, due + AT_ONCE, f"nobody asked for the progress of {person.name}", kept))


def silent(watch: Watch, outage: Outage) -> None:
    """The calendar is away for hours: the mentor is told of it, unless it is back before that."""

    def kept() -> bool | None:
        if watch.about(None, outage.start, UNREACHABLE):
            return True
        return None if outage.end is not None and outage.end < outage.start + SILENT else False

    what = "nobody was told that the calendar is away"
    watch.owe(Duty("R29", outage.start, outage.start + AT_ONCE, what, kept, despite=outage.source))


def late(watch: Watch, report: Report) -> None:
    """A learner was reported to have come late."""
    if report.matter == "late arrival" and report.person is not None:
        repeated(watch, report.person)


def _incidents(watch: Watch, person: Person, now: datetime) -> list[datetime]:
    """The starts of sessions of the last month that the learner cancelled, or came late to."""
    ledger = watch.town.ledger
    sessions = ledger.appointments.get(person.number, [])
    cancelled = [one.start for one in sessions if one.said in NEUTRAL and not one.urgent and one.end <= now]
    reports = ledger.said(person, "late arrival", since=now - MONTH, until=now)
    starts = {*cancelled, *(one.session.start for one in reports if one.session is not None)}
    return [one for one in starts if now - MONTH + AT_ONCE < one <= now and not ledger.rests(person, one, one)]


def _told(watch: Watch, person: Person, at: datetime) -> bool | None:
    if watch.about(person, at - MONTH, ALERTED):
        return True
    found = _incidents(watch, person, at)
    few = len(found) < INCIDENTS  # what was said was corrected, taken back or excused meanwhile
    return None if few or _unknown(watch, person, min(found)) else False


def _unknown(watch: Watch, person: Person, moment: datetime) -> bool:
    """Whether the learner was not given yet by then, or has left since."""
    given = watch.town.ledger.assigned.get(person.number)
    return given is None or given > moment or watch.town.ledger.left(person, watch.town.now)
